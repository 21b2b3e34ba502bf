package match

import (
	"encoding/json"
	"errors"
	"iter"
	"regexp"
	"strings"
	"time"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/vulndb"
)

// catalogs is what the catalogers state about their ecosystems.
var catalogs = []inventory.Ecosystem{
	{Type: "deb", Scheme: "deb"}, {Type: "apk", Scheme: "apk"}, {Type: "rpm", Scheme: "rpm"},
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

var pep503 = regexp.MustCompile(`[-_.]+`)

func normal(k vulndb.Key) vulndb.Key {
	if k.Ecosystem == "PyPI" {
		k.Name = strings.ToLower(pep503.ReplaceAllString(k.Name, "-"))
	}
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

// osv is as much of an OSV record as these tests need.
type osv struct {
	ID        string
	Aliases   []string
	Upstream  []string
	Related   []string
	Published time.Time
	Modified  time.Time
	Withdrawn time.Time
	Summary   string
	Severity  []severityJSON
	Affected  []struct {
		Package struct{ Ecosystem, Name string }
		Ranges  []struct {
			Type   string
			Events []map[string]string
		}
		Versions          []string
		Severity          []severityJSON
		EcosystemSpecific struct{ Urgency string } `json:"ecosystem_specific"`
		Status            string                   // not OSV: what a feed makes of the vendor's fields
		Module            string
	}
	DatabaseSpecific struct{ Severity string } `json:"database_specific"`
}

type severityJSON struct{ Type, Score string }

func severitiesOf(in []severityJSON, word string) []vulndb.Severity {
	var out []vulndb.Severity
	for _, s := range in {
		out = append(out, vulndb.Severity(s))
	}
	if word != "" {
		out = append(out, vulndb.Severity{Type: "word", Score: word})
	}
	return out
}

// parse reads an OSV record.
func parse(data []byte) (vulndb.Advisory, error) {
	var r osv
	if err := json.Unmarshal(data, &r); err != nil {
		return vulndb.Advisory{}, err
	}
	a := vulndb.Advisory{
		ID: r.ID, Aliases: r.Aliases, Upstream: r.Upstream, Related: r.Related,
		Published: r.Published, Modified: r.Modified, Withdrawn: r.Withdrawn,
		Summary: r.Summary, Severities: severitiesOf(r.Severity, r.DatabaseSpecific.Severity),
	}
	for _, e := range r.Affected {
		one := vulndb.Affected{
			Ecosystem: e.Package.Ecosystem, Name: e.Package.Name, Versions: e.Versions,
			Severities: severitiesOf(e.Severity, e.EcosystemSpecific.Urgency), Status: e.Status, Module: e.Module,
		}
		for _, in := range e.Ranges {
			out := vulndb.Range{Type: in.Type}
			for _, ev := range in.Events {
				out.Events = append(out.Events, vulndb.Event{
					Introduced: ev["introduced"], Fixed: ev["fixed"], LastAffected: ev["last_affected"], Limit: ev["limit"],
				})
			}
			one.Ranges = append(one.Ranges, out)
		}
		a.Affected = append(a.Affected, one)
	}
	return a, nil
}
