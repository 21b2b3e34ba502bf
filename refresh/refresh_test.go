package refresh

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/feed/osv"
	"github.com/plimsoll/plimsoll/vulndb"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("PLIMSOLL_TEST_REFRESH"); dir != "" {
		os.Exit(refreshAsProcess(dir))
	}
	goleak.VerifyTestMain(m)
}

// source is a feed in memory. What it "fetched" is a file with a summary.
type source struct {
	summary string
	broken  bool
	err     error
	fetches atomic.Int32
}

func (s *source) feed() feed.Feed {
	return feed.Feed{
		Name: "test", URL: "https://example.org/",
		Covers: func(ecosystem string) bool { return ecosystem == "Debian" || ecosystem == "Packagist" },
		Fetch: func(ctx context.Context, _ *http.Client, r feed.Request) (bool, error) {
			s.fetches.Add(1)
			if s.err != nil || ctx.Err() != nil {
				return false, errors.Join(s.err, ctx.Err())
			}
			path := filepath.Join(r.Dir, "data")
			old, _ := os.ReadFile(path)
			if string(old) == s.summary {
				return false, nil
			}
			return true, os.WriteFile(path, []byte(s.summary), 0o644)
		},
		Parse: func(_ context.Context, dir fs.FS) iter.Seq2[vulndb.Advisory, error] {
			return func(yield func(vulndb.Advisory, error) bool) {
				summary, err := fs.ReadFile(dir, "data")
				a := vulndb.Advisory{ID: "A-1", Summary: string(summary)}
				for _, ecosystem := range []string{"Debian:11", "Debian:12", "npm", "Packagist", "Packagist:https://drupal"} {
					a.Affected = append(a.Affected, vulndb.Affected{Ecosystem: ecosystem, Name: "p", Versions: []string{"1"}})
				}
				if s.broken && !yield(vulndb.Advisory{}, &vulndb.RecordError{ID: "B", Err: errors.New("broken")}) {
					return
				}
				yield(a, err)
			}
		},
	}
}

func at(hour int) func() time.Time {
	return func() time.Time { return time.Date(2024, 5, 1, hour, 0, 0, 0, time.UTC) }
}

func refresher(t *testing.T, s *source) *Refresher {
	return &Refresher{Dir: filepath.Join(t.TempDir(), "db"), Feeds: []feed.Feed{s.feed()}, Now: at(0), MaxAge: 12 * time.Hour}
}

// ensure gives one line for each result: ecosystem, state, hour of the data, error.
func ensure(t *testing.T, r *Refresher, ecosystems ...string) []string {
	t.Helper()
	results, err := r.Ensure(context.Background(), ecosystems)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range results {
		line := fmt.Sprintf("%s %s", r.Ecosystem, r.State)
		if !r.Segment.Fetched.IsZero() {
			line += fmt.Sprintf(" %02d:00", r.Segment.Fetched.Hour())
		}
		if r.Err != nil {
			line += ": " + r.Err.Error()
		}
		lines = append(lines, line)
	}
	return lines
}

func wantLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func summary(t *testing.T, dir, ecosystem string) string {
	t.Helper()
	db, err := vulndb.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for a, err := range db.Lookup(vulndb.Key{Ecosystem: ecosystem, Name: "p"}) {
		if err != nil {
			t.Fatal(err)
		}
		return a.Summary
	}
	return ""
}

func TestEnsure(t *testing.T) {
	s := &source{summary: "first", broken: true}
	r := refresher(t, s)
	var broken []string
	r.Broken = func(family string, err error) { broken = append(broken, family+": "+err.Error()) }

	wantLines(t, ensure(t, r, "Debian:12", "Debian:99", "npm"), "Debian:12 updated 00:00",
		"Debian:99 missing: no advisories for Debian:99 in test https://example.org", "npm missing: no source of advisories covers npm")
	wantLines(t, broken, "Debian: record B: broken")
	if s.fetches.Load() != 1 {
		t.Errorf("%d fetches", s.fetches.Load())
	}

	r.Now = at(1) // young enough: nothing is asked, not even for what there is not
	wantLines(t, ensure(t, r, "Debian:12", "Debian:99"), "Debian:12 fresh 00:00", "Debian:99 missing: no advisories for Debian:99 in test https://example.org")
	if s.fetches.Load() != 1 {
		t.Errorf("%d fetches", s.fetches.Load())
	}

	// A release that was not wanted before.
	wantLines(t, ensure(t, r, "Debian:11"), "Debian:11 updated 01:00")

	r.Now = at(13) // no news: only the time changes
	before := digests(t, r.Dir)
	wantLines(t, ensure(t, r, "Debian:12"), "Debian:12 updated 13:00")
	if diff := gocmp.Diff(before, digests(t, r.Dir)); diff != "" {
		t.Error(diff)
	}

	r.Now = func() time.Time { return at(0)().Add(40 * time.Hour) } // news: all segments of the family
	s.summary = "second"
	wantLines(t, ensure(t, r, "Debian:12"), "Debian:12 updated 16:00")
	for _, ecosystem := range []string{"Debian:11", "Debian:12"} {
		if got := summary(t, r.Dir, ecosystem); got != "second" {
			t.Errorf("%s: %s", ecosystem, got)
		}
	}
}

