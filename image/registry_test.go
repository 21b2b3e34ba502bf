package image

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	inprocess "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// A testRegistry is a real registry behind a handler that may spoil answers.
type testRegistry struct {
	host  string
	mu    sync.Mutex
	spoil func(w http.ResponseWriter, r *http.Request, next http.Handler) // nil passes on
	asked []string
}

func newTestRegistry(t testing.TB) *testRegistry {
	t.Helper()
	r := &testRegistry{}
	next := inprocess.New(inprocess.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		spoil := r.spoil
		r.asked = append(r.asked, req.Method+" "+req.URL.Path+" "+req.Header.Get("Range")+" "+req.Header.Get("User-Agent"))
		r.mu.Unlock()
		if spoil == nil {
			next.ServeHTTP(w, req)
			return
		}
		spoil(w, req, next)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(server.Close)
	r.host = strings.TrimPrefix(server.URL, "http://")
	return r
}

func (r *testRegistry) set(spoil func(http.ResponseWriter, *http.Request, http.Handler)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spoil, r.asked = spoil, nil
}

// requests are what has been asked since set.
func (r *testRegistry) requests() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.asked)
}

// push puts what is an image or an index under a tag.
func (r *testRegistry) push(t testing.TB, what remote.Taggable, tag string) string {
	t.Helper()
	ref, err := name.ParseReference(r.host + "/" + tag)
	if err != nil {
		t.Fatal(err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	switch what := what.(type) {
	case v1.Image:
		err = remote.Write(ref, what, remote.WithTransport(transport))
	case v1.ImageIndex:
		err = remote.WriteIndex(ref, what, remote.WithTransport(transport))
	default:
		err = remote.Put(ref, what, remote.WithTransport(transport))
	}
	if err != nil {
		t.Fatal(err)
	}
	return "registry:" + ref.String()
}

// quick are options that reach the test registry only, and never really wait.
func quick(waited *atomic.Int64) Options {
	return Options{Keychain: authn.NewMultiKeychain(), sleep: func(ctx context.Context, d time.Duration) error {
		if waited != nil {
			waited.Add(int64(d))
		}
		return ctx.Err()
	}}
}

func TestRegistry(t *testing.T) {
	reg := newTestRegistry(t)
	img := testImage(t)
	ref := reg.push(t, img, "shop/front:1.4")
	digest, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	reg.set(nil)
	got := open(t, ref, quick(nil))
	same(t, got, img)
	if got.Source != "registry" || got.Digest != digest.String() || len(got.Tags) != 1 {
		t.Errorf("source %s, digest %s, tags %s", got.Source, got.Digest, got.Tags)
	}
	for _, asked := range reg.requests() {
		if !strings.HasSuffix(asked, " plimsoll") {
			t.Errorf("%q was not asked as plimsoll", asked)
		}
	}
	same(t, open(t, strings.TrimSuffix(ref, ":1.4")+"@"+digest.String(), quick(nil)), img)
}

// TestRegistryRefuses spoils every answer, or some.
func TestRegistryRefuses(t *testing.T) {
	status := func(code int, header ...string) func(http.ResponseWriter, *http.Request, http.Handler) {
		return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.URL.Path == "/v2/" {
				next.ServeHTTP(w, r)
				return
			}
			for n := 0; n < len(header); n += 2 {
				w.Header().Set(header[n], header[n+1])
			}
			w.WriteHeader(code)
		}
	}
	for _, test := range []struct {
		name   string
		spoil  func(http.ResponseWriter, *http.Request, http.Handler)
		want   string
		is     error
		asks   int
		waited time.Duration
	}{
		{"401", status(401), "docker login ", nil, 1, 0},
		{"403", status(403), "docker login ", nil, 1, 0},
		{"404", status(404), "not found", ErrNotFound, 1, 0},
		{"429", status(429, "Retry-After", "3"), "limits how much", nil, 5, 13 * time.Second},
		{"429 for long", status(429, "Retry-After", "3600"), "limits how much", nil, 1, 0},
		{"429 until", status(429, "Retry-After", "Fri, 01 Jan 2100 00:00:05 GMT", "Date", "Fri, 01 Jan 2100 00:00:00 GMT"), "limits", nil, 5, 20 * time.Second},
		{"500", status(500), "500", nil, 5, 7500 * time.Millisecond},
		{"503", status(503), "503", nil, 5, 7500 * time.Millisecond},
		{"hang up", func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }, "EOF", nil, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			reg := newTestRegistry(t)
			ref := reg.push(t, testImage(t), "shop")
			reg.set(test.spoil)
			var waited atomic.Int64
			_, err := Open(t.Context(), ref, quick(&waited))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("%v is not %v", err, test.is)
			}
			asks := 0
			for _, a := range reg.requests() {
				if strings.Contains(a, "/manifests/") {
					asks++
				}
			}
			if asks != test.asks {
				t.Errorf("asked %d times, want %d", asks, test.asks)
			}
			if test.asks > 0 && time.Duration(waited.Load()) != test.waited {
				t.Errorf("waited %v, want %v", time.Duration(waited.Load()), test.waited)
			}
		})
	}
}

