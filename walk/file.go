package walk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// HeadSize is the most that File.Head gives, in bytes.
const HeadSize = 4 << 10

// ErrTooLarge says that a file is larger than its reader takes.
var ErrTooLarge = errors.New("file is too large")

// File is a regular file in a layer, shown to a visitor while the walk stands
// at it. Nothing of it may be used after Visit has returned, the slices of
// Bytes and Head included.
type File struct {
	Path    string // cleaned, without leading slash
	Size    int64
	Mode    fs.FileMode
	UID     int
	GID     int
	ModTime time.Time

	spool    *Spool
	src      io.Reader // what has not been taken yet
	head     []byte    // taken from src by Head
	kept     *Kept     // the whole content, once somebody needed it
	streamed bool      // src has been given away
	last     bool      // no other visitor comes after this one
}

// NewFile makes a File of its own, not out of a layer: for reading one file on
// disk, and for tests. The content is read from r as visitors ask for it.
func NewFile(path string, mode fs.FileMode, size int64, r io.Reader) *File {
	return &File{Path: path, Mode: mode, Size: size, src: io.LimitReader(r, size), spool: &Spool{}}
}

// Head gives up to n first bytes, at most HeadSize, less where the file is
// shorter. It takes nothing away from the other ways to read.
func (f *File) Head(n int) ([]byte, error) {
	n = int(min(int64(n), HeadSize, f.Size))
	if f.kept != nil && len(f.head) < n {
		f.head = make([]byte, n)
		if _, err := f.kept.ReadAt(f.head, 0); err != nil && err != io.EOF {
			return nil, err
		}
	}
	if len(f.head) < n {
		if f.streamed {
			return nil, f.again()
		}
		old := len(f.head)
		f.head = append(f.head, make([]byte, n-old)...)
		got, err := io.ReadFull(f.src, f.head[old:])
		f.head = f.head[:old+got]
		if err != nil {
			return f.head, cut(err)
		}
	}
	return f.head[:n], nil
}

// Bytes gives the whole content. It fails with ErrTooLarge beyond max bytes.
func (f *File) Bytes(max int64) ([]byte, error) {
	if f.Size > max {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are read", ErrTooLarge, f.Size, max)
	}
	if f.Size <= int64(len(f.head)) {
		return f.head, nil
	}
	if err := f.keep(); err != nil {
		return nil, err
	}
	if f.kept.mem == nil {
		b := make([]byte, f.kept.Size())
		_, err := f.kept.ReadAt(b, 0)
		return b, cut(err)
	}
	return f.kept.mem, nil
}

// Reader gives the whole content from its beginning as a stream. A visitor may
// call it once, or as often as it likes after Bytes or ReaderAt.
func (f *File) Reader() (io.Reader, error) {
	if f.kept == nil && f.streamed {
		return nil, f.again()
	}
	if f.kept == nil && f.last {
		f.streamed = true
		return io.MultiReader(newBytesReader(f.head), f.src), nil
	}
	if err := f.keep(); err != nil {
		return nil, err
	}
	return io.NewSectionReader(f.kept, 0, f.kept.Size()), nil
}

// ReaderAt gives random access to the whole content, which is kept in memory
// or on disk until the walk moves on: see Spool.
func (f *File) ReaderAt() (io.ReaderAt, error) {
	if err := f.keep(); err != nil {
		return nil, err
	}
	return f.kept, nil
}

// Spool is where a visitor may keep content that it unpacks from the file,
// under the limits of the whole scan.
func (f *File) Spool() *Spool { return f.spool }

func (f *File) keep() error {
	if f.kept != nil {
		return nil
	}
	if f.streamed {
		return f.again()
	}
	f.streamed = true
	k, err := f.spool.Keep(io.MultiReader(newBytesReader(f.head), f.src), f.Size)
	if err != nil {
		return cut(err)
	}
	if k.Size() != f.Size {
		k.Close()
		return io.ErrUnexpectedEOF
	}
	f.kept = k
	return nil
}

// release gives back what the file holds.
func (f *File) release() {
	if f.kept != nil {
		f.kept.Close()
		f.kept = nil
	}
}

func (f *File) again() error { return fmt.Errorf("%s: the content has been read already", f.Path) }

// cut names an early end for what it is.
func cut(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func newBytesReader(b []byte) io.Reader { return bytes.NewReader(b) }
