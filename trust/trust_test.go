package trust

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"pgregory.net/rapid"
)

// shelf is a store in memory that may lie.
type shelf struct {
	manifests map[string][]byte // by tag or digest
	referrers []byte
	blobs     map[string][]byte
	down      error // of every request for a manifest
	puts      int
}

func newShelf() *shelf { return &shelf{manifests: map[string][]byte{}, blobs: map[string][]byte{}} }

func (s *shelf) Manifest(_ context.Context, tag string) ([]byte, error) {
	return s.manifests[tag], s.down
}

func (s *shelf) Blob(_ context.Context, digest string, _ int64) ([]byte, error) {
	if data, ok := s.blobs[digest]; ok {
		return data, nil
	}
	return nil, errors.New("no such blob")
}

func (s *shelf) Referrers(context.Context, string) ([]byte, error) { return s.referrers, s.down }

func (s *shelf) PutBlob(_ context.Context, data []byte) error {
	s.blobs[digestOf(data)] = data
	return nil
}

func (s *shelf) PutManifest(_ context.Context, tag string, manifest []byte) error {
	s.manifests[tag] = manifest
	s.puts++
	return nil
}

func generate(t testing.TB, algorithm Algorithm) PrivateKey {
	t.Helper()
	key, err := GenerateKey(algorithm)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func subject(text string) Subject {
	return Subject{Digest: digestOf([]byte(text)), Name: "registry.example/segments"}
}

func signed1(t testing.TB, s *shelf, about Subject, keys ...PrivateKey) {
	t.Helper()
	for _, key := range keys {
		if err := Sign(t.Context(), s, about, key); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSignAndVerify signs with several keys of both kinds and verifies with each.
func TestSignAndVerify(t *testing.T) {
	about := subject("manifest")
	old, fresh, other := generate(t, ECDSA), generate(t, Ed25519), generate(t, ECDSA)
	s := newShelf()
	if _, err := Verify(t.Context(), s, about.Digest, []PublicKey{old.Public()}); !errors.Is(err, ErrUnsigned) {
		t.Errorf("not signed: %v", err)
	}
	signed1(t, s, about, old, fresh)
	for _, keys := range [][]PublicKey{{old.Public()}, {fresh.Public()}, {other.Public(), fresh.Public()}} {
		by, err := Verify(t.Context(), s, about.Digest, keys)
		if err != nil || by.Fingerprint() != keys[len(keys)-1].Fingerprint() {
			t.Errorf("%v, %v", by.Fingerprint(), err)
		}
	}
	_, err := Verify(t.Context(), s, about.Digest, []PublicKey{other.Public()})
	if !errors.Is(err, ErrSignature) || !strings.Contains(err.Error(), other.Public().Fingerprint()) || !strings.Contains(err.Error(), about.Digest) {
		t.Errorf("by another key: %v", err)
	}
	if _, err := Verify(t.Context(), s, about.Digest, nil); !errors.Is(err, ErrKey) {
		t.Errorf("no key: %v", err)
	}
	puts := s.puts
	signed1(t, s, about, old, fresh)
	if s.puts != puts {
		t.Error("signed again what was signed")
	}
	s.down = errors.New("registry is down")
	if _, err := Verify(t.Context(), s, about.Digest, []PublicKey{old.Public()}); !errors.Is(err, s.down) || errors.Is(err, ErrUnsigned) {
		t.Errorf("a registry that is down: %v", err)
	}
	if err := Sign(t.Context(), s, about, other); !errors.Is(err, s.down) {
		t.Errorf("signed on a registry that is down: %v", err)
	}
}

// TestForgeries takes true signatures apart and puts them together in other ways.
func TestForgeries(t *testing.T) {
	key, enemy := generate(t, ECDSA), generate(t, ECDSA)
	about, older := subject("today"), subject("yesterday")
	tag, _ := about.tag()
	olderTag, _ := older.tag()
	fill := func(change func(s *shelf, m *v1.Manifest)) error {
		s := newShelf()
		signed1(t, s, older, key)
		signed1(t, s, about, enemy)
		var m v1.Manifest
		if err := json.Unmarshal(s.manifests[tag], &m); err != nil {
			t.Fatal(err)
		}
		change(s, &m)
		if m.SchemaVersion != 0 {
			s.manifests[tag], _ = json.Marshal(m)
		}
		_, err := Verify(t.Context(), s, about.Digest, []PublicKey{key.Public()})
		return err
	}
	for name, c := range map[string]struct {
		change func(s *shelf, m *v1.Manifest)
		want   string
	}{
		"by an enemy":   {func(*shelf, *v1.Manifest) {}, "by another key"},
		"no signatures": {func(_ *shelf, m *v1.Manifest) { m.Layers = nil }, "not signed"},
		"yesterday's under today's tag": {func(s *shelf, m *v1.Manifest) {
			s.manifests[tag], m.SchemaVersion = s.manifests[olderTag], 0
		}, "of another manifest, " + older.Digest},
		"yesterday's signature on today's payload": {func(s *shelf, m *v1.Manifest) {
			var old v1.Manifest
			_ = json.Unmarshal(s.manifests[olderTag], &old)
			m.Layers[0].Annotations = old.Layers[0].Annotations
		}, "by another key"},
		"a blob that lies about its digest": {func(s *shelf, m *v1.Manifest) {
			for digest := range s.blobs {
				if digest == m.Layers[0].Digest.String() {
					s.blobs[digest] = []byte("{}")
				}
			}
		}, "not what its digest says"},
		"no payload":              {func(s *shelf, m *v1.Manifest) { delete(s.blobs, m.Layers[0].Digest.String()) }, "cannot be fetched"},
		"a payload too long":      {func(_ *shelf, m *v1.Manifest) { m.Layers[0].Size = maxPayload + 1 }, "not signed"},
		"a size below nothing":    {func(_ *shelf, m *v1.Manifest) { m.Layers[0].Size = -1 }, "not signed"},
		"another kind of payload": {func(_ *shelf, m *v1.Manifest) { m.Layers[0].MediaType = "text/plain" }, "not signed"},
		"no base64":               {func(_ *shelf, m *v1.Manifest) { m.Layers[0].Annotations[noteSignature] = "***" }, "not signed"},
		"too many": {func(_ *shelf, m *v1.Manifest) {
			for range maxSignatures {
				m.Layers = append(m.Layers, m.Layers[0])
			}
		}, "too many"},
		"no manifest": {func(s *shelf, m *v1.Manifest) { s.manifests[tag], m.SchemaVersion = []byte("<html>"), 0 }, "read manifest of signatures"},
		"good, of another type": {func(s *shelf, m *v1.Manifest) {
			data, _ := newPayload(about)
			data = []byte(strings.Replace(string(data), criticalType, "atomic container signature", 1))
			signature, _ := key.Sign(data)
			s.blobs[digestOf(data)] = data
			s.manifests[tag], _, _ = add(nil, data, signature)
			m.SchemaVersion = 0
		}, `of type "atomic container signature"`},
		"good, over no JSON": {func(s *shelf, m *v1.Manifest) {
			data := []byte("hello")
			signature, _ := key.Sign(data)
			s.blobs[digestOf(data)] = data
			s.manifests[tag], _, _ = add(nil, data, signature)
			m.SchemaVersion = 0
		}, "read payload"},
	} {
		err := fill(c.change)
		if err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, ErrSignature) && !errors.Is(err, ErrUnsigned) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// TestAmongBad finds the one good signature among bad ones, and adds one to a
// list that others have begun, but never to one that is full.
func TestAmongBad(t *testing.T) {
	about, key := subject("manifest"), generate(t, ECDSA)
	tag, _ := about.tag()
	s := newShelf()
	for range 3 {
		signed1(t, s, about, generate(t, ECDSA))
	}
	signed1(t, s, about, key)
	if _, err := Verify(t.Context(), s, about.Digest, []PublicKey{key.Public()}); err != nil {
		t.Error(err)
	}
	var m v1.Manifest
	if err := json.Unmarshal(s.manifests[tag], &m); err != nil || len(m.Layers) != 4 {
		t.Fatalf("%d layers, %v", len(m.Layers), err)
	}
	config := s.blobs[m.Config.Digest.String()]
	if strings.Count(string(config), "sha256:") != 4 || m.Config.Size != int64(len(config)) {
		t.Errorf("configuration %s", config)
	}
	for len(m.Layers) < maxSignatures {
		m.Layers = append(m.Layers, m.Layers[0])
	}
	s.manifests[tag], _ = json.Marshal(m)
	if err := Sign(t.Context(), s, about, generate(t, ECDSA)); err == nil || !strings.Contains(err.Error(), tag) {
		t.Errorf("signed on a full list: %v", err)
	}
}

func TestDigests(t *testing.T) {
	key := generate(t, ECDSA)
	for _, digest := range []string{"", "sha256:", "sha512:" + strings.Repeat("0", 128), "sha256:" + strings.Repeat("A", 64), "sha256:../" + strings.Repeat("0", 61)} {
		if _, err := Verify(t.Context(), newShelf(), digest, []PublicKey{key.Public()}); err == nil || errors.Is(err, ErrUnsigned) {
			t.Errorf("%q: %v", digest, err)
		}
		if err := Sign(t.Context(), newShelf(), Subject{Digest: digest}, key); err == nil {
			t.Errorf("signed %q", digest)
		}
	}
}

// TestCancelled ends without looking at the rest.
func TestCancelled(t *testing.T) {
	about, s := subject("manifest"), newShelf()
	signed1(t, s, about, generate(t, ECDSA))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Verify(ctx, s, about.Digest, []PublicKey{generate(t, ECDSA).Public()}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestAnyChange changes any byte of anything that a signature is made of: it is
// then refused, or it was a byte that says nothing.
func TestAnyChange(t *testing.T) {
	about, key := subject("manifest"), generate(t, ECDSA)
	good := newShelf()
	signed1(t, good, about, key)
	tag, _ := about.tag()
	var m v1.Manifest
	_ = json.Unmarshal(good.manifests[tag], &m)
	name := m.Layers[0].Digest.String()
	rapid.Check(t, func(t *rapid.T) {
		s := newShelf()
		text := []byte(m.Layers[0].Annotations[noteSignature])
		data := append([]byte(nil), good.blobs[name]...)
		target := text
		if rapid.Bool().Draw(t, "payload") {
			target = data
		}
		at := rapid.IntRange(0, len(target)-1).Draw(t, "at")
		bit := byte(1) << rapid.IntRange(0, 7).Draw(t, "bit")
		target[at] ^= bit
		manifest, _, _ := add(nil, data, nil)
		manifest = []byte(strings.Replace(string(manifest), fmt.Sprintf("%q:\"\"", noteSignature), fmt.Sprintf("%q:%s", noteSignature, quote(text)), 1))
		s.manifests[tag], s.blobs[digestOf(data)] = manifest, data
		if _, err := Verify(context.Background(), s, about.Digest, []PublicKey{key.Public()}); err == nil {
			t.Fatalf("taken with bit %d of byte %d changed", bit, at)
		}
	})
}

func quote(text []byte) string {
	quoted, _ := json.Marshal(string(text))
	return string(quoted)
}

// FuzzSignatures reads any manifest and any payload.
func FuzzSignatures(f *testing.F) {
	nobody := generate(f, Ed25519)
	data, _ := newPayload(subject("x"))
	manifest, _, _ := add(nil, data, []byte("signature"))
	f.Add(manifest, data)
	f.Add([]byte(`{"layers":[{"mediaType":"`+payloadType+`","size":1,"digest":"sha256:00","annotations":{"`+noteSignature+`":"AA=="}}]}`), []byte(`{"critical":{"type":1}}`))
	f.Fuzz(func(t *testing.T, manifest, data []byte) {
		m, all, err := readSignatures(manifest)
		if err == nil && (len(all) > maxSignatures || len(m.Layers) > maxSignatures) {
			t.Errorf("%d signatures", len(all))
		}
		for _, s := range all {
			if s.size <= 0 || s.size > maxPayload || !digestForm.MatchString(s.payload) {
				t.Errorf("%+v", s)
			}
		}
		if digest, err := signedDigest(data); err == nil && !digestForm.MatchString(digest) {
			t.Errorf("about %q", digest)
		}
		s := newShelf()
		tag, _ := subject("x").tag()
		s.manifests[tag], s.blobs[digestOf(data)] = manifest, data
		if _, err := Verify(t.Context(), s, subject("x").Digest, []PublicKey{nobody.Public()}); err == nil {
			t.Error("a signature that nobody made")
		}
	})
}
