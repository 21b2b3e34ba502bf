package explore

import "math"

// Everything is the scope of the whole image, in place of a layer's number.
const Everything = -1

// Scope is the part of an image that is looked at.
type Scope struct {
	Layer int  `json:"layer"` // or Everything
	Below bool `json:"below"` // with the layers below it, not alone
}

// mark is what happened to a path in a scope.
type mark uint8

const (
	absent mark = iota // not in the scope at all
	same               // there, and as it was
	inside             // a directory as it was, with changes below
	added
	changed
	removed
)

// letter makes a mark plain without colour.
func (m mark) letter() string { return [...]string{" ", " ", "~", "A", "M", "R"}[m] }

// String is the mark in a word.
func (m mark) String() string {
	return [...]string{"not there", "unchanged", "changed below", "added", "changed", "removed"}[m]
}

// view is a tree as one scope shows it, a record for each node. Working it out
// is one pass up and one down, so any scope of any image shows at once.
type view struct {
	scope Scope
	marks []mark
	at    []versionID // what is shown; 0 for a directory that no layer lists
	size  []int64     // bytes at and below, without what is removed; of something removed, what went
	all   bool        // also what is as it was

	counts [removed + 1]int // marks of all that is no directory
}

func newView(t *Tree, s Scope) *view {
	n := t.nodes.n
	v := &view{scope: s, marks: make([]mark, n), at: make([]versionID, n), size: make([]int64, n)}
	v.all = s.Below || s.Layer == Everything
	p := &pass{t: t, v: v, upTo: s.Layer, cutNow: make([]uint16, n), cutBefore: make([]uint16, n)}
	if s.Layer == Everything {
		p.upTo = t.layers - 1
	}
	for id := range n {
		p.down(nodeID(id))
	}
	v.marks[0], v.at[0] = same, 0
	for id := n - 1; id > 0; id-- {
		p.up(nodeID(id))
	}
	return v
}

// pass works a view out. A cut is the layer, counted from 1, from which on
// something below a path must be to show: what is lower has been removed there.
type pass struct {
	t                 *Tree
	v                 *view
	upTo              int
	cutNow, cutBefore []uint16
}

// down settles what shows of one path by itself, after its parent.
func (p *pass) down(id nodeID) {
	n := p.t.nodes.at(int(id))
	p.cutNow[id], p.cutBefore[id] = p.cutNow[n.parent], p.cutBefore[n.parent]
	var now, before, any versionID
	hiddenNow, hiddenBefore := p.cutNow[n.parent], p.cutBefore[n.parent]
	for i := n.last; i != 0; i = p.t.at(i).older {
		v := p.t.at(i)
		if int(v.layer) > p.upTo {
			continue
		}
		kind, layer := p.t.kind(v), v.layer+1
		earlier := int(v.layer) < p.upTo
		cuts := v.removes || v.empties || kind != None && kind != Directory
		if cuts {
			p.cutNow[id] = max(p.cutNow[id], layer)
			if earlier {
				p.cutBefore[id] = max(p.cutBefore[id], layer)
			}
		}
		if kind != None {
			if now == 0 && layer >= hiddenNow {
				now = i
			}
			if before == 0 && earlier && layer >= hiddenBefore {
				before = i
			}
			if any == 0 {
				any = i
			}
		}
		if v.removes {
			hiddenNow = max(hiddenNow, layer)
			if earlier {
				hiddenBefore = max(hiddenBefore, layer)
			}
		}
	}
	if p.v.scope.Layer == Everything {
		p.markAll(id, now, any)
		return
	}
	p.markLayer(id, now, before)
}

// markAll marks a path over the whole image: what is there in the end, changed
// if several layers hold it, or removed although some layer holds it.
func (p *pass) markAll(id nodeID, now, any versionID) {
	switch {
	case now == 0 && any == 0: // no layer lists it
	case now == 0:
		p.set(id, removed, any)
	case p.older(now):
		p.set(id, changed, now)
	default:
		p.set(id, same, now)
	}
}

// older tells whether a lower layer holds another version that differs, or any
// other content.
func (p *pass) older(now versionID) bool {
	v := p.t.at(now)
	for i := v.older; i != 0; i = p.t.at(i).older {
		o := p.t.at(i)
		if k := p.t.kind(o); k != None && (k != Directory || !p.t.same(o, v)) {
			return true
		}
	}
	return false
}

// markLayer marks what a layer did to a path.
func (p *pass) markLayer(id nodeID, now, before versionID) {
	switch {
	case now == 0 && before == 0:
	case now == 0:
		p.set(id, removed, before)
	case int(p.t.at(now).layer) < p.upTo:
		p.set(id, same, now)
	case before == 0:
		p.set(id, added, now)
	case p.t.kind(p.t.at(now)) == Directory && p.t.same(p.t.at(now), p.t.at(before)):
		p.set(id, same, now)
	default:
		p.set(id, changed, now)
	}
}

func (p *pass) set(id nodeID, m mark, at versionID) {
	p.v.marks[id], p.v.at[id] = m, at
}

// up hands mark and size of one path to its parent, after all that is below it.
func (p *pass) up(id nodeID) {
	v, parent := p.v, p.t.parent(id)
	m := v.marks[id]
	if m == absent {
		return
	}
	if at := v.at[id]; at != 0 {
		ver := p.t.at(at)
		if v.all || m == removed || int(ver.layer) == v.scope.Layer {
			v.size[id] = plus(v.size[id], ver.size)
		}
		if k := p.t.kind(ver); k != Directory {
			v.counts[m]++
		}
	}
	switch v.marks[parent] {
	case absent: // no layer lists the directory, but it has something
		v.marks[parent] = same
		if m == removed && p.cutNow[parent] > 0 {
			v.marks[parent] = removed
		}
	case removed: // it was removed, but has something again
		if m != removed {
			v.marks[parent], v.at[parent], v.size[parent] = inside, 0, 0
		}
	}
	if m > same && v.marks[parent] == same {
		v.marks[parent] = inside
	}
	if (m == removed) == (v.marks[parent] == removed) {
		v.size[parent] = plus(v.size[parent], v.size[id])
	}
}

// plus adds sizes. An image can claim any; they stop at the largest number.
func plus(a, b int64) int64 {
	if sum := a + b; sum >= 0 {
		return sum
	}
	return math.MaxInt64
}
