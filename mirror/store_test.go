package mirror

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// seal stands for a signature: the digest, under a tag.
func seal(ctx context.Context, digest string, at Store) error {
	data := []byte(`"` + digest + `"`)
	if err := at.PutBlob(ctx, data); err != nil {
		return err
	}
	d := v1.Descriptor{Digest: hashOf(data), Size: int64(len(data))}
	m := v1.Manifest{SchemaVersion: 2, MediaType: "application/vnd.oci.image.manifest.v1+json", Config: d, Layers: []v1.Descriptor{d}}
	manifest, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return at.PutManifest(ctx, sealTag(digest), manifest)
}

func sealTag(digest string) string { return strings.Replace(digest, ":", "-", 1) + ".seal" }

var errUnsealed = errors.New("no seal")

func sealed(ctx context.Context, digest string, at Store) error {
	manifest, err := at.Manifest(ctx, sealTag(digest))
	if err != nil {
		return err
	}
	if manifest == nil {
		return errUnsealed
	}
	var m v1.Manifest
	if err := json.Unmarshal(manifest, &m); err != nil {
		return err
	}
	data, err := at.Blob(ctx, m.Layers[0].Digest.String(), m.Layers[0].Size)
	if err == nil && string(data) != `"`+digest+`"` {
		err = errors.New("another's seal")
	}
	return err
}

// TestChecked pushes sealed and bare to each kind of place and lists with a check.
func TestChecked(t *testing.T) {
	dir := t.TempDir()
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(server.Close)
	registry := served(t, nil)
	for push, pull := range map[string]string{registry: registry, "oci:" + dir: server.URL} {
		from := t.TempDir()
		fill(t, from, hour(1), map[string]string{"npm": "first"})
		bare, checked := &Mirror{Ref: push}, &Mirror{Ref: pull, Check: sealed}
		pushed(t, bare, from)
		if list, err := checked.List(t.Context()); !errors.Is(err, ErrRefused) || !errors.Is(err, errUnsealed) || list.Segments != nil {
			t.Errorf("%s: %v", pull, err)
		}
		signer := &Mirror{Ref: push, Sign: seal, Check: sealed}
		done := pushed(t, signer, from) // the same manifest, now sealed
		if done.Moved != 0 {
			t.Errorf("%d moved", done.Moved)
		}
		if list, err := checked.List(t.Context()); err != nil || list.Digest != done.Digest {
			t.Errorf("%s: %v", pull, err)
		}
		// What others add without a seal is not sealed with the rest.
		other := t.TempDir()
		fill(t, other, hour(2), map[string]string{"PyPI": "planted"})
		pushed(t, bare, other)
		_, err := signer.Push(t.Context(), files(t, from))
		if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "PyPI") || strings.Contains(err.Error(), "npm") {
			t.Errorf("%s: %v", push, err)
		}
		signer.Replace = true
		if done := pushed(t, signer, from); !gocmp.Equal(done.Segments, []string{"npm"}) {
			t.Errorf("%s: %v", push, done.Segments)
		}
		if list, err := checked.List(t.Context()); err != nil || len(list.Segments) != 1 {
			t.Errorf("%s: %v", pull, err)
		}
	}
}

// TestPushOlder leaves what is newer on the mirror, unless it is to be replaced.
func TestPushOlder(t *testing.T) {
	m := &Mirror{Ref: "oci:" + t.TempDir()}
	newer, older := t.TempDir(), t.TempDir()
	fill(t, newer, hour(2), map[string]string{"npm": "newer"})
	fill(t, older, hour(1), map[string]string{"npm": "older", "PyPI": "older"})
	pushed(t, m, newer)
	if done := pushed(t, m, older); !gocmp.Equal(done.Newer, []string{"npm"}) || done.Moved != 1 {
		t.Errorf("%+v", done)
	}
	check(t, m, map[string]string{"npm": "newer 2", "PyPI": "older 1"})
	m.Replace = true
	if done := pushed(t, m, older); done.Newer != nil || done.Moved != 1 {
		t.Errorf("%+v", done)
	}
	check(t, m, map[string]string{"npm": "older 1", "PyPI": "older 1"})
}

