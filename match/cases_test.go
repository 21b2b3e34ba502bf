package match

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/version"
	"github.com/plimsoll/plimsoll/vulndb"
)

// casesDir is the folder of shared cases: PLIMSOLL_CASES, else "shared" beside
// the repository.
func casesDir(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("PLIMSOLL_CASES"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(filepath.Dir(dir), "shared")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no shared cases: set PLIMSOLL_CASES to their folder")
	}
	return dir
}

// zipOf names the zip that holds an OSV ecosystem's records.
func zipOf(ecosystem string) string {
	family, _, _ := strings.Cut(ecosystem, ":")
	return strings.ReplaceAll(family, " ", "_") + ".zip"
}

// load reads a zip of OSV records and notes in which ecosystems each id is known.
func load(t *testing.T, path string, into *fake, ids map[string][]string) {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	newest := map[string]vulndb.Advisory{}
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
		a, err := parse(bytes.TrimSpace(data))
		if err != nil {
			continue // broken records are vulndb's to report
		}
		if old, ok := newest[a.ID]; !ok || a.Modified.After(old.Modified) {
			newest[a.ID] = a
		}
	}
	for _, id := range slices.Sorted(maps.Keys(newest)) {
		into.add(newest[id])
		for _, e := range newest[id].Affected {
			ids[id] = append(ids[id], e.Ecosystem)
		}
	}
}

// answer is one recorded answer of the OSV API.
type answer struct {
	Ecosystem, Name, Version string
	Vulns                    []string
}

// schemeOf is the version scheme of an OSV ecosystem, empty for those whose
// catalogers do not exist yet.
func schemeOf(ecosystem string) string {
	if f, _, ok := strings.Cut(ecosystem, ":"); ok {
		ecosystem = f
	}
	for _, d := range []struct{ scheme, ecosystems string }{
		{"deb", "Debian Ubuntu"}, {"apk", "Alpine"}, {"rpm", "openSUSE"},
		{"npm", "npm"}, {"pep440", "PyPI"}, {"go", "Go"}, {"maven", "Maven"}, {"semver", "crates.io"},
		{"gem", "RubyGems"}, {"packagist", "Packagist"}, {"nuget", "NuGet"}, {"semver", "SwiftURL"}, {"hackage", "Hackage"},
	} {
		if slices.Contains(strings.Fields(d.ecosystems), ecosystem) {
			return d.scheme
		}
	}
	return ""
}

// affecting are the ids of the records that affect a version.
func affecting(t *testing.T, from *fake, q answer, s version.Scheme) []string {
	t.Helper()
	search := &search{
		question: question{group: &group{order: orderOf(s), scheme: s.Name}, name: q.Name, version: q.Version},
		denied:   map[string]bool{},
	}
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
	dir := casesDir(t)
	file, err := os.Open(filepath.Join(dir, "oracles", "osv-answers.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no recorded answers in the shared cases")
	} else if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	from, ids, loaded := newFake(), map[string][]string{}, map[string]bool{}
	type score struct{ agree, of, ids, extra, absent int }
	scores := map[string]*score{}
	total := score{}
	var wrong []string
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var q answer
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "advisories", "osv", zipOf(q.Ecosystem))
		if _, err := os.Stat(path); err != nil {
			continue // no data of this ecosystem
		}
		s, ok := version.For(schemeOf(q.Ecosystem))
		if !ok {
			continue // no comparison of its versions yet
		}
		if !loaded[path] {
			loaded[path] = true
			load(t, path, from, ids)
		}
		family, _, _ := strings.Cut(q.Ecosystem, ":")
		sc := scores[family]
		if sc == nil {
			sc = &score{}
			scores[family] = sc
		}
		got := affecting(t, from, q, s)
		held := slices.DeleteFunc(slices.Clone(q.Vulns), func(id string) bool { return !slices.Contains(ids[id], q.Ecosystem) })
		lost := slices.DeleteFunc(slices.Clone(held), func(id string) bool { return slices.Contains(got, id) })
		sc.absent += len(q.Vulns) - len(held)
		more := slices.DeleteFunc(slices.Clone(got), func(id string) bool { return slices.Contains(q.Vulns, id) })
		sc.of, sc.ids, sc.extra = sc.of+1, sc.ids+len(held), sc.extra+len(more)
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
	t.Logf("%s: agree %d of %d", "oracles/osv-answers", total.agree, total.of)
	for _, w := range wrong[:min(len(wrong), 20)] {
		t.Error(w)
	}
}
