package refresh

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/mirror"
	"github.com/plimsoll/plimsoll/vulndb"
)

// shelf is a registry that counts and may be broken.
type shelf struct {
	*mirror.Mirror
	handler  http.Handler
	requests atomic.Int32
	blobs    atomic.Int32
	broken   atomic.Bool // cuts every blob
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.requests.Add(1)
	if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/") {
		s.blobs.Add(1)
		if s.broken.Load() {
			w.Header().Set("Content-Length", "1000000")
			_, _ = w.Write([]byte("PLIMSEG\n"))
			panic(http.ErrAbortHandler)
		}
	}
	s.handler.ServeHTTP(w, r)
}

func newShelf(t *testing.T) *shelf {
	s := &shelf{handler: registry.New(registry.Logger(log.New(io.Discard, "", 0)))}
	server := httptest.NewServer(s)
	transport := &http.Transport{}
	t.Cleanup(server.Close)
	t.Cleanup(transport.CloseIdleConnections)
	s.Mirror = &mirror.Mirror{Ref: "oci://" + strings.TrimPrefix(server.URL, "http://") + "/segments", Transport: transport}
	return s
}

// fill pushes what a refresher has.
func (s *shelf) fill(t *testing.T, r *Refresher) {
	t.Helper()
	files, err := mirror.Files(r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Push(t.Context(), files); err != nil {
		t.Fatal(err)
	}
	s.requests.Store(0)
	s.blobs.Store(0)
}

// TestMirrorFirst goes through the days of a machine with a mirror: what the
// mirror has comes from there, the rest from sources, and what has not changed
// is not moved.
func TestMirrorFirst(t *testing.T) {
	shared := &source{summary: "shared"}
	publisher := refresher(t, shared)
	ensure(t, publisher, "Debian:12", "Debian:11")
	s := newShelf(t)
	s.fill(t, publisher)

	own := &source{summary: "own"}
	r := refresher(t, own)
	r.Mirrors = []*mirror.Mirror{s.Mirror}
	var troubles []string
	r.Trouble = func(_ string, err error) { troubles = append(troubles, err.Error()) }
	r.Now = at(20) // older than MaxAge, and young enough for a mirror's
	wantLines(t, ensure(t, r, "Debian:12"), "Debian:12 updated 00:00")
	if got := summary(t, r.Dir, "Debian:12"); got != "shared" || own.fetches.Load() > 0 || s.blobs.Load() != 1 {
		t.Errorf("%q, %d fetches, %d blobs", got, own.fetches.Load(), s.blobs.Load())
	}
	before := s.requests.Load()
	wantLines(t, ensure(t, r, "Debian:12"), "Debian:12 fresh 00:00")
	if s.requests.Load() != before {
		t.Error("the mirror was asked again at once")
	}
	wantLines(t, ensure(t, r, "Packagist"), "Packagist updated 20:00") // the mirror has none
	if own.fetches.Load() != 1 || s.requests.Load() != before {
		t.Errorf("%d fetches, %d more requests", own.fetches.Load(), s.requests.Load()-before)
	}

	all := refresher(t, own)
	all.Mirrors, all.Now = r.Mirrors, r.Now
	if results, err := all.Ensure(t.Context(), []string{"Debian"}); err != nil || len(results[0].Parts) != 2 || own.fetches.Load() != 1 {
		t.Errorf("all releases: %+v, %v", results, err)
	}
	s.blobs.Store(0)

	// A day on, the publisher's source has had no news: nothing is moved.
	publisher.Now = func() time.Time { return at(0)().Add(24 * time.Hour) }
	ensure(t, publisher, "Debian:12", "Debian:11")
	s.fill(t, publisher)
	r.Now = func() time.Time { return at(9)().Add(24 * time.Hour) }
	wantLines(t, ensure(t, r, "Debian:12"), "Debian:12 updated 00:00")
	if s.blobs.Load() != 0 || own.fetches.Load() != 1 {
		t.Errorf("%d blobs moved, %d fetches", s.blobs.Load(), own.fetches.Load())
	}
	if db, err := vulndb.OpenSegment(r.segment("Debian:12")); err != nil || db.Segments()[0].Fetched.Day() != 2 {
		t.Error("the time was not taken over:", err)
	} else {
		_ = db.Close()
	}

	// The mirror is not filled any more: sources are asked.
	r.Now = func() time.Time { return at(9)().Add(96 * time.Hour) }
	wantLines(t, ensure(t, r, "Debian:12"), "Debian:12 updated 09:00")
	if got := summary(t, r.Dir, "Debian:12"); got != "own" || len(troubles) != 1 || !strings.Contains(troubles[0], "too long ago") {
		t.Errorf("%q, %q", got, troubles)
	}
}

// TestMirrorBroken cuts the connections to a mirror: sources are asked instead,
// and where these fail too the old data stay.
func TestMirrorBroken(t *testing.T) {
	publisher := refresher(t, &source{summary: "shared"})
	ensure(t, publisher, "Debian:12")
	s := newShelf(t)
	s.fill(t, publisher)
	s.broken.Store(true)
	own := &source{summary: "own"}
	r := refresher(t, own)
	r.Mirrors = []*mirror.Mirror{s.Mirror}
	var troubles []error
	r.Trouble = func(_ string, err error) { troubles = append(troubles, err) }
	wantLines(t, ensure(t, r, "Debian:12"), "Debian:12 updated 00:00")
	if got := summary(t, r.Dir, "Debian:12"); got != "own" || len(troubles) != 1 {
		t.Errorf("%q, %v", got, troubles)
	}
	r.Offline, r.Now = true, at(13)
	before := s.requests.Load()
	wantLines(t, ensure(t, r, "Debian:12"), "Debian:12 stale 00:00: offline: sources are not asked")
	if s.requests.Load() != before {
		t.Error("offline, the mirror was asked")
	}
	if _, err := r.Pull(t.Context(), s.Mirror, nil); !errors.Is(err, ErrOffline) {
		t.Errorf("pull: %v", err)
	}
	r.Offline, own.err = false, errors.New("down")
	r.Now = func() time.Time { return at(0)().Add(96 * time.Hour) }
	wantLines(t, ensure(t, r, "Debian:12"), "Debian:12 stale 00:00: down")
	if got := summary(t, r.Dir, "Debian:12"); got != "own" {
		t.Errorf("%q", got)
	}
}

// TestMirrorBack has a mirror offer what is older than before. One that is checked
// is not believed then; of another, what is newer here stays.
func TestMirrorBack(t *testing.T) {
	older, newer := refresher(t, &source{summary: "older"}), refresher(t, &source{summary: "newer"})
	newer.Now = at(5)
	ensure(t, older, "Debian:12")
	ensure(t, newer, "Debian:12")
	s := newShelf(t)
	s.fill(t, newer)
	r := refresher(t, &source{err: errors.New("down")})
	r.Now, r.Mirrors = at(6), []*mirror.Mirror{s.Mirror}
	checks := 0
	s.Check = func(context.Context, string, mirror.Store) error { checks++; return nil }
	if _, err := r.Pull(t.Context(), s.Mirror, nil); err != nil || checks != 1 {
		t.Fatal(err, checks)
	}
	s.Replace = true
	s.fill(t, older)
	if _, err := r.Pull(t.Context(), s.Mirror, nil); !errors.Is(err, ErrBack) || !strings.Contains(err.Error(), s.Ref) {
		t.Errorf("pulled: %v", err)
	}
	var trouble error
	r.Trouble = func(_ string, err error) { trouble = err }
	r.MaxAge = 0
	wantLines(t, ensure(t, r, "Debian:12"), "Debian:12 stale 05:00: down")
	if !errors.Is(trouble, ErrBack) {
		t.Errorf("brought up to date: %v", trouble)
	}
	s.Check = func(context.Context, string, mirror.Store) error { return errors.New("not signed") }
	ensure(t, r, "Debian:12")
	if !errors.Is(trouble, mirror.ErrRefused) || summary(t, r.Dir, "Debian:12") != "newer" {
		t.Errorf("refused: %v", trouble)
	}
	s.Check = nil
	if results, err := r.Pull(t.Context(), s.Mirror, nil); err != nil || !errors.Is(results[0].Err, ErrOlder) || summary(t, r.Dir, "Debian:12") != "newer" {
		t.Errorf("%+v, %v", results, err)
	}
	r.AllowOlder = true
	if results, err := r.Pull(t.Context(), s.Mirror, nil); err != nil || results[0].State != Updated || summary(t, r.Dir, "Debian:12") != "older" {
		t.Errorf("allowed: %+v, %v", results, err)
	}
}

// TestMirrorTogether has several refreshers share a directory: one moves the data.
func TestMirrorTogether(t *testing.T) {
	publisher := refresher(t, &source{summary: "shared"})
	ensure(t, publisher, "Debian:12", "Debian:11")
	s := newShelf(t)
	s.fill(t, publisher)
	dir := t.TempDir()
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			r := &Refresher{Dir: dir, Feeds: []feed.Feed{(&source{err: errors.New("down")}).feed()}, Now: at(1), MaxAge: time.Hour * 12, Mirrors: []*mirror.Mirror{s.Mirror}}
			results, err := r.Ensure(t.Context(), []string{"Debian:11", "Debian:12"})
			if err != nil || results[0].Segment.Digest == "" || results[1].Segment.Digest == "" {
				t.Error(results, err)
			}
		})
	}
	work.Wait()
	if n := s.blobs.Load(); n != 2 {
		t.Errorf("%d downloads of 2 segments", n)
	}
}

func TestRebuild(t *testing.T) {
	own := &source{summary: "own"}
	r := refresher(t, own)
	ensure(t, r, "Debian:12")
	path := r.segment("Debian:12")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	r.Offline = true // what was fetched is enough
	result, err := r.Rebuild(t.Context(), "Debian:12")
	if err != nil || result.State == Missing {
		t.Fatal(result, err)
	}
	if got := summary(t, r.Dir, "Debian:12"); got != "own" {
		t.Errorf("%q", got)
	}
}
