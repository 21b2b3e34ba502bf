package refresh

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	feeds "github.com/plimsoll/plimsoll/feed/all"
	"github.com/plimsoll/plimsoll/intel"
	"github.com/plimsoll/plimsoll/internal/cases"
)

const catalogue = `{"dateReleased": "2026-07-23T16:21:10Z", "count": 1, "vulnerabilities": [
 {"cveID": "CVE-2021-44228", "vulnerabilityName": "N", "dateAdded": "2021-12-10", "dueDate": "2021-12-24", "requiredAction": "Act.", "knownRansomwareCampaignUse": "Known"}]}`

// outlet serves the catalogue and no scores.
type outlet struct {
	mu    sync.Mutex
	body  string
	code  int
	asked int
}

func (m *outlet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	if filepath.Base(r.URL.Path) != "known_exploited_vulnerabilities.json" || m.code != 0 {
		w.WriteHeader(max(m.code, http.StatusNotFound))
		return
	}
	w.Write([]byte(m.body))
}

// TestIntelligence goes through the life of the file: made, fresh, without a
// network, damaged, from a source that is gone.
func TestIntelligence(t *testing.T) {
	m := &outlet{body: catalogue}
	web := httptest.NewServer(m)
	defer web.Close()
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	k := &Intelligence{Dir: t.TempDir(), Sources: feeds.Intelligence(), URL: web.URL, Client: web.Client(), Now: func() time.Time { return now }, MaxAge: time.Hour}
	expect := func(name string, wants ...State) []SourceResult {
		t.Helper()
		results, err := k.Ensure(t.Context(), []string{"kev", "epss"})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, want := range wants {
			if results[i].State != want || (want == Missing || want == Stale) != (results[i].Err != nil) {
				t.Errorf("%s: %s is %s (%v), want %s", name, results[i].Name, results[i].State, results[i].Err, want)
			}
		}
		return results
	}
	known := func() {
		t.Helper()
		f, err := intel.Open(filepath.Join(k.Dir, intel.FileName))
		if err != nil {
			t.Fatal(err)
		}
		if r, ok := f.CVE("CVE-2021-44228"); !ok || !r.Exploited.Ransomware {
			t.Errorf("found %v: %+v", ok, r)
		}
	}

	k.Offline = true
	expect("offline with nothing", Missing, Missing)
	if _, err := os.Stat(filepath.Join(k.Dir, intel.FileName)); err == nil {
		t.Error("a file of nothing")
	}
	k.Offline = false
	expect("first", Updated, Missing)
	known()
	before := m.asked
	if r, err := k.Ensure(t.Context(), []string{"kev"}); err != nil || r[0].State != Fresh || m.asked != before {
		t.Errorf("fresh: %+v, %v, asked %d times", r, err, m.asked-before)
	}
	now = now.Add(2 * time.Hour)
	k.Offline = true
	if r := expect("offline", Stale, Missing); !errors.Is(r[0].Err, ErrOffline) {
		t.Errorf("offline: %v", r[0].Err)
	}
	known()
	if err := os.WriteFile(filepath.Join(k.Dir, intel.FileName), []byte("PLIMINTL torn"), 0o644); err != nil {
		t.Fatal(err)
	}
	expect("torn, offline", Stale, Missing)
	known()
	k.Offline = false
	m.code = http.StatusNotFound
	expect("gone", Stale, Missing)
	known()
	m.code = 0
	r, err := k.Ensure(t.Context(), []string{"gossip"})
	if err != nil || r[0].State != Missing || r[0].Err == nil {
		t.Errorf("unknown source: %+v, %v", r, err)
	}
	known()
}

// TestIntelligenceFromMirror keeps what came with a mirror's file of sources that
// were never fetched here.
func TestIntelligenceFromMirror(t *testing.T) {
	m := &outlet{body: catalogue}
	web := httptest.NewServer(m)
	defer web.Close()
	k := &Intelligence{Dir: t.TempDir(), Sources: feeds.Intelligence(), URL: web.URL, Client: web.Client(), Now: time.Now, MaxAge: time.Hour}
	var b intel.Builder
	b.AddSource(intel.Source{Name: "epss", Records: 1, Fetched: time.Now().Add(-48 * time.Hour)})
	if err := b.Add(intel.Record{CVE: "CVE-2021-44228", Score: intel.Score{Probability: 0.9, Percentile: 0.99}}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(k.Dir, intel.FileName)
	if err := b.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	results, err := k.Ensure(t.Context(), []string{"epss", "kev"})
	if err != nil || results[0].State != Stale || results[1].State != Updated {
		t.Fatalf("%+v, %v", results, err)
	}
	f, err := intel.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if r, _ := f.CVE("CVE-2021-44228"); r.Score.Probability != 0.9 || !r.Exploited.Known() {
		t.Errorf("%+v", r)
	}
}

// TestIntelligenceTogether lets several ask at once: one fetches.
func TestIntelligenceTogether(t *testing.T) {
	m := &outlet{body: catalogue}
	web := httptest.NewServer(m)
	defer web.Close()
	dir := t.TempDir()
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			k := &Intelligence{Dir: dir, Sources: feeds.Intelligence(), URL: web.URL, Client: web.Client(), Now: time.Now, MaxAge: time.Hour}
			if r, err := k.Ensure(t.Context(), []string{"kev"}); err != nil || r[0].Err != nil {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
	work.Wait()
	if m.asked != 1 {
		t.Errorf("asked %d times", m.asked)
	}
}

// TestCasesIntelligence reads the real files of a day.
func TestCasesIntelligence(t *testing.T) {
	from := cases.Dir(t, "advisories", "intel")
	k := &Intelligence{Dir: t.TempDir(), Sources: feeds.Intelligence(), URL: from, Now: time.Now, MaxAge: time.Hour}
	began := time.Now()
	results, err := k.Ensure(t.Context(), []string{"epss", "kev"})
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	for _, r := range results {
		if r.State != Updated || r.Broken > 0 || r.Source.Records == 0 {
			t.Errorf("%+v", r)
		}
		t.Logf("advisories/intel %s: agree %d of %d", r.Name, r.Source.Records, r.Source.Records+r.Broken)
	}
	path := filepath.Join(k.Dir, intel.FileName)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	f, err := intel.Open(path)
	opened := time.Since(began)
	if err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	for range 1000 {
		f.CVE("CVE-2021-44228")
	}
	t.Logf("made in %s, %d bytes, opened in %s, a look-up takes %s", took.Round(time.Millisecond), info.Size(), opened, time.Since(began)/1000)
}
