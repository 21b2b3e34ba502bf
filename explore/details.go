package explore

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// paragraph is one line of the details.
type paragraph struct {
	spans []Span
}

func text(s string, style Style) paragraph { return paragraph{[]Span{{s, style}}} }

// detailLines is the lower part: a rule with a name on it, and what there is to
// say of what is selected.
func (b *Browser) detailLines(p *pen, l layout) []Line {
	name, parts := b.details(p)
	p.begin(b.width)
	p.put(p.horizontal+p.horizontal+" ", Faint)
	p.put(p.fitTail(name, b.width-8), Bold)
	p.put(" ", Plain)
	p.put(strings.Repeat(p.horizontal, p.left), Faint)
	lines := []Line{p.end()}
	for i, part := range parts {
		if len(lines) > l.details {
			break
		}
		p.begin(b.width)
		p.put(" ", Plain)
		if rest := len(parts) - i; len(lines) == l.details && rest > 1 {
			p.put(fmt.Sprintf("%s and %s: d shows more", p.dots, countText(rest, "line")), Faint)
		} else {
			for _, s := range part.spans {
				p.put(s.Text, s.Style)
			}
		}
		lines = append(lines, p.end())
	}
	for len(lines) <= l.details {
		p.begin(b.width)
		lines = append(lines, p.end())
	}
	return lines
}

func (b *Browser) details(p *pen) (string, []paragraph) {
	if b.focus == layersPane || b.tree == nil {
		if b.layer == 0 {
			return b.image.Ref, b.imageDetails(p)
		}
		return fmt.Sprintf("layer %d", b.layer-1), b.layerDetails(p)
	}
	if b.list == findingsList && b.cursor[b.list] < len(b.places.all) {
		f := &b.places.all[b.cursor[b.list]]
		return f.ID, b.findingDetails(p, b.cursor[b.list])
	}
	id, ok := b.selected()
	if !ok {
		return b.image.Ref, b.imageDetails(p)
	}
	name := "/" + b.tree.path(id)
	return name, b.fileDetails(p, id)
}

func (b *Browser) imageDetails(p *pen) []paragraph {
	var parts []paragraph
	for _, d := range []struct{ name, value string }{{"digest", b.image.Digest}, {"id", b.image.ID}} {
		if d.value != "" {
			parts = append(parts, text(fmt.Sprintf("%-7s %s", d.name, d.value), Plain))
		}
	}
	if w := b.waste; w != nil {
		line := fmt.Sprintf("%s in %s %s %s efficient %s %s wasted %s %s hidden by later layers",
			bytesText(w.Bytes), countText(b.tree.Len(), "path"), p.dot, percent(w.Efficiency), p.dot, bytesText(w.Wasted), p.dot, bytesText(w.Hidden))
		parts = append([]paragraph{text(line, Plain)}, parts...)
	}
	for i := range b.places.all {
		if b.places.all[i].At.Layer < 0 && b.places.nodes[i] == 0 {
			parts = append(parts, b.findingLine(i))
		}
	}
	for _, w := range b.warnings {
		parts = append(parts, text("warning: "+w, Yellow))
	}
	return parts
}

func (b *Browser) layerDetails(p *pen) []paragraph {
	n := b.layer - 1
	layer := b.image.Layers[n]
	var parts []paragraph
	if b.waste != nil && n < len(b.waste.Layers) {
		u, c := b.waste.Layers[n], b.view.counts
		facts := []Span{
			{fmt.Sprintf("%s in %s %s ", bytesText(u.Bytes), countText(u.Entries, "path"), p.dot), Plain},
			{fmt.Sprintf("%d added", c[added]), Green}, {", ", Plain},
			{fmt.Sprintf("%d changed", c[changed]), Yellow}, {", ", Plain},
			{fmt.Sprintf("%d removed", c[removed]), Red},
		}
		if u.Wasted > 0 {
			facts = append(facts, Span{fmt.Sprintf(" %s %s wasted, %s hidden by later layers", p.dot, bytesText(u.Wasted), bytesText(u.Hidden)), Yellow})
		}
		if layer.Base {
			facts = append(facts, Span{" " + p.dot + " of the base image", Faint})
		}
		parts = append(parts, paragraph{facts})
	}
	for _, line := range p.wrap(layer.CreatedBy, b.width-2) {
		if line != "" {
			parts = append(parts, text(line, Cyan))
		}
	}
	for i := range b.places.all {
		if f := b.places.all[i]; f.At.Layer == n && b.places.nodes[i] == 0 {
			parts = append(parts, b.findingLine(i))
		}
	}
	for _, d := range []struct{ name, value string }{{"digest", layer.Digest}, {"diff id", layer.DiffID}} {
		if d.value != "" {
			parts = append(parts, text(fmt.Sprintf("%-7s %s", d.name, d.value), Faint))
		}
	}
	return parts
}

