package image

import (
	"io"
	"sync/atomic"
)

// A block is a piece of a stream that several goroutines read at once. Whoever
// is the last to release it gives it back to its pool.
type block struct {
	data []byte // what is filled of buf
	buf  []byte
	refs atomic.Int32
	pool *pool
}

func (b *block) release() {
	if b.refs.Add(-1) == 0 {
		b.pool.free <- b
	}
}

// A pool hands out at most max blocks, made when they are first needed, so
// that a reader's memory is bounded and small layers take little. Channels
// with room for max blocks never make their sender wait.
type pool struct {
	free chan *block
	made int // touched by the one goroutine that calls get
	max  int
	size int
}

func newPool(max, size int) *pool {
	return &pool{free: make(chan *block, max), max: max, size: size}
}

// get waits for a free block; it is nil when done is closed first.
func (p *pool) get(done <-chan struct{}) *block {
	select {
	case b := <-p.free:
		return b
	default:
	}
	if p.made < p.max {
		p.made++
		return &block{buf: make([]byte, p.size), pool: p}
	}
	select {
	case b := <-p.free:
		return b
	case <-done:
		return nil
	}
}

// source reads the blocks that come through a channel.
type source struct {
	in   chan *block
	done <-chan struct{}
	cur  *block
	rest []byte
}

// Read gives what is left of the current block, or of the next.
func (s *source) Read(p []byte) (int, error) {
	for len(s.rest) == 0 {
		if s.cur != nil {
			s.cur.release()
			s.cur = nil
		}
		b, ok := <-s.in
		if !ok {
			return 0, io.EOF
		}
		select {
		case <-s.done:
			b.release()
			return 0, errStopped
		default:
		}
		s.cur, s.rest = b, b.data
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// drain passes over the rest.
func (s *source) drain() {
	s.rest = nil
	if s.cur != nil {
		s.cur.release()
		s.cur = nil
	}
	for b := range s.in {
		b.release()
	}
}

// blockWriter fills blocks for the consumer.
type blockWriter struct {
	r    *Reader
	pool *pool
	cur  *block
}

// Write fails once nobody reads any more.
func (w *blockWriter) Write(p []byte) (int, error) {
	for n := 0; ; {
		if w.cur == nil {
			if w.cur = w.pool.get(w.r.done); w.cur == nil {
				return n, errStopped
			}
			w.cur.data = w.cur.buf[:0]
		}
		room := w.cur.buf[len(w.cur.data):]
		m := copy(room, p[n:])
		w.cur.data = w.cur.buf[:len(w.cur.data)+m]
		if n += m; n == len(p) {
			return n, nil
		}
		w.r.out <- w.send()
	}
}

func (w *blockWriter) send() *block {
	b := w.cur
	w.cur = nil
	b.refs.Store(1)
	return b
}

// flush passes on what is left.
func (w *blockWriter) flush() error {
	if w.cur != nil {
		w.r.out <- w.send()
	}
	return nil
}
