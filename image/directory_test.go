package image

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDirectory(t *testing.T) {
	dir := t.TempDir()
	write := func(name, data string) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("etc/os-release", "ID=x\n")
	write("proc/1/environ", "secret")
	write("usr/big", strings.Repeat("0123456789", 100_000))
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "etc/link")); err != nil {
		t.Fatal(err)
	}
	img := open(t, dir, Options{})
	if img.Source != "dir" || len(img.Layers) != 1 || img.Layers[0].DiffID != "" || img.Config == nil {
		t.Fatalf("%+v", img)
	}
	r := tar.NewReader(bytes.NewReader(tars(t, img)[0]))
	got := make(map[string]string)
	for {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		got[h.Name] = fmt.Sprint(len(data), h.Linkname)
	}
	want := map[string]string{
		"etc/": "0", "etc/os-release": "5", "etc/link": "0/etc/passwd", "proc/": "0", "usr/": "0", "usr/big": "1000000",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(img.Warnings()) > 0 {
		t.Error(img.Warnings())
	}
}

// TestDirectoryEdges reads what is unusual: a tree that is too deep, and files
// that change or vanish under the reader.
func TestDirectoryEdges(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	deep := strings.Repeat("d/", maxDepth+50)
	if err := root.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := root.WriteFile("a", []byte("first"), 0o644); err != nil {
		t.Fatal(err)
	}
	root.Close()
	img := open(t, "dir:"+dir, Options{})
	entries := 0
	for r := tar.NewReader(bytes.NewReader(tars(t, img)[0])); ; entries++ {
		if _, err := r.Next(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if entries != maxDepth+2 {
		t.Errorf("%d entries, want %d", entries, maxDepth+2)
	}
	if w := img.Warnings(); len(w) != 1 || !strings.Contains(w[0], "directories deep") {
		t.Error(w)
	}
}

// TestDirectoryShrinks gives a file whose header promised more.
func TestDirectoryShrinks(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a")
	if err := os.WriteFile(file, []byte("short"), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out bytes.Buffer
	img := &Image{}
	w := &treeWriter{ctx: t.Context(), img: img, tar: tar.NewWriter(&out), buf: make([]byte, 100)}
	if err := w.content(&tar.Header{Name: "a", Size: 1000, Mode: 0o644}, f); err != nil {
		t.Fatal(err)
	}
	if err := w.tar.Close(); err != nil {
		t.Fatal(err)
	}
	r := tar.NewReader(&out)
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil || string(data) != "short"+strings.Repeat("\x00", 995) {
		t.Errorf("%q, %v", data, err)
	}
	if len(img.Warnings()) != 1 {
		t.Error(img.Warnings())
	}
}

func TestDirectoryCancel(t *testing.T) {
	dir := t.TempDir()
	for n := range 40 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(n)), make([]byte, 1<<20), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	img := open(t, "dir:"+dir, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	r, err := img.Layers[0].Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.CopyN(io.Discard, r, 1<<20); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := io.Copy(io.Discard, r); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
