package explore

import (
	"cmp"
	"slices"
)

// Usage is how well the layers of an image use their bytes, as the tool dive
// counts it: a path that stands in two layers or more, or in one and is removed
// by another, is wasted with the sizes of all its copies. The efficiency is what
// the smallest copies would take by what all copies take, where the smallest
// copy of something removed is nothing.
//
// It differs from dive in what is below a removed directory: here each file
// there is counted as removed, as if it had been removed by itself. dive adds
// the directory's size to both sides, which hides the waste.
type Usage struct {
	Bytes      int64   // of all files in all layers
	Wasted     int64   // of all copies of wasted paths
	Hidden     int64   // of what does not show in the image: what a rebuild can save
	Efficiency float64 // 0 to 1; 1 for an image without files
	Layers     []LayerUsage
}

// LayerUsage is the part of one layer.
type LayerUsage struct {
	Entries int
	Bytes   int64 // of its files
	Wasted  int64 // of them in wasted paths
	Hidden  int64 // of them removed or covered by a later layer
}

// waste is a Usage with what each path and all below it wastes.
type waste struct {
	Usage
	at []int64
}

// measure counts what is wasted. The view is that of everything.
func measure(t *Tree, everything *view) *waste {
	w := &waste{at: make([]int64, t.nodes.n)}
	w.Layers = make([]LayerUsage, t.layers)
	var least int64
	for id := nodeID(1); int(id) < t.nodes.n; id++ {
		least = plus(least, w.path(t, everything, id))
	}
	for id := nodeID(t.nodes.n - 1); id > 0; id-- {
		parent := t.parent(id)
		w.at[parent] = plus(w.at[parent], w.at[id])
	}
	w.Efficiency = 1
	if w.Bytes > 0 {
		w.Efficiency = float64(least) / float64(w.Bytes)
	}
	return w
}

// path counts one path and gives the size of its smallest copy.
func (w *waste) path(t *Tree, everything *view, id nodeID) int64 {
	var total, least int64
	copies := 0
	shown := everything.at[id]
	lost := everything.marks[id] == removed || isDirectory(t, shown)
	for i := t.nodes.at(int(id)).last; i != 0; i = t.at(i).older {
		v := t.at(i)
		layer := &w.Layers[v.layer]
		layer.Entries++
		if v.removes && v.older != 0 {
			lost = true
		}
		if k := t.kind(v); k == None || k == Directory {
			continue
		}
		if copies == 0 || v.size < least {
			least = v.size
		}
		copies++
		total = plus(total, v.size)
		layer.Bytes = plus(layer.Bytes, v.size)
		if everything.marks[id] == removed || shown != i {
			layer.Hidden = plus(layer.Hidden, v.size)
			w.Hidden = plus(w.Hidden, v.size)
		}
	}
	if copies == 0 {
		return 0
	}
	w.Bytes = plus(w.Bytes, total)
	if lost {
		least = 0
	}
	if copies < 2 && !lost {
		return least
	}
	w.at[id] = total
	w.Wasted = plus(w.Wasted, total)
	for i := t.nodes.at(int(id)).last; i != 0; i = t.at(i).older {
		v := t.at(i)
		w.Layers[v.layer].Wasted = plus(w.Layers[v.layer].Wasted, v.size)
	}
	return least
}

// maxWasted is how many wasted paths are listed, the most wasteful first.
const maxWasted = 10_000

// wasted is a line of the list of what wastes most.
type wasted struct {
	node  nodeID
	bytes int64
}

// worst lists what wastes most. A directory that was removed stands for all
// that was in it.
func (w *waste) worst(t *Tree, everything *view) []wasted {
	var list []wasted
	for id := nodeID(1); int(id) < t.nodes.n; id++ {
		if w.at[id] == 0 || t.nodes.at(int(id)).last == 0 || gone(t, everything, t.parent(id)) {
			continue
		}
		bytes := w.at[id]
		if everything.marks[id] != removed {
			for c := t.nodes.at(int(id)).first; c != 0; c = t.nodes.at(int(c)).next {
				bytes -= w.at[c]
			}
		}
		if bytes > 0 {
			list = append(list, wasted{id, bytes})
		}
	}
	slices.SortStableFunc(list, func(a, b wasted) int { return cmp.Compare(b.bytes, a.bytes) })
	return slices.Clip(list[:min(len(list), maxWasted)])
}

// gone tells whether a path was removed as a whole. One that no layer lists was
// not removed by itself.
func gone(t *Tree, everything *view, id nodeID) bool {
	for ; id != 0 && everything.marks[id] == removed; id = t.parent(id) {
		if t.nodes.at(int(id)).last != 0 {
			return true
		}
	}
	return false
}

// isDirectory tells whether a version is a directory, or the path is one that
// no layer lists.
func isDirectory(t *Tree, at versionID) bool {
	return at == 0 || t.kind(t.at(at)) == Directory
}

// copies counts the layers that hold a path with content.
func (t *Tree) copies(id nodeID) int {
	n := 0
	for i := t.nodes.at(int(id)).last; i != 0; i = t.at(i).older {
		if k := t.kind(t.at(i)); k != None && k != Directory {
			n++
		}
	}
	return n
}
