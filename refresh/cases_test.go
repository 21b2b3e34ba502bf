package refresh

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/feed/osv"
	"github.com/plimsoll/plimsoll/internal/cases"
	"github.com/plimsoll/plimsoll/vulndb"
)

// plainRecord is an OSV record as encoding/json sees it: the oracle.
type plainRecord struct {
	ID       string          `json:"id"`
	Modified string          `json:"modified"`
	Affected []plainAffected `json:"affected"`
}

type plainAffected struct {
	Package struct {
		Ecosystem string `json:"ecosystem"`
		Name      string `json:"name"`
	} `json:"package"`
	Ranges []struct {
		Type   string              `json:"type"`
		Events []map[string]string `json:"events"`
	} `json:"ranges"`
	Versions []string `json:"versions"`
}

// statement is all that is said about the versions of one package in one record.
type statement struct{ id, ecosystem, name string }

// bucket holds the records of a zip, and serves them as OSV does.
type bucket struct {
	ecosystem string
	path      string
	list      string
	records   int
	said      map[statement][]string // events and versions, sorted
}

func (b *bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/" + b.ecosystem + "/all.zip":
		http.ServeFile(w, r, b.path)
	case "/" + b.ecosystem + "/modified_id.csv":
		_, _ = io.WriteString(w, b.list)
	default:
		http.NotFound(w, r)
	}
}

func readBucket(t testing.TB, path string) *bucket {
	t.Helper()
	b := &bucket{path: path, said: map[statement][]string{}}
	b.ecosystem = strings.ReplaceAll(strings.TrimSuffix(filepath.Base(path), ".zip"), "_", " ")
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	newest, modified := map[string]plainRecord{}, map[string]time.Time{}
	var lines []string
	for _, f := range z.File {
		b.records++
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var r plainRecord
		if err := json.NewDecoder(in).Decode(&r); err != nil {
			continue // broken on purpose
		}
		_ = in.Close()
		at, err := time.Parse(time.RFC3339, r.Modified)
		if !at.Before(modified[r.ID]) {
			newest[r.ID], modified[r.ID] = r, at
		}
		if err == nil {
			lines = append(lines, at.UTC().Format("2006-01-02T15:04:05.000000Z")+","+r.ID)
		}
	}
	slices.Sort(lines)
	slices.Reverse(lines)
	b.list = strings.Join(lines, "\n") + "\n"
	for _, r := range newest {
		for _, a := range r.Affected {
			b.say(r.ID, a)
		}
	}
	return b
}

// distributions are the families whose lists of versions FORMAT.md leaves out
// beside ranges.
func distributions() []string {
	return []string{
		"Debian", "Ubuntu", "Alpine", "Alpaquita", "BellSoft Hardened Containers", "Wolfi", "Chainguard", "MinimOS", "AlmaLinux",
		"Rocky Linux", "Red Hat", "SUSE", "openSUSE", "Azure Linux", "openEuler", "Mageia", "Photon OS",
	}
}

// say notes what an affected entry says.
func (b *bucket) say(id string, a plainAffected) {
	key := statement{id, a.Package.Ecosystem, a.Package.Name}
	if vulndb.Family(key.ecosystem) != b.ecosystem || key.name == "" {
		return
	}
	switch b.ecosystem { // names that a registry takes for one
	case "PyPI":
		key.name = regexp.MustCompile(`[-_.]+`).ReplaceAllString(strings.ToLower(key.name), "-")
	case "crates.io":
		key.name = strings.ToLower(strings.ReplaceAll(key.name, "_", "-"))
	case "NuGet", "Packagist", "Hex", "Pub":
		key.name = strings.ToLower(key.name)
	}
	var all []string
	for _, r := range a.Ranges {
		if r.Type == "GIT" {
			continue
		}
		for _, e := range r.Events {
			for kind, version := range e {
				if version == "" {
					continue
				}
				all = append(all, r.Type+" "+kind+" "+version)
			}
		}
	}
	// Beside ranges, a distribution's list of versions is not kept.
	if len(all) == 0 || !slices.Contains(distributions(), b.ecosystem) {
		versions := slices.Clone(a.Versions)
		slices.Sort(versions)
		for _, v := range slices.Compact(versions) {
			all = append(all, "version "+v)
		}
	}
	if len(all) > 0 {
		b.said[key] = append(b.said[key], all...)
		slices.Sort(b.said[key])
	}
}

