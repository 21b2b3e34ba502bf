package cases

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// CatalogCase is a line of cases/catalog/index.jsonl: what a peer finds in one
// file, or in several of a folder.
type CatalogCase struct {
	Input     string
	Inputs    []string
	Peer      string
	Ecosystem string
	Expected  []Package
}

// Package is what most peers tell of a package.
type Package struct{ Name, Version, PURL string }

// inputs are the names of all files of the case.
func (c *CatalogCase) inputs() []string {
	if len(c.Inputs) > 0 {
		return c.Inputs
	}
	return []string{c.Input}
}

// Input reads an input of a catalog case, unpacked where it is kept packed. dir
// is the folder of the index, name has slashes.
func Input(dir, name string) ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil || path.Ext(name) != ".gz" {
		return b, err
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// Catalog holds a cataloger against what peers find in the same files.
type Catalog struct {
	// Name is the cataloger's.
	Name string
	// Ecosystems are the peers' names for what the cataloger reads.
	Ecosystems []string
	// Path is where in an image an input would lie, or empty where another
	// cataloger reads it.
	Path func(c *CatalogCase, input string) string
	// Read catalogs one file and calls found for each package, with the name as
	// the case's peer writes it.
	Read func(c *CatalogCase, file File, found func(name, version string)) error
	// Expect is the name of an expected package as Read gives it; nil leaves the
	// peer's.
	Expect func(p Package) string
	// Decided is why a case is decided otherwise here, or empty; nil decides
	// nothing otherwise.
	Decided func(c *CatalogCase) string
}

// File is an input at its place in an image.
type File struct {
	Path    string
	Content []byte
}

// tally counts the cases of a Catalog.
type tally struct {
	agree, total, shown int
	other               int // for other catalogers
	missing             int // not in the folder
	reasons             map[string]int
}

// Compare runs the cataloger over the inputs of its ecosystems. It fails the test
// at each disagreement but those that are decided. Inputs that another cataloger
// reads are counted and passed over.
func (k *Catalog) Compare(t testing.TB) {
	t.Helper()
	index := Dir(t, "cases", "catalog", "index.jsonl")
	count := tally{reasons: map[string]int{}}
	Each(t, index, func(c CatalogCase) {
		if slices.Contains(k.Ecosystems, c.Ecosystem) {
			k.judge(t, &c, k.read(filepath.Dir(index), &c), &count)
		}
	})
	for why, n := range count.reasons {
		t.Logf("%d disagree, as decided: %s", n, why)
	}
	t.Logf("%d inputs are for other catalogers, %d are not in this folder", count.other, count.missing)
	Agree(t, "cases/catalog/index."+k.Name, count.agree, count.total)
}

// reading is what the cataloger makes of a case's inputs.
type reading struct {
	packages     []string
	failures     []error
	mine, absent int // inputs
}

func (k *Catalog) read(dir string, c *CatalogCase) reading {
	var r reading
	found := func(name, version string) { r.packages = append(r.packages, label(name, version)) }
	for _, input := range c.inputs() {
		where := k.Path(c, strings.TrimSuffix(input, ".gz"))
		if where == "" {
			continue
		}
		r.mine++
		content, err := Input(dir, input)
		if err != nil {
			r.absent++
			continue
		}
		if err := k.Read(c, File{where, content}, found); err != nil {
			r.failures = append(r.failures, err)
		}
	}
	return r
}

// judge counts a case, and fails the test where it disagrees.
func (k *Catalog) judge(t testing.TB, c *CatalogCase, r reading, count *tally) {
	t.Helper()
	switch {
	case r.absent > 0:
		count.missing++
		return
	case r.mine == 0:
		count.other++
		return
	}
	var want []string
	for _, p := range c.Expected {
		name := p.Name
		if k.Expect != nil {
			name = k.Expect(p)
		}
		want = append(want, label(name, p.Version))
	}
	got, want := once(r.packages), once(want)
	count.total++
	if slices.Equal(got, want) {
		count.agree++
		return
	}
	if k.Decided != nil {
		if why := k.Decided(c); why != "" {
			count.reasons[why]++
			return
		}
	}
	if count.shown++; count.shown <= 20 {
		t.Errorf("%s (%s):\n  want %q\n  got  %q %v", c.Input, c.Peer, want, got, r.failures)
	}
}

func label(name, version string) string { return name + "@" + strings.TrimPrefix(version, "v") }

// once gives each string once, in order.
func once(all []string) []string {
	slices.Sort(all)
	return slices.Compact(all)
}
