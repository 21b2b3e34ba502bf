package scan

// aside does work on the content of a layer beside the walk, in a goroutine of
// its own: sums and the search for secrets take longer than all else. Content
// and what is to be done with it are copied into batches.
type aside[T any] struct {
	now        *batch[T]
	full, free chan *batch[T]
	done       chan struct{}
}

// worker is who does the work: it gets content and operations in the order in
// which they were given.
type worker[T any] interface {
	write(content []byte)
	do(op *T)
}

// batch is some content, and operations, each to be done once the content before
// its end has been written.
type batch[T any] struct {
	data []byte
	ops  []T
	ends []int
}

const (
	batchSize = 128 << 10 // bytes of content
	batchOps  = 2 << 10   // operations
	batches   = 4         // that wait to be worked on
)

// newAside starts the worker's goroutine, which ends with finish.
func newAside[T any](w worker[T]) *aside[T] {
	a := &aside[T]{now: &batch[T]{}, full: make(chan *batch[T], batches), free: make(chan *batch[T], batches+1), done: make(chan struct{})}
	for range batches {
		a.free <- &batch[T]{}
	}
	go func() {
		defer close(a.done)
		for b := range a.full {
			b.work(w)
			a.free <- b
		}
	}()
	return a
}

func (b *batch[T]) work(w worker[T]) {
	at := 0
	for i := range b.ops {
		if end := b.ends[i]; end > at {
			w.write(b.data[at:end])
			at = end
		}
		w.do(&b.ops[i])
	}
	if at < len(b.data) {
		w.write(b.data[at:])
	}
}

// finish waits until all is done.
func (a *aside[T]) finish() {
	a.full <- a.now
	close(a.full)
	<-a.done
}

// do adds something to be done.
func (a *aside[T]) do(op T) {
	a.now.ops, a.now.ends = append(a.now.ops, op), append(a.now.ends, len(a.now.data))
	if len(a.now.ops) >= batchOps {
		a.send()
	}
}

// Write adds content.
func (a *aside[T]) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		room := batchSize - len(a.now.data)
		if room == 0 {
			a.send()
			continue
		}
		k := min(room, len(p))
		a.now.data = append(a.now.data, p[:k]...)
		p = p[k:]
	}
	return n, nil
}

// send gives the batch away, and takes another.
func (a *aside[T]) send() {
	a.full <- a.now
	a.now = <-a.free
	a.now.data, a.now.ops, a.now.ends = a.now.data[:0], a.now.ops[:0], a.now.ends[:0]
}
