package walk

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/inventory"
)

func layerOf(b []byte) image.Layer {
	return image.Layer{Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }}
}

type member struct {
	name, body, link string
	flag             byte
	mode             int64
}

func tarOf(t testing.TB, format tar.Format, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		if m.flag == 0 {
			m.flag = tar.TypeReg
		}
		if m.mode == 0 {
			m.mode = 0o644
		}
		h := &tar.Header{Name: m.name, Linkname: m.link, Typeflag: m.flag, Mode: m.mode, Size: int64(len(m.body)), Format: format}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, m.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// collect is a visitor that notes what it sees as "path=body".
func collector(into *[]string, want ...Pattern) Visitor {
	return Visitor{Name: "test", Want: want, Visit: func(_ context.Context, f *File) error {
		b, err := f.Bytes(1 << 20)
		*into = append(*into, f.Path+"="+string(b))
		return err
	}}
}

func TestLayer(t *testing.T) {
	everything := Pattern{Glob: "**"}
	tests := []struct {
		name    string
		members []member
		want    []Pattern
		seen    []string
		hidden  []string
		opaque  []string
		links   map[string]string
		warning string
	}{
		{name: "plain", members: []member{{name: "a/b", body: "x"}, {name: "./c", body: "y"}, {name: "/d", body: "z"}}, seen: []string{"a/b=x", "c=y", "d=z"}},
		{name: "patterns", members: []member{{name: "a/b.jar", body: "x"}, {name: "c.txt", body: "y"}}, want: []Pattern{{Glob: "**/*.jar"}}, seen: []string{"a/b.jar=x"}},
		{name: "whiteouts", members: []member{{name: "a/.wh.b"}, {name: ".wh.c"}, {name: "d/.wh..wh..opq"}, {name: ".wh..wh..opq"}, {name: ".wh..wh.plnk"}, {name: ".wh."}, {name: "e/.wh..."}}, hidden: []string{"a/b", "c"}, opaque: []string{"d", ""}},
		{name: "climbs out", members: []member{{name: "../../etc/passwd", body: "x"}, {name: "a/../b", body: "y"}}, seen: []string{"etc/passwd=x", "b=y"}, warning: "climbs out"},
		{name: "links", members: []member{{name: "lib", link: "usr/lib", flag: tar.TypeSymlink}, {name: "dev/null", flag: tar.TypeChar}, {name: "pipe", flag: tar.TypeFifo}}, links: map[string]string{"lib": "usr/lib"}},
		{name: "duplicate", members: []member{{name: "a", body: "old"}, {name: "./a", body: "new"}}, seen: []string{"a=old", "replaced a", "a=new"}},
		{name: "duplicate that nobody wants", members: []member{{name: "a.jar", body: "old"}, {name: "a.jar", flag: tar.TypeDir}}, seen: []string{"a.jar=old", "replaced a.jar"}},
		{name: "hard link", members: []member{{name: "store/1", body: "x"}, {name: "a.jar", link: "store/1", flag: tar.TypeLink}}, want: []Pattern{{Glob: "**/*.jar"}}, seen: []string{"a.jar=x"}},
		{name: "hard link before what it links to", members: []member{{name: "a.jar", link: "./store/1", flag: tar.TypeLink}, {name: "store/1", body: "x"}}, want: []Pattern{{Glob: "**/*.jar"}}, seen: []string{"a.jar=x"}},
		{name: "hard link to a hard link", members: []member{{name: "store/1", body: "x"}, {name: "store/2", link: "store/1", flag: tar.TypeLink}, {name: "a.jar", link: "store/2", flag: tar.TypeLink}}, want: []Pattern{{Glob: "**/*.jar"}}, seen: []string{"a.jar=x"}},
		{name: "hard link out of the layer", members: []member{{name: "a.jar", link: "store/1", flag: tar.TypeLink}}, want: []Pattern{{Glob: "**/*.jar"}}, warning: "not in this layer"},
		{name: "long name", members: []member{{name: strings.Repeat("long/", 100) + "a", body: "x"}}, seen: []string{strings.Repeat("long/", 100) + "a=x"}},
		{name: "name too long", members: []member{{name: strings.Repeat("d/", 100_000) + "a", body: "x"}, {name: "b", body: "y"}}, seen: []string{"b=y"}, warning: "4 KiB"},
		{name: "odd names", members: []member{{name: "a\xff\n", body: "x"}}, seen: []string{"a\xff\n=x"}},
	}
	for _, format := range []tar.Format{tar.FormatGNU, tar.FormatPAX} {
		for _, tt := range tests {
			t.Run(fmt.Sprint(tt.name, " ", format), func(t *testing.T) {
				if tt.want == nil {
					tt.want = []Pattern{everything}
				}
				var seen []string
				b := tarOf(t, format, tt.members...)
				r, err := Layer(t.Context(), 3, layerOf(b), []Visitor{collector(&seen, tt.want...)}, &Spool{}, func(p string) { seen = append(seen, "replaced "+p) })
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(tt.seen, seen); d != "" {
					t.Error("seen", d)
				}
				if d := cmp.Diff([][]string{tt.hidden, tt.opaque}, [][]string{r.Hidden, r.Opaque}); d != "" {
					t.Error("hidden and opaque", d)
				}
				if len(tt.links) > 0 || len(r.Links) > 0 {
					if d := cmp.Diff(tt.links, r.Links); d != "" {
						t.Error("links", d)
					}
				}
				if got := fmt.Sprint(r.Warnings); tt.warning == "" && len(r.Warnings) > 0 || !strings.Contains(got, tt.warning) {
					t.Errorf("warnings %s, want %q", got, tt.warning)
				}
				if r.Entries < len(tt.members) || r.Bytes != int64(len(b)) {
					t.Errorf("%d entries, %d bytes; want at least %d and exactly %d", r.Entries, r.Bytes, len(tt.members), len(b))
				}
			})
		}
	}
}

func TestSeveralVisitors(t *testing.T) {
	b := tarOf(t, tar.FormatPAX, member{name: "x", body: "hello", mode: 0o755}, member{name: "y", link: "x", flag: tar.TypeLink, mode: 0o755})
	var got []string
	note := func(name string, read func(f *File) ([]byte, error)) Visitor {
		return Visitor{Name: name, ByContent: true, Want: []Pattern{{Glob: "**", Executable: true}}, Visit: func(_ context.Context, f *File) error {
			b, err := read(f)
			got = append(got, fmt.Sprintf("%s %s=%s %v", name, f.Path, b, err))
			return nil
		}}
	}
	stream := func(f *File) ([]byte, error) {
		r, err := f.Reader()
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	}
	at := func(f *File) ([]byte, error) {
		r, err := f.ReaderAt()
		if err != nil {
			return nil, err
		}
		b := make([]byte, 2)
		_, err = r.ReadAt(b, 1)
		return b, err
	}
	head := func(f *File) ([]byte, error) { return f.Head(4) }
	visitors := []Visitor{note("head", head), note("stream", stream), note("at", at), note("head", head), note("stream", stream)}
	if _, err := Layer(t.Context(), 0, layerOf(b), visitors, &Spool{}, nil); err != nil {
		t.Fatal(err)
	}
	want := []string{"head x=hell <nil>", "stream x=hello <nil>", "at x=el <nil>", "head x=hell <nil>", "stream x=hello <nil>"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestVisitorErrorIsAWarning(t *testing.T) {
	b := tarOf(t, tar.FormatPAX, member{name: "x", body: "hello"}, member{name: "y", body: "world"})
	v := Visitor{Name: "jar", Want: []Pattern{{Glob: "x"}}, Visit: func(context.Context, *File) error { return errors.New("no zip") }}
	r, err := Layer(t.Context(), 2, layerOf(b), []Visitor{v}, &Spool{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []inventory.Warning{{At: inventory.Place{Layer: 2, Path: "x"}, Message: "jar: no zip"}}
	if d := cmp.Diff(want, r.Warnings); d != "" {
		t.Error(d)
	}
}

func TestBrokenLayers(t *testing.T) {
	good := tarOf(t, tar.FormatPAX, member{name: "x", body: strings.Repeat("hello", 1000)})
	flipped := bytes.Clone(good)
	flipped[3]++
	tests := map[string]struct {
		tar  []byte
		want error
	}{
		"cut in a header":        {good[:300], io.ErrUnexpectedEOF},
		"cut in a body":          {good[:2000], io.ErrUnexpectedEOF},
		"wrong checksum":         {flipped, errTar},
		"no tar":                 {bytes.Repeat([]byte("noise"), 1000), errTar},
		"zeros without end":      {make([]byte, maxTrailing+4096), errTrailing},
		"lonely block of zeros":  {append(make([]byte, 512), good...), errTar},
		"members after one zero": {append(bytes.Clone(good[:len(good)-1024]), append(make([]byte, 512), good...)...), errTar},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var seen []string
			_, err := Layer(t.Context(), 1, layerOf(tt.tar), []Visitor{collector(&seen, Pattern{Glob: "**"})}, &Spool{}, nil)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), "layer 1") {
				t.Errorf("got %v, want %v naming the layer", err, tt.want)
			}
		})
	}
	for _, n := range []int{0, len(good) - 1024, len(good) - 512} {
		if _, err := Layer(t.Context(), 1, layerOf(good[:n]), nil, &Spool{}, nil); err != nil {
			t.Errorf("a tar without its closing zeros, cut at %d of %d: %v", n, len(good), err)
		}
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	v := Visitor{Want: []Pattern{{Glob: "**"}}, Visit: func(context.Context, *File) error { cancel(); return nil }}
	b := tarOf(t, tar.FormatPAX, member{name: "x", body: "1"}, member{name: "y", body: "2"})
	if _, err := Layer(ctx, 0, layerOf(b), []Visitor{v}, &Spool{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want it cancelled", err)
	}
}

// TestSparse compares with what GNU tar, the format's own tool, had packed.
func TestSparse(t *testing.T) {
	if _, err := exec.LookPath("tar"); err != nil {
		t.Skip("no tar on PATH to make sparse archives with")
	}
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "holes"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range int64(40) {
		if _, err := f.WriteAt(fmt.Appendf(nil, "piece %d", i), i*100_000); err != nil {
			t.Fatal(err)
		}
	}
	f.Truncate(5_000_000)
	f.Close()
	os.WriteFile(filepath.Join(dir, "after"), []byte("after"), 0o644)
	want, _ := os.ReadFile(filepath.Join(dir, "holes"))
	for _, format := range []string{"--format=gnu", "--format=posix --sparse-version=0.0", "--format=posix --sparse-version=0.1", "--format=posix --sparse-version=1.0"} {
		args := append([]string{"-C", dir, "-S", "-c"}, strings.Fields(format)...)
		b, err := exec.Command("tar", append(args, "holes", "after")...).Output()
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > 1_000_000 {
			t.Skip("this file system has no sparse files: tar made a full copy")
		}
		got := map[string][]byte{}
		v := Visitor{Want: []Pattern{{Glob: "**"}}, Visit: func(_ context.Context, f *File) error {
			b, err := f.Bytes(f.Size)
			got[f.Path] = bytes.Clone(b)
			return err
		}}
		r, err := Layer(t.Context(), 0, layerOf(b), []Visitor{v}, &Spool{}, nil)
		if err != nil || len(r.Warnings) > 0 {
			t.Fatal(format, err, r)
		}
		if !bytes.Equal(got["holes"], want) || string(got["after"]) != "after" {
			t.Errorf("%s: the sparse file or the one after it is not what was packed", format)
		}
	}
}

// members lists a tar by this package's reader.
func members(b []byte) ([]string, error) {
	a := &archive{stream: newStream(bytes.NewReader(b))}
	var all []string
	var e entry
	for {
		if err := a.nextEntry(&e); err == io.EOF {
			return all, nil
		} else if err != nil {
			return all, err
		}
		if e.size > 1<<22 {
			return all, errors.New("too large for a test")
		}
		body, err := io.ReadAll(io.LimitReader(a.content(&e), 1<<22))
		if err != nil {
			return all, err
		}
		all = append(all, fmt.Sprintf("%q %q %s %d %d %d %x", e.name, e.link, e.mode.Perm(), e.uid, e.gid, e.size, body))
	}
}

// oracle lists it by the standard library's.
func oracle(b []byte) ([]string, error) {
	r := tar.NewReader(bytes.NewReader(b))
	var all []string
	for {
		h, err := r.Next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		if h.Size > 1<<22 {
			return all, errors.New("too large for a test")
		}
		body, err := io.ReadAll(r)
		if err != nil {
			return all, err
		}
		if h.Typeflag >= tar.TypeLink && h.Typeflag <= tar.TypeFifo {
			h.Size = 0 // the header's own word, which means nothing
		}
		all = append(all, fmt.Sprintf("%q %q %s %d %d %d %x", h.Name, h.Linkname, fs.FileMode(h.Mode).Perm(), h.Uid, h.Gid, h.Size, body))
	}
}

// FuzzTar wants every archive that the standard library reads to be read the
// same; what only one of the two refuses is no fault.
func FuzzTar(f *testing.F) {
	all := []member{{name: "a", body: "x"}, {name: strings.Repeat("b", 150), body: strings.Repeat("y", 600)}, {name: "d/", flag: tar.TypeDir}, {name: "l", link: "a", flag: tar.TypeSymlink}, {name: "h", link: "a", flag: tar.TypeLink}}
	for _, format := range []tar.Format{tar.FormatGNU, tar.FormatPAX} {
		f.Add(tarOf(f, format, all...))
	}
	for _, name := range seeds(f) {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		want, werr := oracle(b)
		got, gerr := members(b)
		if werr != nil || gerr != nil {
			return
		}
		if !slices.Equal(want, got) {
			t.Errorf("want %s\ngot  %s", strings.Join(want, "\n     "), strings.Join(got, "\n     "))
		}
	})
}

// seeds are the Go distribution's own test archives, where it is at hand.
func seeds(t testing.TB) []string {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil
	}
	all, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), "src/archive/tar/testdata/*.tar"))
	return all
}

