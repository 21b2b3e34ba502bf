package match

import (
	"archive/zip"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/internal/cases"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/version"
	"github.com/plimsoll/plimsoll/vulndb"
)

// zipOf names the zip that holds an OSV ecosystem's records.
func zipOf(ecosystem string) string {
	return strings.ReplaceAll(vulndb.Family(ecosystem), " ", "_") + ".zip"
}

// records reads a zip of OSV records and notes in which ecosystems each id is
// known.
func records(t testing.TB, path string, ids map[string][]string) iter.Seq2[vulndb.Advisory, error] {
	return func(yield func(vulndb.Advisory, error) bool) {
		z, err := zip.OpenReader(path)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(io.LimitReader(r, 16<<20))
			r.Close()
			if err != nil {
				t.Fatal(err)
			}
			a, err := vulndb.ParseOSV(data)
			for _, e := range a.Affected {
				ids[a.ID] = append(ids[a.ID], e.Ecosystem)
			}
			if !yield(a, err) {
				return
			}
		}
	}
}

// answer is one recorded answer of the OSV API.
type answer struct {
	Ecosystem, Name, Version string
	Vulns                    []string
}

// answers reads recorded answers, or skips the test where there are none.
func answers(t testing.TB, path string) []answer {
	t.Helper()
	var all []answer
	cases.Each(t, path, func(a answer) { all = append(all, a) })
	return all
}

// compiled is a database of what the questions need. ids tells in which
// ecosystems each id is known, and has an entry for each zip that there was.
func compiled(t testing.TB, dir string, asked []answer) (db *vulndb.DB, ids map[string][]string) {
	t.Helper()
	ids = map[string][]string{}
	segments := t.TempDir()
	for _, q := range asked {
		name := zipOf(q.Ecosystem)
		path := filepath.Join(dir, "advisories", "osv", name)
		if _, err := os.Stat(path); err != nil || ids[name] != nil {
			continue
		}
		ids[name] = []string{}
		want := func(ecosystem string) bool { // a zip also holds records of other ecosystems
			return zipOf(ecosystem) == name && slices.ContainsFunc(asked, func(q answer) bool { return q.Ecosystem == ecosystem })
		}
		if _, err := vulndb.Compile(t.Context(), segments, vulndb.Build{Want: want}, records(t, path, ids)); err != nil {
			t.Fatal(err)
		}
	}
	db, err := vulndb.Open(segments)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db, ids
}

// affecting are the ids of the records that affect a version.
func affecting(t *testing.T, from Advisories, q answer, s version.Scheme) []string {
	t.Helper()
	search := newSearch(question{group: &group{order: orderOf(s), scheme: s.Name}, name: q.Name, version: q.Version})
	if err := search.look(from, vulndb.Key{Ecosystem: q.Ecosystem, Name: q.Name}, q.Version); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, h := range search.hits {
		ids = append(ids, h.record.ID)
	}
	return ids
}

// TestCasesAnswers holds matching against recorded answers of the OSV API. Of
// each answer those ids count that the local data holds for the ecosystem: an
// Alpine record may know other releases only. Ids that only the local data
// gives are newer than the recording, or of databases that OSV does not have,
// and are logged.
func TestCasesAnswers(t *testing.T) {
	dir := cases.Dir(t)
	asked := answers(t, filepath.Join(dir, "oracles", "osv-answers.jsonl"))
	from, ids := compiled(t, dir, asked)
	type score struct{ agree, of, ids, extra, absent int }
	scores := map[string]*score{}
	total := score{}
	var wrong []string
	for _, q := range asked {
		scheme, _ := version.ForEcosystem(q.Ecosystem)
		s, ok := version.For(scheme)
		if !ok || ids[zipOf(q.Ecosystem)] == nil {
			continue // no comparison of its versions yet, or no data
		}
		family := vulndb.Family(q.Ecosystem)
		sc := scores[family]
		if sc == nil {
			sc = &score{}
			scores[family] = sc
		}
		got := affecting(t, from, q, s)
		held := slices.DeleteFunc(slices.Clone(q.Vulns), func(id string) bool { return !slices.Contains(ids[id], q.Ecosystem) })
		lost := slices.DeleteFunc(slices.Clone(held), func(id string) bool { return slices.Contains(got, id) })
		more := slices.DeleteFunc(slices.Clone(got), func(id string) bool { return slices.Contains(q.Vulns, id) })
		sc.of, sc.ids, sc.extra, sc.absent = sc.of+1, sc.ids+len(held), sc.extra+len(more), sc.absent+len(q.Vulns)-len(held)
		if len(lost) == 0 {
			sc.agree++
		} else {
			wrong = append(wrong, q.Ecosystem+" "+q.Name+" "+q.Version+": lost "+strings.Join(lost, " "))
		}
		if len(more) > 0 {
			t.Logf("only the local data: %s %s %s: %s", q.Ecosystem, q.Name, q.Version, strings.Join(more, " "))
		}
	}
	for _, family := range slices.Sorted(maps.Keys(scores)) {
		sc := scores[family]
		t.Logf("%s: agree %d of %d (%d ids compared, %d not in the data, %d only here)", "oracles/osv-answers "+family, sc.agree, sc.of, sc.ids, sc.absent, sc.extra)
		total.agree, total.of = total.agree+sc.agree, total.of+sc.of
	}
	cases.Agree(t, "oracles/osv-answers", total.agree, total.of)
	for _, w := range wrong[:min(len(wrong), 20)] {
		t.Error(w)
	}
}

// BenchmarkDatabase opens a real database and matches 500 packages of it, all
// of which have advisories; the budget is 20 ms.
func BenchmarkDatabase(b *testing.B) {
	dir := cases.Dir(b)
	segments := b.TempDir()
	inv := &inventory.Inventory{Distro: inventory.Distro{ID: "debian", Version: "11"}}
	for name, count := range map[string]int{"Debian:11": 150, "npm": 350} {
		path := filepath.Join(dir, "advisories", "osv", zipOf(name))
		if _, err := os.Stat(path); err != nil {
			b.Skipf("no advisories in the shared cases: %v", err)
		}
		seen := map[string]bool{}
		all := func(yield func(vulndb.Advisory, error) bool) {
			for a, err := range records(b, path, map[string][]string{}) {
				for _, e := range a.Affected {
					if e.Ecosystem == name && !seen[e.Name] && len(seen) < count {
						seen[e.Name] = true
						kind := map[string]string{"Debian:11": "deb", "npm": "npm"}[name]
						inv.Packages = append(inv.Packages, inventory.Package{Ecosystem: kind, Name: e.Name, Version: "1.0.0"})
					}
				}
				if !yield(a, err) {
					return
				}
			}
		}
		if _, err := vulndb.Compile(b.Context(), segments, vulndb.Build{Want: func(e string) bool { return e == name }}, all); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		db, err := vulndb.Open(segments)
		if err != nil {
			b.Fatal(err)
		}
		m := Matcher{Ecosystems: catalogs, Advisories: db}
		r, err := m.Match(b.Context(), inv)
		if err != nil || len(r.Findings) == 0 || len(r.Missing) > 0 {
			b.Fatal(err, len(r.Findings), r.Missing)
		}
		b.ReportMetric(float64(len(r.Findings)), "findings")
		b.ReportMetric(float64(len(inv.Packages)), "packages")
		db.Close()
	}
}