func digests(t *testing.T, dir string) map[string]string {
	t.Helper()
	db, err := vulndb.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	got := map[string]string{}
	for _, info := range db.Segments() {
		got[info.Ecosystem] = info.Digest
	}
	return got
}

func TestEnsurePartsOfAFamily(t *testing.T) {
	s := &source{summary: "first"}
	r := refresher(t, s)
	wantLines(t, ensure(t, r, "Packagist"), "Packagist updated 00:00")
	if got := len(digests(t, r.Dir)); got != 2 {
		t.Errorf("%d segments", got)
	}
}

func TestEnsureFailing(t *testing.T) {
	s := &source{summary: "first", err: errors.New("server down")}
	r := refresher(t, s)
	wantLines(t, ensure(t, r, "Debian:12"), "Debian:12 missing: server down")
	s.err = nil
	ensure(t, r, "Debian:12")

	r.Now, s.err = at(14), errors.New("server down")
	wantLines(t, ensure(t, r, "Debian:12", "Debian:11"), "Debian:12 stale 00:00: server down", "Debian:11 stale 00:00: server down")
	r.Offline = true
	wantLines(t, ensure(t, r, "Debian:12", "Packagist"), "Debian:12 stale 00:00: offline: sources are not asked",
		"Packagist missing: offline: sources are not asked")

	// Offline but young: what was fetched is compiled.
	r.Now = at(2)
	if err := os.Remove(filepath.Join(r.Dir, "debian-12.seg")); err != nil {
		t.Fatal(err)
	}
	wantLines(t, ensure(t, r, "Debian:12"), "Debian:12 updated 00:00")
}

