package explore

import (
	"bytes"
	"cmp"
	"slices"
)

// order is how the files of a directory are sorted.
type order uint8

const (
	byName order = iota
	bySize
	byWaste
	orders // how many there are
)

func (o order) String() string { return [...]string{"name", "size", "waste"}[o%orders] }

// ranking compares paths of one directory.
type ranking struct {
	t     *Tree
	v     *view
	w     *waste
	order order
}

func (r *ranking) siblings(a, b nodeID) int {
	c := 0
	switch {
	case r.order == bySize && r.v != nil:
		c = cmp.Compare(r.v.size[b], r.v.size[a])
	case r.order == byWaste && r.w != nil:
		c = cmp.Compare(r.w.at[b], r.w.at[a])
	}
	if c == 0 {
		c = bytes.Compare(r.t.rawName(a), r.t.rawName(b))
	}
	return c
}

// compare orders any two paths as the unfolded tree shows them: what is in a
// directory comes after it.
func (r *ranking) compare(a, b nodeID) int {
	da, db := r.t.depth(a), r.t.depth(b)
	x, y := a, b
	for d := da; d > db; d-- {
		x = r.t.parent(x)
	}
	for d := db; d > da; d-- {
		y = r.t.parent(y)
	}
	if x == y {
		return cmp.Compare(da, db)
	}
	for r.t.parent(x) != r.t.parent(y) {
		x, y = r.t.parent(x), r.t.parent(y)
	}
	return r.siblings(x, y)
}

// children lists what is right below a path and wanted, sorted.
func (r *ranking) children(id nodeID, want func(nodeID) bool) []nodeID {
	var ids []nodeID
	for c := r.t.nodes.at(int(id)).first; c != 0; c = r.t.nodes.at(int(c)).next {
		if want(c) {
			ids = append(ids, c)
		}
	}
	slices.SortFunc(ids, r.siblings)
	return ids
}

// depth is how many directories a path lies below the root.
func (t *Tree) depth(id nodeID) int {
	d := 0
	for ; id != 0; id = t.parent(id) {
		d++
	}
	return d
}
