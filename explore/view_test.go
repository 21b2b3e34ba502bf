package explore

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// fileSystem applies layers as extraction would: the oracle of the views.
type fileSystem map[string]string

func (f fileSystem) removeBelow(p string) {
	for k := range f {
		if strings.HasPrefix(k, p+"/") {
			delete(f, k)
		}
	}
}

func (f fileSystem) apply(n int, lines []string) {
	for _, l := range lines { // what lower layers have goes first
		w := strings.Fields(l)
		switch w[0] {
		case "w":
			delete(f, w[1])
			f.removeBelow(w[1])
		case "o":
			f.removeBelow(w[1])
		}
	}
	for _, l := range lines {
		if w := strings.Fields(l); w[0] == "f" {
			f.removeBelow(w[1])
		}
	}
	for _, l := range lines {
		if w := strings.Fields(l); w[0] == "f" || w[0] == "d" {
			f[w[1]] = fmt.Sprint(w[0], n)
		}
	}
}

// TestViewsAgreeWithExtraction draws images and compares every view with what
// extracting the layers gives.
func TestViewsAgreeWithExtraction(t *testing.T) {
	names := []string{"a", "b", "a/x", "a/y", "a/x/1", "a/x/2", "b/z", "b/z/3"}
	rapid.Check(t, func(r *rapid.T) {
		tree, fs := NewTree(), fileSystem{}
		for n := range rapid.IntRange(1, 5).Draw(r, "layers") {
			lines := drawLayer(r, names)
			if _, err := tree.Add(pack(t, strings.Join(lines, "\n"))); err != nil {
				r.Fatal(err)
			}
			before := fs
			fs = fileSystem{}
			for k, v := range before {
				fs[k] = v
			}
			fs.apply(n, lines)
			v := newView(tree, Scope{Layer: n, Below: true})
			for _, name := range names {
				id, _ := tree.find(name)
				_, was := before[name]
				kind, is := fs[name]
				got := "absent"
				if at := v.at[id]; id != 0 && at != 0 && v.marks[id] != removed {
					got = fmt.Sprint(map[Kind]string{File: "f", Directory: "d"}[tree.kind(tree.at(at))], tree.at(at).layer)
				}
				if want := map[bool]string{true: kind, false: "absent"}[is]; got != want {
					r.Fatalf("layer %d, %s: %s, want %s", n, name, got, want)
				}
				if implied := is || slices.ContainsFunc(names, func(o string) bool { _, in := fs[o]; return in && strings.HasPrefix(o, name+"/") }); id != 0 && was && !implied != (v.marks[id] == removed) {
					r.Fatalf("layer %d, %s: marked %s, was there %v, is there %v", n, name, v.marks[id], was, is)
				}
			}
		}
	})
}

// TestUsageAddsUp holds the counts of drawn images against each other.
func TestUsageAddsUp(t *testing.T) {
	names := []string{"a", "b", "a/x", "a/y", "a/x/1", "b/z", "b/z/3"}
	rapid.Check(t, func(r *rapid.T) {
		tree := NewTree()
		for range rapid.IntRange(1, 5).Draw(r, "layers") {
			if _, err := tree.Add(pack(t, strings.Join(drawLayer(r, names), "\n"))); err != nil {
				r.Fatal(err)
			}
		}
		everything := newView(tree, Scope{Layer: Everything})
		w := measure(tree, everything)
		if w.Bytes-w.Hidden != everything.size[0] {
			r.Errorf("%d bytes, %d hidden, but %d show", w.Bytes, w.Hidden, everything.size[0])
		}
		if w.Hidden > w.Wasted || w.Wasted > w.Bytes || w.Efficiency < 0 || w.Efficiency > 1 || w.at[0] != w.Wasted {
			r.Errorf("usage %+v, %d at the root", w.Usage, w.at[0])
		}
		var sum LayerUsage
		for _, l := range w.Layers {
			sum.Bytes, sum.Wasted, sum.Hidden = sum.Bytes+l.Bytes, sum.Wasted+l.Wasted, sum.Hidden+l.Hidden
		}
		if sum.Bytes != w.Bytes || sum.Wasted != w.Wasted || sum.Hidden != w.Hidden {
			r.Errorf("the layers add up to %+v, all is %+v", sum, w.Usage)
		}
		var listed int64
		for _, row := range w.worst(tree, everything) {
			listed += row.bytes
		}
		if listed != w.Wasted {
			r.Errorf("the list adds up to %d of %d wasted", listed, w.Wasted)
		}
	})
}

// drawLayer draws one layer without names below a file of its own.
func drawLayer(r *rapid.T, names []string) []string {
	var lines []string
	files := map[string]bool{}
	for _, name := range names {
		switch k := rapid.SampledFrom([]string{"", "", "f", "d", "w", "wd", "o"}).Draw(r, name); {
		case files[path.Dir(name)] || files[path.Dir(path.Dir(name))] || k == "":
		case k == "wd":
			lines = append(lines, "w "+name, "d "+name)
		default:
			if k == "f" {
				files[name] = true
			}
			lines = append(lines, strings.TrimSpace(k+" "+name+" 10"))
		}
	}
	return lines
}

// TestListingRoundTrip packs a tree and compares it with the first.
func TestListingRoundTrip(t *testing.T) {
	layers := []string{"d etc\nf etc/x 12 sum=7 uid=70000 mode=4755\nl lib usr/lib", "w etc/x\no lib\nf new 1\nw both\nd both"}
	first := treeOf(t, layers...)
	second := NewTree()
	for n := range layers {
		l, err := first.listing(n)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := second.Add(l); err != nil {
			t.Fatal(err)
		}
	}
	for n := range layers {
		for _, below := range []bool{false, true} {
			s := Scope{Layer: n, Below: below}
			if diff := cmp.Diff(show(first, newView(first, s)), show(second, newView(second, s))); diff != "" {
				t.Errorf("%+v:\n%s", s, diff)
			}
		}
	}
	id, _ := second.find("etc/x")
	v := second.history(id)[0]
	if a := second.kept[v.attributes]; modeText(a.kind, a.mode) != "-rwsr-xr-x" || a.uid != 70000 || v.sum != 7 {
		t.Errorf("etc/x came back as %s %+v", modeText(a.kind, a.mode), a)
	}
}

// FuzzListing reads any bytes as a listing, packed and unpacked.
func FuzzListing(f *testing.F) {
	f.Add([]byte(pack(f, "d etc\nf etc/x 12\nl lib usr/lib\nw gone")))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		tree := NewTree()
		if _, err := tree.Add(Listing(b)); err != nil {
			return
		}
		v := newView(tree, Scope{Layer: Everything})
		measure(tree, v)
	})
}

// FuzzEntries reads any bytes as what is inside a listing.
func FuzzEntries(f *testing.F) {
	f.Add([]byte("\x01\x03etc\xa4\x03\x00\x00\x00\x0c\x01\x02\x03\x04"))
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := newListingWriter()
		if err != nil {
			t.Fatal(err)
		}
		w.write(b)
		l, err := w.finish(nil)
		if err != nil {
			t.Fatal(err)
		}
		tree := NewTree()
		tree.Add(l)
		v := newView(tree, Scope{Layer: Everything})
		measure(tree, v).worst(tree, v)
	})
}
