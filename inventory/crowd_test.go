package inventory

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestCrowded merges a layer in which thousands of links lead to a directory of
// thousands of links: it must not take their product in memory, and must say
// that it did not.
func TestCrowded(t *testing.T) {
	const many = 5000
	links := map[string]string{}
	for i := range many {
		links[fmt.Sprintf("a/to%d", i)] = "/d"
		links[fmt.Sprintf("d/in%d", i)] = "x"
	}
	part := Part{Links: links}
	part.Add("var/lib/dpkg/status", Package{Ecosystem: "deb", Name: "tar", Version: "1"})
	inv := Merge([]Part{part})
	if len(inv.Packages) != 1 {
		t.Errorf("%d packages, want 1", len(inv.Packages))
	}
	if len(inv.Warnings) != 1 || !strings.Contains(inv.Warnings[0].Message, "symbolic links") {
		t.Errorf("warnings: %v", inv.Warnings)
	}
}

// TestManyGone removes a hundred thousand links to one directory, which must
// not look at all the others for each.
func TestManyGone(t *testing.T) {
	const many = 100_000
	links := map[string]string{}
	for i := range many {
		links[fmt.Sprintf("a/to%d", i)] = "/d"
	}
	upper := Part{Opaque: []string{"a"}}
	upper.Add("d/status", Package{Ecosystem: "deb", Name: "tar", Version: "1"})
	inv := Merge([]Part{{Links: links}, upper})
	if len(inv.Packages) != 1 || len(inv.Warnings) != 0 {
		t.Errorf("%d packages, warnings %v", len(inv.Packages), inv.Warnings)
	}
}

// TestDeep merges paths of 2,000 directories, as many as a walk lets through,
// each of which takes as many nodes. All packages must stay.
func TestDeep(t *testing.T) {
	part := Part{Links: map[string]string{"l": "/deep"}}
	deep := strings.Repeat("x/", 2000)
	const many = 150
	for i := range many {
		part.Links[fmt.Sprintf("d%d/%sl", i, deep)] = "x"
		part.Add(fmt.Sprintf("e%d/%spackage.json", i, deep), Package{Ecosystem: "npm", Name: fmt.Sprint(i), Version: "1"})
	}
	inv := Merge([]Part{part})
	if len(inv.Packages) != many || len(inv.Warnings) != 1 {
		t.Errorf("%d packages of %d, warnings %v", len(inv.Packages), many, inv.Warnings)
	}
}

// TestLinkedAbove makes links before and after what is below their targets, of
// which one lies in the other, and replaces files through each.
func TestLinkedAbove(t *testing.T) {
	file := func(path string) *File {
		return &File{Path: path, Packages: []Package{{Ecosystem: "npm", Name: path, Version: "1"}}}
	}
	hash := func(paths ...string) []uint64 {
		var all []uint64
		for _, p := range paths {
			all = append(all, PathHash(p))
		}
		slices.Sort(all)
		return all
	}
	for _, upper := range []string{"usr/lib/a/x", "lib/a/x", "inner/x", "late/a/x"} {
		layers := []Part{
			{Links: map[string]string{"lib": "usr/lib", "inner": "usr/lib/a"}},
			{Files: []*File{file("usr/lib/a/x"), file("usr/lib/a/y")}},
			{Links: map[string]string{"late": "usr/lib"}},
			{Files: []*File{file("usr/lib/a/z")}},
			{Seen: hash(upper)},
		}
		var names []string
		for _, p := range Merge(layers).Packages {
			names = append(names, p.Name)
		}
		if want := []string{"usr/lib/a/y", "usr/lib/a/z"}; !slices.Equal(names, want) {
			t.Errorf("replaced %s: there is %v, want %v", upper, names, want)
		}
	}
}
