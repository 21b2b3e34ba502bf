package nvd

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/intel"
)

const (
	v2  = "AV:N/AC:M/Au:N/C:C/I:C/A:C"
	v31 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
)

// api is a small NVD: CVEs with the time of their last change.
type api struct {
	now     time.Time
	cves    []cve
	most    int // a page has no more
	refuse  int // this many requests are answered 403
	fail    int // the request after this many is answered 500, again and again
	asked   []string
	keys    map[string]bool
	garbage string
}

type cve struct {
	id, metrics string
	modified    time.Time
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	a.asked = append(a.asked, r.URL.RawQuery)
	a.keys[r.Header.Get("apiKey")] = true
	switch {
	case r.URL.Path != "/mirror/cves/2.0":
		http.NotFound(w, r)
		return
	case a.refuse > 0:
		a.refuse--
		http.Error(w, "", http.StatusForbidden)
		return
	case a.fail > 0 && len(a.asked) > a.fail:
		http.Error(w, "", http.StatusInternalServerError)
		return
	case a.garbage != "":
		fmt.Fprint(w, a.garbage)
		return
	}
	var chosen []cve
	from, errFrom := time.Parse("2006-01-02T15:04:05.000Z", q.Get("lastModStartDate"))
	until, errUntil := time.Parse("2006-01-02T15:04:05.000Z", q.Get("lastModEndDate"))
	if (errFrom == nil) != (errUntil == nil) || until.Sub(from) > 120*24*time.Hour {
		http.Error(w, "", http.StatusNotFound) // as the API says that it does not like a question
		return
	}
	for _, c := range a.cves {
		if errFrom != nil || !c.modified.Before(from) && !c.modified.After(until) {
			chosen = append(chosen, c)
		}
	}
	start, _ := strconv.Atoi(q.Get("startIndex"))
	size, _ := strconv.Atoi(q.Get("resultsPerPage"))
	start = min(start, len(chosen))
	end := min(start+min(size, a.most), len(chosen))
	var list []string
	for _, c := range chosen[start:end] {
		list = append(list, fmt.Sprintf(`{"cve": {"id": %q, "sourceIdentifier": "x", "vulnStatus": "Analyzed", "metrics": {%s}}}`, c.id, c.metrics))
	}
	fmt.Fprintf(w, `{"resultsPerPage": %d, "startIndex": %d, "totalResults": %d, "format": "NVD_CVE", "version": "2.0", "timestamp": %q, "vulnerabilities": [%s]}`,
		end-start, start, len(chosen), a.now.Format("2006-01-02T15:04:05.000"), strings.Join(list, ","))
}

func metrics(version, source, vector string) string {
	return fmt.Sprintf(`"cvssMetric%s": [{"source": %q, "type": "Primary", "cvssData": {"version": "x", "vectorString": %q, "baseScore": 1}}]`, version, source, vector)
}

func serve(t *testing.T) (*api, feed.Intelligence, feed.Request) {
	t.Helper()
	day := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	a := &api{now: day, most: 2, keys: map[string]bool{}}
	for i := range 5 {
		a.cves = append(a.cves, cve{fmt.Sprintf("CVE-2020-%04d", i+1), metrics("V31", "nvd@nist.gov", v31), day.Add(-time.Hour)})
	}
	web := httptest.NewServer(a)
	t.Cleanup(web.Close)
	patience := feed.Patience{Wait: time.Millisecond, Stall: time.Second, Tries: 3}
	return a, Intelligence(), feed.Request{URL: web.URL + "/mirror", Dir: t.TempDir(), Patience: patience}
}

