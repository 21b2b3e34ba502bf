package walk

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// oldSparse reads the map of GNU's oldest sparse format: four pieces in the
// header, and more in blocks of 21 that follow it.
func (a *archive) oldSparse(e *entry, h []byte) error {
	var n numbers
	e.size = n.parse(h[483:495])
	more, table := h[482] != 0, append([]byte(nil), h[386:482]...)
	for {
		for len(table) >= 24 && table[0] != 0 {
			e.sparse = append(e.sparse, piece{n.parse(table[:12]), n.parse(table[12:24])})
			table = table[24:]
		}
		if n.err != nil {
			return n.err
		}
		if len(e.sparse) > maxSparse {
			return fmt.Errorf("%w: a sparse file of too many pieces", errTar)
		}
		if !more {
			return e.checkSparse()
		}
		b, err := a.take(blockSize)
		if err != nil {
			return cut(err)
		}
		more, table = b[504] != 0, append(table[:0], b[:504]...)
	}
}

// sparseFormat is where a PAX header has the map of a sparse file.
type sparseFormat int

const (
	notSparse      sparseFormat = iota
	sparseInHeader              // formats 0.0 and 0.1
	sparseInFront               // format 1.0: in front of the content
)

// sparseFormat tells a file of an unknown version of the format to be none, as
// the readers that runtimes have do.
func (x *pax) sparseFormat() sparseFormat {
	switch version := x.sparseMajor + "." + x.sparseMinor; {
	case version == "1.0":
		return sparseInFront
	case version == "0.0", version == "0.1", version == "." && x.sparse != "":
		return sparseInHeader
	}
	return notSparse
}

// paxSparse reads the map of the PAX formats: 0.0 and 0.1 have it in the
// extended header, 1.0 in front of the content.
func (a *archive) paxSparse(e *entry, x pax) error {
	if x.sparseRealSize != "" {
		size, err := strconv.ParseInt(x.sparseRealSize, 10, 64)
		if err != nil {
			return fmt.Errorf("%w: the size of a sparse file is no number", errTar)
		}
		e.size = size
	}
	switch x.sparseFormat() {
	case sparseInFront:
		if err := a.sparseInContent(e); err != nil {
			return err
		}
	case sparseInHeader:
		fields := strings.Split(x.sparse, ",")
		if len(fields)%2 != 0 || len(fields) > 2*maxSparse {
			return fmt.Errorf("%w: the map of a sparse file is broken", errTar)
		}
		for i := 0; i < len(fields); i += 2 {
			offset, err1 := strconv.ParseInt(fields[i], 10, 64)
			length, err2 := strconv.ParseInt(fields[i+1], 10, 64)
			if err1 != nil || err2 != nil {
				return fmt.Errorf("%w: the map of a sparse file is broken", errTar)
			}
			e.sparse = append(e.sparse, piece{offset, length})
		}
	default:
		e.size = e.stored
		return nil
	}
	return e.checkSparse()
}

// sparseInContent reads the map of format 1.0: decimal numbers, a line each,
// padded to a block.
func (a *archive) sparseInContent(e *entry) error {
	var buf []byte
	number := func() (int64, error) {
		for {
			if i := bytes.IndexByte(buf, '\n'); i >= 0 {
				v, err := strconv.ParseInt(string(buf[:i]), 10, 64)
				buf = buf[i+1:]
				if err != nil {
					return 0, fmt.Errorf("%w: the map of a sparse file is broken", errTar)
				}
				return v, nil
			}
			if a.left < blockSize || len(buf) > blockSize {
				return 0, fmt.Errorf("%w: the map of a sparse file is broken", errTar)
			}
			b, err := a.take(blockSize)
			if err != nil {
				return 0, cut(err)
			}
			a.left -= blockSize
			buf = append(bytes.Clone(buf), b...)
		}
	}
	n, err := number()
	if err != nil || n < 0 || n > maxSparse {
		return fmt.Errorf("%w: the map of a sparse file is broken", errTar)
	}
	for range n {
		offset, err := number()
		if err != nil {
			return err
		}
		length, err := number()
		if err != nil {
			return err
		}
		e.sparse = append(e.sparse, piece{offset, length})
	}
	e.stored = a.left
	return nil
}

// checkSparse wants the pieces in order, apart, inside the file, and as long
// together as what is stored.
func (e *entry) checkSparse() error {
	var end, sum int64
	for _, p := range e.sparse {
		if p.offset < end || p.length < 0 || p.offset > e.size-p.length {
			return fmt.Errorf("%w: the map of a sparse file is broken", errTar)
		}
		end = p.offset + p.length
		sum += p.length
	}
	if e.size < 0 || sum != e.stored {
		return fmt.Errorf("%w: the map of a sparse file is broken", errTar)
	}
	if e.sparse == nil {
		e.sparse = []piece{}
	}
	return nil
}

// content gives the current member's bytes as the file has them.
func (a *archive) content(e *entry) io.Reader {
	if e.sparse == nil {
		return a
	}
	return &sparseReader{src: a, pieces: e.sparse, size: e.size}
}

// sparseReader puts zeros between the pieces of a sparse file.
type sparseReader struct {
	src    io.Reader
	pieces []piece
	size   int64
	pos    int64
}

// Read gives the next bytes of a piece or of a hole.
func (r *sparseReader) Read(p []byte) (int, error) {
	if r.pos >= r.size {
		return 0, io.EOF
	}
	for len(r.pieces) > 0 && r.pos >= r.pieces[0].offset+r.pieces[0].length {
		r.pieces = r.pieces[1:]
	}
	if len(r.pieces) > 0 && r.pos >= r.pieces[0].offset {
		p = p[:min(int64(len(p)), r.pieces[0].offset+r.pieces[0].length-r.pos)]
		n, err := r.src.Read(p)
		r.pos += int64(n)
		return n, cut(err)
	}
	end := r.size
	if len(r.pieces) > 0 {
		end = r.pieces[0].offset
	}
	p = p[:min(int64(len(p)), end-r.pos)]
	clear(p)
	r.pos += int64(len(p))
	return len(p), nil
}
