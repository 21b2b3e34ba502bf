package trust_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	fake "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/plimsoll/plimsoll/mirror"
	"github.com/plimsoll/plimsoll/trust"
)

const passphrase = "correct horse"

// pair writes a key pair as users keep it, and gives the names of the files.
func pair(t *testing.T, algorithm trust.Algorithm) (key trust.PrivateKey, private, public string) {
	t.Helper()
	key, err := trust.GenerateKey(algorithm)
	if err != nil {
		t.Fatal(err)
	}
	data, err := key.Encrypted([]byte(passphrase))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	private, public = filepath.Join(dir, "key.pem"), filepath.Join(dir, "key.pub")
	write(t, private, data)
	write(t, public, key.Public().PEM())
	return key, private, public
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// run runs an independent tool, or skips the test where there is none.
func run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath(args[0]); err != nil {
		t.Skipf("%s is not here: %v", args[0], err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput()
	return string(out), err
}

// served starts a registry.
func served(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(fake.New(fake.Logger(log.New(io.Discard, "", 0)), fake.WithReferrersSupport(true)))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// share pushes something, signed if there is a key, and gives its digest.
func share(t *testing.T, ref string, key *trust.PrivateKey) string {
	t.Helper()
	m := &mirror.Mirror{Ref: ref}
	if key != nil {
		m.Sign = func(ctx context.Context, digest string, at mirror.Store) error {
			return trust.Sign(ctx, at, trust.Subject{Digest: digest, Name: at.Name()}, *key)
		}
	}
	known := mirror.File{Ecosystem: mirror.Intelligence, Digest: "sha256:1", Read: func() ([]byte, error) { return []byte("scores"), nil }}
	done, err := m.Push(t.Context(), []mirror.File{known})
	if err != nil {
		t.Fatal(err)
	}
	return done.Digest
}

// verify lists a mirror that must be signed by a key.
func verify(t *testing.T, ref string, key trust.PrivateKey) error {
	t.Helper()
	m := &mirror.Mirror{Ref: ref, Check: func(ctx context.Context, digest string, at mirror.Store) error {
		_, err := trust.Verify(ctx, at, digest, []trust.PublicKey{key.Public()})
		return err
	}}
	_, err := m.List(t.Context())
	return err
}

// TestOpenSSL has the bytes of a signature checked by OpenSSL: ECDSA over SHA-256
// in ASN.1, and Ed25519 over the payload itself. The payload and its place are
// those of cosign's specification. The layout in a directory shows all of it.
func TestOpenSSL(t *testing.T) {
	for _, algorithm := range []trust.Algorithm{trust.ECDSA, trust.Ed25519} {
		key, _, public := pair(t, algorithm)
		dir := t.TempDir()
		digest := share(t, "oci:"+dir, &key)
		var index v1.IndexManifest
		read(t, filepath.Join(dir, "index.json"), &index)
		var signatures v1.Manifest
		for _, d := range index.Manifests {
			if d.Annotations["org.opencontainers.image.ref.name"] == strings.Replace(digest, ":", "-", 1)+".sig" {
				read(t, filepath.Join(dir, "blobs", "sha256", d.Digest.Hex), &signatures)
			}
		}
		if len(signatures.Layers) != 1 || signatures.Layers[0].MediaType != "application/vnd.dev.cosign.simplesigning.v1+json" {
			t.Fatalf("layers: %+v", signatures.Layers)
		}
		payload := filepath.Join(dir, "blobs", "sha256", signatures.Layers[0].Digest.Hex)
		var said struct {
			Critical struct {
				Image map[string]string
				Type  string
			}
		}
		read(t, payload, &said)
		if said.Critical.Image["docker-manifest-digest"] != digest || said.Critical.Type != "cosign container image signature" {
			t.Errorf("payload: %+v", said)
		}
		signature, err := base64.StdEncoding.DecodeString(signatures.Layers[0].Annotations["dev.cosignproject.cosign/signature"])
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "signature")
		write(t, file, signature)
		args := []string{"openssl", "dgst", "-sha256", "-verify", public, "-signature", file, payload}
		if algorithm == trust.Ed25519 {
			args = []string{"openssl", "pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", "-sigfile", file, "-in", payload}
		}
		if out, err := run(t, args...); err != nil {
			t.Errorf("%s: %v\n%s", algorithm, err, out)
		}
		out, err := run(t, "sh", "-c", "openssl pkey -pubin -in '"+public+"' -outform DER | openssl dgst -sha256 -r")
		if err != nil || "sha256:"+strings.Fields(out)[0] != key.Public().Fingerprint() {
			t.Errorf("fingerprint: %s, %v", out, err)
		}
	}
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestOpenSSLKeys reads the keys that OpenSSL makes.
func TestOpenSSLKeys(t *testing.T) {
	for _, args := range [][]string{
		{"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"}, {"genpkey", "-algorithm", "ED25519"}, {"ecparam", "-genkey", "-noout", "-name", "prime256v1"},
	} {
		private := filepath.Join(t.TempDir(), "key.pem")
		if out, err := run(t, append(append([]string{"openssl"}, args...), "-out", private)...); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		public, err := run(t, "openssl", "pkey", "-in", private, "-pubout")
		if err != nil {
			t.Fatalf("%v\n%s", err, public)
		}
		data, err := os.ReadFile(private)
		if err != nil {
			t.Fatal(err)
		}
		key, err := trust.ParsePrivateKey(data, nil)
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		keys, err := trust.ParsePublicKeys([]byte(public))
		if err != nil || len(keys) != 1 || keys[0].Fingerprint() != key.Public().Fingerprint() {
			t.Errorf("%v: %v", args, err)
		}
	}
}

// TestSkopeo has skopeo, which reads and writes cosign's signatures with code of
// its own, check what is signed here and sign what is checked here.
func TestSkopeo(t *testing.T) {
	if _, err := run(t, "skopeo", "--version"); err != nil {
		t.Skip(err)
	}
	host := served(t)
	key, private, public := pair(t, trust.ECDSA)
	_, _, wrong := pair(t, trust.ECDSA)
	ours := host + "/ours/segments"
	share(t, "oci://"+ours+":1", &key)

	config := t.TempDir()
	write(t, filepath.Join(config, "registries.yaml"), fmt.Appendf(nil, "docker:\n  %s:\n    use-sigstore-attachments: true\n", host))
	policy := filepath.Join(config, "policy.json")
	trusts := func(public string) {
		write(t, policy, fmt.Appendf(nil, `{"default":[{"type":"reject"}],"transports":{"docker":{%q:[{"type":"sigstoreSigned","keyPath":%q,"signedIdentity":{"type":"matchRepository"}}]}}}`, ours, public))
	}
	pull := func() (string, error) {
		t.Helper()
		return run(t, "skopeo", "--policy", policy, "--registries.d", config, "copy", "--src-tls-verify=false", "docker://"+ours+":1", "dir:"+t.TempDir())
	}
	trusts(public)
	if out, err := pull(); strings.Contains(out, "sigstore disabled") {
		t.Skip("this skopeo was built without such signatures, as Debian 12's is")
	} else if err != nil {
		t.Errorf("our signature: %v\n%s", err, out)
	}
	trusts(wrong)
	if out, err := pull(); err == nil || !strings.Contains(out, "signature") {
		t.Errorf("with another key: %v\n%s", err, out)
	}

	share(t, "oci://"+host+"/unsigned:1", nil)
	theirs := host + "/theirs/segments:1"
	word := filepath.Join(config, "passphrase")
	write(t, word, []byte(passphrase))
	if out, err := run(t, "skopeo", "--insecure-policy", "--registries.d", config, "copy", "--src-tls-verify=false", "--dest-tls-verify=false",
		"--sign-by-sigstore-private-key", private, "--sign-passphrase-file", word, "docker://"+host+"/unsigned:1", "docker://"+theirs); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := verify(t, "oci://"+theirs, key); err != nil {
		t.Errorf("skopeo's signature: %v", err)
	}
	if err := verify(t, "oci://"+host+"/unsigned:1", key); err == nil {
		t.Error("taken without a signature")
	}
}

// TestSkopeoMoves moves a signed layout into a registry by its tags: the digest
// stays, and with it the signature.
func TestSkopeoMoves(t *testing.T) {
	key, _, _ := pair(t, trust.ECDSA)
	dir, host := t.TempDir(), served(t)
	digest := share(t, "oci:"+dir, &key)
	signature := strings.Replace(digest, ":", "-", 1) + ".sig"
	for from, to := range map[string]string{"segments": "1", signature: signature} {
		if out, err := run(t, "skopeo", "--insecure-policy", "copy", "--dest-tls-verify=false", "oci:"+dir+":"+from, "docker://"+host+"/moved:"+to); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	if err := verify(t, "oci://"+host+"/moved:1", key); err != nil {
		t.Error(err)
	}
}

// TestCosignItself has cosign check what is signed here, and sign what is checked here:
// in the form of its version 2, and in that of its version 3. Few machines have it;
// what it once made is in testdata.
func TestCosignItself(t *testing.T) {
	t.Setenv("COSIGN_PASSWORD", passphrase)
	t.Setenv("HOME", t.TempDir())
	if _, err := run(t, "cosign", "version"); err != nil {
		t.Skip(err)
	}
	host := served(t)
	for _, algorithm := range []trust.Algorithm{trust.ECDSA, trust.Ed25519} {
		key, private, public := pair(t, algorithm)
		_, _, wrong := pair(t, algorithm)
		ours := host + "/ours/" + string(algorithm)
		share(t, "oci://"+ours+":1", &key)
		for file, good := range map[string]bool{public: true, wrong: false} {
			if out, err := run(t, "cosign", "verify", "--key", file, "--insecure-ignore-tlog", ours+":1"); (err == nil) != good {
				t.Errorf("%s: our signature, %v: %v\n%s", algorithm, good, err, out)
			}
		}
		for n, form := range [][]string{{"--new-bundle-format=false"}, nil} {
			theirs := fmt.Sprintf("%s/theirs/%s-%d", host, algorithm, n)
			digest := share(t, "oci://"+theirs+":1", nil)
			if err := verify(t, "oci://"+theirs+":1", key); err == nil {
				t.Error("taken without a signature")
			}
			args := append([]string{"cosign", "sign", "--key", private, "--yes", "--use-signing-config=false", "--tlog-upload=false"}, form...)
			if out, err := run(t, append(args, theirs+"@"+digest)...); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if err := verify(t, "oci://"+theirs+":1", key); err != nil {
				t.Errorf("%s %v: cosign's signature: %v", algorithm, form, err)
			}
		}
	}
}
