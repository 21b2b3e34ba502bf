package explore

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/plimsoll/plimsoll/cache"
	"github.com/plimsoll/plimsoll/image"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// layer is a layer of members; the content of a file is its link name.
func layer(t testing.TB, diffID string, opened *atomic.Int32, members ...tar.Header) image.Layer {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range members {
		content := ""
		if h.Typeflag == tar.TypeReg {
			content, h.Linkname = h.Linkname, ""
			h.Size = int64(len(content))
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, content)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return image.Layer{DiffID: diffID, Open: func(context.Context) (io.ReadCloser, error) {
		opened.Add(1)
		return io.NopCloser(bytes.NewReader(b.Bytes())), nil
	}}
}

func sample(t testing.TB, opened *atomic.Int32) *image.Image {
	base := layer(t, "sha256:aa", opened,
		tar.Header{Name: "./", Typeflag: tar.TypeDir, Mode: 0o755},
		tar.Header{Name: "./etc/", Typeflag: tar.TypeDir, Mode: 0o755},
		tar.Header{Name: "./etc/one", Typeflag: tar.TypeReg, Mode: 0o644, Linkname: "hello"},
		tar.Header{Name: "./etc/hard", Typeflag: tar.TypeLink, Linkname: "etc/one"},
		tar.Header{Name: "./bin", Typeflag: tar.TypeSymlink, Linkname: "usr/bin", Mode: 0o777},
		tar.Header{Name: "./dev/null", Typeflag: tar.TypeChar, Mode: 0o666},
		tar.Header{Name: "./run/pipe", Typeflag: tar.TypeFifo, Mode: 0o600},
		tar.Header{Name: "./usr/bin/su", Typeflag: tar.TypeReg, Mode: 0o4755, Uid: 1, Gid: 2, Linkname: "su"},
	)
	top := layer(t, "sha256:bb", opened,
		tar.Header{Name: "etc/one", Typeflag: tar.TypeReg, Mode: 0o600, Linkname: "hello"},
		tar.Header{Name: "usr/.wh.bin", Typeflag: tar.TypeReg},
		tar.Header{Name: "run/.wh..wh..opq", Typeflag: tar.TypeReg},
		tar.Header{Name: "twice", Typeflag: tar.TypeReg, Linkname: "first"},
		tar.Header{Name: "twice", Typeflag: tar.TypeReg, Linkname: "the second"},
	)
	return &image.Image{Ref: "sample", Layers: []image.Layer{base, top}}
}

func TestList(t *testing.T) {
	var opened atomic.Int32
	tree, warnings, err := (&Lister{Workers: 2}).List(t.Context(), sample(t, &opened))
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	want := `
~ dev 0
A dev/null 0
A etc 5
A etc/hard 0
A etc/one 5
~ run 0
A run/pipe 0
~ usr 2
~ usr/bin 2
A usr/bin/su 2
`
	if diff := cmp.Diff("A bin 0"+want, show(tree, newView(tree, Scope{Layer: 0}))); diff != "" {
		t.Errorf("layer 0 (-want +got):\n%s", diff)
	}
	want = `~ etc 5
  etc/hard 0
M etc/one 5
R run 0
R run/pipe 0
A twice 10
~ usr 0
R usr/bin 2
R usr/bin/su 2
`
	got := show(tree, newView(tree, Scope{Layer: 1}))
	got = strings.NewReplacer("  bin 0\n", "", "  dev 0\n", "", "  dev/null 0\n", "").Replace(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("layer 1 (-want +got):\n%s", diff)
	}
	id, _ := tree.find("etc/one")
	if h := tree.history(id); !tree.sameContent(h[0], h[1]) || tree.same(h[0], h[1]) {
		t.Error("etc/one has the same content with another mode")
	}
}

func TestCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "layers")
	var opened atomic.Int32
	img := sample(t, &opened)
	list := func() string {
		t.Helper()
		tree, _, err := (&Lister{Cache: &cache.Cache{Dir: dir}, Workers: 2}).List(t.Context(), img)
		if err != nil {
			t.Fatal(err)
		}
		return show(tree, newView(tree, Scope{Layer: Everything}))
	}
	first := list()
	if opened.Load() != 2 {
		t.Fatalf("%d layers read, want 2", opened.Load())
	}
	if again := list(); again != first || opened.Load() != 2 {
		t.Errorf("the second time %d layers were read\n%s", opened.Load()-2, cmp.Diff(first, again))
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(files) != 2 {
		t.Fatalf("%d files are kept, want 2", len(files))
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-1]++
	if err := os.WriteFile(files[0], b, 0o644); err != nil {
		t.Fatal(err)
	}
	if again := list(); again != first || opened.Load() != 3 {
		t.Errorf("a damaged file: %d layers read, want 1 more", opened.Load()-2)
	}
	(&cache.Cache{Dir: dir, Max: 1}).Trim()
	if files, _ := filepath.Glob(filepath.Join(dir, "*")); len(files) != 0 {
		t.Errorf("%d files are left beyond the limit", len(files))
	}
}

func TestListFails(t *testing.T) {
	var opened atomic.Int32
	img := sample(t, &opened)
	broken := errors.New("broken disk")
	img.Layers[1].Open = func(context.Context) (io.ReadCloser, error) { return nil, broken }
	if _, _, err := (&Lister{}).List(t.Context(), img); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := (&Lister{}).List(ctx, sample(t, &opened)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func TestForeignLayer(t *testing.T) {
	var opened atomic.Int32
	img := sample(t, &opened)
	img.Layers[0].Foreign, img.Layers[0].Open = true, nil
	_, warnings, err := (&Lister{}).List(t.Context(), img)
	if diff := cmp.Diff([]string{"layer 0: lies elsewhere and is not listed"}, warnings); err != nil || diff != "" {
		t.Errorf("%v, warnings (-want +got):\n%s", err, diff)
	}
}

func TestSummary(t *testing.T) {
	var opened atomic.Int32
	img := sample(t, &opened)
	tree, _, err := (&Lister{}).List(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	browser := NewBrowser("sample", "", true)
	browser.SetImage(Describe(img, nil))
	browser.SetTree(tree, []string{"one"})
	s := browser.Summary()
	var b bytes.Buffer
	if err := s.JSON(&b); err != nil {
		t.Fatal(err)
	}
	var back Summary
	if err := json.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*s, back); diff != "" {
		t.Errorf("read back (-wrote +read):\n%s", diff)
	}
	want := []WastedPath{
		{Path: "etc/one", Bytes: 10, Layers: []int{0, 1}},
		{Path: "usr/bin", Bytes: 2, Directory: true, Removed: true, Layers: []int{0, 1}},
	}
	if diff := cmp.Diff(want, s.Paths); diff != "" {
		t.Errorf("wasted paths (-want +got):\n%s", diff)
	}
	b.Reset()
	if err := s.Text(&b, 60, true); err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(b.String()) {
		if len(l) > 61 {
			t.Errorf("a line of %d: %q", len(l)-1, l)
		}
	}
}
