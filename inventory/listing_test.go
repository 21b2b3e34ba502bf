package inventory

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestListing(t *testing.T) {
	l := &Listing{}
	list := NewLister(l)
	loose := map[string]bool{}
	add := func(path string, kind Kind, size int64, link string) {
		if list.File(path, kind, size, link) {
			loose[path] = true
		}
	}
	add("top", Regular, 1, "")
	add("a/b/early", Regular, 2, "")
	list.Dir("a")
	list.Dir("a/b")
	add("a/b/late", Regular, largeFile, "")
	add("a/b/link", HardLink, 0, "a/x/y")
	add("a/huge", Regular, 1<<62, "")
	add("c/d/e", Other, 0, "")
	add("c/"+strings.Repeat("n", 4000), Regular, largeFile, "")
	table := l.dirs()
	var got []string
	l.each(func(f *listedFile) bool {
		line := fmt.Sprintf("%s/%x %d %d", l.path(table, f.dir), f.name, f.kind, f.size)
		if f.text != nil {
			line += fmt.Sprintf(" %.9s", f.text)
		}
		if f.kind == HardLink {
			line += fmt.Sprintf(" %s/%x", l.path(table, f.linkDir), f.linkName)
		}
		got = append(got, line)
		return true
	})
	want := []string{
		fmt.Sprintf("/%x 0 1", nameHash("top")), fmt.Sprintf("a/b/%x 0 2", nameHash("early")), fmt.Sprintf("a/b/%x 0 262144 late", nameHash("late")),
		fmt.Sprintf("a/b/%x 2 0 a/x/%x", nameHash("link"), nameHash("y")), fmt.Sprintf("a/%x 0 %d huge", nameHash("huge"), int64(maxFileSize)),
		fmt.Sprintf("c/d/%x 3 0", nameHash("e")), fmt.Sprintf("c/%x 0 262144 nnnnnnnnn", nameHash(strings.Repeat("n", 4000))),
	}
	if d := cmp.Diff(want, got); d != "" || l.Count != len(want) || l.Partial {
		t.Errorf("%d files, partial %v%s", l.Count, l.Partial, d)
	}
	if d := cmp.Diff(map[string]bool{"a/b/early": true, "c/d/e": true, "c/" + strings.Repeat("n", 4000): true}, loose); d != "" {
		t.Error("in directories that were not listed", d)
	}
}

// TestListingLimits wants a bound and a word on it, whatever a layer holds.
func TestListingLimits(t *testing.T) {
	if testing.Short() {
		t.Skip("lists half a million directories")
	}
	l := &Listing{}
	list := NewLister(l)
	for n := range maxListedDirs + 10 {
		list.File(fmt.Sprintf("%d/f", n), Regular, 1, "")
	}
	if !l.Partial || len(l.dirs()) != maxListedDirs || l.Count != maxListedDirs-1 {
		t.Errorf("partial %v, %d directories, %d files", l.Partial, len(l.dirs()), l.Count)
	}
	bytes := 0
	for _, c := range l.Files {
		bytes += cap(c)
	}
	if perFile := float64(bytes+len(l.Dirs)) / float64(l.Count); perFile > 20 {
		t.Errorf("%.1f bytes a file", perFile)
	}
}

func FuzzListing(f *testing.F) {
	l := &Listing{}
	list := NewLister(l)
	list.Dir("a/b")
	list.File("a/b/c", Regular, 1<<20, "")
	list.File("a/b/d", HardLink, 0, "a/b/c")
	f.Add(l.Dirs, l.Listed, l.Files[0])
	f.Fuzz(func(t *testing.T, dirs, listed, files []byte) {
		l := &Listing{Dirs: dirs, Listed: listed, Files: [][]byte{files, files}}
		Merge([]Part{{Listing: l}, {Listing: l, Links: map[string]string{"a": "b"}, Hidden: []string{"a/b"}, Opaque: []string{"a"}}, {Listing: l}}).Disk.Usage()
	})
}
