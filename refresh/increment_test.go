package refresh

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/feed/osv"
	"github.com/plimsoll/plimsoll/internal/cases"
	"github.com/plimsoll/plimsoll/vulndb"
)

// living is a bucket whose records change after its zip was exported.
type living struct {
	ecosystem string
	server    *httptest.Server
	mu        sync.Mutex
	zip       []byte
	records   map[string][]byte    // that changed; nil is deleted
	changed   map[string]time.Time // when
	start     time.Time
	requests  map[string]int // by kind: "zip", "list", "record"
}

func newLiving(t testing.TB, ecosystem string, zip []byte) *living {
	l := &living{
		ecosystem: ecosystem, zip: zip, records: map[string][]byte{}, changed: map[string]time.Time{},
		start: time.Now().Add(-48 * time.Hour), requests: map[string]int{},
	}
	l.changed["first"] = l.start
	l.server = httptest.NewServer(l)
	t.Cleanup(l.server.Close)
	return l
}

func (l *living) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	path, err := url.PathUnescape(r.URL.EscapedPath())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	switch name := strings.TrimPrefix(path, "/"+l.ecosystem+"/"); name {
	case "all.zip":
		l.requests["zip"]++
		w.Header().Set("ETag", `"only"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(l.zip))
	case "modified_id.csv":
		l.requests["list"]++
		ids := slices.SortedFunc(maps.Keys(l.changed), func(a, b string) int { return l.changed[b].Compare(l.changed[a]) })
		for _, id := range ids {
			_, _ = fmt.Fprintf(w, "%s,%s\n", l.changed[id].UTC().Format(time.RFC3339Nano), id)
		}
	default:
		l.requests["record"]++
		data := l.records[strings.TrimSuffix(name, ".json")]
		if data == nil {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(data)
	}
}

// change replaces records at a time after the start; nil deletes.
func (l *living) change(after time.Duration, records map[string][]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, id := range slices.Sorted(maps.Keys(records)) {
		l.records[id], l.changed[id] = records[id], l.start.Add(after+time.Duration(i)*time.Microsecond)
	}
}

// refresher has a directory of its own.
func (l *living) refresher(t testing.TB) *Refresher {
	return &Refresher{Dir: t.TempDir(), Feeds: []feed.Feed{osv.Feed()}, URL: l.server.URL, Client: l.server.Client(), Now: time.Now}
}

// update runs Ensure and says how long it took.
func update(t testing.TB, r *Refresher, ecosystems []string) time.Duration {
	t.Helper()
	start := time.Now()
	results, err := r.Ensure(context.Background(), ecosystems)
	took := time.Since(start)
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range results {
		if result.State != Updated {
			t.Fatalf("%s is %s: %v", result.Ecosystem, result.State, result.Err)
		}
	}
	return took
}

// zipOf makes a zip of records.
func zipOf(t testing.TB, records map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, id := range slices.Sorted(maps.Keys(records)) {
		w, err := z.Create(id + ".json")
		if err == nil {
			_, err = w.Write(records[id])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// unzip gives the records of a zip by the names of their files.
func unzip(t testing.TB, path string) map[string][]byte {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	all := map[string][]byte{}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if all[strings.TrimSuffix(f.Name, ".json")], err = io.ReadAll(in); err != nil {
			t.Fatal(err)
		}
		_ = in.Close()
	}
	return all
}

// TestCasesIncrement changes 100 records of each zip of the cases in a bucket:
// what the amended segments answer is what segments answer that are made from
// the changed zip.
func TestCasesIncrement(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(cases.Dir(t, "advisories", "osv"), "*.zip"))
	if err != nil || len(paths) == 0 {
		t.Skipf("no zips: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			tooSlow(t, path)
			ecosystem := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(path), ".zip"), "_", " ")
			checkIncrement(t, path, ecosystem, unzip(t, path))
		})
	}
}

func checkIncrement(t *testing.T, path, ecosystem string, records map[string][]byte) {
	ecosystems, keys := namesIn(records, ecosystem)
	if len(ecosystems) == 0 {
		t.Skipf("the zip has nothing on an ecosystem called %s", ecosystem)
	}
	l := newLiving(t, ecosystem, zipOf(t, records))
	r := l.refresher(t)
	first := update(t, r, ecosystems)
	changes := change(records, 100)
	l.change(time.Hour, changes)
	took := update(t, r, ecosystems)
	if l.requests["zip"] != 1 {
		t.Errorf("%d downloads of the zip", l.requests["zip"])
	}
	maps.Copy(records, changes)
	maps.DeleteFunc(records, func(_ string, data []byte) bool { return data == nil })
	whole := newLiving(t, ecosystem, zipOf(t, records)).refresher(t)
	if _, err := whole.Ensure(context.Background(), ecosystems); err != nil {
		t.Fatal(err)
	}
	want, got := fullAnswers(t, whole.Dir, keys), fullAnswers(t, r.Dir, keys)
	agree, wrong := 0, 0
	for key := range keys {
		if reflect.DeepEqual(want[key], got[key]) {
			agree++
		} else if wrong++; wrong <= 20 {
			t.Errorf("%v: %s", key, gocmp.Diff(want[key], got[key]))
		}
	}
	cases.Agree(t, "advisories/osv/"+filepath.Base(path), agree, len(keys))
	t.Logf("%d records in %v, %d changes in %v", len(records), first.Round(time.Millisecond), len(changes), took.Round(time.Millisecond))
}

// namesIn are the ecosystems of a family and the packages in records.
func namesIn(records map[string][]byte, family string) ([]string, map[vulndb.Key]bool) {
	keys, ecosystems := map[vulndb.Key]bool{}, map[string]bool{}
	for _, data := range records {
		a, err := vulndb.ParseOSV(data)
		if err != nil {
			continue
		}
		for _, entry := range a.Affected {
			if vulndb.Family(entry.Ecosystem) == family {
				keys[vulndb.Key{Ecosystem: entry.Ecosystem, Name: entry.Name}] = true
				ecosystems[entry.Ecosystem] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(ecosystems)), keys
}

// change makes changes to some records: others' texts and versions, no ids any
// more, no record any more, no JSON any more.
func change(records map[string][]byte, n int) map[string][]byte {
	changes := map[string][]byte{}
	random := rand.New(rand.NewPCG(1, 2))
	ids := slices.Sorted(maps.Keys(records))
	for len(changes) < min(n, len(ids)/2) {
		id := ids[random.IntN(len(ids))]
		var record map[string]any
		if json.Unmarshal(records[id], &record) != nil || record["id"] != id {
			changes[id] = records[id]
			continue
		}
		record["summary"], record["modified"] = fmt.Sprint("changed ", len(changes)), "2030-01-01T00:00:00Z"
		switch len(changes) % 10 {
		case 1:
			changes[id] = nil
			continue
		case 2:
			changes[id] = []byte("no JSON")
			continue
		case 3:
			delete(record, "affected")
		case 4:
			record["withdrawn"] = "2030-01-01T00:00:00Z"
		case 5:
			delete(record, "aliases")
			delete(record, "references")
		case 6:
			record["id"] = id + "-NEW"
			id += "-NEW"
		}
		changes[id], _ = json.Marshal(record)
	}
	return changes
}

// fullAnswers is all that a database says on packages, in the order of ids.
func fullAnswers(t testing.TB, dir string, keys map[vulndb.Key]bool) map[vulndb.Key][]vulndb.Advisory {
	t.Helper()
	db, err := vulndb.Open(dir)
	if err != nil || len(db.Refused()) > 0 {
		t.Fatal(err, db.Refused())
	}
	defer db.Close()
	all := map[vulndb.Key][]vulndb.Advisory{}
	for key := range keys {
		var list []vulndb.Advisory
		for a, err := range db.Lookup(key) {
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, a)
		}
		slices.SortFunc(list, func(a, b vulndb.Advisory) int { return strings.Compare(a.ID, b.ID) })
		if len(list) > 0 {
			all[key] = list
		}
	}
	return all
}

// plain is a small record.
func plain(id, name, summary string) []byte {
	return fmt.Appendf(nil, `{"id":%q,"modified":"2024-01-01T00:00:00Z","summary":%q,"affected":[{"package":{"ecosystem":"npm","name":%q},"versions":["1.0.0"]}]}`,
		id, summary, name)
}

// about is a small record on a package p of each ecosystem.
func about(id, summary string, ecosystems ...string) []byte {
	var affected []string
	for _, ecosystem := range ecosystems {
		affected = append(affected, fmt.Sprintf(`{"package":{"ecosystem":%q,"name":"p"},"versions":["1.0.0"]}`, ecosystem))
	}
	return fmt.Appendf(nil, `{"id":%q,"summary":%q,"affected":[%s]}`, id, summary, strings.Join(affected, ","))
}

// TestIncrementOfARelease changes a record of two releases, and comes upon one
// that is new.
func TestIncrementOfARelease(t *testing.T) {
	l := newLiving(t, "Debian", zipOf(t, map[string][]byte{"A-1": about("A-1", "old", "Debian:11", "Debian:12")}))
	r := l.refresher(t)
	update(t, r, []string{"Debian:11"})
	l.change(time.Minute, map[string][]byte{"A-1": about("A-1", "new", "Debian:11", "Debian:12", "Debian:13")})
	update(t, r, []string{"Debian:11"})
	update(t, r, []string{"Debian:12", "Debian:13"}) // the source has nothing new
	l.change(2*time.Minute, map[string][]byte{"A-1": about("A-1", "newer", "Debian:11", "Debian:12")})
	update(t, r, []string{"Debian:11", "Debian:12"})
	for ecosystem, want := range map[string]string{"Debian:11": "newer", "Debian:12": "newer", "Debian:13": ""} {
		if got := summary(t, r.Dir, ecosystem); got != want {
			t.Errorf("%s: %q, not %q", ecosystem, got, want)
		}
	}
	if l.requests["zip"] != 1 {
		t.Errorf("%d downloads of the zip", l.requests["zip"])
	}
}

// TestIncrementOfAPart has a part of a family come with a change: it gets a segment.
func TestIncrementOfAPart(t *testing.T) {
	l := newLiving(t, "Packagist", zipOf(t, map[string][]byte{"A-1": about("A-1", "old", "Packagist")}))
	r := l.refresher(t)
	update(t, r, []string{"Packagist"})
	l.change(time.Minute, map[string][]byte{"A-2": about("A-2", "part", "Packagist:https://drupal")})
	update(t, r, []string{"Packagist"})
	if got := summary(t, r.Dir, "Packagist:https://drupal"); got != "part" {
		t.Errorf("the new part: %q", got)
	}
}

// runTime lets the process that the tests kill come to its end, and says how
// long that takes on this machine.
func runTime(t *testing.T, dir, source string) time.Duration {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "PLIMSOLL_TEST_REFRESH="+dir, "PLIMSOLL_TEST_SOURCE="+source)
	start := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return time.Since(start)
}

// TestKillIncrement kills 100 updates that fetch and add a few changes, at
// random moments: whatever is then there answers as before or as after.
func TestKillIncrement(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	records := map[string][]byte{"A-1": plain("A-1", "p", "0")}
	for i := range 3000 {
		id := fmt.Sprint("B-", i)
		records[id] = plain(id, fmt.Sprint("package-", i%1000), "about "+id)
	}
	l := newLiving(t, "npm", zipOf(t, records))
	r := l.refresher(t)
	update(t, r, []string{"npm"})
	l.change(time.Second, map[string][]byte{"B-2999": plain("B-2999", "q", "0")})
	usual := runTime(t, r.Dir, l.server.URL)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	allowed, seen := []string{"0"}, map[bool]int{}
	for i := range kills() {
		text := fmt.Sprint(i + 1)
		allowed = append(allowed, text)
		l.change(time.Duration(i+1)*time.Minute, map[string][]byte{
			"A-1": plain("A-1", "p", text), fmt.Sprint("B-", i): plain(fmt.Sprint("B-", i), "q", text),
		})
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), "PLIMSOLL_TEST_REFRESH="+r.Dir, "PLIMSOLL_TEST_SOURCE="+l.server.URL)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.Int64N(int64(usual) * 3 / 2)))
		_ = cmd.Process.Kill() // may have ended already
		_ = cmd.Wait()
		db, err := vulndb.Open(r.Dir)
		if err != nil || len(db.Refused()) > 0 || len(db.Segments()) != 1 || db.Verify() != nil {
			t.Fatalf("kill %d: %v, %v", i, db, err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		got := summary(t, r.Dir, "npm")
		if !slices.Contains(allowed, got) {
			t.Fatalf("kill %d: %q, none of %q", i, got, allowed)
		}
		allowed = allowed[slices.Index(allowed, got):] // it never goes back
		seen[got == text]++
	}
	t.Logf("of %d kills %d left the newest data, %d older", kills(), seen[true], seen[false])
	update(t, r, []string{"npm"})
	if got := summary(t, r.Dir, "npm"); got != fmt.Sprint(kills()) {
		t.Errorf("afterwards: %q", got)
	}
	if l.requests["zip"] != 1 {
		t.Errorf("%d downloads of the zip", l.requests["zip"])
	}
}
