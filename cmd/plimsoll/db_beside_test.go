package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plimsoll/plimsoll/vulndb"
)

// slowBucket serves loose records as the OSV bucket does, each answer after a pause.
type slowBucket struct {
	dir   string
	pause atomic.Int64
	asked atomic.Int32
}

func (b *slowBucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.asked.Add(1)
	select {
	case <-time.After(time.Duration(b.pause.Load())):
	case <-r.Context().Done():
		return
	}
	ecosystem, ok := strings.CutSuffix(r.URL.Path, "/all.zip")
	if !ok {
		http.NotFound(w, r)
		return
	}
	var data bytes.Buffer
	z := zip.NewWriter(&data)
	if err := z.AddFS(os.DirFS(filepath.Join(b.dir, filepath.FromSlash(ecosystem)))); err != nil || z.Close() != nil {
		http.NotFound(w, r)
		return
	}
	_, _ = io.Copy(w, &data)
}

// aged sets back the time at which a segment was brought up to date.
func aged(t testing.TB, s *session, by time.Duration) string {
	t.Helper()
	path := filepath.Join(s.home, ".cache", "plimsoll", "db", "npm"+vulndb.Extension)
	if err := vulndb.Stamp(path, time.Now().Add(-by)); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestBeside holds that no scan waits for an update that it can do without, and
// that what is too old is waited for.
func TestBeside(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	putAdvisories(t, s.dir, "text")
	b := &slowBucket{dir: filepath.Join(s.dir, "osv")}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	scan := func(more ...string) result {
		return s.run(t, append([]string{"scan", "--db-source", server.URL, "--only", "vulnerabilities", "-o", "json", "dir:root"}, more...)...)
	}
	scan().want(t, exitStop)
	fresh := scan()
	put(t, s.dir, "osv/npm/A-3.json", `{"id":"A-3","modified":"2024-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"lodash"},"versions":["4.17.4"]}]}`)

	const pause = 20 * time.Second
	b.pause.Store(int64(pause))
	aged(t, s, 18*time.Hour)
	before := b.asked.Load()
	old := scan()
	old.want(t, exitStop)
	t.Logf("with fresh data %s, with an update that takes longer than %s beside it %s", fresh.took, pause, old.took)
	if old.took > pause/2 || len(decode(t, old.out).Findings) != 2 {
		t.Errorf("the scan took %s, with %d requests:\n%s", old.took, b.asked.Load()-before, old.err)
	}

	b.pause.Store(0)
	if r := scan("--max-data-age", "17h"); len(decode(t, r.out).Findings) != 3 {
		t.Errorf("data that are too old were not waited for:\n%s", r.err)
	}
	put(t, s.dir, "osv/npm/A-4.json", `{"id":"A-4","modified":"2024-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"lodash"},"versions":["4.17.4"]}]}`)
	aged(t, s, 9*24*time.Hour)
	inReport := scan("--offline")
	inReport.want(t, exitStop, "OLD DATA", "npm", "9 days ago")
	if r := decode(t, inReport.out); len(r.Database.Segments) != 1 || !r.Database.Segments[0].Old {
		t.Errorf("the report says nothing of the age: %+v", r.Database.Segments)
	}
	if r := s.run(t, "db", "status"); !strings.Contains(string(r.out), "OLD DATA: npm: ") {
		t.Errorf("the age is not pointed out:\n%s", r.out)
	}
	scan("--offline", "--max-data-age", "48h").want(t, exitNoData, "max-data-age")
	aged(t, s, 30*time.Hour)
	if r := scan("--offline", "--max-data-age", "24h"); r.code != exitNoData || !decode(t, r.out).Database.Segments[0].Old {
		t.Errorf("exit code %d with data that are older than allowed:\n%s", r.code, r.err)
	}
	if r := scan(); len(decode(t, r.out).Findings) != 4 {
		t.Errorf("old data were not waited for:\n%s", r.err)
	}

	// What the last scan needed is updated from the start of the next.
	put(t, s.dir, "osv/npm/A-5.json", `{"id":"A-5","modified":"2024-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"lodash"},"versions":["4.17.4"]}]}`)
	path := aged(t, s, 18*time.Hour)
	a := &app{out: io.Discard, err: io.Discard, now: time.Now, progress: newProgress(io.Discard, true)}
	d, err := a.newData(dataFlags{dir: filepath.Dir(path), source: server.URL, refresh: 12 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	d.begin(t.Context())
	for end := time.Now().Add(time.Minute); len(d.come()) == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("no update beside the scan")
		}
	}
	if r := scan("--offline"); len(decode(t, r.out).Findings) != 5 {
		t.Errorf("the update beside the scan left %d findings", len(decode(t, r.out).Findings))
	}
}

// TestMend damages the advisories behind the header, where only a scan that
// reads them notices: it makes them anew, and ends in 4 where it cannot.
func TestMend(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	putAdvisories(t, s.dir, "text")
	s.run(t, "db", "build", "--from", "osv", "npm").want(t, exitOK)
	path := aged(t, s, time.Minute)
	damage := func() {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := len(data) / 3; i < len(data)/2; i++ {
			data[i] ^= 0xff
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	damage()
	r, got := s.scan(t, "--only", "vulnerabilities", "--db-source", "osv", "dir:root") // offline: what was fetched is enough
	got.want(t, exitStop, "damaged", "made anew")
	if len(r.Findings) != 2 {
		t.Errorf("%d findings", len(r.Findings))
	}
	if _, again := s.scan(t, "--only", "vulnerabilities", "dir:root"); strings.Contains(again.err, "damaged") {
		t.Errorf("still damaged:\n%s", again.err)
	}
	damage()
	if err := os.RemoveAll(filepath.Join(filepath.Dir(path), "sources")); err != nil {
		t.Fatal(err)
	}
	if _, got := s.scan(t, "--only", "vulnerabilities", "dir:root"); got.code != exitNoData {
		t.Errorf("exit code %d with damaged advisories and no source", got.code)
	}
}

// TestHurry holds that a server which says nothing, or asks to come back later, does
// not hold up a scan that has older data, however old they are.
func TestHurry(t *testing.T) {
	t.Parallel()
	var mode atomic.Value
	mode.Store("")
	s := newSession(t)
	putAdvisories(t, s.dir, "text")
	b := &slowBucket{dir: filepath.Join(s.dir, "osv")}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch mode.Load() {
		case "later":
			w.Header().Set("Retry-After", "40")
			w.WriteHeader(http.StatusTooManyRequests)
		case "silent":
			select {
			case <-r.Context().Done():
			case <-time.After(time.Minute):
			}
		default:
			b.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	scan := func() result {
		return s.run(t, "scan", "--db-source", server.URL, "--only", "vulnerabilities", "-o", "json", "dir:root")
	}
	scan().want(t, exitStop)
	aged(t, s, 60*time.Hour)
	for _, m := range []string{"later", "silent"} {
		mode.Store(m)
		r := scan()
		r.want(t, exitStop, "could not be brought up to date, older ones are used")
		if r.took > 3*hurryTime {
			t.Errorf("%s: the scan took %s", m, r.took)
		}
	}
}

// TestHurriedOnce holds that a host which has said nothing is not asked again.
func TestHurriedOnce(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	client := &http.Client{Transport: hurried{http.DefaultTransport, 50 * time.Millisecond, &sync.Map{}}}
	for range 3 {
		resp, err := client.Get(server.URL)
		if err == nil {
			_ = resp.Body.Close()
			t.Fatal("an answer")
		}
		if !errors.Is(err, errSlow) {
			t.Errorf("%v", err)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}
