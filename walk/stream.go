package walk

import (
	"errors"
	"io"
)

// BlockReader is what a layer's reader may offer besides io.Reader: the next
// bytes without a copy. A block is valid until the next call; io.EOF comes
// alone, without a block.
type BlockReader interface {
	NextBlock() ([]byte, error)
}

// stream reads a tar forward in blocks, so that what nobody wants is passed
// over without being copied.
type stream struct {
	next  func() ([]byte, error)
	block []byte // what is left of the current block
	err   error  // why there is no further block
	pos   int64  // bytes taken since the beginning
	joint []byte // holds a take that crosses blocks
}

func newStream(r io.Reader) *stream {
	if b, ok := r.(BlockReader); ok {
		return &stream{next: b.NextBlock}
	}
	buf := make([]byte, 256<<10)
	return &stream{next: func() ([]byte, error) {
		for range 100 {
			n, err := r.Read(buf)
			if n > 0 {
				// An error that came with bytes comes again with the next read.
				return buf[:n], nil
			}
			if err != nil {
				return nil, err
			}
		}
		return nil, io.ErrNoProgress
	}}
}

// fill makes sure that the current block is not empty.
func (s *stream) fill() error {
	for len(s.block) == 0 {
		if s.err != nil {
			return s.err
		}
		s.block, s.err = s.next()
	}
	return nil
}

// take gives exactly n bytes, valid until the next call. At the end it is
// io.EOF when nothing was left, io.ErrUnexpectedEOF when too little was.
func (s *stream) take(n int) ([]byte, error) {
	if err := s.fill(); err != nil {
		return nil, err
	}
	if len(s.block) >= n {
		b := s.block[:n]
		s.block = s.block[n:]
		s.pos += int64(n)
		return b, nil
	}
	s.joint = s.joint[:0]
	for len(s.joint) < n {
		if err := s.fill(); err != nil {
			return nil, cut(err)
		}
		m := min(n-len(s.joint), len(s.block))
		s.joint = append(s.joint, s.block[:m]...)
		s.block = s.block[m:]
		s.pos += int64(m)
	}
	return s.joint, nil
}

// skip passes over n bytes.
func (s *stream) skip(n int64) error {
	for n > 0 {
		if err := s.fill(); err != nil {
			return cut(err)
		}
		m := min(n, int64(len(s.block)))
		s.block = s.block[m:]
		s.pos += m
		n -= m
	}
	return nil
}

// Read copies what is left of the current block, or of the next one.
func (s *stream) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := s.fill(); err != nil {
		return 0, err
	}
	n := copy(p, s.block)
	s.block = s.block[n:]
	s.pos += int64(n)
	return n, nil
}

var errTrailing = errors.New("too many bytes after the end of the archive")

// drain reads to the end, so that digests are checked. More than max bytes
// behind the end of an archive are no padding but a trap.
func (s *stream) drain(max int64) error {
	for {
		err := s.fill()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		max -= int64(len(s.block))
		s.pos += int64(len(s.block))
		s.block = nil
		if max < 0 {
			return errTrailing
		}
	}
}