// TestEnsureDamagedSegment has files that are refused when they are opened: they
// are made anew, also while they would be young enough.
func TestEnsureDamagedSegment(t *testing.T) {
	s := &source{summary: "first"}
	r := refresher(t, s)
	ensure(t, r, "Debian:12")
	path := filepath.Join(r.Dir, "debian-12.seg")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	later, flipped := slices.Clone(good), slices.Clone(good)
	later[8]++
	flipped[30] ^= 4
	for name, data := range map[string][]byte{
		"torn": []byte("torn"), "empty": nil, "cut": good[:len(good)-1], "later format": later, "header flipped": flipped,
	} {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := vulndb.OpenSegment(path); !errors.Is(err, vulndb.ErrFormat) {
			t.Errorf("%s: opened with %v", name, err)
		}
		wantLines(t, ensure(t, r, "Debian:12"), "Debian:12 updated 00:00")
		if got := summary(t, r.Dir, "Debian:12"); got != "first" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestEnsureHiddenDamage has a segment that opens but is damaged inside: a scan
// that comes upon it says so, and the next update makes it anew.
func TestEnsureHiddenDamage(t *testing.T) {
	s := &source{summary: "first"}
	r := refresher(t, s)
	ensure(t, r, "Debian:12")
	before := digests(t, r.Dir)
	path := filepath.Join(r.Dir, "debian-12.seg")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-20] ^= 1 // in the last section
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	db, err := vulndb.Open(r.Dir)
	if err != nil || len(db.Refused()) > 0 || !errors.Is(db.Verify(), vulndb.ErrFormat) {
		t.Fatal(err, db.Refused())
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	r.Now = at(13)
	wantLines(t, ensure(t, r, "Debian:12"), "Debian:12 updated 13:00")
	if diff := gocmp.Diff(before, digests(t, r.Dir)); diff != "" {
		t.Error(diff)
	}
}

// TestEnsureAfterAbort ends the work between fetching and compiling: the next
// run compiles what was fetched although the source has nothing new then.
func TestEnsureAfterAbort(t *testing.T) {
	s := &source{summary: "first"}
	r := refresher(t, s)
	ensure(t, r, "Debian:12")
	r.Now, s.summary = at(13), "second"
	ctx, cancel := context.WithCancel(context.Background())
	fetch := r.Feeds[0].Fetch
	r.Feeds[0].Fetch = func(ctx context.Context, c *http.Client, q feed.Request) (bool, error) {
		defer cancel()
		return fetch(ctx, c, q)
	}
	if _, err := r.Ensure(ctx, []string{"Debian:12"}); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if got := summary(t, r.Dir, "Debian:12"); got != "first" {
		t.Fatal(got)
	}
	wantLines(t, ensure(t, r, "Debian:12"), "Debian:12 updated 13:00")
	if got := summary(t, r.Dir, "Debian:12"); got != "second" {
		t.Error(got)
	}
}

// TestEnsureAlways asks the source each time, also when the clock was ahead.
func TestEnsureAlways(t *testing.T) {
	s := &source{summary: "first"}
	r := refresher(t, s)
	r.MaxAge, r.Now = 0, at(5)
	for range 2 {
		wantLines(t, ensure(t, r, "Debian:12"), "Debian:12 updated 05:00")
	}
	r.MaxAge, r.Now = time.Hour, at(3)
	wantLines(t, ensure(t, r, "Debian:12"), "Debian:12 updated 03:00")
	wantLines(t, ensure(t, r, "Debian:12"), "Debian:12 fresh 03:00")
	if s.fetches.Load() != 3 {
		t.Errorf("%d fetches", s.fetches.Load())
	}
}

func TestOtherSource(t *testing.T) {
	s := &source{summary: "first"}
	r := refresher(t, s)
	ensure(t, r, "Debian:12")
	r.URL = "https://mirror.example/"
	results, err := r.Ensure(context.Background(), []string{"Debian:12", "npm"})
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range results {
		if result.State != Updated || result.Segment.Source != "test https://mirror.example" {
			t.Errorf("%+v", result)
		}
	}
	// A source that was asked for by name and fails is not passed over in silence.
	s.err, r.URL = fmt.Errorf("404: %w", feed.ErrNoData), "https://other.example"
	wantLines(t, ensure(t, r, "Debian:12", "Go"), "Debian:12 stale 00:00: 404: the source has no data on this ecosystem",
		"Go missing: no advisories for Go in test https://other.example: 404: the source has no data on this ecosystem")
}

func TestSweep(t *testing.T) {
	r := refresher(t, &source{summary: "first"})
	ensure(t, r, "Debian:12")
	for name, age := range map[string]time.Duration{"old": 2 * time.Hour, "young": time.Minute} {
		path := filepath.Join(r.Dir, vulndb.TemporaryPrefix+name)
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at(0)().Add(-age), at(0)().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	ensure(t, r, "Debian:11")
	left, err := filepath.Glob(filepath.Join(r.Dir, vulndb.TemporaryPrefix+"*"))
	if err != nil || len(left) != 1 || !strings.HasSuffix(left[0], "young") {
		t.Errorf("left %v, %v", left, err)
	}
}

// refreshAsProcess is what this test binary does when a test starts it again.
func refreshAsProcess(dir string) int {
	s := &source{summary: os.Getenv("PLIMSOLL_TEST_SUMMARY")}
	r := &Refresher{Dir: dir, Feeds: []feed.Feed{s.feed()}, Now: time.Now, Client: http.DefaultClient}
	ecosystems := []string{"Debian:11", "Debian:12"}
	if r.URL = os.Getenv("PLIMSOLL_TEST_SOURCE"); r.URL != "" {
		r.Feeds, ecosystems = []feed.Feed{osv.Feed()}, []string{"npm"}
	}
	if _, err := r.Ensure(context.Background(), ecosystems); err != nil {
		return 1
	}
	return 0
}

// TestKill kills updates at random moments: each segment is then the old one
// or the new one, and the next update gets through.
func TestKill(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "db")
	allowed := []string{""}
	for i := range 40 {
		text := fmt.Sprint("text ", i)
		allowed = append(allowed, text)
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), "PLIMSOLL_TEST_REFRESH="+dir, "PLIMSOLL_TEST_SUMMARY="+text)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(i) * 700 * time.Microsecond)
		_ = cmd.Process.Kill() // may have ended already
		_ = cmd.Wait()
		for _, ecosystem := range []string{"Debian:11", "Debian:12"} {
			if got := summary(t, dir, ecosystem); !slices.Contains(allowed, got) {
				t.Errorf("kill %d: %s has %q", i, ecosystem, got)
			}
		}
		if i%8 == 7 {
			s := &source{summary: text}
			r := &Refresher{Dir: dir, Feeds: []feed.Feed{s.feed()}, Now: time.Now, MaxAge: 0}
			if results, err := r.Ensure(context.Background(), []string{"Debian:12"}); err != nil || results[0].State != Updated {
				t.Errorf("after kill %d: %+v, %v", i, results, err)
			}
			if got := summary(t, dir, "Debian:12"); got != text {
				t.Errorf("after kill %d: %q", i, got)
			}
			allowed = []string{text, summary(t, dir, "Debian:11")}
		}
	}
}
