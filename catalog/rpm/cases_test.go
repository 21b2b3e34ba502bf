package rpm

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/catalog"
	"github.com/plimsoll/plimsoll/internal/cases"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// catalogFile runs the cataloger over one file.
func catalogFile(t testing.TB, part *inventory.Part, path string, content []byte) (*inventory.File, error) {
	t.Helper()
	f := walk.NewFile(path, 0o644, int64(len(content)), bytes.NewReader(content))
	err := Cataloger().Read(t.Context(), f, part)
	return part.File(path), err
}

// line is a package in one line, to be compared and read.
func line(p *inventory.Package) string {
	return strings.Join([]string{p.Name, p.Version, p.Arch, p.SourceName(), p.SourceVer(), p.Module, strings.Join(p.Licenses, ", ")}, " | ")
}

func sorted(packages []inventory.Package) []string {
	var lines []string
	for i := range packages {
		lines = append(lines, line(&packages[i]))
	}
	slices.Sort(lines)
	return lines
}

// databaseCase is an rpm database and what go-rpmdb finds in it.
type databaseCase struct {
	Input    string `json:"input"`
	Expected []struct {
		Name, Version, Release, Arch, License, Module, SourceRPM string
		Epoch                                                    int
	} `json:"expected"`
}

// packages are the expected packages, without the keys that rpm keeps like
// packages under the name gpg-pubkey: nothing is installed there.
func (c *databaseCase) packages() []inventory.Package {
	var want []inventory.Package
	for _, e := range c.Expected {
		if e.Name == "gpg-pubkey" {
			continue
		}
		p := inventory.Package{Name: e.Name, Version: e.Version + "-" + e.Release, Arch: e.Arch, Module: e.Module, Licenses: catalog.Licenses(e.License)}
		// name-version-release, from the right
		if file, ok := strings.CutSuffix(e.SourceRPM, ".src.rpm"); ok {
			parts := strings.Split(file, "-")
			n := len(parts)
			p.Source = strings.Join(parts[:n-2], "-")
			if v := strings.Join(parts[n-2:], "-"); v != p.Version {
				p.SourceVersion = v
			}
		}
		if e.Epoch > 0 {
			p.Version = strconv.Itoa(e.Epoch) + ":" + p.Version
		}
		want = append(want, p)
	}
	return want
}

func TestCases(t *testing.T) {
	dir := cases.Dir(t, "cases", "catalog")
	agree, all := 0, 0
	cases.Each(t, filepath.Join(dir, "rpmdb.index.jsonl"), func(c databaseCase) {
		content, err := cases.Input(dir, c.Input)
		if err != nil {
			t.Logf("the input does not lie in the folder: %v", err)
			return
		}
		all++
		part := &inventory.Part{}
		got, err := catalogFile(t, part, "var/lib/rpm/Packages", content)
		if err != nil {
			t.Errorf("%s: %v", c.Input, err)
			return
		}
		for _, w := range part.Warnings {
			t.Logf("%s: %s", c.Input, w.Message)
		}
		// A damaged table may have two entries for one header; a package is
		// installed once all the same.
		want := slices.Compact(sorted(c.packages()))
		if diff := cmp.Diff(want, sorted(got.Packages)); diff != "" {
			t.Errorf("%s: %.4000s", c.Input, diff)
			return
		}
		agree++
	})
	cases.Agree(t, "cases/catalog/rpmdb", agree, all)
	if agree < all {
		t.Fail()
	}
}

// TestCasesManifest reads the lists of distroless images among the peers' cases.
func TestCasesManifest(t *testing.T) {
	dir := cases.Dir(t, "cases", "catalog")
	agree, all := 0, 0
	cases.Each(t, filepath.Join(dir, "index.jsonl"), func(row json.RawMessage) {
		var c struct {
			Input    string
			Expected []struct{ Name, Version, PURL string }
		}
		if err := json.Unmarshal(row, &c); err != nil || filepath.Base(c.Input) != filepath.Base(manifestPath) {
			return // other ecosystems have other shapes
		}
		content, err := cases.Input(dir, c.Input)
		if err != nil {
			t.Logf("the input does not lie in the folder: %v", err)
			return
		}
		all++
		var want, got []string
		for _, e := range c.Expected {
			_, rest, _ := strings.Cut(e.PURL, "?arch=")
			arch, _, _ := strings.Cut(rest, "&")
			want = append(want, e.Name+" "+e.Version+" "+arch)
		}
		f, err := catalogFile(t, &inventory.Part{}, manifestPath, content)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range f.Packages {
			got = append(got, p.Name+" "+p.Version+" "+p.Arch)
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", c.Input, diff)
			return
		}
		agree++
	})
	cases.Agree(t, "cases/catalog/index.rpm", agree, all)
	if agree < all {
		t.Fail()
	}
}
