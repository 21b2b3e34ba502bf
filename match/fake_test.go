package match

import (
	"errors"
	"iter"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/vulndb"
)

// catalogs is what the catalogers state about their ecosystems.
var catalogs = []inventory.Ecosystem{
	{Type: "deb", Scheme: "deb"}, {Type: "apk", Scheme: "apk"}, {Type: "rpm", Scheme: "rpm:epoch-zero"},
	{Type: "npm", Advisories: "npm", Scheme: "npm"},
	{Type: "pypi", Advisories: "PyPI", Scheme: "pep440"},
	{Type: "golang", Advisories: "Go", Scheme: "go"},
	{Type: "maven", Advisories: "Maven", Scheme: "maven"},
}

// fake is an advisory database in memory.
type fake struct {
	records map[vulndb.Key][]vulndb.Advisory
	has     map[string]bool
	broken  map[string]bool // ecosystems whose look-ups fail
}

func newFake() *fake {
	return &fake{map[vulndb.Key][]vulndb.Advisory{}, map[string]bool{}, map[string]bool{}}
}

func normal(k vulndb.Key) vulndb.Key {
	k.Name = vulndb.NormalName(k.Ecosystem, k.Name)
	return k
}

// add files a record under each package that it speaks of.
func (f *fake) add(a vulndb.Advisory) {
	byKey := map[vulndb.Key][]vulndb.Affected{}
	for _, e := range a.Affected {
		k := normal(vulndb.Key{Ecosystem: e.Ecosystem, Name: e.Name})
		byKey[k] = append(byKey[k], e)
		f.has[k.Ecosystem] = true
	}
	for k, entries := range byKey {
		one := a
		one.Affected = entries
		f.records[k] = append(f.records[k], one)
	}
}

func (f *fake) Has(ecosystem string) bool { return f.has[ecosystem] }

func (f *fake) Lookup(k vulndb.Key) iter.Seq2[vulndb.Advisory, error] {
	return func(yield func(vulndb.Advisory, error) bool) {
		if f.broken[k.Ecosystem] {
			yield(vulndb.Advisory{}, errors.New("block 3: checksum differs"))
			return
		}
		for _, a := range f.records[normal(k)] {
			if !yield(a, nil) {
				return
			}
		}
	}
}
