package explore

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Summary is what can be said of an image's layers without a browser. It is the
// JSON of plimsoll explore.
type Summary struct {
	Image      Image          `json:"image"`
	Bytes      int64          `json:"bytes"`      // of all files in all layers
	Efficiency float64        `json:"efficiency"` // 0 to 1
	Wasted     int64          `json:"wasted"`     // bytes in paths that several layers hold or remove
	Hidden     int64          `json:"hidden"`     // bytes that later layers cover or remove
	Layers     []LayerSummary `json:"layers"`
	Paths      []WastedPath   `json:"wastedPaths"` // the most wasteful first
	Warnings   []string       `json:"warnings"`
}

// LayerSummary is the part of one layer.
type LayerSummary struct {
	Layer     int    `json:"layer"`
	CreatedBy string `json:"createdBy"`
	Entries   int    `json:"entries"`
	Bytes     int64  `json:"bytes"`
	Wasted    int64  `json:"wasted"`
	Hidden    int64  `json:"hidden"`
}

// WastedPath is a path that wastes bytes, or a directory that was removed with
// all that was in it.
type WastedPath struct {
	Path      string `json:"path"`
	Bytes     int64  `json:"bytes"`
	Directory bool   `json:"directory,omitempty"`
	Removed   bool   `json:"removed,omitempty"`
	Layers    []int  `json:"layers"` // those that hold or remove it
}

// maxSummaryPaths is how many wasted paths a Summary has.
const maxSummaryPaths = 1000

// Summary measures the image, once its files are known; before that it is nil.
func (b *Browser) Summary() *Summary {
	if b.tree == nil {
		return nil
	}
	t, everything, w, image := b.tree, b.everything, b.waste, b.image
	s := &Summary{
		Image: image, Bytes: w.Bytes, Efficiency: w.Efficiency, Wasted: w.Wasted, Hidden: w.Hidden,
		Layers: []LayerSummary{}, Paths: []WastedPath{}, Warnings: append([]string{}, b.warnings...),
	}
	for n, u := range w.Layers {
		l := LayerSummary{Layer: n, Entries: u.Entries, Bytes: u.Bytes, Wasted: u.Wasted, Hidden: u.Hidden}
		if n < len(image.Layers) {
			l.CreatedBy = image.Layers[n].CreatedBy
		}
		s.Layers = append(s.Layers, l)
	}
	for _, row := range b.worst[:min(len(b.worst), maxSummaryPaths)] {
		id := row.node
		p := WastedPath{
			Path: t.path(id), Bytes: row.bytes, Directory: isDirectory(t, everything.at[id]),
			Removed: everything.marks[id] == removed, Layers: t.layersOf(id),
		}
		s.Paths = append(s.Paths, p)
	}
	return s
}

// layersOf gives the layers that say anything of a path or of what is below it.
func (t *Tree) layersOf(id nodeID) []int {
	seen := map[int]bool{}
	for queue := []nodeID{id}; len(queue) > 0; {
		n := t.nodes.at(int(queue[0]))
		queue = queue[1:]
		for v := n.last; v != 0; v = t.at(v).older {
			seen[int(t.at(v).layer)] = true
		}
		for c := n.first; c != 0; c = t.nodes.at(int(c)).next {
			queue = append(queue, c)
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// JSON writes the summary as one document.
func (s *Summary) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(s)
}

// shownPaths is how many wasted paths the text has.
const shownPaths = 20

// Text writes the summary as a table for a person.
func (s *Summary) Text(w io.Writer, width int, ascii bool) error {
	p := &pen{glyphs: glyphsOf(ascii), ascii: ascii}
	var out []Line
	line := func(write func()) {
		p.begin(width)
		write()
		out = append(out, p.line)
	}
	line(func() {
		p.put(fmt.Sprintf("%s   %s  %s  %s efficient  %s wasted  %s hidden by later layers",
			s.Image.Ref, countText(len(s.Layers), "layer"), bytesText(s.Bytes), percent(s.Efficiency), bytesText(s.Wasted), bytesText(s.Hidden)), Plain)
	})
	line(func() {})
	row := func(n, size, wasted, hidden, text string) {
		line(func() {
			p.number(n, 5, Plain)
			p.number(size, 10, Plain)
			p.number(wasted, 10, Plain)
			p.number(hidden, 10, Plain)
			p.put("  "+text, Plain)
		})
	}
	row("layer", "size", "wasted", "hidden", "made by")
	for _, l := range s.Layers {
		row(fmt.Sprint(l.Layer), bytesText(l.Bytes), bytesText(l.Wasted), bytesText(l.Hidden), l.CreatedBy)
	}
	if len(s.Paths) > 0 {
		line(func() {})
		row("", "wasted", "layers", "", "path")
	}
	for _, path := range s.Paths[:min(len(s.Paths), shownPaths)] {
		name := "/" + path.Path
		if path.Directory {
			name += "/"
		}
		if path.Removed {
			name += " (removed)"
		}
		layers := fmt.Sprint(path.Layers)
		row("", bytesText(path.Bytes), layers[1:len(layers)-1], "", name)
	}
	if more := len(s.Paths) - shownPaths; more > 0 {
		line(func() { p.put(fmt.Sprintf("       and %s", countText(more, "further path")), Plain) })
	}
	for _, warning := range s.Warnings {
		line(func() { p.put("warning: "+warning, Plain) })
	}
	for _, l := range out {
		if _, err := fmt.Fprintln(w, l); err != nil {
			return err
		}
	}
	return nil
}
