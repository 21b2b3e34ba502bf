package inventory

import (
	"cmp"
	"slices"
)

// Waste is what one layer has put at a place and another has hidden.
type Waste struct {
	Path    string // of a file, or of a directory
	Layer   int    // that has it
	By      int    // that hides it
	Removed bool   // and not replaced
	Files   int    // how many; 1 for a file
	Bytes   int64
	// Same are the bytes of those that were replaced by a file of the same size,
	// which is what a change of owner or permissions does.
	Same int64
	// Largest is the path of the largest file where it is known.
	Largest     string
	LargestSize int64
}

// maxWorst is how much of what is hidden is told one by one, and maxWorstOf of
// what one layer hides of another.
const (
	maxWorst   = 50
	maxWorstOf = 5
)

// hiding is what one layer hides of another in one way.
type hiding struct {
	layer, by int32
	removed   bool
}

// wasteTree adds up what is hidden below each place.
type wasteTree struct {
	places *places
	below  map[int32]*Waste // itself and all that is below it
	inside map[int32][]int32
}

// worst says where most is hidden: at the places that have most of it to
// themselves, be they a file, a directory or one far above.
func (p *places) worst(all map[wasteKey]*Waste) []Waste {
	trees := map[hiding]*wasteTree{}
	for key, w := range all {
		h := hiding{key.layer, key.by, key.removed}
		if trees[h] == nil {
			trees[h] = &wasteTree{p, map[int32]*Waste{}, map[int32][]int32{}}
		}
		trees[h].add(key.place, w)
	}
	var worst []Waste
	for _, t := range trees {
		for range maxWorstOf {
			w, ok := t.take()
			if !ok {
				break
			}
			worst = append(worst, w)
		}
	}
	slices.SortFunc(worst, func(a, b Waste) int {
		removed := 0
		if a.Removed != b.Removed {
			removed = 1
			if b.Removed {
				removed = -1
			}
		}
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Layer, b.Layer), cmp.Compare(a.Path, b.Path), cmp.Compare(a.By, b.By), removed)
	})
	return worst[:min(len(worst), maxWorst)]
}

// add adds what is hidden at a place.
func (t *wasteTree) add(place int32, w *Waste) {
	for ; place >= 0; place = t.places.parents[place] {
		sum := t.below[place]
		if sum == nil {
			sum = &Waste{Layer: w.Layer, By: w.By, Removed: w.Removed}
			t.below[place] = sum
			if up := t.places.parents[place]; up >= 0 {
				t.inside[up] = append(t.inside[up], place)
			}
		}
		sum.Files, sum.Bytes, sum.Same = sum.Files+w.Files, plus(sum.Bytes, w.Bytes), plus(sum.Same, w.Same)
		if w.LargestSize > sum.LargestSize {
			sum.Largest, sum.LargestSize = w.Largest, w.LargestSize
		}
	}
}

// take goes down from the root as long as one directory has two thirds of what
// there is, and takes out what it comes to.
func (t *wasteTree) take() (Waste, bool) {
	at := int32(0)
	if sum := t.below[at]; sum == nil || sum.Bytes <= 0 {
		return Waste{}, false
	}
down:
	for {
		for _, next := range t.inside[at] {
			if t.below[next].Bytes > t.below[at].Bytes/3*2 {
				at = next
				continue down
			}
		}
		break
	}
	w := *t.below[at]
	w.Path = w.Largest
	if w.Files > 1 || w.Path == "" {
		w.Path = t.places.path(at)
	}
	for up := at; up >= 0; up = t.places.parents[up] {
		sum := t.below[up]
		sum.Files, sum.Bytes, sum.Same = sum.Files-w.Files, sum.Bytes-w.Bytes, sum.Same-w.Same
		if sum.Largest == w.Largest {
			sum.Largest, sum.LargestSize = "", 0
		}
	}
	delete(t.inside, at)
	return w, true
}
