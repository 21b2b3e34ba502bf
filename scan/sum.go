package scan

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"hash"

	"github.com/plimsoll/plimsoll/inventory"
)

// sumOp is what is to be done with the content of a layer.
type sumOp struct {
	kind         sumKind
	path, target uint64
	wanted       wantedSums // of a file that starts
	algorithm    inventory.Algorithm
	first        bool
}

// sumKind tells operations apart.
type sumKind byte

const (
	sumStart  sumKind = iota // a file starts
	sumEnd                   // it ends
	sumLink                  // path is a hard link to target
	sumTell                  // the algorithm is wanted from here on
	sumMissed                // a file is not summed, for want of knowing the algorithm
)

// sumWorker sums one batch after the other.
type sumWorker struct {
	sums   *inventory.Sums
	hashes [inventory.SHA256 + 1]hash.Hash
	path   uint64 // of the file at hand
	wanted wantedSums
	sum    [sha256.Size]byte
}

func newSumWorker(sums *inventory.Sums) worker[sumOp] {
	return &sumWorker{sums: sums, hashes: [...]hash.Hash{inventory.MD5: md5.New(), inventory.SHA1: sha1.New(), inventory.SHA256: sha256.New()}}
}

func (w *sumWorker) write(data []byte) {
	for a, wanted := range w.wanted {
		if wanted {
			w.hashes[a].Write(data)
		}
	}
}

func (w *sumWorker) do(op *sumOp) {
	switch op.kind {
	case sumStart:
		w.path, w.wanted = op.path, op.wanted
		for a, wanted := range w.wanted {
			if wanted {
				w.hashes[a].Reset()
			}
		}
	case sumEnd:
		for a, wanted := range w.wanted {
			if wanted {
				w.sums.Add(w.path, inventory.SumOf(inventory.Algorithm(a), w.hashes[a].Sum(w.sum[:0])))
			}
		}
	case sumLink:
		w.sums.Link(op.path, op.target)
	case sumTell:
		w.tell(op)
	case sumMissed:
		for a := range w.sums.Partial {
			w.sums.Partial[a] = true
		}
	}
}

// tell keeps the sums of the first algorithm that is known to be wanted, and
// forgets the others.
func (w *sumWorker) tell(op *sumOp) {
	if !op.first {
		w.sums.Partial[op.algorithm] = true
		return
	}
	for a := range w.sums.Files {
		if inventory.Algorithm(a) != op.algorithm {
			w.sums.Files[a], w.sums.Partial[a] = nil, true
		}
	}
}