// TestAgainstArchiveTar reads the test archives of the Go distribution with
// both readers: whatever the standard library reads in full, this one does.
func TestAgainstArchiveTar(t *testing.T) {
	archives := seeds(t)
	if len(archives) == 0 {
		t.Skip("the Go distribution's test archives are not at hand")
	}
	for _, name := range archives {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		want, err := oracle(b)
		if err != nil {
			continue
		}
		got, err := members(b)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(name), err)
			continue
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", filepath.Base(name), d)
		}
	}
}

func TestSpoolLimits(t *testing.T) {
	s := &Spool{Memory: 10, Disk: 100, Dir: t.TempDir()}
	small, err := s.Keep(strings.NewReader("12345"), 5)
	if err != nil || small.file != nil {
		t.Fatalf("5 bytes should be kept in memory: %v", err)
	}
	for _, size := range []int64{50, -1} {
		onDisk, err := s.Keep(strings.NewReader(strings.Repeat("x", 50)), size)
		if err != nil || onDisk.file == nil || onDisk.Size() != 50 {
			t.Fatalf("50 bytes should be kept on disk: %v", err)
		}
		if _, err := s.Keep(strings.NewReader(strings.Repeat("x", 60)), 60); !errors.Is(err, ErrSpoolFull) || !strings.Contains(err.Error(), "--spool-disk") {
			t.Errorf("got %v, want the full spool with the name of its limit", err)
		}
		onDisk.Close()
		onDisk.Close()
	}
	small.Close()
	if m, d := s.memory.Load(), s.disk.Load(); m != 0 || d != 0 {
		t.Errorf("%d bytes in memory and %d on disk are still taken", m, d)
	}
	if left, _ := os.ReadDir(s.Dir); len(left) > 0 {
		t.Errorf("%d temporary files are left", len(left))
	}
}

