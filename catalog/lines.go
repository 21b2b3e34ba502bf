package catalog

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/plimsoll/plimsoll/walk"
)

// MaxLine is the most bytes of one line that Lines gives.
const MaxLine = 64 << 10

// Lines reads a text file line by line in bounded memory. A line longer than
// MaxLine is cut there; line ends are "\n" or "\r\n", the last one may lack its
// own.
type Lines struct {
	ctx  context.Context
	in   *bufio.Reader
	line int
	err  error
}

// ReadLines begins to read the lines of a file.
func ReadLines(ctx context.Context, f *walk.File) (*Lines, error) {
	r, err := f.Reader()
	if err != nil {
		return nil, err
	}
	size := int(min(MaxLine, max(f.Size, 16)))
	return &Lines{ctx: ctx, in: bufio.NewReaderSize(r, size)}, nil
}

// Next gives the next line without its end, valid until the next call, and
// false at the end of the file or at an error.
func (l *Lines) Next() ([]byte, bool) {
	if l.err != nil {
		return nil, false
	}
	if l.line++; l.line%1024 == 0 && l.ctx.Err() != nil {
		l.err = l.ctx.Err()
		return nil, false
	}
	line, err := l.in.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		return l.long(line)
	}
	if err != nil {
		l.err = err
		if len(line) == 0 {
			return nil, false
		}
	}
	line = bytes.TrimSuffix(line, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), true
}

// long keeps what fits of a line and passes over the rest.
func (l *Lines) long(head []byte) ([]byte, bool) {
	head = bytes.Clone(head)
	for {
		if l.err = l.ctx.Err(); l.err != nil {
			return nil, false
		}
		_, err := l.in.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			continue
		}
		l.err = err
		return head, true
	}
}

// Line is the number of the line that Next gave last, counted from 1.
func (l *Lines) Line() int { return l.line }

// Err is what ended the reading, nil for the end of the file.
func (l *Lines) Err() error {
	if l.err == nil || l.err == io.EOF {
		return nil
	}
	if l.ctx.Err() != nil {
		return l.err
	}
	return fmt.Errorf("line %d: %w", l.line, l.err)
}
