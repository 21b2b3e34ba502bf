// Package feedtest holds what every feed has to stand: a server that changes,
// fails, breaks off and lies. It is for tests only.
package feedtest

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/vulndb"
)

// Impatient is a patience for tests.
func Impatient() feed.Patience {
	return feed.Patience{Wait: time.Millisecond, Stall: 300 * time.Millisecond, Tries: 3}
}

// Server serves files by path ("/a/b.json"), with ETags, as sources do.
type Server struct {
	URL string

	mu    sync.Mutex
	files map[string]string
	asked []string // paths that were answered with a body
	fail  func(w http.ResponseWriter, r *http.Request) bool
}

// Serve starts a server.
func Serve(t *testing.T, files map[string]string) *Server {
	s := &Server{files: files}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Set replaces the files. Those that contain "{{URL}}" get the server's.
func (s *Server) Set(files map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files = files
}

// Fail has a function answer requests; those for which it is false are
// answered as usual. Nil ends that.
func (s *Server) Fail(fail func(w http.ResponseWriter, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

// Asked gives the paths whose bodies were sent since the last call, sorted.
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	slices.Sort(asked)
	return asked
}

// ServeHTTP answers as a static server does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	fail := s.fail
	body, ok := s.files[r.URL.Path]
	s.mu.Unlock()
	if fail != nil && fail(w, r) {
		return
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	body = strings.ReplaceAll(body, "{{URL}}", "http://"+r.Host)
	tag := fmt.Sprintf(`"%08x"`, crc32.ChecksumIEEE([]byte(body)))
	if r.Header.Get("If-None-Match") != tag {
		s.mu.Lock()
		s.asked = append(s.asked, r.URL.Path)
		s.mu.Unlock()
	}
	w.Header().Set("ETag", tag)
	http.ServeContent(w, r, "file", time.Time{}, strings.NewReader(body))
}

// Suite is a source at two times, and what a feed has to make of it.
type Suite struct {
	Feed        feed.Feed
	Ecosystem   string
	Files, Next map[string]string // by path; what is not in Next was deleted
	First, Then []string          // ids of the advisories at the two times, sorted
	Main        string            // a path that changes and has to be fetched
	API         bool              // the source is asked anew each time, and is no directory
}

// Run fetches from a good server, from one with nothing new, from failing ones,
// from one with changes and from a directory. A failure leaves the data as they
// were, and says so.
func (s Suite) Run(t *testing.T) {
	server := Serve(t, s.Files)
	dir := t.TempDir()
	s.want(t, server.URL, dir, true, s.First)
	if !slices.Contains(server.Asked(), s.Main) {
		t.Errorf("%s was not asked for", s.Main)
	}
	s.want(t, server.URL, dir, false, s.First)
	if asked := server.Asked(); slices.Contains(asked, s.Main) && !s.API {
		t.Errorf("nothing has changed, but these were sent again: %v", asked)
	}
	server.Set(s.Next)
	for name, f := range failures() {
		server.Fail(func(w http.ResponseWriter, r *http.Request) bool {
			return r.URL.Path == s.Main && f.answer(w, s.Next[s.Main])
		})
		if _, err := s.fetch(t, server.URL, dir); err == nil || !strings.Contains(err.Error(), f.says) {
			t.Errorf("%s: error %v, want one that says %q", name, err, f.says)
		}
		s.held(t, name, dir, s.First)
	}
	tries := 0
	server.Fail(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != s.Main || tries > 0 {
			return false
		}
		tries++
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	})
	start := time.Now()
	s.want(t, server.URL, dir, true, s.Then)
	if took := time.Since(start); took < time.Second {
		t.Errorf("tried again after %v, not after the second that the server asked for", took)
	}
	s.directory(t)
}

// directory fetches from a directory instead of a server.
func (s Suite) directory(t *testing.T) {
	if s.API {
		return
	}
	from := t.TempDir()
	for path, body := range s.Files {
		if strings.Contains(body, "{{URL}}") || strings.HasSuffix(path, "/") {
			return // names its server, or is a listing
		}
		file := filepath.Join(from, filepath.FromSlash(path))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(body), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	s.want(t, from, dir, true, s.First)
	s.want(t, from, dir, false, s.First)
}

type failure struct {
	answer func(w http.ResponseWriter, body string) bool
	says   string
}

func failures() map[string]failure {
	return map[string]failure{
		"an error of the server": {func(w http.ResponseWriter, _ string) bool {
			w.WriteHeader(http.StatusInternalServerError)
			return true
		}, "500"},
		"a forbidden file": {func(w http.ResponseWriter, _ string) bool {
			w.WriteHeader(http.StatusForbidden)
			return true
		}, "403"},
		"a body that breaks off": {func(w http.ResponseWriter, body string) bool {
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			_, _ = io.WriteString(w, body[:len(body)/2])
			return true
		}, "EOF"},
		"a body that is too large": {func(w http.ResponseWriter, _ string) bool {
			w.Header().Set("Content-Length", fmt.Sprint(int64(1)<<50))
			_, _ = io.WriteString(w, "{")
			return true
		}, "limit"},
		"a server that falls silent": {func(w http.ResponseWriter, body string) bool {
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			w.(http.Flusher).Flush()
			time.Sleep(600 * time.Millisecond)
			return true
		}, "sends nothing"},
	}
}

func (s Suite) fetch(t *testing.T, url, dir string) (bool, error) {
	t.Helper()
	return s.Feed.Fetch(t.Context(), http.DefaultClient, feed.Request{URL: url, Ecosystem: s.Ecosystem, Dir: dir, Patience: Impatient()})
}

func (s Suite) want(t *testing.T, url, dir string, changed bool, ids []string) {
	t.Helper()
	got, err := s.fetch(t, url, dir)
	if err != nil || got != changed {
		t.Fatalf("changed %v, %v; want %v", got, err, changed)
	}
	s.held(t, url, dir, ids)
}

func (s Suite) held(t *testing.T, when, dir string, want []string) {
	t.Helper()
	got := slices.Sorted(maps.Keys(Read(t, s.Feed, dir)))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: advisories differ (-want +got):\n%s", when, diff)
	}
}

// Read parses what a feed has fetched, by id. Records that cannot be read are
// errors of the test.
func Read(t *testing.T, f feed.Feed, dir string) map[string]vulndb.Advisory {
	t.Helper()
	all, broken := ReadAll(t, f, dir)
	for _, err := range broken {
		t.Errorf("a record cannot be read: %v", err)
	}
	return all
}

// ReadAll is Read that gives the records that cannot be read.
func ReadAll(t *testing.T, f feed.Feed, dir string) (map[string]vulndb.Advisory, []*vulndb.RecordError) {
	t.Helper()
	all := map[string]vulndb.Advisory{}
	var broken []*vulndb.RecordError
	for a, err := range f.Parse(t.Context(), os.DirFS(dir)) {
		var record *vulndb.RecordError
		switch {
		case errors.As(err, &record):
			broken = append(broken, record)
		case err != nil:
			t.Fatal(err)
		case all[a.ID].ID != "":
			t.Errorf("%s comes twice", a.ID)
		default:
			all[a.ID] = a
		}
	}
	return all, broken
}

// Fetched fetches files from a server of their own and parses them.
func Fetched(t *testing.T, f feed.Feed, ecosystem string, files map[string]string) (map[string]vulndb.Advisory, []*vulndb.RecordError) {
	t.Helper()
	server := Serve(t, files)
	dir := t.TempDir()
	r := feed.Request{URL: server.URL, Ecosystem: ecosystem, Dir: dir, Patience: Impatient()}
	if _, err := f.Fetch(t.Context(), http.DefaultClient, r); err != nil {
		t.Fatal(err)
	}
	return ReadAll(t, f, dir)
}

// Kept writes one copy as a fetch would have kept it, to parse arbitrary bytes.
func Kept(t testing.TB, name string, body []byte) string {
	t.Helper()
	dir := t.TempDir()
	state := fmt.Sprintf(`{"files":{%q:{"file":"copy.1"}}}`, name)
	for file, data := range map[string][]byte{"copies.json": []byte(state), "copy.1": body} {
		if err := os.WriteFile(filepath.Join(dir, file), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