func TestMatch(t *testing.T) {
	tests := []struct {
		glob, path string
		want       bool
	}{
		{"var/lib/dpkg/status", "var/lib/dpkg/status", true},
		{"var/lib/dpkg/status", "x/var/lib/dpkg/status", false},
		{"**/*.jar", "a.jar", true},
		{"**/*.jar", "a/b/c.jar", true},
		{"**/*.jar", "a.jar/b", false},
		{"**/*.tar.gz", "x/a.tar.gz", true},
		{"**/METADATA", "METADATA", true},
		{"**/*.dist-info/METADATA", "usr/six-1.dist-info/METADATA", true},
		{"**/*.dist-info/METADATA", "six-1.dist-info/METADATA", true},
		{"**/*.dist-info/METADATA", "six-1.dist-info/x/METADATA", false},
		{"a/**/b/**/c", "a/b/b/c", true},
		{"a/**/b/**/c", "a/x/b/y/z/c", true},
		{"a/**/b/**/c", "a/x/c", false},
		{"opt/**", "opt/a/b", true},
		{"opt/**", "opt", false},
		{"var/lib/dpkg/info/*.list", "var/lib/dpkg/info/libc6:amd64.list", true},
		{"var/lib/dpkg/info/*.list", "var/lib/dpkg/info/x/libc6.list", false},
		{"a?c*", "abcd", true},
		{"a?c*", "ac", false},
		{"*a*b", "xaxbxb", true},
		{"**/node_modules/**/package.json", "app/node_modules/x/package.json", true},
		{"**/node_modules/**/package.json", "app/package.json", false},
	}
	for _, tt := range tests {
		m := compile([]Visitor{{Want: []Pattern{{Glob: "nothing"}}}, {Want: []Pattern{{Glob: tt.glob}}}})
		if got := m.match(nil, tt.path, 0o644, 1); slices.Contains(got, 1) != tt.want {
			t.Errorf("%s matches %s: got %v, want %v", tt.glob, tt.path, got, tt.want)
		}
	}
	m := compile([]Visitor{{Want: []Pattern{{Glob: "**", Executable: true, MinSize: 10}}}, {Want: []Pattern{{Glob: "**/*.jar"}, {Glob: "a.jar", MaxSize: 5}}}})
	for size, want := range map[int64][]int{10: {0, 1}, 1: {1}} {
		if d := cmp.Diff(want, m.match(nil, "a.jar", 0o755, size)); d != "" {
			t.Error(size, d)
		}
	}
}

func TestIsClean(t *testing.T) {
	for p, want := range map[string]bool{"a": true, "a/b": true, ".a": true, "a/.b": true, "a..b": true, "...": true, "": false, "/a": false, "a/": false, "a//b": false, "./a": false, "a/.": false, "a/./b": false, "..": false, "../a": false, "a/..": false, "a/../b": false} {
		if isClean(p) != want {
			t.Errorf("%q: got %v", p, !want)
		}
	}
}

func BenchmarkWalk(b *testing.B) {
	var members []member
	for i := range 20_000 {
		members = append(members, member{name: fmt.Sprintf("usr/lib/python3/dist-packages/pkg%d/module.py", i), body: strings.Repeat("x", 3000)})
	}
	t := tarOf(b, tar.FormatPAX, members...)
	visitors := []Visitor{{Want: []Pattern{{Glob: "**/*.jar"}, {Glob: "**/*.dist-info/METADATA"}, {Glob: "**", Executable: true}}, Visit: func(context.Context, *File) error { return nil }}}
	b.SetBytes(int64(len(t)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Layer(b.Context(), 0, layerOf(t), visitors, &Spool{}, nil); err != nil {
			b.Fatal(err)
		}
	}
}
