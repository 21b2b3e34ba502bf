package scan

import (
	"sync"
	"sync/atomic"

	"github.com/plimsoll/plimsoll/secret"
	"github.com/plimsoll/plimsoll/walk"
)

// aside does work on the content of a layer beside the walk: sums and the search
// for secrets take longer than all else. Content, and what is to be done, is
// copied into batches, which go to all workers.
type aside struct {
	now    *batch
	file   op            // the file that is being written; what is before it in the batch is others'
	size   int           // bytes that a batch has room for
	queues []chan *batch // one a worker
	free   chan *batch
	made   int // batches
	work   sync.WaitGroup
}

// worker does one kind of work, in a goroutine of its own.
type worker interface {
	// take works on the next batch. It may keep the batch for longer if it holds
	// it; else nothing of it may be used afterwards.
	take(b *batch)
	// end comes after the last batch.
	end()
}

// op is something to be done, in the order of the layer.
type op struct {
	kind     opKind
	path     string
	hash     uint64 // of the path
	sums     wantedSums
	lead     int  // where what was before it in the file begins once more in the batch
	from, to int  // of a file's content: where it is in the batch
	begins   bool // it is that from the beginning of the file
	ends     bool // it is that to the end
	target   uint64
	tell     told
}

// opKind tells operations apart.
type opKind byte

const (
	opContent opKind = iota // a file, or some of it
	opLink                  // the path is a hard link to target
	opTell                  // a sum is wanted from here on
	opMissed                // a file is not summed, for want of knowing the algorithm
)

// whole tells whether all of a file is there at once.
func (o *op) whole() bool { return o.begins && o.ends }

// batch is content, and what is to be done with it.
type batch struct {
	data []byte
	ops  []op
	held atomic.Int32
	free chan<- *batch
}

// hold keeps a batch from being used again until it is released once more.
func (b *batch) hold() { b.held.Add(1) }

func (b *batch) release() {
	if b.held.Add(-1) == 0 {
		b.free <- b
	}
}

const (
	// batchSize is for how many bytes of content a batch has room, at most and at
	// least. Files that are not larger are in one batch as a whole.
	batchSize    = 1 << 20
	minBatchSize = 128 << 10
	// batchMemory is what the batches of all layers that are read side by side may
	// take.
	batchMemory = 32 << 20
	batchOps    = 2 << 10
	batches     = 8 // in all
)

// newAside starts the workers, which end with finish. So many layers are read side
// by side.
func newAside(layers int, workers ...worker) *aside {
	a := &aside{size: min(max(batchMemory/batches/max(layers, 1), minBatchSize), batchSize), free: make(chan *batch, batches)}
	for _, w := range workers {
		queue := make(chan *batch, batches)
		a.queues = append(a.queues, queue)
		a.work.Go(func() {
			defer w.end()
			for b := range queue {
				w.take(b)
				b.release()
			}
		})
	}
	a.now = a.next()
	return a
}

// next gives an empty batch.
func (a *aside) next() *batch {
	var b *batch
	select {
	case b = <-a.free:
	default:
		if a.made < batches {
			a.made++
			return &batch{data: make([]byte, 0, a.size), free: a.free}
		}
		b = <-a.free
	}
	b.data, b.ops = b.data[:0], b.ops[:0]
	return b
}

// finish waits until all is done.
func (a *aside) finish() {
	a.send()
	for _, q := range a.queues {
		close(q)
	}
	a.work.Wait()
}

// send gives the batch away.
func (a *aside) send() {
	a.now.held.Store(int32(len(a.queues)))
	for _, q := range a.queues {
		q <- a.now
	}
	a.now = nil
}

// flush sends the batch and takes another.
func (a *aside) flush() {
	a.send()
	a.now = a.next()
}

// do adds something to be done.
func (a *aside) do(o op) {
	a.now.ops = append(a.now.ops, o)
	if len(a.now.ops) >= batchOps {
		a.flush()
	}
}

// begin says that what is written from now on is a file's. What does not fit into
// the batch begins the next one.
func (a *aside) begin(e *walk.Entry, sums wantedSums) {
	if n := len(a.now.data); n > 0 && e.Size > int64(a.size-n) {
		a.flush()
	}
	n := len(a.now.data)
	a.file = op{path: e.Path, hash: e.Hash, sums: sums, lead: n, from: n, begins: true}
}

// Write adds content.
func (a *aside) Write(p []byte) (int, error) {
	n := len(p)
	for {
		k := min(a.size-len(a.now.data), len(p))
		a.now.data = append(a.now.data, p[:k]...)
		if p = p[k:]; len(p) == 0 {
			return n, nil
		}
		a.goOn()
	}
}

// goOn goes on with a file in another batch. So that there is something to look
// back at, it begins with what the one before ends with.
func (a *aside) goOn() {
	a.file.to = len(a.now.data)
	a.now.ops = append(a.now.ops, a.file)
	next := a.next()
	next.data = append(next.data, a.now.data[max(a.file.lead, a.file.to-secret.Overlap):]...)
	a.send()
	a.now = next
	a.file.lead, a.file.from, a.file.begins = 0, len(next.data), false
}

// Close ends the file.
func (a *aside) Close() (bool, error) {
	a.file.to, a.file.ends = len(a.now.data), true
	a.do(a.file)
	return false, nil
}