// answered is what the database says, in the same form.
func answered(t testing.TB, db *vulndb.DB, keys map[vulndb.Key]bool) map[statement][]string {
	t.Helper()
	got := map[statement][]string{}
	for key := range keys {
		for a, err := range db.Lookup(key) {
			if err != nil {
				t.Fatal(err)
			}
			to := statement{a.ID, key.Ecosystem, key.Name}
			for _, entry := range a.Affected {
				got[to] = append(got[to], entryStrings(entry)...)
			}
			slices.Sort(got[to])
		}
	}
	return got
}

func entryStrings(a vulndb.Affected) []string {
	var all []string
	for _, r := range a.Ranges {
		for _, e := range r.Events {
			v := reflect.ValueOf(e)
			for f, kind := range []string{"introduced", "fixed", "last_affected", "limit"} {
				if version := v.Field(f).String(); version != "" {
					all = append(all, r.Type+" "+kind+" "+version)
				}
			}
		}
	}
	for _, v := range a.Versions {
		all = append(all, "version "+v)
	}
	return all
}

// TestCasesOSV serves each zip of the cases as the bucket does, fetches and
// compiles it, and compares every answer of the database with what
// encoding/json reads in the records.
func TestCasesOSV(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(cases.Dir(t, "advisories", "osv"), "*.zip"))
	if err != nil || len(paths) == 0 {
		t.Skipf("no zips: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			tooSlow(t, path)
			checkBucket(t, readBucket(t, path))
		})
	}
}

// kills is how many updates are killed: fewer under the race detector, with
// which a process takes a second to start.
func kills() int {
	if raceDetector {
		return 10
	}
	return 100
}

// tooSlow leaves large zips to runs without the race detector: the code is the
// same as for small ones.
func tooSlow(t *testing.T, path string) {
	t.Helper()
	if info, err := os.Stat(path); raceDetector && err == nil && info.Size() > 300<<10 {
		t.Skip("a large zip: checked without the race detector")
	}
}

func checkBucket(t *testing.T, b *bucket) {
	server := httptest.NewServer(b)
	defer server.Close()
	defer server.CloseClientConnections()
	ecosystems := map[string]bool{}
	keys := map[vulndb.Key]bool{}
	for s := range b.said {
		ecosystems[s.ecosystem] = true
		keys[vulndb.Key{Ecosystem: s.ecosystem, Name: s.name}] = true
	}
	if len(ecosystems) == 0 {
		t.Skipf("the zip has nothing on an ecosystem called %s", b.ecosystem)
	}
	r := &Refresher{Dir: t.TempDir(), Feeds: []feed.Feed{osv.Feed()}, URL: server.URL, Client: server.Client(), Now: time.Now, MaxAge: time.Hour}
	broken := 0
	r.Broken = func(_ string, err error) {
		if broken++; broken <= 3 {
			t.Log("left out: ", err)
		}
	}
	start := time.Now()
	results, err := r.Ensure(context.Background(), slices.Sorted(maps.Keys(ecosystems)))
	took := time.Since(start)
	if err != nil {
		t.Fatal(err)
	}
	var size int64
	for _, result := range results {
		if result.State != Updated {
			t.Errorf("%s is %s: %v", result.Ecosystem, result.State, result.Err)
		}
		size += result.Segment.Size
	}
	db, err := vulndb.Open(r.Dir)
	if err != nil || len(db.Refused()) > 0 {
		t.Fatal(err, db.Refused())
	}
	defer db.Close()
	got := answered(t, db, keys)
	agree := 0
	for s, want := range b.said {
		if slices.Equal(want, got[s]) {
			agree++
		} else if len(b.said)-agree <= 20 {
			t.Errorf("%v: want %.300q, got %.300q", s, want, got[s])
		}
	}
	for s := range got {
		if _, ok := b.said[s]; !ok {
			t.Errorf("%v: not in the records", s)
		}
	}
	info, err := os.Stat(b.path)
	if err != nil {
		t.Fatal(err)
	}
	cases.Agree(t, "advisories/osv/"+filepath.Base(b.path), agree, len(b.said))
	t.Logf("%d records, %d left out, %d segments, %.1f%% of the zip's size, %.0f records/s", b.records, broken, len(results),
		100*float64(size)/float64(info.Size()), float64(b.records)/took.Seconds())
}

