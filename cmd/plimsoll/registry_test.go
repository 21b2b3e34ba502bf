package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/layout"

	"github.com/plimsoll/plimsoll/policy"
)

// answers is a registry that answers some requests in its own way.
type answers struct {
	mu      sync.Mutex
	next    http.Handler
	on      bool
	status  int         // what to answer
	header  string      // of Retry-After
	times   int         // how often; then as a registry should
	asked   []time.Time // requests to blobs and manifests
	breakAt int         // cut blobs off after this many bytes
}

// ServeHTTP serves what the tests push, and later what they are told to.
func (a *answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	bad := a.on && r.Method == http.MethodGet && a.times != 0 && (a.breakAt == 0 || strings.Contains(r.URL.Path, "/blobs/"))
	if bad {
		a.asked = append(a.asked, time.Now())
		if a.times > 0 {
			a.times--
		}
	}
	status, header, breakAt := a.status, a.header, a.breakAt
	a.mu.Unlock()
	switch {
	case !bad:
		a.next.ServeHTTP(w, r)
	case breakAt > 0:
		a.next.ServeHTTP(&cutWriter{w, breakAt}, r)
	default:
		if header != "" {
			w.Header().Set("Retry-After", header)
		}
		if status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
		}
		w.WriteHeader(status)
	}
}

// cutWriter breaks the connection after so many bytes of a body.
type cutWriter struct {
	http.ResponseWriter
	left int
}

// Write passes on what is allowed.
func (c *cutWriter) Write(b []byte) (int, error) {
	if c.left <= 0 || len(b) > c.left {
		c.ResponseWriter.Write(b[:max(c.left, 0)])
		c.ResponseWriter.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	c.left -= len(b)
	return c.ResponseWriter.Write(b)
}

// moody starts a registry with the sample image and lets it go wrong from then.
func moody(t testing.TB, a *answers) (ref string) {
	t.Helper()
	address := serve(t, func(h http.Handler) http.Handler {
		a.next = h
		return a
	})
	_, img := sample(t)
	push(t, address+"/shop:1", img)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.on = true
	return address + "/shop:1"
}

// TestRegistryRefuses wants exit code 3, at once where waiting does not help,
// and what the registry said.
func TestRegistryRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		words  []string
	}{
		{http.StatusUnauthorized, []string{"login"}},
		{http.StatusForbidden, []string{"403"}},
		{http.StatusNotFound, []string{"not found"}},
	} {
		t.Run(strconv.Itoa(c.status), func(t *testing.T) {
			t.Parallel()
			a := &answers{status: c.status, times: -1}
			ref := moody(t, a)
			r := newSession(t).run(t, "scan", "--db", "starter", "registry:"+ref)
			r.want(t, exitFailed, append(c.words, ref)...)
			t.Log(strings.TrimSpace(r.err))
			if r.took > 5*time.Second || len(a.asked) > 4 {
				t.Errorf("%d requests in %s", len(a.asked), r.took)
			}
		})
	}
	t.Run("no such tag", func(t *testing.T) {
		t.Parallel()
		ref := moody(t, &answers{})
		r := newSession(t).run(t, "scan", "--db", "starter", "registry:"+ref+"-other")
		r.want(t, exitFailed, "not found", ref+"-other")
	})
	t.Run("nobody there", func(t *testing.T) {
		t.Parallel()
		r := newSession(t).run(t, "scan", "--db", "starter", "registry:127.0.0.1:9/shop:1")
		r.want(t, exitFailed, "127.0.0.1:9")
		t.Log(strings.TrimSpace(r.err))
	})
	t.Run("offline", func(t *testing.T) {
		t.Parallel()
		a := &answers{times: -1, status: http.StatusTeapot}
		ref := moody(t, a)
		r := newSession(t).run(t, "scan", "--offline", "registry:"+ref)
		r.want(t, exitFailed, "offline", ref)
		if len(a.asked) > 0 {
			t.Errorf("%d requests with --offline", len(a.asked))
		}
	})
}

// TestRegistryRecovers wants the scan to work when the registry does so in the
// end, and the pauses that it asks for to be kept.
func TestRegistryRecovers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers *answers
		least   time.Duration // between the first and the second request
	}{
		"429":               {&answers{status: http.StatusTooManyRequests, header: "2", times: 1}, 2 * time.Second},
		"429 without a say": {&answers{status: http.StatusTooManyRequests, times: 2}, 400 * time.Millisecond},
		"500":               {&answers{status: http.StatusInternalServerError, times: 2}, 400 * time.Millisecond},
		"503":               {&answers{status: http.StatusServiceUnavailable, times: 1}, 400 * time.Millisecond},
		"stops midway":      {&answers{breakAt: 40, times: 3}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ref := moody(t, c.answers)
			r := newSession(t).run(t, "scan", "--db", "starter", "-o", "json", "registry:"+ref)
			r.want(t, exitStop, "trying again")
			if t.Failed() {
				return
			}
			file, _ := sample(t)
			want := comparable(scanAt(t, file), false)
			got := comparable(decode(t, r.out), false)
			if len(got.Packages) != len(want.Packages) || len(got.Findings) != len(want.Findings) || got.Verdict.Result != policy.Stop {
				t.Errorf("%d packages and %d findings, want %d and %d", len(got.Packages), len(got.Findings), len(want.Packages), len(want.Findings))
			}
			if c.answers.times != 0 {
				t.Errorf("%d bad answers were not asked for", c.answers.times)
			}
			if a := c.answers.asked; len(a) > 1 && a[1].Sub(a[0]) < c.least {
				t.Errorf("asked again after %s, want %s", a[1].Sub(a[0]), c.least)
			}
		})
	}
}

