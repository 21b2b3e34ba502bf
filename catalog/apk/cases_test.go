package apk

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/internal/cases"
	"github.com/plimsoll/plimsoll/inventory"
)

// indexCase is a package database and what a peer finds in it.
type indexCase struct {
	Input     string `json:"input"`
	Ecosystem string `json:"ecosystem"`
	Expected  []struct {
		Name, Version, Type string
		Meta                struct{ Architecture, OriginName string }
	} `json:"expected"`
}

// differs says how the packages found are not those expected.
func (c *indexCase) differs(got []inventory.Package) string {
	found := map[string]*inventory.Package{}
	for i := range got {
		found[got[i].Name] = &got[i]
	}
	for _, w := range c.Expected {
		p := found[w.Name]
		delete(found, w.Name)
		switch {
		case p == nil:
			return "not found: " + w.Name
		case p.Version != w.Version:
			return w.Name + " has version " + p.Version + ", want " + w.Version
		case w.Meta.Architecture != "" && p.Arch != w.Meta.Architecture:
			return w.Name + " has architecture " + p.Arch + ", want " + w.Meta.Architecture
		case w.Meta.OriginName != "" && p.SourceName() != w.Meta.OriginName:
			return w.Name + " has origin " + p.SourceName() + ", want " + w.Meta.OriginName
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		return "not expected: " + name
	}
	return ""
}

func TestCases(t *testing.T) {
	dir := cases.Dir(t, "cases", "catalog")
	agree, all, wrong := 0, 0, 0
	cases.Each(t, filepath.Join(dir, "index.jsonl"), func(line json.RawMessage) {
		var c indexCase
		if err := json.Unmarshal(line, &c); err != nil || c.Ecosystem != "alpine" && c.Ecosystem != "os/apk" && c.Ecosystem != "pkg/apk" {
			return // other ecosystems have other shapes
		}
		text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(c.Input)))
		if err != nil {
			t.Logf("the input does not lie in the folder: %v", err)
			return
		}
		all++
		if why := c.differs(catalogFile(t, &inventory.Part{}, installed, string(text)).Packages); why == "" {
			agree++
		} else if wrong++; wrong <= 20 {
			t.Errorf("%s: %s", c.Input, why)
		}
	})
	cases.Agree(t, "cases/catalog/index.apk", agree, all)
	if agree < all {
		t.Fail()
	}
}

// TestCasesImages reads the apk database of each real image in the folder and
// compares with a second reading of it, made of nothing but its lines.
func TestCasesImages(t *testing.T) {
	images, err := filepath.Glob(filepath.Join(cases.Dir(t), "images", "alpine*.docker-archive.tar.gz"))
	if err != nil || len(images) == 0 {
		t.Skip("no image of Alpine in the folder")
	}
	for _, image := range images {
		text := databaseOf(t, image)
		part := &inventory.Part{}
		var got []string
		for _, p := range catalogFile(t, part, installed, text).Packages {
			got = append(got, strings.Join([]string{p.Name, p.Version, p.Arch, p.SourceName(), strings.Join(p.Licenses, " ")}, "|"))
		}
		want := plain(text)
		agree := 0
		for _, line := range got {
			if slices.Contains(want, line) {
				agree++
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if len(part.Warnings) > 0 {
			t.Errorf("warnings: %v", part.Warnings)
		}
		cases.Agree(t, "images/"+strings.TrimSuffix(filepath.Base(image), ".tar.gz"), agree, len(want))
	}
}

// plain reads a database that is known to be well formed.
func plain(text string) []string {
	var want []string
	for entry := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		field := map[string]string{}
		for line := range strings.SplitSeq(entry, "\n") {
			field[line[:1]] = line[2:]
		}
		words := strings.FieldsFunc(field["L"], func(r rune) bool { return strings.ContainsRune(" ()", r) })
		words = slices.DeleteFunc(words, func(w string) bool { return w == "AND" || w == "OR" })
		slices.Sort(words)
		want = append(want, strings.Join([]string{field["P"], field["V"], field["A"], field["o"], strings.Join(slices.Compact(words), " ")}, "|"))
	}
	return want
}

// databaseOf takes the apk database out of a docker archive.
func databaseOf(t *testing.T, image string) string {
	t.Helper()
	f, err := os.Open(image)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	eachMember(t, unzipped, func(name string, r io.Reader) {
		if path.Base(name) == "layer.tar" {
			eachMember(t, r, func(name string, r io.Reader) {
				if strings.HasSuffix(name, installed) {
					b, err := io.ReadAll(r)
					if err != nil {
						t.Fatal(err)
					}
					text = string(b)
				}
			})
		}
	})
	if text == "" {
		t.Fatalf("%s holds no apk database", image)
	}
	return text
}

func eachMember(t *testing.T, r io.Reader, each func(name string, r io.Reader)) {
	t.Helper()
	for members := tar.NewReader(r); ; {
		h, err := members.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		each(h.Name, members)
	}
}
