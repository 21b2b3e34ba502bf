package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/klauspost/compress/gzip"
)

// tarOf is a layer of files, given as pairs of path and content.
func tarOf(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i+1 < len(files); i += 2 {
		h := &tar.Header{Name: files[i], Mode: 0o644, Size: int64(len(files[i+1])), Typeflag: tar.TypeReg}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, files[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// imageOf is an image of layers, each an uncompressed tar.
func imageOf(t testing.TB, tars ...[]byte) v1.Image {
	t.Helper()
	var openers []tarball.Opener
	for _, data := range tars {
		openers = append(openers, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil })
	}
	return imageFrom(t, openers...)
}

// imageFrom is an image of layers whose tars the openers give.
func imageFrom(t testing.TB, openers ...tarball.Opener) v1.Image {
	t.Helper()
	config := &v1.ConfigFile{OS: "linux", Architecture: "amd64", RootFS: v1.RootFS{Type: "layers"}}
	img, err := mutate.ConfigFile(empty.Image, config)
	if err != nil {
		t.Fatal(err)
	}
	for n, open := range openers {
		img, err = mutate.Append(img, mutate.Addendum{Layer: layerOf(t, open), History: v1.History{CreatedBy: fmt.Sprintf("RUN step %d # buildkit", n)}})
		if err != nil {
			t.Fatal(err)
		}
	}
	return img
}

func opener(path string) tarball.Opener {
	return func() (io.ReadCloser, error) { return os.Open(path) }
}

// dockerArchive writes an image as docker save does, and gives the file's name.
func dockerArchive(t testing.TB, img v1.Image) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "image.tar")
	if err := tarball.WriteToFile(file, name.MustParseReference("test/image:1"), img); err != nil {
		t.Fatal(err)
	}
	return file
}

// ociLayout writes an image as an OCI layout, and gives the directory's name.
func ociLayout(t testing.TB, img v1.Image) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "layout")
	p, err := layout.Write(dir, empty.Index)
	if err == nil {
		err = p.AppendImage(img)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// tarDir packs a directory, as an OCI archive is packed from a layout.
func tarDir(t testing.TB, dir string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "packed.tar")
	writeTar(t, file, func(w *tar.Writer) error { return w.AddFS(os.DirFS(dir)) })
	return file
}

func writeTar(t testing.TB, file string, write func(*tar.Writer) error) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := tar.NewWriter(f)
	if err := errors.Join(write(w), w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// gzipped packs a file.
func gzipped(t testing.TB, file string) string {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(filepath.Join(t.TempDir(), filepath.Base(file)+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	z, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(z, in); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Name()
}

// tree is the state of a directory: what a layer is the difference of.
type tree struct {
	dir   string
	files map[string]state // by path below dir
}

// state is all that changes when a file does.
type state struct {
	info  fs.FileInfo
	stamp string
}

func treeOf(t testing.TB, dir string) tree {
	t.Helper()
	tr := tree{dir, map[string]state{}}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == dir {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		stamp := info.Mode().String()
		if !info.IsDir() { // a directory changes with what is in it
			stamp += fmt.Sprint(info.Size(), info.ModTime().UnixNano(), inode(info))
		}
		tr.files[filepath.ToSlash(rel)] = state{info, stamp}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// layer writes the difference from an earlier state to this one as the OCI
// image specification has it: what is new or changed, and whiteouts for what
// went away. It gives the name of the tar.
func (tr tree) layer(t testing.TB, before tree) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "layer.tar")
	writeTar(t, file, func(w *tar.Writer) error {
		for _, p := range slices.Sorted(maps.Keys(before.files)) {
			_, stays := tr.files[p]
			_, parent := tr.files[path.Dir(p)]
			if stays || !parent && path.Dir(p) != "." {
				continue
			}
			h := &tar.Header{Name: path.Join(path.Dir(p), ".wh."+path.Base(p)), Mode: 0o644, Typeflag: tar.TypeReg}
			if err := w.WriteHeader(h); err != nil {
				return err
			}
		}
		links := map[string]string{} // inode → first path
		for _, p := range slices.Sorted(maps.Keys(tr.files)) {
			if before.files[p].stamp == tr.files[p].stamp {
				continue
			}
			if err := tr.add(w, p, links); err != nil {
				return err
			}
		}
		return nil
	})
	return file
}

func (tr tree) add(w *tar.Writer, p string, links map[string]string) error {
	info, full := tr.files[p].info, filepath.Join(tr.dir, filepath.FromSlash(p))
	if info.Mode()&fs.ModeSocket != 0 {
		return nil
	}
	target := ""
	if info.Mode()&fs.ModeSymlink != 0 {
		var err error
		if target, err = os.Readlink(full); err != nil {
			return err
		}
	}
	h, err := tar.FileInfoHeader(info, target)
	if err != nil {
		return err
	}
	h.Name = p
	if info.IsDir() {
		h.Name += "/"
	}
	if first, again := links[inode(info)]; again && info.Mode().IsRegular() {
		h.Typeflag, h.Linkname, h.Size = tar.TypeLink, first, 0
	}
	if err := w.WriteHeader(h); err != nil || h.Typeflag != tar.TypeReg {
		return err
	}
	links[inode(info)] = p
	f, err := os.Open(full)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// diff names what is in one list and not in the other, for messages: at most
// twenty lines.
func diff(t testing.TB, got, want []string) {
	t.Helper()
	var lines []string
	count := map[string]int{}
	for _, g := range got {
		count[g]++
	}
	for _, w := range want {
		count[w]--
	}
	for _, k := range slices.Sorted(maps.Keys(count)) {
		switch {
		case count[k] > 0:
			lines = append(lines, fmt.Sprintf("unexpected %dx: %q", count[k], k))
		case count[k] < 0:
			lines = append(lines, fmt.Sprintf("missing %dx:    %q", -count[k], k))
		}
	}
	if len(lines) == 0 {
		return
	}
	more := ""
	if len(lines) > 20 {
		more = fmt.Sprintf("\n… and %d more", len(lines)-20)
		lines = lines[:20]
	}
	t.Errorf("%s%s", strings.Join(lines, "\n"), more)
}
