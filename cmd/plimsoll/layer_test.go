package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/gzip"
)

// fileLayer is a layer that lies in a file, packed once and hashed once: the
// images of these tests are large, and the race detector slow.
type fileLayer struct {
	file           string
	digest, diffID v1.Hash
	size           int64
	kind           types.MediaType
}

func (l *fileLayer) Digest() (v1.Hash, error)             { return l.digest, nil }
func (l *fileLayer) DiffID() (v1.Hash, error)             { return l.diffID, nil }
func (l *fileLayer) Size() (int64, error)                 { return l.size, nil }
func (l *fileLayer) MediaType() (types.MediaType, error)  { return l.kind, nil }
func (l *fileLayer) Compressed() (io.ReadCloser, error)   { return os.Open(l.file) }
func (l *fileLayer) Uncompressed() (io.ReadCloser, error) { return unpacked(l) }

func unpacked(l *fileLayer) (io.ReadCloser, error) {
	f, err := os.Open(l.file)
	if err != nil || l.kind != types.DockerLayer {
		return f, err
	}
	return gzip.NewReader(f) // the file is closed with the process
}

// layerOf packs a tar: by gzip itself where it is on PATH, else not at all.
func layerOf(t testing.TB, open func() (io.ReadCloser, error)) *fileLayer {
	t.Helper()
	r, err := open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	l := &fileLayer{file: filepath.Join(t.TempDir(), "layer.tar"), kind: types.DockerUncompressedLayer}
	f, err := os.Create(l.file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(f, r); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	l.diffID, l.size = hashOf(t, l.file)
	if _, err := exec.LookPath("gzip"); err == nil {
		capture(t, "", "gzip", "-1", l.file)
		l.file, l.kind = l.file+".gz", types.DockerLayer
	}
	l.digest, l.size = hashOf(t, l.file)
	return l
}

func hashOf(t testing.TB, file string) (v1.Hash, int64) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		t.Fatal(err)
	}
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h.Sum(nil))}, n
}