func read(t *testing.T, dir string) (map[string][]intel.Rating, feed.Reading) {
	t.Helper()
	got := map[string][]intel.Rating{}
	reading, err := parse(t.Context(), os.DirFS(dir), func(r intel.Record) error {
		got[r.CVE] = append(got[r.CVE], r.Ratings...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got, reading
}

// TestFetch reads all pages, finds nothing new, then a change and a new CVE, and
// goes through the windows of a long absence.
func TestFetch(t *testing.T) {
	a, source, r := serve(t)
	fetch := func(want bool) {
		t.Helper()
		changed, err := source.Fetch(t.Context(), http.DefaultClient, r)
		if err != nil || changed != want {
			t.Fatalf("changed %v, %v; want %v; asked %v", changed, err, want, a.asked)
		}
	}
	fetch(true)
	if len(a.asked) != 3 {
		t.Errorf("asked %d times for three pages", len(a.asked))
	}
	got, reading := read(t, r.Dir)
	if len(got) != 5 || reading.Records != 5 || !reading.AsOf.Equal(a.now) || got["CVE-2020-0005"][0] != (intel.Rating{Source: "NVD", Vector: v31}) {
		t.Fatalf("%v, %+v", got, reading)
	}

	a.now = a.now.Add(time.Hour)
	fetch(false)

	a.cves[1].modified, a.cves[1].metrics = a.now.Add(time.Minute), metrics("V40", "cna@example.org", "CVSS:4.0/x")+","+metrics("V2", "nvd@nist.gov", v2)
	a.cves[2].modified, a.cves[2].metrics = a.now.Add(time.Minute), ""
	a.cves = append(a.cves, cve{"CVE-2026-0001", metrics("V30", "134c704f-9b21-4f2e-91b3-4a467353bcc0", "CVSS:3.0/x"), a.now.Add(300 * 24 * time.Hour)})
	a.now = a.now.Add(301 * 24 * time.Hour)
	r.Key = "secret"
	fetch(true)
	got, reading = read(t, r.Dir)
	want := []intel.Rating{{Source: "cna@example.org", Vector: "CVSS:4.0/x"}, {Source: "NVD", Vector: v2}}
	if diff := cmp.Diff(want, got["CVE-2020-0002"]); diff != "" || len(got) != 5 || got["CVE-2020-0003"] != nil || got["CVE-2026-0001"][0].Source != "CISA" {
		t.Errorf("%+v, %v\n%s", reading, got, diff)
	}
	if !a.keys["secret"] || !a.keys[""] {
		t.Errorf("keys %v", a.keys)
	}
}

// TestFetchAgain goes on where a fetch ended: after 403 that passes, and after
// errors that do not.
func TestFetchAgain(t *testing.T) {
	a, source, r := serve(t)
	a.refuse = 2
	a.fail = 4 // two that were refused, and two pages
	if _, err := source.Fetch(t.Context(), http.DefaultClient, r); err == nil {
		t.Fatal("no error")
	}
	if _, err := parse(t.Context(), os.DirFS(r.Dir), func(intel.Record) error { return nil }); err == nil {
		t.Error("a part was read")
	}
	f, err := os.OpenFile(filepath.Join(r.Dir, linesFile), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(f, `{"cve": "CVE-2020-00`) // of a process that was killed
	f.Close()
	a.fail, a.asked = 0, nil
	if changed, err := source.Fetch(t.Context(), http.DefaultClient, r); err != nil || !changed {
		t.Fatalf("changed %v, %v", changed, err)
	}
	if len(a.asked) != 1 || !strings.Contains(a.asked[0], "startIndex=4") {
		t.Errorf("asked %v", a.asked)
	}
	if got, _ := read(t, r.Dir); len(got) != 5 {
		t.Errorf("%v", got)
	}
	for name, garbage := range map[string]string{"a page": "<html>", "no time": `{"totalResults": 1}`, "cut": `{"totalResults": 5, "vulner`} {
		a.garbage = garbage
		if _, err := source.Fetch(t.Context(), http.DefaultClient, r); err == nil {
			t.Errorf("%s: no error", name)
		}
		if got, _ := read(t, r.Dir); len(got) != 5 {
			t.Errorf("%s: %v", name, got)
		}
	}
	a.garbage, a.refuse = "", 100
	if _, err := source.Fetch(t.Context(), http.DefaultClient, r); err == nil {
		t.Error("no error though always refused")
	}
	if _, err := source.Fetch(t.Context(), nil, feed.Request{URL: t.TempDir(), Dir: r.Dir}); !errors.Is(err, feed.ErrNoData) {
		t.Errorf("a directory: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"cve":"CVE-2020-0001","ratings":[{"source":"NVD","vector":"`+v31+`"}]}`+"\n"), int64(100))
	f.Fuzz(func(t *testing.T, lines []byte, size int64) {
		s, err := json.Marshal(state{Whole: true, Size: size})
		if err != nil {
			t.Fatal(err)
		}
		var b intel.Builder
		_, _ = parse(t.Context(), fstest.MapFS{stateFile: {Data: s}, linesFile: {Data: lines}}, b.Add)
	})
}

func FuzzPage(f *testing.F) {
	f.Add([]byte(`{"totalResults": 1, "timestamp": "2026-01-01T00:00:00.000", "vulnerabilities": [{"cve": {"id": "CVE-2020-0001", "metrics": {` + metrics("V31", "nvd@nist.gov", v31) + `}}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var p page
		if json.Unmarshal(data, &p) != nil {
			return
		}
		dir := t.TempDir()
		u := &run{Request: feed.Request{Dir: dir}}
		if err := u.keep(&p); err != nil {
			t.Fatal(err)
		}
		if err := each(t.Context(), os.DirFS(dir), u.state, func(int, line) {}); err != nil {
			t.Fatal(err)
		}
	})
}

// TestPace holds that NVD itself is asked no faster than it allows, and a mirror
// without pauses.
func TestPace(t *testing.T) {
	for key, want := range map[string]time.Duration{"": 6 * time.Second, "secret": 600 * time.Millisecond} {
		if got := paceOf(feed.Request{Key: key}, apiHost).pause; got != want {
			t.Errorf("key %q: %v, want %v", key, got, want)
		}
		if got := paceOf(feed.Request{Key: key}, "mirror.example").pause; got != 0 {
			t.Errorf("key %q, a mirror: %v", key, got)
		}
	}
}
