package inventory

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func notePart(seen string, notes ...string) Part {
	var p Part
	for path := range strings.FieldsSeq(seen) {
		if dir, ok := strings.CutSuffix(path, "/"); ok {
			p.SeenDirs = append(p.SeenDirs, PathHash(dir))
		} else {
			p.Seen = append(p.Seen, PathHash(path))
		}
	}
	for _, path := range notes {
		if dir, ok := strings.CutSuffix(path, "/"); ok {
			p.NoteDir(dir, Note{By: "r"})
		} else {
			p.Note(path, Note{By: "r"})
		}
	}
	slices.Sort(p.Seen)
	slices.Sort(p.SeenDirs)
	p.Finish()
	return p
}

// TestNotes follows notes over layers that remove, replace and keep.
func TestNotes(t *testing.T) {
	hide := func(p Part, paths ...string) Part { p.Hidden = paths; return p }
	link := func(p Part, from, to string) Part { p.Links = map[string]string{from: to}; return p }
	tests := map[string]struct {
		parts []Part
		want  string
	}{
		"kept":                              {[]Part{notePart("a b", "a", "b"), notePart("c")}, "a@0 b@0"},
		"replaced without a note":           {[]Part{notePart("a", "a"), notePart("a")}, "a@0 gone 1"},
		"replaced with a note":              {[]Part{notePart("a", "a"), notePart("a", "a")}, "a@0 gone 1 a@1"},
		"removed":                           {[]Part{notePart("a", "a"), notePart("x"), hide(notePart(""), "a")}, "a@0 gone 2"},
		"its directory removed":             {[]Part{notePart("d/ d/a", "d/a"), hide(notePart(""), "d")}, "d/a@0 gone 1"},
		"directory and what is in it":       {[]Part{notePart("d/ d/a", "d/", "d/a"), notePart("d/b")}, "d@0 d/a@0"},
		"directory said anew":               {[]Part{notePart("d/ d/a", "d/", "d/a"), notePart("d/")}, "d@0 gone 1 d/a@0"},
		"directory noted later":             {[]Part{notePart("d/ d/a", "d/a"), notePart("d/", "d/")}, "d@1 d/a@0"},
		"a link, and what it leads to goes": {[]Part{link(notePart("x y", "y"), "y", "x"), hide(notePart(""), "x")}, "y@0"},
		"a link goes":                       {[]Part{link(notePart("x y", "x", "y"), "y", "x"), hide(notePart(""), "y")}, "x@0 y@0 gone 1"},
		"a link became a file":              {[]Part{link(notePart("x y", "y"), "y", "x"), notePart("y")}, "y@0 gone 1"},
		"directory became a file":           {[]Part{notePart("d/ d/a", "d/", "d/a"), notePart("d")}, "d@0 gone 1 d/a@0 gone 1"},
		"through a link":                    {[]Part{link(notePart("usr/ usr/lib/ lib usr/lib/a", "usr/lib/a"), "lib", "usr/lib"), notePart("lib/a")}, "usr/lib/a@0 gone 1"},
	}
	for name, tt := range tests {
		var got []string
		for _, n := range Merge(tt.parts).Notes {
			s := fmt.Sprintf("%s@%d", n.Path, n.Layer)
			if n.Gone > 0 {
				s += fmt.Sprintf(" gone %d", n.Gone)
			}
			got = append(got, s)
		}
		if d := cmp.Diff(tt.want, strings.Join(got, " ")); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestTooManyNotes(t *testing.T) {
	var p Part
	for i := range maxNotes + 5 {
		p.Note(fmt.Sprint(i), Note{By: "r"})
	}
	p.Finish()
	if len(p.Files) != maxNotes || len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0].Message, "r: 5 more") {
		t.Errorf("%d files, warnings %v", len(p.Files), p.Warnings)
	}
}

// TestSame keeps a bounded number of notes that have something in common, and
// loses nothing of their number and size.
func TestSame(t *testing.T) {
	var p Part
	for i := range 1000 {
		p.Note(fmt.Sprintf("cache/%04d", i), Note{By: "r", Same: "cache", Size: 10})
		p.Note(fmt.Sprintf("other/%04d", i), Note{By: "r", Same: fmt.Sprint(i % 3), Size: 1})
	}
	p.Forget("cache/0016") // stands for the others
	for i := range 5 {
		p.Note(fmt.Sprintf("more/%d", i), Note{By: "r", Same: "cache", Size: 10})
	}
	p.Finish()
	files, counts, sizes := map[string]int{}, map[string]int{}, map[string]int64{}
	for _, n := range Merge([]Part{p}).Notes {
		files[n.Same]++
		counts[n.Same] += max(n.Count, 1)
		sizes[n.Same] += n.Size
	}
	if d := cmp.Diff(map[string]int{"cache": 17, "0": 17, "1": 17, "2": 17}, files); d != "" {
		t.Error("files", d)
	}
	if d := cmp.Diff(map[string]int{"cache": 21, "0": 334, "1": 333, "2": 333}, counts); d != "" {
		t.Error("counts", d)
	}
	if d := cmp.Diff(map[string]int64{"cache": 210, "0": 334, "1": 333, "2": 333}, sizes); d != "" {
		t.Error("sizes", d)
	}
	var many Part
	for i := range 3 * maxNotes {
		many.Note(fmt.Sprint(i), Note{By: "r", Same: fmt.Sprint(i / 2)})
	}
	if len(many.Files) != maxNotes || len(many.gathered) > maxNotes {
		t.Errorf("%d notes and %d gatherings kept of too many", len(many.Files), len(many.gathered))
	}
}