// TestOrder holds that the manifest is fetched once, so that what is checked is
// what is used, and that it is put up after what belongs beside it.
func TestOrder(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	ref := served(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, name, ok := strings.Cut(r.URL.Path, "/manifests/"); ok {
				mu.Lock()
				seen = append(seen, r.Method+" "+name[max(0, len(name)-5):])
				mu.Unlock()
			}
			h.ServeHTTP(w, r)
		})
	})
	from := t.TempDir()
	fill(t, from, hour(1), map[string]string{"npm": "text"})
	pushed(t, &Mirror{Ref: ref, Sign: seal, Check: sealed}, from)
	if want := []string{"GET 1", "PUT .seal", "PUT 1"}; !gocmp.Equal(seen, want) {
		t.Errorf("push: %v, want %v", seen, want)
	}
	seen = nil
	if _, err := (&Mirror{Ref: ref, Check: sealed}).List(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"GET 1", "GET .seal"}; !gocmp.Equal(seen, want) {
		t.Errorf("list: %v, want %v", seen, want)
	}
}

// TestLayoutIndex keeps what belongs to this push and the one before, what others
// have in the layout, and nothing older.
func TestLayoutIndex(t *testing.T) {
	dir := t.TempDir()
	foreign := `{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":1,"digest":"sha256:` + strings.Repeat("0", 64) + `","annotations":{"org.opencontainers.image.ref.name":"image"}}`
	if err := os.WriteFile(filepath.Join(dir, indexFile), []byte(`{"schemaVersion":2,"manifests":[`+foreign+`]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	m := &Mirror{Ref: "oci:" + dir, Sign: seal, Check: sealed}
	from := t.TempDir()
	for day := range 5 {
		fill(t, from, hour(day+1), map[string]string{"npm": strings.Repeat("x", day)})
		pushed(t, m, from)
	}
	data, err := os.ReadFile(filepath.Join(dir, indexFile))
	if err != nil {
		t.Fatal(err)
	}
	var index v1.IndexManifest
	if err := json.Unmarshal(data, &index); err != nil {
		t.Fatal(err)
	}
	seals := strings.Count(string(data), ".seal")
	if seals != 2 || len(index.Manifests) != 4 || index.Manifests[0].Annotations[noteTag] != "image" {
		t.Errorf("%d seals in %s", seals, data)
	}
}

// TestStore asks for what is too long, not there, or not what it is called.
func TestStore(t *testing.T) {
	dir := t.TempDir()
	for _, ref := range []string{served(t, nil), "oci:" + dir} {
		p, err := (&Mirror{Ref: ref}).place()
		if err != nil {
			t.Fatal(err)
		}
		s := Store{p}
		if data, err := s.Manifest(t.Context(), "none"); data != nil || err != nil {
			t.Errorf("%s: %s, %v", ref, data, err)
		}
		if index, err := s.Referrers(t.Context(), hashOf(nil).String()); err != nil || strings.Contains(string(index), "digest") {
			t.Errorf("%s: %s, %v", ref, index, err)
		}
		if _, err := s.Blob(t.Context(), hashOf(nil).String(), maxManifest+1); err == nil {
			t.Error("a blob too long")
		}
		if _, err := s.Blob(t.Context(), "sha256:../x", 1); err == nil {
			t.Error("a digest that is none")
		}
		if err := s.PutBlob(t.Context(), []byte("text")); err != nil {
			t.Error(err)
		}
		if data, err := s.Blob(t.Context(), hashOf([]byte("text")).String(), 4); err != nil || string(data) != "text" {
			t.Errorf("%s: %s, %v", ref, data, err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(blobs), hashOf([]byte("text")).Hex), []byte("TEXT"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := (Store{layout{dir}}).Blob(t.Context(), hashOf([]byte("text")).String(), 4); !errors.Is(err, ErrDigest) {
		t.Errorf("spoilt: %v", err)
	}
}
