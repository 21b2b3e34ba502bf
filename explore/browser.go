package explore

import (
	"github.com/plimsoll/plimsoll/finding"
)

// pane is one of the two sides of the screen.
type pane uint8

const (
	layersPane pane = iota
	filesPane
)

// list is what the right side shows.
type list uint8

const (
	filesList list = iota
	wastedList
	findingsList
	lists // how many there are
)

func (l list) String() string { return [...]string{"Files", "Wasted", "Findings"}[l%lists] }

// prompt is what is being typed.
type prompt uint8

const (
	noPrompt prompt = iota
	searchPrompt
	savePrompt
)

// Browser is the explorer without its terminal: keys and data go in, lines of
// text come out. It is used by one goroutine.
type Browser struct {
	image    Image
	tree     *Tree // nil until the layers are listed
	warnings []string
	findings []finding.Finding
	scanned  bool   // the findings are known
	note     string // what is being done
	message  string // answer to the last key
	saveAs   string

	width, height int
	ascii         bool
	help, tall    bool
	focus         pane
	list          list

	// scope is chosen by a layer's row; row 0 is everything.
	layer      int // row
	below      bool
	views      map[Scope]*view
	view       *view
	everything *view
	waste      *waste
	worst      []wasted
	places     *places

	filter filter
	order  order
	rows   []row
	keep   []bool // what the filters leave; nil is all that is in the scope
	folds  map[nodeID]bool
	auto   map[nodeID]bool
	kids   map[nodeID][]nodeID
	cursor [lists]int
	top    [lists]int
	first  int // first layer row on the screen

	prompt  prompt
	input   string
	query   string
	matches []nodeID
}

// filter leaves only a part of the files.
type filter struct {
	Changed  bool `json:"changed,omitempty"`
	Wasted   bool `json:"wasted,omitempty"`
	Findings bool `json:"findings,omitempty"`
}

// row is a line of the file tree.
type row struct {
	node  nodeID
	depth uint16
}

// NewBrowser gives a browser that shows nothing yet but an image's name. ASCII
// keeps to it; saveAs is the file that the state is offered to be saved in.
func NewBrowser(ref, saveAs string, ascii bool) *Browser {
	b := &Browser{image: Image{Ref: ref}, saveAs: saveAs, ascii: ascii, width: 80, height: 24, focus: filesPane}
	b.folds = map[nodeID]bool{}
	b.places = newPlaces(nil, nil)
	return b
}

// Resize sets the size of the screen in cells.
func (b *Browser) Resize(width, height int) {
	grown := width != b.width || height != b.height
	b.width, b.height = width, height
	if grown && len(b.folds) == 0 {
		b.show() // as much as fits is unfolded
	}
	b.scroll()
}

// Note says what is being done; empty is nothing.
func (b *Browser) Note(text string) { b.note = text }

// Say shows a message until the next key.
func (b *Browser) Say(text string) { b.message = text }

// SetImage brings the layers, before what is in them.
func (b *Browser) SetImage(image Image) {
	b.image = image
	b.layer = min(b.layer, len(image.Layers))
}

// SetTree brings the files, with what could not be listed.
func (b *Browser) SetTree(t *Tree, warnings []string) {
	b.tree, b.warnings = t, warnings
	b.everything = newView(t, Scope{Layer: Everything})
	b.waste = measure(t, b.everything)
	b.worst = b.waste.worst(t, b.everything)
	b.places = newPlaces(t, b.findings)
	b.views = map[Scope]*view{}
	b.show()
}

// SetFindings brings what a scan found. Base tells which layers belong to the
// base image, as far as that is known.
func (b *Browser) SetFindings(findings []finding.Finding, base []bool) {
	b.findings, b.scanned = findings, true
	for i := range b.image.Layers {
		b.image.Layers[i].Base = i < len(base) && base[i]
	}
	b.places = newPlaces(b.tree, findings)
	if b.filter.Findings || b.list == findingsList {
		b.show()
	}
}

// scope is what the layer's row and the switch stand for.
func (b *Browser) scope() Scope {
	if b.layer == 0 {
		return Scope{Layer: Everything}
	}
	return Scope{Layer: b.layer - 1, Below: b.below}
}

// maxViews is how many views are kept, each about 13 bytes a path.
const maxViews = 8

// show works out what the scope and the filters leave, and stays at the path
// that was selected.
func (b *Browser) show() {
	if b.tree == nil {
		return
	}
	selected, _ := b.selected()
	s := b.scope()
	if s.Layer == Everything || s.Layer >= b.tree.layers {
		b.view = b.everything
	} else if b.view = b.views[s]; b.view == nil {
		if len(b.views) >= maxViews || b.tree.Len() > 1<<20 {
			clear(b.views)
		}
		b.view = newView(b.tree, s)
		b.views[s] = b.view
	}
	b.sift()
	b.kids = map[nodeID][]nodeID{}
	b.unfoldToFit()
	b.lay()
	b.matches = nil
	b.goTo(selected, false)
}

// selected is the path that the right side stands at.
func (b *Browser) selected() (nodeID, bool) {
	i := b.cursor[b.list]
	switch {
	case b.list == filesList && i < len(b.rows):
		return b.rows[i].node, true
	case b.list == wastedList && i < len(b.worst):
		return b.worst[i].node, true
	case b.list == findingsList && i < len(b.places.nodes):
		return b.places.nodes[i], b.places.nodes[i] != 0
	}
	return 0, false
}

// length is how many lines the right side has.
func (b *Browser) length() int {
	switch b.list {
	case wastedList:
		return len(b.worst)
	case findingsList:
		return len(b.places.all)
	}
	return len(b.rows)
}

// move goes up or down by lines on the side that has the focus.
func (b *Browser) move(by int) {
	if b.focus == layersPane {
		row := min(max(b.layer+by, 0), len(b.image.Layers))
		if row != b.layer {
			b.layer = row
			b.show()
		}
	} else {
		b.cursor[b.list] = min(max(b.cursor[b.list]+by, 0), max(b.length()-1, 0))
	}
	b.scroll()
}

// scroll keeps what is selected on the screen.
func (b *Browser) scroll() {
	room := max(b.layout().body, 1)
	b.first = window(b.first, b.layer, len(b.image.Layers)+1, room)
	b.top[b.list] = window(b.top[b.list], b.cursor[b.list], b.length(), room)
}

// window moves the first line as little as it takes to show the selected one.
func window(first, selected, length, room int) int {
	first = min(first, selected)
	first = max(first, selected-room+1)
	return max(min(first, length-room), 0)
}
