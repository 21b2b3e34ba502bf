package image

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// An archive is a tar whose headers have been read and whose members are read
// where they lie: nothing of it is unpacked, and several may be open at once.
type archive struct {
	name    string // in errors
	at      io.ReaderAt
	members map[string]member
	open    bool // the mark of a tar's end is missing
}

// member is a file of an archive, or a link to one.
type member struct {
	offset, size int64
	link         string // the member it stands for; empty for a file
}

// openArchive reads the headers of the archive called name. A compressed one is
// unpacked into a temporary file first. The closer closes what is behind it.
func openArchive(ctx context.Context, name string, o Options) (*archive, io.Closer, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	head := make([]byte, 512)
	n, _ := f.ReadAt(head, 0)
	if n == 0 {
		f.Close()
		return nil, nil, fmt.Errorf("not an image: %s is empty", name)
	}
	kind, err := magic(head[:n])
	if err != nil {
		f.Close()
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	if kind == plain {
		a, err := indexFile(ctx, name, f)
		return a, f, err
	}
	t, err := o.spool(ctx, f, Event{Kind: "unpack", Name: name})
	if err != nil {
		return nil, nil, err
	}
	a, err := indexFile(ctx, name, t.File)
	if err != nil {
		t.Close()
		return nil, nil, err
	}
	return a, t, nil
}

// indexFile indexes an open file, and closes it when that fails.
func indexFile(ctx context.Context, name string, f *os.File) (*archive, error) {
	info, err := f.Stat()
	if err == nil {
		var a *archive
		if a, err = indexArchive(ctx, f, info.Size()); err == nil {
			a.name = name
			return a, nil
		}
	}
	f.Close()
	return nil, fmt.Errorf("read archive %s: %w", name, err)
}

// indexArchive passes over the headers of a tar of size bytes. Bodies are
// skipped by seeking, so that this takes as long for large ones as for small.
func indexArchive(ctx context.Context, at io.ReaderAt, size int64) (*archive, error) {
	section := io.NewSectionReader(at, 0, size)
	r := tar.NewReader(section)
	a := &archive{at: at, members: make(map[string]member)}
	for entries, names := 0, 0; ; entries++ {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		h, err := r.Next()
		if err == io.EOF {
			a.open, err = unfinished(section)
			return a, err
		}
		if entries == 0 && size < 512 {
			err = tar.ErrHeader
		}
		if err != nil {
			return nil, tarError(err, entries)
		}
		if names += len(h.Name) + len(h.Linkname); entries >= maxEntries || names > maxNames {
			return nil, fmt.Errorf("%w: an archive of more than %d members or %d bytes of names", ErrTooLarge, maxEntries, maxNames)
		}
		offset, err := section.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		if h.Typeflag == tar.TypeReg && h.Size > size-offset {
			return nil, fmt.Errorf("the archive is cut off: %q needs %d bytes more", h.Name, h.Size-(size-offset))
		}
		a.add(h, offset)
	}
}

// unfinished tells whether a tar that has been read ends without a block of
// zeros: it was then most likely cut off between two members.
func unfinished(read *io.SectionReader) (bool, error) {
	end, err := read.Seek(0, io.SeekCurrent)
	if err != nil {
		return false, err
	}
	last := make([]byte, 512)
	if end < int64(len(last)) {
		return true, nil
	}
	if _, err := read.ReadAt(last, end-int64(len(last))); err != nil {
		return false, err
	}
	return len(bytes.Trim(last, "\x00")) > 0, nil
}

func tarError(err error, entries int) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the archive is cut off after %d members: %w", entries, err)
	case entries == 0 && errors.Is(err, tar.ErrHeader):
		return errors.New("not an image: neither a tar nor a compressed tar")
	}
	return fmt.Errorf("member %d: %w", entries, err)
}

// add notes a member; as in tar, a later one replaces an earlier.
func (a *archive) add(h *tar.Header, offset int64) {
	name := clean(h.Name)
	switch h.Typeflag {
	case tar.TypeReg:
		if h.PAXRecords["GNU.sparse.major"] == "" && h.PAXRecords["GNU.sparse.map"] == "" {
			a.members[name] = member{offset: offset, size: h.Size}
		}
	case tar.TypeSymlink:
		a.members[name] = member{link: clean(path.Join(path.Dir(name), h.Linkname))}
	case tar.TypeLink:
		a.members[name] = member{link: clean(h.Linkname)}
	}
}

// clean gives the one form of a member's name. It never climbs out, and is
// only ever looked up in the archive.
func clean(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }

// maxLinks bounds links to links.
const maxLinks = 10

// file gives a member's content, through links within the archive.
func (a *archive) file(name string) (*io.SectionReader, error) {
	at := clean(name)
	for range maxLinks {
		m, ok := a.members[at]
		if !ok {
			return nil, fmt.Errorf("%s has no %s", a.name, name)
		}
		if m.link == "" {
			return io.NewSectionReader(a.at, m.offset, m.size), nil
		}
		at = m.link
	}
	return nil, fmt.Errorf("%s: %s is a link in a circle", a.name, name)
}

func (a *archive) has(name string) bool {
	_, ok := a.members[name]
	return ok
}

// small reads a member of the size of a manifest.
func (a *archive) small(name string) ([]byte, error) {
	r, err := a.file(name)
	if err != nil {
		return nil, err
	}
	return readSmall(r, name)
}
