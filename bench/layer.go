package main

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path"
	"strings"
	"time"
)

// layerWriter writes one layer twice in one go: as a plain tar and as a gzip
// of it, with the digests of both.
type layerWriter struct {
	tar   *tar.Writer
	stock *stock
	dirs  map[string]bool
	err   error // the first; after it nothing is written
}

// made is the time of all files: one that no clock has to be asked for.
var made = time.Date(2024, 4, 10, 12, 0, 0, 0, time.UTC)

func (w *layerWriter) header(h *tar.Header) {
	if w.err != nil {
		return
	}
	h.ModTime = made
	w.err = w.tar.WriteHeader(h)
}

// dir makes a directory and those above it, once.
func (w *layerWriter) dir(name string) {
	if name == "." || w.dirs[name] {
		return
	}
	w.dir(path.Dir(name))
	w.dirs[name] = true
	w.header(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755})
}

// file writes a file, executable where the mode says so.
func (w *layerWriter) file(name string, mode int64, content []byte) {
	w.dir(path.Dir(name))
	w.header(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(content))})
	if w.err == nil {
		_, w.err = w.tar.Write(content)
	}
}

// text writes a file of about n bytes of text.
func (w *layerWriter) text(name string, n int) {
	w.file(name, 0o644, w.stock.prose(w.stock.around(n)))
}

// blob writes a file of size bytes of binary content behind a beginning.
func (w *layerWriter) blob(name string, mode int64, begin []byte, size int64) {
	size = max(size, int64(len(begin)))
	w.dir(path.Dir(name))
	w.header(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: size})
	if w.err == nil {
		_, w.err = w.tar.Write(begin)
	}
	if w.err == nil {
		w.err = w.stock.pieces(size-int64(len(begin)), func(b []byte) error {
			_, err := w.tar.Write(b)
			return err
		})
	}
}

func (w *layerWriter) link(name, target string) {
	w.dir(path.Dir(name))
	w.header(&tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777})
}

// copyOf writes a file of this machine.
func (w *layerWriter) copyOf(name, from string) {
	f, err := os.Open(from)
	if err != nil {
		w.fail(err)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		w.fail(err)
		return
	}
	w.dir(path.Dir(name))
	w.header(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o755, Size: info.Size()})
	if w.err == nil {
		_, w.err = io.Copy(w.tar, f)
	}
}

func (w *layerWriter) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// writtenLayer says what has become of a layer.
type writtenLayer struct {
	createdBy    string
	digest       string // hex SHA-256 of the gzip
	size         int64  // bytes of the gzip
	diffID       string // hex SHA-256 of the tar
	offset, tars int64  // where the tar begins in the docker archive, and its bytes
}

// counted writes to a file, and counts and hashes what went there.
type counted struct {
	w io.Writer
	h hash.Hash
	n int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.h.Write(p[:n])
	c.n += int64(n)
	return n, err
}

func (c *counted) sum() string { return hex.EncodeToString(c.h.Sum(nil)) }

// writeLayer makes a layer: the tar goes to plain, the gzip to packed.
func writeLayer(l layer, s *stock, plain, packed io.Writer) (writtenLayer, error) {
	inner := &counted{w: plain, h: sha256.New()}
	outer := &counted{w: packed, h: sha256.New()}
	buffered := bufio.NewWriterSize(outer, 256<<10)
	z, err := gzip.NewWriterLevel(buffered, l.level)
	if err != nil {
		return writtenLayer{}, err
	}
	both := bufio.NewWriterSize(io.MultiWriter(inner, z), 256<<10)
	w := &layerWriter{tar: tar.NewWriter(both), stock: s, dirs: map[string]bool{}}
	l.fill(w)
	for _, end := range []func() error{w.tar.Close, both.Flush, z.Close, buffered.Flush} {
		if err := end(); err != nil {
			w.fail(err)
		}
	}
	if w.err != nil {
		return writtenLayer{}, fmt.Errorf("write layer %q: %w", strings.TrimSpace(l.createdBy), w.err)
	}
	return writtenLayer{createdBy: l.createdBy, digest: outer.sum(), size: outer.n, diffID: inner.sum(), tars: inner.n}, nil
}
