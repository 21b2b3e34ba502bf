package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	fake "github.com/google/go-containerregistry/pkg/registry"

	"github.com/plimsoll/plimsoll/vulndb"
)

func hour(n int) time.Time { return time.Date(2024, 5, 1, n, 0, 0, 0, time.UTC) }

// fill compiles a segment for each ecosystem with one advisory.
func fill(t testing.TB, dir string, at time.Time, summaries map[string]string) {
	t.Helper()
	for ecosystem, summary := range summaries {
		b := vulndb.Build{Source: "test", Basis: at.String(), Fetched: at}
		a := vulndb.Advisory{ID: "A-1", Summary: summary, Modified: hour(0), Affected: []vulndb.Affected{{Ecosystem: ecosystem, Name: "p", Versions: []string{"1"}}}}
		one := func(yield func(vulndb.Advisory, error) bool) { yield(a, nil) }
		if _, err := vulndb.Compile(context.Background(), dir, b, one); err != nil {
			t.Fatal(err)
		}
	}
}

func files(t testing.TB, dir string) []File {
	t.Helper()
	all, err := Files(dir)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestIntelligence shares a file that is no segment beside one that is.
func TestIntelligence(t *testing.T) {
	from := t.TempDir()
	fill(t, from, hour(1), map[string]string{"npm": "text"})
	m := &Mirror{Ref: "oci:" + t.TempDir()}
	pushed(t, m, from)
	known := File{Ecosystem: Intelligence, Digest: "sha256:1", Fetched: hour(2), Read: func() ([]byte, error) { return []byte("scores"), nil }}
	for moved := range 2 {
		done, err := m.Push(t.Context(), []File{known})
		if err != nil || done.Moved != 1-moved || len(done.Segments) != 2 {
			t.Fatal(done, err)
		}
	}
	list, err := m.List(t.Context())
	if err != nil || len(list.Segments) != 1 || !list.Intelligence.Fetched.Equal(hour(2)) {
		t.Fatal(list, err)
	}
	if data, err := m.Get(t.Context(), list.Intelligence); err != nil || string(data) != "scores" {
		t.Errorf("%q, %v", data, err)
	}
}

// served starts a registry and counts the bytes that it is sent.
func served(t testing.TB, wrap func(http.Handler) http.Handler) string {
	t.Helper()
	h := fake.New(fake.Logger(log.New(io.Discard, "", 0)))
	if wrap != nil {
		h = wrap(h)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return "oci://" + strings.TrimPrefix(s.URL, "http://") + "/data/segments:1"
}

// TestPushAndPull shares segments through each kind of place.
func TestPushAndPull(t *testing.T) {
	dir := t.TempDir()
	web := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(web.Close)
	registry := served(t, nil)
	for push, pull := range map[string]string{registry: registry, "oci:" + dir: web.URL, "oci:" + dir + "/other": "oci:" + dir + "/other"} {
		t.Run(push, func(t *testing.T) {
			from := t.TempDir()
			fill(t, from, hour(1), map[string]string{"npm": "old", "Debian:12": "same"})
			m := &Mirror{Ref: push}
			if _, err := m.List(t.Context()); !errors.Is(err, ErrNone) {
				t.Errorf("an empty mirror: %v", err)
			}
			done := pushed(t, m, from)
			if done.Moved != 2 {
				t.Errorf("the first push moved %d", done.Moved)
			}
			first := done.Digest
			if again := pushed(t, m, from); again.Moved != 0 || again.Digest != first {
				t.Errorf("the second push of the same: %+v", again)
			}
			fill(t, from, hour(2), map[string]string{"npm": "new", "Debian:12": "same"})
			if done = pushed(t, m, from); done.Moved != 1 || done.Digest == first {
				t.Errorf("one segment changed: %+v", done)
			}
			other := t.TempDir() // another machine has other ecosystems
			fill(t, other, hour(3), map[string]string{"PyPI": "more"})
			if done = pushed(t, m, other); done.Moved != 1 || !gocmp.Equal(done.Segments, []string{"Debian:12", "PyPI", "npm"}) {
				t.Errorf("another machine's: %+v", done)
			}
			check(t, &Mirror{Ref: pull}, map[string]string{"npm": "new 2", "Debian:12": "same 2", "PyPI": "more 3"})
		})
	}
}

func pushed(t *testing.T, m *Mirror, dir string) Pushed {
	t.Helper()
	done, err := m.Push(t.Context(), files(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// check pulls everything and looks at summaries and hours.
func check(t *testing.T, m *Mirror, want map[string]string) {
	t.Helper()
	list, err := m.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, dir := map[string]string{}, t.TempDir()
	for ecosystem, s := range list.Segments {
		data, err := m.Get(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		info, err := vulndb.Install(dir, ecosystem, data, s.Fetched)
		if err != nil || info.Digest != s.Digest {
			t.Fatal(info, err)
		}
		db, err := vulndb.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		for a := range db.Lookup(vulndb.Key{Ecosystem: ecosystem, Name: "p"}) {
			got[ecosystem] = fmt.Sprint(a.Summary, " ", info.Fetched.Hour())
		}
		_ = db.Close()
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestBrokenConnections cuts answers and spoils blobs.
func TestBrokenConnections(t *testing.T) {
	var cuts, spoil atomic.Int32
	ref := served(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.Contains(r.URL.Path, "/blobs/") || r.Method != http.MethodGet {
				h.ServeHTTP(w, r)
				return
			}
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			data := rec.Body.Bytes()
			w.Header().Set("Content-Length", fmt.Sprint(len(data)))
			if cuts.Add(-1) >= 0 {
				_, _ = w.Write(data[:len(data)/2])
				panic(http.ErrAbortHandler)
			}
			if spoil.Load() > 0 {
				data[len(data)/2] ^= 1
			}
			_, _ = w.Write(data)
		})
	})
	dir := t.TempDir()
	fill(t, dir, hour(1), map[string]string{"npm": "text"})
	m := &Mirror{Ref: ref}
	pushed(t, m, dir)
	list, err := m.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cuts.Store(2)
	if _, err := m.Get(t.Context(), list.Segments["npm"]); err != nil {
		t.Errorf("cut twice: %v", err)
	}
	cuts.Store(100)
	if _, err := m.Get(t.Context(), list.Segments["npm"]); err == nil || !strings.Contains(err.Error(), "npm") {
		t.Errorf("always cut: %v", err)
	}
	cuts.Store(0)
	spoil.Store(1)
	if data, err := m.Get(t.Context(), list.Segments["npm"]); err == nil {
		t.Errorf("spoilt: %d bytes", len(data))
	}
}

func TestRefs(t *testing.T) {
	for ref, good := range map[string]bool{
		"oci://registry.example/a/b": true, "https://mirror.example/x": true, "oci:dir": true, "oci:": false,
		"registry.example/a": false, "": false, "oci://UPPER/Case": false, "ftp://a/b": false,
	} {
		if err := Check(ref); (err == nil) != good {
			t.Errorf("%q: %v", ref, err)
		}
	}
	m := &Mirror{Ref: "https://mirror.invalid/x"}
	if _, err := m.Push(t.Context(), nil); !errors.Is(err, errReadOnly) {
		t.Errorf("pushed to a web server: %v", err)
	}
}

// TestManifests holds that other artifacts and impossible layers are refused.
func TestManifests(t *testing.T) {
	layer := func(change string) string {
		l := fmt.Sprintf(`{"mediaType":%q,"size":5,"digest":"sha256:%064d","annotations":{"org.plimsoll.ecosystem":"npm","org.plimsoll.digest":"sha256:1","org.plimsoll.fetched":"2024-05-01T01:00:00Z"}}`, mediaType(), 1)
		from, to, _ := strings.Cut(change, "=>")
		return strings.Replace(l, from, to, 1)
	}
	manifest := func(layers ...string) string {
		return fmt.Sprintf(`{"artifactType":%q,"layers":[%s]}`, ArtifactType, strings.Join(layers, ","))
	}
	for text, want := range map[string]string{
		manifest(layer("=>")):                           "1",
		manifest(layer("segment.v=>segment.v9")):        "0", // of a later format
		manifest(layer("=>"), layer("=>")):              "two layers for npm",
		manifest(layer(`"size":5=>"size":-5`)):          "none or too many",
		manifest(layer(`"size":5=>"size":99999999999`)): "none or too many",
		manifest(layer("2024-05-01T=>")):                "cannot parse",
		manifest(layer(`:"npm"=>:""`)):                  "lacks",
		manifest(layer("sha256:0=>sha256:../0")):        "non-hex",
		`{"layers":[]}`:                                 ErrNone.Error(),
		`{`:                                             "read manifest",
	} {
		list, err := parse([]byte(text))
		got := fmt.Sprint(len(list.Segments))
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// FuzzManifest reads any manifest and any index.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"artifactType":"` + ArtifactType + `","layers":[{"mediaType":"x","digest":"sha256:00"}]}`))
	f.Add([]byte(`{"manifests":[{"artifactType":"` + ArtifactType + `"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if list, err := parse(data); err == nil {
			for ecosystem, s := range list.Segments {
				if ecosystem == "" || s.Size <= 0 || s.Size > maxSegment {
					t.Errorf("%q: %+v", ecosystem, s)
				}
			}
		}
		if digest, err := pick(data, ""); err == nil && len(digest.Hex) != 64 {
			t.Errorf("digest %v", digest)
		}
	})
}
