package image

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// maxDepth bounds directories within directories: every level costs time when
// something in it is opened.
const maxDepth = 256

// directory opens a root file system as an image of one layer, without digests.
func (p pull) directory(dir string) (*Image, error) {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is not a directory", dir)
	}
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	_, err = d.Readdirnames(1)
	d.Close()
	if err != nil {
		return nil, fmt.Errorf("not an image: %s is empty", dir)
	}
	img := &Image{Ref: p.ref, Source: sourceDir, Config: &v1.ConfigFile{}}
	img.Layers = []Layer{{Open: func(ctx context.Context) (io.ReadCloser, error) {
		root, err := os.OpenRoot(dir)
		if err != nil {
			return nil, err
		}
		return newWriterReader(ctx, func(w io.Writer) error {
			defer root.Close()
			t := &treeWriter{ctx: ctx, root: root, tree: root.FS(), img: img, tar: tar.NewWriter(w), buf: make([]byte, unpackedSize)}
			return t.write()
		}), nil
	}}}
	return img, nil
}

// treeWriter writes a directory as a tar. It opens files beneath the root only
// and follows no symbolic link.
type treeWriter struct {
	ctx  context.Context
	root *os.Root
	tree fs.FS
	img  *Image // takes the warnings
	tar  *tar.Writer
	buf  []byte
}

func (t *treeWriter) write() error {
	err := fs.WalkDir(t.tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case t.ctx.Err() != nil:
			return context.Cause(t.ctx)
		case err != nil:
			t.img.warn("%s cannot be read: %v", name, err)
			return nil
		case name == ".":
			return nil
		}
		if err := t.entry(name, d); err != nil {
			return err
		}
		if d.IsDir() && strings.Count(name, "/") >= maxDepth {
			t.img.warn("%.100s… is more than %d directories deep and is not read further", name, maxDepth)
			return fs.SkipDir
		}
		if d.IsDir() && (name == "proc" || name == "sys" || name == "dev") {
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		return err
	}
	return t.tar.Close()
}

// anonymous hides the names of users and groups, which would be this machine's.
type anonymous struct{ fs.FileInfo }

// Uname gives no name.
func (anonymous) Uname() (string, error) { return "", nil }

// Gname gives no name.
func (anonymous) Gname() (string, error) { return "", nil }

// entry writes one member. What cannot be read is a warning; the error is that
// of the writer.
func (t *treeWriter) entry(name string, d fs.DirEntry) error {
	info, err := d.Info()
	if err != nil {
		t.img.warn("%s cannot be read: %v", name, err)
		return nil
	}
	link := ""
	if info.Mode()&fs.ModeSymlink != 0 {
		if link, err = t.root.Readlink(name); err != nil {
			t.img.warn("%s cannot be read: %v", name, err)
			return nil
		}
	}
	h, err := tar.FileInfoHeader(anonymous{info}, link)
	if err != nil {
		return nil // a socket, which no tar has
	}
	h.Name = name
	if d.IsDir() {
		h.Name += "/"
	}
	if !info.Mode().IsRegular() {
		return t.tar.WriteHeader(h)
	}
	f, err := t.root.Open(name)
	if err != nil {
		t.img.warn("%s cannot be read: %v", name, err)
		return nil
	}
	defer f.Close()
	return t.content(h, f)
}

// content writes a file. One that shrinks meanwhile is filled up, since its
// header has gone.
func (t *treeWriter) content(h *tar.Header, f fs.File) error {
	if err := t.tar.WriteHeader(h); err != nil {
		return err
	}
	left := h.Size
	for left > 0 {
		n, err := f.Read(t.buf[:min(left, int64(len(t.buf)))])
		if n > 0 {
			if _, err := t.tar.Write(t.buf[:n]); err != nil {
				return err
			}
			left -= int64(n)
		}
		if err != nil {
			t.img.warn("%s is shorter than it was, or cannot be read to its end", h.Name)
			break
		}
	}
	clear(t.buf)
	for left > 0 {
		n, err := t.tar.Write(t.buf[:min(left, int64(len(t.buf)))])
		if err != nil {
			return err
		}
		left -= int64(n)
	}
	return nil
}
