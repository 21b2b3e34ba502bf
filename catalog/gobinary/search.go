package gobinary

import (
	"encoding/binary"
	"io"
	"math"
	"strings"
)

const (
	// windowSize is how much of a file is in memory at a time, in bytes.
	windowSize = 128 << 10
	// align is the boundary on which the linker puts the build information.
	align = 16
	// headerSize is the size in bytes of what precedes the two strings.
	headerSize = 32
	// maxVersion and maxModules are the lengths in bytes of the longest Go
	// version and module list that are read. The largest programs list about a
	// thousand modules in 150 kB.
	maxVersion = 512
	maxModules = 4 << 20
	// maxTries is how many places in one file may look like build information
	// without being it, as in programs that search for it themselves.
	maxTries = 64

	buildInfoMagic = "\xff Go buildinf:"
)

// blob is the build information of an executable: two strings as the linker
// wrote them.
type blob struct {
	version string
	modules string // without the markers around it
}

// window is a part of a stream that moves forward only.
type window struct {
	r      io.Reader
	buffer []byte // working memory
	data   []byte // what has been read and not been dropped, within buffer
	offset int64  // of data in the file
	end    bool   // nothing comes after data
}

// fill reads until there are n bytes of data, or the end.
func (w *window) fill(n int) error {
	if len(w.data) >= n || w.end {
		return nil
	}
	if n > len(w.buffer) {
		bigger := make([]byte, n)
		w.data = bigger[:copy(bigger, w.data)]
		w.buffer = bigger
	} else {
		w.data = w.buffer[:copy(w.buffer, w.data)]
	}
	got, err := readFull(w.r, w.buffer[len(w.data):])
	w.end = len(w.data)+got < len(w.buffer)
	w.data = w.buffer[:len(w.data)+got]
	return err
}

// drop moves n bytes forward, or to the end.
func (w *window) drop(n int64) error {
	if n <= int64(len(w.data)) {
		w.data = w.data[n:]
		w.offset += n
		return nil
	}
	n -= int64(len(w.data))
	w.offset += int64(len(w.data))
	w.data = nil
	for n > 0 && !w.end {
		got, err := readFull(w.r, w.buffer[:min(n, int64(len(w.buffer)))])
		if err != nil {
			return err
		}
		w.end = got == 0
		n -= int64(got)
		w.offset += int64(got)
	}
	return nil
}

// search reads an executable up to its build information. It gives an empty
// blob when there is none.
func search(r io.Reader, l *layout, buffer []byte) (blob, error) {
	w := &window{r: r, buffer: buffer}
	spans := l.spans
	if len(spans) == 0 {
		spans = []span{{end: math.MaxInt64, writable: true}}
	}
	past := newRecord(l)
	tries := 0
	for _, s := range spans {
		if !s.writable && !l.built {
			continue
		}
		if err := w.drop(s.start - w.offset); err != nil {
			return blob{}, err
		}
		if !s.writable {
			if err := past.read(w, s); err != nil {
				return blob{}, err
			}
			continue
		}
		for tries < maxTries {
			ok, err := seek(w, s.end)
			if err != nil {
				return blob{}, err
			}
			if !ok {
				break
			}
			b, err := decode(w, past)
			if err != nil || b.version != "" {
				return b, err
			}
			tries++
			if err := w.drop(align); err != nil {
				return blob{}, err
			}
		}
	}
	return blob{}, nil
}

// seek moves on to the next place before end that has the magic number.
func seek(w *window, end int64) (bool, error) {
	for {
		if err := w.fill(headerSize); err != nil {
			return false, err
		}
		n := int(min(int64(len(w.data)), end-w.offset))
		if n < headerSize {
			return false, nil
		}
		if i := index(w.data[:n], int(-w.offset&(align-1))); i >= 0 {
			return true, w.drop(int64(i))
		}
		// The magic may be in what is left after the last boundary only.
		if err := w.drop(max(int64(n-headerSize)&^(align-1), align)); err != nil {
			return false, err
		}
	}
}

// index finds the magic number in b at from or a multiple of 16 bytes after it;
// a header fits behind it. One comparison of 8 bytes decides nearly every place.
func index(b []byte, from int) int {
	const first = 'G'<<16 | ' '<<8 | 0xff | 'o'<<24 | ' '<<32 | 'b'<<40 | 'u'<<48 | 'i'<<56
	for i := from; i+headerSize <= len(b); i += align {
		if binary.LittleEndian.Uint64(b[i:]) == first && string(b[i:i+len(buildInfoMagic)]) == buildInfoMagic {
			return i
		}
	}
	return -1
}

// decode reads the build information at the window's beginning. An empty blob
// means that it is none after all.
func decode(w *window, past *record) (blob, error) {
	const inline = 2
	if w.data[15]&inline == 0 {
		return past.decode(w)
	}
	version, next, err := varString(w, headerSize, maxVersion)
	if err != nil || next < 0 || !isVersion(version) {
		return blob{}, err
	}
	modules, next, err := varString(w, next, maxModules)
	if err != nil || next < 0 {
		return blob{}, err
	}
	return blob{version: version, modules: unframe(modules)}, nil
}

// varString reads the string whose length stands before it at the given place
// of the window; next is the place after it, or -1 where the string would be
// longer than max or goes beyond the end of the file.
func varString(w *window, at, max int) (s string, next int, err error) {
	if err := w.fill(at + binary.MaxVarintLen64); err != nil {
		return "", 0, err
	}
	if at > len(w.data) {
		return "", -1, nil
	}
	length, n := binary.Uvarint(w.data[at:])
	if n <= 0 || length > uint64(max) {
		return "", -1, nil
	}
	at += n
	next = at + int(length)
	if err := w.fill(next); err != nil {
		return "", 0, err
	}
	if next > len(w.data) {
		return "", -1, nil
	}
	return string(w.data[at:next]), next, nil
}

// isVersion says whether a string can be what the Go toolchain calls itself.
func isVersion(s string) bool {
	return strings.HasPrefix(s, "go") || strings.HasPrefix(s, "devel")
}

// unframe drops the markers of 16 bytes before and after a module list.
func unframe(modules string) string {
	if len(modules) >= 33 && modules[len(modules)-17] == '\n' {
		return modules[16 : len(modules)-16]
	}
	return ""
}