// TestRegistryNeverWorks wants the work given up, with exit code 3.
func TestRegistryNeverWorks(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for all retries")
	}
	for name, c := range map[string]struct {
		answers *answers
		words   []string
	}{
		"500":          {&answers{status: http.StatusInternalServerError, times: -1}, []string{"500"}},
		"429 too long": {&answers{status: http.StatusTooManyRequests, header: "3600", times: -1}, []string{"429"}},
		"stops midway": {&answers{breakAt: 40, times: -1}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ref := moody(t, c.answers)
			r := newSession(t).run(t, "scan", "--db", "starter", "registry:"+ref)
			r.want(t, exitFailed, append(c.words, strings.Split(ref, "/")[0])...)
			t.Logf("%d requests, %s: %s", len(c.answers.asked), r.took.Round(time.Millisecond), strings.TrimSpace(r.err))
			if r.took > time.Minute {
				t.Errorf("took %s", r.took)
			}
		})
	}
}

// TestInterrupt presses Ctrl-C while the program reads a layer that never ends.
// It must be gone within a second and leave nothing behind.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no signals to send")
	}
	blob := filepath.Join(t.TempDir(), "blob")
	put(t, filepath.Dir(blob), "blob", "")
	if err := os.Truncate(blob, 1<<40); err != nil { // takes no space: a file with a hole
		t.Skipf("no large files with holes here: %v", err)
	}
	layer := "sha256:" + strings.Repeat("5", 64)
	dir := rawLayout(t, blob, layer, layer)
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	busy := make(chan struct{})
	address := serve(t, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch _, digest, _ := strings.Cut(r.URL.Path, "sha256:"); {
			case r.URL.Path == "/v2/":
			case strings.HasSuffix(r.URL.Path, layer):
				flow(w, busy)
			case strings.Contains(r.URL.Path, "/manifests/"):
				w.Header().Set("Content-Type", string(manifest.Manifests[0].MediaType))
				http.ServeFile(w, r, filepath.Join(dir, "blobs/sha256", manifest.Manifests[0].Digest.Hex))
			default:
				http.ServeFile(w, r, filepath.Join(dir, "blobs/sha256", digest))
			}
		})
	})
	newSession(t).interrupted(t, busy, "scan", "--db", "starter", "registry:"+address+"/endless:1")
}

// flow sends bytes until nobody listens.
func flow(w http.ResponseWriter, busy chan struct{}) {
	block := bytes.Repeat([]byte{0}, 4096)
	for n := 0; ; n++ {
		if _, err := w.Write(block); err != nil {
			return
		}
		w.(http.Flusher).Flush()
		if n == 4 {
			close(busy)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// TestInterruptUnpacking presses Ctrl-C while an archive is being unpacked into
// a temporary file.
func TestInterruptUnpacking(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no signals to send")
	}
	file := bomb(t, "zeros", 64<<30)
	busy := make(chan struct{})
	time.AfterFunc(time.Second, func() { close(busy) })
	newSession(t).interrupted(t, busy, "scan", "--offline", file)
}

// interrupted starts the program, sends SIGINT once it is busy, and waits.
func (s *session) interrupted(t *testing.T, busy <-chan struct{}, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := s.command(ctx, args...)
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ended atomic.Bool
	done := make(chan error, 1)
	go func() { err := cmd.Wait(); ended.Store(true); done <- err }()
	select {
	case <-busy:
	case err := <-done:
		t.Fatalf("ended by itself: %v\n%s", err, errOut.String())
	}
	if ended.Load() {
		t.Fatalf("ended by itself\n%s", errOut.String())
	}
	began := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := <-done
	took := time.Since(began)
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != exitFailed {
		t.Errorf("ended with %v, want exit code %d", err, exitFailed)
	}
	if took > time.Second {
		t.Errorf("gone %s after Ctrl-C, want a second at most", took)
	}
	if !strings.Contains(errOut.String(), "interrupted") {
		t.Errorf("message is %q", errOut.String())
	}
	t.Logf("gone after %s", took.Round(time.Millisecond))
	s.healthy(t, result{err: errOut.String(), code: cmd.ProcessState.ExitCode()})
}