// TestRegistryRecovers answers well in the end.
func TestRegistryRecovers(t *testing.T) {
	reg := newTestRegistry(t)
	img := testImage(t)
	ref := reg.push(t, img, "shop")
	var asks atomic.Int64
	reg.set(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if asks.Add(1)%3 != 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	})
	same(t, open(t, ref, quick(nil)), img)
}

// cutter lets n bytes of a body through and then breaks the connection.
type cutter struct {
	http.ResponseWriter
	n int
}

func (c *cutter) Write(p []byte) (int, error) {
	if len(p) > c.n {
		c.ResponseWriter.Write(p[:c.n])
		c.ResponseWriter.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	c.n -= len(p)
	return c.ResponseWriter.Write(p)
}

// TestRegistryStops breaks off downloads midway, from registries that know
// ranges, refuse them, or do not care for them.
func TestRegistryStops(t *testing.T) {
	for _, ranges := range []string{"known", "refused", "ignored"} {
		t.Run(ranges, func(t *testing.T) {
			reg := newTestRegistry(t)
			img := testImage(t)
			ref := reg.push(t, img, "shop")
			got := open(t, ref, quick(nil))
			var lock sync.Mutex
			times := make(map[string]int)
			reg.set(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				lock.Lock()
				times[r.URL.Path]++
				n := 60_000 * times[r.URL.Path]
				lock.Unlock()
				asked := r.Header.Get("Range")
				if ranges != "refused" {
					r.Header.Del("Range")
				}
				if ranges != "known" {
					next.ServeHTTP(&cutter{w, n}, r)
					return
				}
				rec := httptest.NewRecorder()
				next.ServeHTTP(rec, r)
				r.Header.Set("Range", asked)
				http.ServeContent(&cutter{w, 60_000}, r, "", time.Time{}, bytes.NewReader(rec.Body.Bytes()))
			})
			same(t, got, img)
			if n := len(times); n != 3 {
				t.Errorf("%d layers were asked for", n)
			}
		})
	}
}

// TestRegistryAlwaysStops gives up when nothing comes any more.
func TestRegistryAlwaysStops(t *testing.T) {
	reg := newTestRegistry(t)
	ref := reg.push(t, testImage(t), "shop")
	got := open(t, ref, quick(nil))
	reg.set(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		r.Header.Del("Range")
		next.ServeHTTP(&cutter{w, 1000}, r)
	})
	if _, err := readLayer(t.Context(), got.Layers[0]); err == nil || !strings.Contains(err.Error(), "EOF") {
		t.Errorf("%v, want an end that comes too early", err)
	}
}

func TestRegistryLies(t *testing.T) {
	reg := newTestRegistry(t)
	ref := reg.push(t, testImage(t), "shop")
	spoil := func(part string) {
		reg.set(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if !strings.Contains(r.URL.Path, part) {
				next.ServeHTTP(w, r)
				return
			}
			rec := httptest.NewRecorder()
			next.ServeHTTP(rec, r)
			body := rec.Body.Bytes()
			body[len(body)-2] ^= 1
			for k, v := range rec.Header() {
				w.Header()[k] = v
			}
			w.WriteHeader(rec.Code)
			w.Write(body)
		})
	}
	var lie *DigestError
	spoil("/manifests/")
	if _, err := Open(t.Context(), ref, quick(nil)); !errors.As(err, &lie) || lie.What != "manifest" {
		t.Errorf("manifest: %v", err)
	}
	spoil("/blobs/")
	if _, err := Open(t.Context(), ref, quick(nil)); !errors.As(err, &lie) || lie.What != "config" {
		t.Errorf("config: %v", err)
	}
	reg.set(nil)
	img := open(t, ref, quick(nil))
	spoil("/blobs/")
	if _, err := readLayer(t.Context(), img.Layers[1]); !errors.As(err, &lie) || lie.What != "layer 1" || lie.Want != img.Layers[1].Digest {
		t.Errorf("layer: %v", err)
	}
}

func TestRegistryCancel(t *testing.T) {
	reg := newTestRegistry(t)
	ref := reg.push(t, testImage(t), "shop")
	img := open(t, ref, quick(nil))
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	reg.set(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		w.Header().Set("Content-Length", "100000")
		w.Write([]byte{0x1f, 0x8b, 8, 0})
		w.(http.Flusher).Flush()
		select {
		case <-hold:
		case <-r.Context().Done():
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	start := time.Now()
	if _, err := readLayer(ctx, img.Layers[0]); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("took %v to stop", took)
	}
}

func TestOffline(t *testing.T) {
	reg := newTestRegistry(t)
	o := quick(nil)
	o.Offline = true
	if _, err := Open(t.Context(), "registry:"+reg.host+"/shop", o); !errors.Is(err, ErrOffline) {
		t.Error(err)
	}
	if len(reg.requests()) > 0 {
		t.Errorf("the network was used: %s", reg.requests())
	}
}