// fileDetails says what a path is, what was found there, and what each layer
// did to it.
func (b *Browser) fileDetails(p *pen, id nodeID) []paragraph {
	at := b.tree.at(b.view.at[id])
	if b.view.marks[id] == absent || b.list == wastedList {
		at = b.tree.at(b.everything.at[id])
	}
	a := b.tree.kept[at.attributes]
	facts := []Span{{a.kind.String(), Plain}}
	if a.kind != None {
		facts = append(facts, Span{"  " + modeText(a.kind, a.mode), modeStyle(a)},
			Span{fmt.Sprintf("  %04o  %d:%d  %s", a.mode, a.uid, a.gid, timeText(at.time)), Plain})
	}
	if target := b.tree.links[at.link]; target != "" {
		facts = append(facts, Span{"  " + p.arrow + " " + target, Cyan})
	}
	if a.kind == None || a.kind == Directory {
		facts = append(facts, Span{"  " + bytesText(b.view.size[id]), Plain})
	}
	if w := b.waste.at[id]; w > 0 {
		facts = append(facts, Span{"  " + bytesText(w) + " wasted", Yellow})
	}
	// The last change comes first: what was found may need many lines.
	parts, history := []paragraph{{facts}}, b.historyLines(p, id)
	parts = append(parts, history[:min(len(history), 1)]...)
	for _, i := range b.places.at[id] {
		parts = append(parts, b.findingLine(i))
	}
	if below := b.places.below[id]; below.n > len(b.places.at[id]) {
		line := fmt.Sprintf("! %s below, the worst is %s", countText(below.n-len(b.places.at[id]), "finding"), below.worst)
		parts = append(parts, text(line, severityStyle(below.worst)))
	}
	return append(parts, history[min(len(history), 1):]...)
}

func (b *Browser) findingLine(i int) paragraph {
	f := b.places.all[i]
	what := f.ID
	if f.Package.Name != "" {
		what += "  " + f.Package.Name + " " + f.Package.Version
	}
	if f.Fixed != "" {
		what += " → " + f.Fixed
	}
	title := f.Title
	if title == "" {
		title = f.Message
	}
	return paragraph{[]Span{
		{"! " + f.Severity.String() + "  ", severityStyle(f.Severity) | Bold}, {what + "  ", Plain}, {title, Faint},
	}}
}

// historyLines tells what each layer did to a path, the last first.
func (b *Browser) historyLines(p *pen, id nodeID) []paragraph {
	var parts []paragraph
	tell := func(layer int, m mark, what string) {
		line := []Span{
			{fmt.Sprintf("layer %-3d ", layer), Plain}, {fmt.Sprintf("%-8s", m), markStyle(m)}, {what + "  ", Plain},
		}
		if layer < len(b.image.Layers) {
			line = append(line, Span{b.image.Layers[layer].CreatedBy, Faint})
		}
		parts = append(parts, paragraph{line})
	}
	var before *version
	all := b.tree.history(id)
	for i, v := range all {
		m, what := b.change(p, before, v)
		tell(int(v.layer), m, what)
		if before = v; m == removed {
			before = nil
			continue
		}
		next := math.MaxInt
		if i+1 < len(all) {
			next = int(all[i+1].layer)
		}
		if layer, dir, ok := b.tree.removedAbove(id, int(v.layer), next); ok {
			tell(layer, removed, "with /"+b.tree.path(dir))
			before = nil
		}
	}
	slices.Reverse(parts)
	return parts
}

// change tells what one layer made of what was there before.
func (b *Browser) change(p *pen, before, v *version) (mark, string) {
	k := b.tree.kind(v)
	size := ""
	if k == File {
		size = bytesText(v.size)
	}
	switch {
	case k == None && v.removes:
		return removed, ""
	case k == None:
		return changed, "emptied"
	case before == nil:
		return added, size
	}
	old, now := b.tree.kept[before.attributes], b.tree.kept[v.attributes]
	var what []string
	if old.kind != now.kind {
		what = append(what, fmt.Sprintf("%s %s %s", old.kind, p.arrow, now.kind))
	}
	if old.mode != now.mode {
		what = append(what, fmt.Sprintf("mode %04o %s %04o", old.mode, p.arrow, now.mode))
	}
	if old.uid != now.uid || old.gid != now.gid {
		what = append(what, fmt.Sprintf("owner %d:%d %s %d:%d", old.uid, old.gid, p.arrow, now.uid, now.gid))
	}
	if k == File {
		if b.tree.sameContent(before, v) {
			size += ", the same content again"
		}
		what = append([]string{size}, what...)
	}
	if b.tree.same(before, v) && k != File {
		return same, strings.Join(what, ", ")
	}
	return changed, strings.Join(what, ", ")
}

func (b *Browser) findingDetails(p *pen, i int) []paragraph {
	f := b.places.all[i]
	parts := []paragraph{b.findingLine(i)}
	parts = append(parts, text(where(&f), Bold))
	if n := f.At.Layer; n >= 0 && n < len(b.image.Layers) {
		parts = append(parts, text(fmt.Sprintf("layer %d  %s", n, b.image.Layers[n].CreatedBy), Plain))
	}
	for _, more := range []string{f.Message, f.Because} {
		if more != "" && more != f.Title {
			for _, line := range p.wrap(more, b.width-2) {
				parts = append(parts, text(line, Plain))
			}
		}
	}
	if len(f.Aliases) > 0 {
		parts = append(parts, text("also "+strings.Join(f.Aliases, ", "), Faint))
	}
	return parts
}
