package explore

import "sort"

// Bounds of the lines of the file tree.
const (
	maxRows   = 1 << 20 // in all
	maxUnfold = 200_000 // opened by one key
)

// sift works out which paths the scope and the filters leave. A directory stays
// for what is in it.
func (b *Browser) sift() {
	f := b.filter
	f.Changed = f.Changed || !b.view.all
	if f == (filter{}) {
		b.keep = nil
		return
	}
	n := b.tree.nodes.n
	b.keep = make([]bool, n)
	for id := nodeID(n - 1); id > 0; id-- {
		if b.keep[id] = b.keep[id] || b.fits(f, id); b.keep[id] {
			b.keep[b.tree.parent(id)] = true
		}
	}
}

// fits tells whether a path by itself passes all filters.
func (b *Browser) fits(f filter, id nodeID) bool {
	m := b.view.marks[id]
	if m == absent || f.Changed && m < added {
		return false
	}
	if f.Wasted && (b.waste.at[id] == 0 || isDirectory(b.tree, b.view.at[id])) {
		return false
	}
	return !f.Findings || len(b.places.at[id]) > 0
}

// wanted tells whether a path has a line in the tree, if all above it are
// unfolded.
func (b *Browser) wanted(id nodeID) bool {
	return b.view.marks[id] != absent && (b.keep == nil || b.keep[id])
}

func (b *Browser) ranking() *ranking {
	return &ranking{t: b.tree, v: b.view, w: b.waste, order: b.order}
}

func (b *Browser) children(id nodeID) []nodeID {
	kids, ok := b.kids[id]
	if !ok {
		kids = b.ranking().children(id, b.wanted)
		b.kids[id] = kids
	}
	return kids
}

// folder tells whether a path has lines below it.
func (b *Browser) folder(id nodeID) bool {
	for c := b.tree.nodes.at(int(id)).first; c != 0; c = b.tree.nodes.at(int(c)).next {
		if b.wanted(c) {
			return true
		}
	}
	return false
}

func (b *Browser) unfolded(id nodeID) bool {
	if open, said := b.folds[id]; said {
		return open
	}
	return b.auto[id]
}

// unfoldToFit opens directories from the top as long as all lines fit on the
// screen, so that a small change shows at once.
func (b *Browser) unfoldToFit() {
	b.auto = map[nodeID]bool{}
	room := b.layout().body
	queue := b.children(0)
	lines := len(queue)
	for i := 0; i < len(queue) && lines < room; i++ {
		if !b.folder(queue[i]) {
			continue
		}
		kids := b.children(queue[i])
		if lines+len(kids) > room {
			continue
		}
		lines += len(kids)
		b.auto[queue[i]] = true
		queue = append(queue[:len(queue):len(queue)], kids...)
	}
}

// lay lists the lines of the tree.
func (b *Browser) lay() {
	b.rows = b.rows[:0]
	b.layBelow(0)
	b.cursor[filesList] = min(b.cursor[filesList], max(len(b.rows)-1, 0))
}

func (b *Browser) layBelow(root nodeID) {
	type level struct {
		ids  []nodeID
		next int
	}
	stack := []level{{ids: b.children(root)}}
	for len(stack) > 0 && len(b.rows) < maxRows {
		top := &stack[len(stack)-1]
		if top.next == len(top.ids) {
			stack = stack[:len(stack)-1]
			continue
		}
		id := top.ids[top.next]
		top.next++
		b.rows = append(b.rows, row{id, uint16(len(stack) - 1)})
		if b.unfolded(id) {
			stack = append(stack, level{ids: b.children(id)})
		}
	}
}

// fold opens or closes a directory. With a directory opens what it alone holds,
// down to where there is a choice.
func (b *Browser) fold(id nodeID, open bool) {
	if !b.folder(id) {
		return
	}
	b.folds[id] = open
	for open {
		kids := b.children(id)
		if len(kids) != 1 || !b.folder(kids[0]) {
			break
		}
		id = kids[0]
		b.folds[id] = true
	}
	b.lay()
}

// foldAll opens or closes a path with all that is below it.
func (b *Browser) foldAll(id nodeID, open bool) {
	if open {
		seen := 0
		queue := []nodeID{id}
		for i := 0; i < len(queue) && seen < maxUnfold; i++ {
			if b.folder(queue[i]) {
				b.folds[queue[i]] = true
				queue = append(queue, b.children(queue[i])...)
				seen += len(b.children(queue[i]))
			}
		}
	} else {
		for n, isOpen := range b.folds {
			if isOpen && b.tree.within(n, id) {
				delete(b.folds, n)
			}
		}
		for n := range b.auto {
			if b.tree.within(n, id) {
				delete(b.auto, n)
			}
		}
	}
	b.lay()
}

// within tells whether a path is another one or below it.
func (t *Tree) within(id, above nodeID) bool {
	for id > above {
		id = t.parent(id)
	}
	return id == above
}

// goTo selects a path, or what is nearest above it. Unfold opens the way there.
func (b *Browser) goTo(id nodeID, unfold bool) {
	if unfold {
		b.unfoldTo(id)
		if _, ok := b.rowOf(id); !ok && len(b.rows) >= maxRows {
			clear(b.folds)
			clear(b.auto)
			b.unfoldTo(id)
		}
	}
	for ; id != 0; id = b.tree.parent(id) {
		if i, ok := b.rowOf(id); ok {
			b.cursor[filesList] = i
			break
		}
	}
	b.scroll()
}

func (b *Browser) unfoldTo(id nodeID) {
	changed := false
	for up := b.tree.parent(id); up != 0; up = b.tree.parent(up) {
		if !b.unfolded(up) {
			b.folds[up], changed = true, true
		}
	}
	if changed {
		b.lay()
	}
}

// rowOf finds the line of a path.
func (b *Browser) rowOf(id nodeID) (int, bool) {
	r := b.ranking()
	i := sort.Search(len(b.rows), func(i int) bool { return r.compare(b.rows[i].node, id) >= 0 })
	return i, i < len(b.rows) && b.rows[i].node == id
}

// reveal shows a path in the tree wherever it can be seen: in the scope at hand,
// else in everything.
func (b *Browser) reveal(id nodeID) {
	b.list = filesList
	if !b.wanted(id) {
		b.filter = filter{}
		if b.layer != 0 && b.view.marks[id] == absent {
			b.layer = 0
		}
		b.show()
	}
	if !b.wanted(id) {
		b.layer = 0
		b.show()
	}
	b.focus = filesPane
	b.goTo(id, true)
}
