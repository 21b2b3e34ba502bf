package trust

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// cosigned is what cosign signed in testdata/cosign.
const cosigned = "sha256:9c6a502bb7cc03d5ad6c3efaa3ab3771bda5ef84ed863c6646f696d21a1881e2"

func recorded(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "cosign", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func recordedKey(t testing.TB) []PublicKey {
	t.Helper()
	keys, err := ParsePublicKeys(recorded(t, "key.pub"))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// bundles is a shelf with cosign's bundle, changed if so wanted.
func bundles(t testing.TB, data []byte) *shelf {
	t.Helper()
	s := newShelf()
	var index v1.IndexManifest
	var m v1.Manifest
	s.referrers = recorded(t, "bundle-index.json")
	manifest := recorded(t, "bundle-manifest.json")
	if err := errors.Join(json.Unmarshal(s.referrers, &index), json.Unmarshal(manifest, &m)); err != nil {
		t.Fatal(err)
	}
	s.manifests[index.Manifests[0].Digest.String()] = manifest
	s.blobs[m.Layers[0].Digest.String()] = data
	return s
}

// TestCosign checks what cosign signed, in both forms, and reads its key.
func TestCosign(t *testing.T) {
	keys := recordedKey(t)
	s := newShelf()
	tag, _ := Subject{Digest: cosigned}.tag()
	payload := recorded(t, "payload.json")
	s.manifests[tag], s.blobs[digestOf(payload)] = recorded(t, "signatures.json"), payload
	if _, err := Verify(t.Context(), s, cosigned, keys); err != nil {
		t.Errorf("simple signing: %v", err)
	}
	b := bundles(t, recorded(t, "bundle.json"))
	if _, err := Verify(t.Context(), b, cosigned, keys); err != nil {
		t.Errorf("a bundle: %v", err)
	}
	other := subject("other").Digest
	if _, err := Verify(t.Context(), b, other, keys); !errors.Is(err, ErrSignature) || !strings.Contains(err.Error(), "of another manifest, "+cosigned) {
		t.Errorf("a bundle of another manifest: %v", err)
	}
	key, err := ParsePrivateKey(recorded(t, "cosign.key"), word("correct horse"))
	if err != nil || string(key.Public().PEM()) != string(recorded(t, "cosign.pub")) {
		t.Errorf("cosign's key: %v", err)
	}
}

// TestBundles signs statements that are no signatures, and spoils true ones.
func TestBundles(t *testing.T) {
	key := generate(t, ECDSA)
	about := subject("manifest")
	statement := `{"_type":"` + statementType + `","subject":[{"digest":{"sha256":"` + about.Digest[7:] + `"}}],"predicateType":"` + predicateType + `"}`
	wrap := func(kind, payload string) []byte {
		var b bundle
		b.Envelope.Type, b.Envelope.Payload = kind, []byte(payload)
		signature, err := key.Sign(b.message())
		if err != nil {
			t.Fatal(err)
		}
		return []byte(`{"dsseEnvelope":{"payloadType":"` + kind + `","payload":"` + base64.StdEncoding.EncodeToString([]byte(payload)) +
			`","signatures":[{"sig":"AAAA"},{"sig":"` + base64.StdEncoding.EncodeToString(signature) + `"}]}}`)
	}
	good := wrap(envelopeType, statement)
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"good":                      {good, ""},
		"an attestation":            {wrap(envelopeType, strings.Replace(statement, predicateType, "https://spdx.dev/Document", 1)), "which is no signature"},
		"another kind of statement": {wrap(envelopeType, strings.Replace(statement, statementType, "https://in-toto.io/Statement/v0.1", 1)), "which is no signature"},
		"about another":             {wrap(envelopeType, strings.Replace(statement, about.Digest[7:], cosigned[7:], 1)), "of another manifest, " + cosigned},
		"about two":                 {wrap(envelopeType, strings.Replace(statement, `"subject":[`, `"subject":[{"digest":{}},`, 1)), "about 2 things"},
		"about nothing":             {wrap(envelopeType, strings.Replace(statement, "sha256", "sha512", 1)), "no SHA-256 digest"},
		"no JSON, signed":           {wrap(envelopeType, "hello"), "read statement"},
		"another envelope":          {wrap("text/plain", statement), `of type "text/plain"`},
		"another payload":           {[]byte(strings.Replace(string(good), `"payload":"ey`, `"payload":"ez`, 1)), "by another key, or altered"},
		"no JSON":                   {[]byte("<html>"), "read bundle"},
		"too many signatures":       {[]byte(strings.Replace(string(good), `{"sig":"AAAA"}`, strings.Repeat(`{"sig":"AAAA"},`, maxSignatures)+"{}", 1)), "too many"},
	} {
		s := bundles(t, c.data)
		_, err := Verify(t.Context(), s, about.Digest, []PublicKey{key.Public()})
		if (err == nil) != (c.want == "") || err != nil && (!errors.Is(err, ErrSignature) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	for name, change := range map[string]func(s *shelf){
		"no index":        func(s *shelf) { s.referrers = []byte("<html>") },
		"no manifest":     func(s *shelf) { s.manifests = map[string][]byte{} },
		"another's type":  func(s *shelf) { s.referrers = []byte(strings.ReplaceAll(string(s.referrers), emptyType, "text/plain")) },
		"a hostile size":  func(s *shelf) { s.change("659", "99999999") },
		"a negative size": func(s *shelf) { s.change("659", "-659") },
	} {
		s := bundles(t, good)
		change(s)
		if _, err := Verify(t.Context(), s, about.Digest, []PublicKey{key.Public()}); !errors.Is(err, ErrSignature) && !errors.Is(err, ErrUnsigned) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// change replaces text in all manifests.
func (s *shelf) change(from, to string) {
	for name, m := range s.manifests {
		s.manifests[name] = []byte(strings.ReplaceAll(string(m), from, to))
	}
}

// FuzzBundles reads any bundle, manifest and index.
func FuzzBundles(f *testing.F) {
	keys := []PublicKey{generate(f, Ed25519).Public()}
	f.Add(recorded(f, "bundle.json"), recorded(f, "bundle-manifest.json"), recorded(f, "bundle-index.json"))
	f.Fuzz(func(t *testing.T, data, manifest, index []byte) {
		if b, err := readBundle(data); err == nil {
			if digest, err := b.about(); err == nil && !digestForm.MatchString(digest) {
				t.Errorf("about %q", digest)
			}
		}
		s := bundles(t, data)
		s.referrers = index
		for name := range s.manifests {
			s.manifests[name] = manifest
		}
		if _, err := Verify(t.Context(), s, cosigned, keys); err == nil {
			t.Error("a signature that nobody made")
		}
	})
}