// TestCasesFlips flips 10,000 bits of a real segment with an amendment, one at a
// time: what it answers is right or refused.
func TestCasesFlips(t *testing.T) {
	path := filepath.Join(cases.Dir(t, "advisories", "osv"), "npm.zip")
	if _, err := os.Stat(path); err != nil {
		t.Skip("no npm.zip")
	}
	records := unzip(t, path)
	_, keys := namesIn(records, "npm")
	l := newLiving(t, "npm", zipOf(t, records))
	r := l.refresher(t)
	update(t, r, []string{"npm"})
	l.change(time.Hour, change(records, 100))
	update(t, r, []string{"npm"})
	want := fullAnswers(t, r.Dir, keys)
	data, err := os.ReadFile(filepath.Join(r.Dir, "npm"+vulndb.Extension))
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	names := slices.SortedFunc(maps.Keys(keys), func(a, b vulndb.Key) int { return strings.Compare(a.Name, b.Name) })
	flips := 10_000
	if raceDetector {
		flips = 500
	}
	refused := 0
	for range flips {
		at := random.IntN(len(data) * 8)
		data[at/8] ^= 1 << (at % 8)
		err := compareSome(data, want, names, random)
		if err != nil && !errors.Is(err, vulndb.ErrFormat) {
			t.Fatalf("bit %d: %v", at, err)
		}
		if err != nil {
			refused++
		}
		data[at/8] ^= 1 << (at % 8)
	}
	t.Logf("of %d flips %d were noticed, %d lay where nothing was read", flips, refused, flips-refused)
}

// compareSome asks a segment for some packages. The error is an ErrFormat when
// that is refused.
func compareSome(data []byte, want map[vulndb.Key][]vulndb.Advisory, names []vulndb.Key, random *rand.Rand) error {
	db, err := vulndb.OpenBytes(data)
	if err != nil {
		return err
	}
	defer db.Close()
	for range 5 {
		key := names[random.IntN(len(names))]
		var got []vulndb.Advisory
		for a, err := range db.Lookup(key) {
			if err != nil {
				return err
			}
			got = append(got, a)
		}
		slices.SortFunc(got, func(a, b vulndb.Advisory) int { return strings.Compare(a.ID, b.ID) })
		if !reflect.DeepEqual(want[key], got) {
			return fmt.Errorf("%v: want %v, got %v", key, want[key], got)
		}
	}
	return nil
}

// TestCasesKill kills updates of real data at random moments. Whenever that
// is, the segments are whole, old or new, and the next update gets through.
func TestCasesKill(t *testing.T) {
	root := cases.Dir(t, "advisories", "osv")
	sources := []string{filepath.Join(root, "npm.zip"), filepath.Join(root, "RubyGems.zip")} // both have some npm
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "db")
	whole := map[string]bool{}
	for _, source := range sources {
		if _, err := os.Stat(source); err != nil {
			t.Skip("no", source)
		}
		r := &Refresher{Dir: dir, Feeds: []feed.Feed{osv.Feed()}, URL: source, Now: time.Now}
		results, err := r.Ensure(context.Background(), []string{"npm"})
		if err != nil || results[0].State != Updated {
			t.Fatal(results, err)
		}
		whole[results[0].Segment.Digest] = true
	}
	if len(whole) != 2 {
		t.Fatalf("digests %v", whole)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	kills := kills()
	seen := map[string]int{}
	usual := runTime(t, dir, sources[0])
	for i := range kills {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), "PLIMSOLL_TEST_REFRESH="+dir, "PLIMSOLL_TEST_SOURCE="+sources[i%2])
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.Int64N(int64(usual) * 5 / 4)))
		_ = cmd.Process.Kill() // may have ended already
		_ = cmd.Wait()
		db, err := vulndb.Open(dir)
		if err != nil || len(db.Refused()) > 0 || len(db.Segments()) != 1 || db.Verify() != nil {
			t.Fatalf("kill %d: %v, %v", i, db, err)
		}
		digest := db.Segments()[0].Digest
		if !whole[digest] {
			t.Fatalf("kill %d: digest %s is neither's", i, digest)
		}
		seen[digest]++
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills left one segment or the other: %v", kills, seen)
	r := &Refresher{Dir: dir, Feeds: []feed.Feed{osv.Feed()}, URL: sources[0], Now: time.Now}
	if results, err := r.Ensure(context.Background(), []string{"npm"}); err != nil || results[0].State != Updated {
		t.Errorf("afterwards: %+v, %v", results, err)
	}
}
