package osv

import (
	"io"
	"sync"
)

const (
	windowSize = 1 << 20 // bytes
	windows    = 4       // that are kept: workers read close to each other
)

// windowed reads a file in large pieces. A zip's reader asks for each record
// twice, and asking the operating system costs more than the record.
type windowed struct {
	from io.ReaderAt
	mu   sync.Mutex
	kept [windows]window
	next int // that gives way
}

type window struct {
	data []byte // of windowSize, shorter at the end of the file
	at   int64  // its place, in windows
	read bool
}

// ReadAt reads as io.ReaderAt has it.
func (w *windowed) ReadAt(p []byte, offset int64) (n int, err error) {
	if len(p) >= windowSize || offset < 0 {
		return w.from.ReadAt(p, offset)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for n < len(p) {
		data, err := w.window((offset + int64(n)) / windowSize)
		if err != nil {
			return n, err
		}
		start := int((offset + int64(n)) % windowSize)
		if start >= len(data) {
			return n, io.EOF
		}
		n += copy(p[n:], data[start:])
	}
	return n, nil
}

func (w *windowed) window(at int64) ([]byte, error) {
	for i := range w.kept {
		if k := &w.kept[i]; k.read && k.at == at {
			return k.data, nil
		}
	}
	k := &w.kept[w.next]
	w.next = (w.next + 1) % windows
	k.read = false
	k.data = grow(k.data, windowSize)
	n, err := w.from.ReadAt(k.data, at*windowSize)
	if err != nil && err != io.EOF {
		return nil, err
	}
	k.data, k.at, k.read = k.data[:n], at, true
	return k.data, nil
}
