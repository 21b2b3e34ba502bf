package scan

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"hash"

	"github.com/plimsoll/plimsoll/inventory"
)

// told is an algorithm that turned out to be wanted.
type told struct {
	algorithm inventory.Algorithm
	first     bool
}

// sumWorker sums the files of one batch after the other.
type sumWorker struct {
	sums   *inventory.Sums
	hashes [inventory.SHA256 + 1]hash.Hash
	lanes  *lanes // nil until there is something for them
	sum    [sha256.Size]byte
}

func newSumWorker(sums *inventory.Sums) *sumWorker {
	return &sumWorker{sums: sums, hashes: [...]hash.Hash{inventory.MD5: md5.New(), inventory.SHA1: sha1.New(), inventory.SHA256: sha256.New()}}
}

func (w *sumWorker) take(b *batch) {
	for i := range b.ops {
		switch o := &b.ops[i]; o.kind {
		case opContent:
			w.content(b, o)
		case opLink:
			w.sums.Link(o.hash, o.target)
		case opTell:
			w.wait()
			w.tell(o.tell)
		case opMissed:
			for a := range w.sums.Partial {
				w.sums.Partial[a] = true
			}
		}
	}
	if w.lanes != nil {
		w.lanes.next()
	}
}

func (w *sumWorker) end() {
	if w.lanes != nil {
		w.wait()
		w.lanes.stop()
	}
}

// content sums a file, or goes on with one.
func (w *sumWorker) content(b *batch, o *op) {
	data := b.data[o.from:o.to]
	for a, wanted := range o.sums {
		if !wanted {
			continue
		}
		if inventory.Algorithm(a) == inventory.MD5 && o.whole() && len(data) >= laneFrom {
			w.toLane(b, o.hash, data)
			continue
		}
		h := w.hashes[a]
		if o.begins {
			h.Reset()
		}
		h.Write(data)
		if o.ends {
			w.sums.Add(o.hash, inventory.SumOf(inventory.Algorithm(a), h.Sum(w.sum[:0])))
		}
	}
}

// toLane sums a file beside others. Its place among the sums it has at once, as
// of two files with the same path the later counts.
func (w *sumWorker) toLane(b *batch, path uint64, data []byte) {
	if w.lanes == nil {
		w.lanes = newLanes(func(place int, sum []byte) { w.sums.Set(place, inventory.SumOf(inventory.MD5, sum)) })
	}
	if place, ok := w.sums.Add(path, inventory.Sum{Algorithm: inventory.MD5}); ok {
		w.lanes.add(b, data, place)
	}
}

func (w *sumWorker) wait() {
	if w.lanes != nil {
		w.lanes.wait()
	}
}

// tell keeps the sums of the first algorithm that is known to be wanted, and
// forgets the others.
func (w *sumWorker) tell(t told) {
	if !t.first {
		w.sums.Partial[t.algorithm] = true
		return
	}
	for a := range w.sums.Files {
		if inventory.Algorithm(a) != t.algorithm {
			w.sums.Files[a], w.sums.Partial[a] = nil, true
		}
	}
}
