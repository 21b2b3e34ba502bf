package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plimsoll/plimsoll/internal/cases"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/report"
)

// bucket serves the advisories of the cases as the OSV bucket does.
type bucket struct {
	dir string

	mu    sync.Mutex
	asked []string
	fail  int           // answer this status to everything
	slow  chan struct{} // where it is set: send half of a zip, close it, and stall
}

// ServeHTTP answers for <Ecosystem>/all.zip, the one thing that the cases have.
func (b *bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	b.asked = append(b.asked, r.URL.Path)
	ecosystem, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/"), "/all.zip")
	fail, slow := b.fail, b.slow
	if ok && r.Method == http.MethodGet {
		b.slow = nil
	}
	b.mu.Unlock()
	if fail != 0 {
		w.WriteHeader(fail)
		return
	}
	if !ok || strings.Contains(ecosystem, "/") {
		http.NotFound(w, r)
		return
	}
	file := filepath.Join(b.dir, strings.ReplaceAll(ecosystem, " ", "_")+".zip")
	if slow == nil || r.Method != http.MethodGet {
		http.ServeFile(w, r, file)
		return
	}
	content, err := os.ReadFile(file)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Write(content[:len(content)/2])
	w.(http.Flusher).Flush()
	close(slow)
	<-r.Context().Done()
}

// requests gives what was asked for since the last call.
func (b *bucket) requests() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	asked := b.asked
	b.asked = nil
	return asked
}

func serveAdvisories(t testing.TB) (*bucket, string) {
	t.Helper()
	dir := cases.Dir(t, "advisories", "osv")
	for _, name := range []string{"Alpine.zip", "npm.zip"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Skipf("no advisories: %v", err)
		}
	}
	b := &bucket{dir: dir}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	return b, server.URL
}

// vulnerable is a root that advisories of old are about.
func vulnerable(t testing.TB, s *session) string {
	t.Helper()
	put(t, s.dir, "root/etc/os-release", "ID=alpine\nVERSION_ID=3.10.4\n",
		"root/lib/apk/db/installed", "P:libcrypto1.1\nV:1.1.1a-r0\nA:x86_64\no:openssl\n\n",
		"root/srv/node_modules/lodash/package.json", `{"name":"lodash","version":"4.17.4"}`)
	return "dir:root"
}

func segments(r *report.Report) []string {
	var names []string
	for _, s := range r.Database.Segments {
		names = append(names, s.Name)
	}
	slices.Sort(names)
	return names
}

// TestCasesFetch scans over a network with real advisories: fetched once, only
// those that the image needs, and used without a network from then on.
func TestCasesFetch(t *testing.T) {
	t.Parallel()
	b, url := serveAdvisories(t)
	s := newSession(t)
	ref := vulnerable(t, s)
	first := s.run(t, "scan", "--db-source", url, "-o", "json", ref)
	first.want(t, exitStop)
	r := decode(t, first.out)
	if r.Database.Starter || len(r.Database.Missing) > 0 {
		t.Errorf("database is %+v", r.Database)
	}
	diff(t, segments(r), []string{"alpine-3.10", "npm"})
	for _, kind := range []string{"pkg:apk/", "pkg:npm/"} {
		if !slices.ContainsFunc(r.Packages, func(p inventory.Package) bool { return strings.HasPrefix(p.PURL, kind) }) {
			t.Errorf("no package %s", kind)
		}
		found := 0
		for _, f := range r.Findings {
			if strings.HasPrefix(f.Package.PURL, kind) {
				found++
			}
		}
		t.Logf("%d findings of %s", found, kind)
		if found == 0 {
			t.Errorf("no finding of %s", kind)
		}
	}
	for _, path := range b.requests() {
		if !strings.HasPrefix(path, "/Alpine/") && !strings.HasPrefix(path, "/npm/") {
			t.Errorf("asked for %s, which the image does not need", path)
		}
	}

	again := s.run(t, "scan", "--db-source", url, "-o", "json", ref)
	again.want(t, exitStop)
	if asked := b.requests(); len(asked) > 0 {
		t.Errorf("fresh advisories were asked for again: %v", asked)
	}
	offline := s.run(t, "scan", "--offline", "-o", "json", ref)
	offline.want(t, exitStop)
	if again.out != first.out || offline.out != first.out {
		t.Error("another report from the same advisories")
	}
	s.run(t, "db", "status").want(t, exitOK)

	// The source breaks: the old advisories stay, and a warning says so.
	b.mu.Lock()
	b.fail = http.StatusNotFound
	b.mu.Unlock()
	stale := s.run(t, "scan", "--db-source", url, "--db-refresh", "1ns", "-o", "json", ref)
	stale.want(t, exitStop, "warning")
	if n := len(decode(t, stale.out).Findings); n != len(r.Findings) {
		t.Errorf("%d findings with old advisories, want %d", n, len(r.Findings))
	}
	s.run(t, "scan", "--db-source", url, "--db-refresh", "1ns", "--max-data-age", "1ms", "-o", "json", ref).want(t, exitNoData, "max-data-age")

	// Another user has none, and must not be told that all is well.
	other := newSession(t)
	ref = vulnerable(t, other)
	none := other.run(t, "scan", "--db-source", url, ref)
	none.want(t, exitNoData)
	for _, ecosystem := range []string{"Alpine:v3.10", "npm"} {
		if !strings.Contains(none.out, ecosystem) {
			t.Errorf("the report does not name %s:\n%s%s", ecosystem, none.out, none.err)
		}
	}
}

// TestCasesFetchTogether starts several scans at once with no advisories yet.
func TestCasesFetchTogether(t *testing.T) {
	t.Parallel()
	_, url := serveAdvisories(t)
	s := newSession(t)
	ref := vulnerable(t, s)
	results := make([]result, 3)
	var work sync.WaitGroup
	for n := range results {
		work.Go(func() {
			cmd := s.command(t.Context(), "scan", "--db-source", url, "-o", "json", ref)
			var out, errOut bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &errOut
			cmd.Run()
			results[n] = result{out: out.String(), err: errOut.String(), code: cmd.ProcessState.ExitCode()}
		})
	}
	work.Wait()
	for _, r := range results {
		s.healthy(t, r)
		r.want(t, exitStop)
	}
	want := decode(t, results[0].out)
	for _, r := range results[1:] {
		if t.Failed() {
			return
		}
		if got := decode(t, r.out); len(got.Findings) != len(want.Findings) {
			t.Errorf("%d findings, and %d of another at the same time", len(got.Findings), len(want.Findings))
		}
	}
}

// TestCasesFetchInterrupted presses Ctrl-C in the middle of a download, and wants
// the next scan to work.
func TestCasesFetchInterrupted(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no signals to send")
	}
	b, url := serveAdvisories(t)
	busy := make(chan struct{})
	b.mu.Lock()
	b.slow = busy
	b.mu.Unlock()
	s := newSession(t)
	ref := vulnerable(t, s)
	s.interrupted(t, busy, "scan", "--db-source", url, ref)
	began := time.Now()
	r := s.run(t, "scan", "--db-source", url, "-o", "json", ref)
	if r.want(t, exitStop); t.Failed() {
		t.Logf("%.2000s", r.out)
	} else {
		diff(t, segments(decode(t, r.out)), []string{"alpine-3.10", "npm"})
	}
	t.Logf("the scan after it took %s", time.Since(began).Round(time.Millisecond))
}
