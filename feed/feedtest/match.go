package feedtest

import (
	"errors"
	"iter"
	"testing"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/match"
	"github.com/plimsoll/plimsoll/vulndb"
)

// Match compiles records and says of each finding in an inventory, by id and
// package, its status and the version that fixes it ("CVE-2024-1 bash" → "fixed 5.1").
func Match(t *testing.T, records []vulndb.Advisory, inv *inventory.Inventory) map[string]string {
	t.Helper()
	dir := t.TempDir()
	if _, err := vulndb.Compile(t.Context(), dir, vulndb.Build{Source: "test"}, each(records)); err != nil {
		t.Fatal(err)
	}
	db, err := vulndb.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	m := match.Matcher{Advisories: db, Ecosystems: []inventory.Ecosystem{
		{Type: "deb", Scheme: "deb"}, {Type: "apk", Scheme: "apk"}, {Type: "rpm", Scheme: "rpm:epoch-zero"},
	}}
	r, err := m.Match(t.Context(), inv)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range r.Findings {
		text := string(f.Status)
		if f.Fixed != "" {
			text += " " + f.Fixed
		}
		got[f.ID+" "+f.Package.Name] = text
	}
	return got
}

func each(records []vulndb.Advisory) iter.Seq2[vulndb.Advisory, error] {
	return func(yield func(vulndb.Advisory, error) bool) {
		for _, a := range records {
			if !yield(a, nil) {
				return
			}
		}
	}
}
