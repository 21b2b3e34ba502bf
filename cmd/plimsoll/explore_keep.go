package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/plimsoll/plimsoll/image"
)

// keeper keeps the layers that come over the network on disk while they are
// listed, so that the scan after it need not fetch them again.
type keeper struct {
	dir  string
	mu   sync.Mutex
	left int64 // bytes that may still be written
	done map[int]string
}

// keepLayers makes an image's layers be fetched once, as far as they fit into a
// number of bytes. The function that it returns removes what was kept.
func keepLayers(img *image.Image, tempDir string, limit int64) (func(), error) {
	dir, err := os.MkdirTemp(tempDir, "plimsoll-explore-")
	if err != nil {
		return nil, fmt.Errorf("keep layers: %w", err)
	}
	k := &keeper{dir: dir, left: limit, done: map[int]string{}}
	for i := range img.Layers {
		if fetch := img.Layers[i].Open; fetch != nil {
			img.Layers[i].Open = func(ctx context.Context) (io.ReadCloser, error) { return k.open(ctx, i, fetch) }
		}
	}
	return func() { os.RemoveAll(dir) }, nil
}

func (k *keeper) open(ctx context.Context, n int, fetch func(context.Context) (io.ReadCloser, error)) (io.ReadCloser, error) {
	k.mu.Lock()
	path, ok := k.done[n]
	k.mu.Unlock()
	if ok {
		return os.Open(path)
	}
	r, err := fetch(ctx)
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(k.dir, fmt.Sprintf("layer-%d-", n))
	if err != nil {
		return r, nil // it is read again, then
	}
	return &keptLayer{ReadCloser: r, keeper: k, n: n, file: f}, nil
}

// take asks for room on disk.
func (k *keeper) take(n int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.left -= int64(n)
	return k.left >= 0
}

// keptLayer is a layer that is written to disk while it is read. It counts once
// it was read to its end, which is where its digest is checked.
type keptLayer struct {
	io.ReadCloser
	keeper *keeper
	n      int
	file   *os.File // nil once it is of no use
	whole  bool
}

// Read reads the layer.
func (l *keptLayer) Read(p []byte) (int, error) {
	n, err := l.ReadCloser.Read(p)
	if l.file != nil && n > 0 {
		if _, werr := l.file.Write(p[:n]); werr != nil || !l.keeper.take(n) {
			l.drop()
		}
	}
	l.whole = err == io.EOF
	return n, err
}

func (l *keptLayer) drop() {
	l.file.Close()
	os.Remove(l.file.Name())
	l.file = nil
}

// Close ends the layer.
func (l *keptLayer) Close() error {
	if l.file != nil && !l.whole {
		l.drop()
	}
	if l.file != nil {
		if l.file.Close() == nil {
			l.keeper.mu.Lock()
			l.keeper.done[l.n] = filepath.Clean(l.file.Name())
			l.keeper.mu.Unlock()
		}
		l.file = nil
	}
	return l.ReadCloser.Close()
}
