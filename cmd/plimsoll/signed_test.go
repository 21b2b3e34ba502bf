package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll/plimsoll/mirror"
	"github.com/plimsoll/plimsoll/refresh"
)

// keyPair makes a key with the program, in the directory of a session, and gives
// its fingerprint.
func keyPair(t testing.TB, s *session, name string) string {
	t.Helper()
	s.env = append(s.env, "PLIMSOLL_KEY_PASSWORD=correct horse")
	r := s.run(t, "key", "generate", "--out", name)
	r.want(t, exitOK)
	lines := strings.Fields(r.out)
	return lines[len(lines)-1]
}

// newPublisher is a session with advisories and a key.
func newPublisher(t testing.TB) (s *session, fingerprint string) {
	t.Helper()
	s = newSession(t)
	putAdvisories(t, s.dir, "text")
	s.run(t, "db", "build", "--from", "osv", "npm", "Go").want(t, exitOK)
	return s, keyPair(t, s, "publisher")
}

// newCustomer is a session that knows a publisher's key.
func newCustomer(t testing.TB, publisher *session) *session {
	t.Helper()
	s := newSession(t)
	putAdvisories(t, s.dir, "text")
	key, err := os.ReadFile(filepath.Join(publisher.dir, "publisher.pub"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, s.dir, "publisher.pub", string(key))
	return s
}

// segmentFiles are the files of a database as they are.
func segmentFiles(t testing.TB, s *session) map[string]string {
	t.Helper()
	dir := filepath.Join(s.home, ".cache", "plimsoll", "db")
	files := map[string]string{}
	names, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = string(data)
	}
	return files
}

// TestSigned pushes signed and unsigned, to a registry and to a directory, and
// pulls with the right key, a wrong one and two.
func TestSigned(t *testing.T) {
	t.Parallel()
	publisher, fingerprint := newPublisher(t)
	customer := newCustomer(t, publisher)
	wrong := keyPair(t, customer, "wrong")
	for _, ref := range []string{"oci://" + serve(t, nil) + "/segments:1", "oci:" + filepath.Join(publisher.dir, "shared")} {
		publisher.run(t, "db", "push", ref).want(t, exitOK)
		r := customer.run(t, "db", "pull", "--verify-key", "publisher.pub", ref)
		r.want(t, exitFailed, ref, "not signed", "sha256:", fingerprint, "--sign-key")
		if len(segmentFiles(t, customer)) > 0 {
			t.Error("taken without a signature")
		}
		publisher.run(t, "db", "push", "--sign-key", "publisher.key", ref).want(t, exitOK)
		r = customer.run(t, "db", "pull", "--verify-key", "wrong.pub", ref)
		r.want(t, exitFailed, ref, "no valid signature", wrong, "by another key", "--verify-key")
		if len(segmentFiles(t, customer)) > 0 {
			t.Error("taken with another key's signature")
		}
		customer.run(t, "db", "pull", "--verify-key", "wrong.pub,publisher.pub", ref).want(t, exitOK)
		had := segmentFiles(t, customer)
		if len(had) != 2 {
			t.Errorf("%d segments", len(had))
		}
		// Pushed again without a signature: yesterday's data stay.
		put(t, publisher.dir, "osv/npm/A-9.json", strings.ReplaceAll(readFile(t, publisher, "osv/npm/A-1.json"), "A-1", "A-9"))
		publisher.run(t, "db", "build", "--from", "osv", "npm").want(t, exitOK)
		publisher.run(t, "db", "push", ref).want(t, exitOK)
		customer.run(t, "db", "pull", "--verify-key", "publisher.pub", ref).want(t, exitFailed, "not signed")
		if now := segmentFiles(t, customer); !mapsEqual(had, now) {
			t.Error("data were replaced by unsigned ones")
		}
		if err := os.RemoveAll(filepath.Join(customer.home, ".cache")); err != nil {
			t.Fatal(err)
		}
		put(t, publisher.dir, "osv/npm/A-9.json", strings.ReplaceAll(readFile(t, publisher, "osv/npm/A-1.json"), "A-1", "A-8"))
		publisher.run(t, "db", "build", "--from", "osv", "npm").want(t, exitOK)
	}
}

func readFile(t testing.TB, s *session, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func mapsEqual(a, b map[string]string) bool {
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return len(a) == len(b)
}

// TestSignedPlaces names the key in all the ways there are: flag, environment,
// configuration, and the environment instead of a file.
func TestSignedPlaces(t *testing.T) {
	t.Parallel()
	publisher, fingerprint := newPublisher(t)
	text := readFile(t, publisher, "publisher.key")
	publisher.env = append(publisher.env, "SIGNING_KEY="+text, "PLIMSOLL_SIGN_KEY=env://SIGNING_KEY")
	ref := "oci:" + filepath.Join(publisher.dir, "shared")
	publisher.run(t, "db", "push", ref).want(t, exitOK)
	unsigned := "oci:" + filepath.Join(publisher.dir, "unsigned")
	publisher.env = publisher.env[:len(publisher.env)-1]
	publisher.run(t, "db", "push", unsigned).want(t, exitOK)
	publisher.run(t, "db", "push", "--verify-key", "publisher.pub", unsigned).want(t, exitOK, "not signed", "--sign-key")

	scan := func(s *session, ref string) result {
		return s.run(t, "scan", "--offline", "-o", "json", "--only", "vulnerabilities", "--mirror", ref, "dir:root")
	}
	for name, prepare := range map[string]func(s *session){
		"environment": func(s *session) { s.env = append(s.env, "PLIMSOLL_VERIFY_KEY=publisher.pub") },
		"environment, no file": func(s *session) {
			s.env = append(s.env, "PLIMSOLL_VERIFY_KEY=env://KEY", "KEY="+readFile(t, s, "publisher.pub"))
		},
		"under db":   func(s *session) { put(t, s.dir, ".plimsoll.yaml", "db:\n  verify-key: publisher.pub\n") },
		"under scan": func(s *session) { put(t, s.dir, ".plimsoll.yaml", "scan:\n  verify-key: [publisher.pub]\n") },
	} {
		s := newCustomer(t, publisher)
		prepare(s)
		scan(s, unsigned).want(t, exitStop, "of no use", "not signed", fingerprint) // by the starter's advisories
		if len(segmentFiles(t, s)) > 0 {
			t.Errorf("%s: unsigned segments were taken", name)
		}
		scan(s, ref).want(t, exitStop)
		if len(segmentFiles(t, s)) == 0 {
			t.Errorf("%s: signed segments were not taken", name)
		}
		if r := s.run(t, "db", "status"); name == "under db" && !strings.Contains(r.out, "Mirrors must be signed by key "+fingerprint) {
			t.Errorf("status:\n%s", r.out)
		}
		s.run(t, "db", "update", "--offline", "--mirror", unsigned, "npm").want(t, exitFailed)
	}
	s := newCustomer(t, publisher)
	put(t, s.dir, "nothing.pub", "", "private.pub", text)
	for key, words := range map[string][]string{
		"missing.pub": {"missing.pub"}, "nothing.pub": {"nothing.pub", "PUBLIC KEY"}, "private.pub": {"ENCRYPTED SIGSTORE PRIVATE KEY"}, "env://NO_SUCH": {"NO_SUCH"},
	} {
		s.run(t, "db", "pull", "--verify-key", key, ref).want(t, exitUsage, append(words, "--verify-key")...)
	}
	s.run(t, "db", "build", "--from", "osv", "npm").want(t, exitOK)
	for key, words := range map[string][]string{"missing.key": {"missing.key"}, "publisher.pub": {"want a private key"}, "private.pub": {"PLIMSOLL_KEY_PASSWORD"}} {
		s.run(t, "db", "push", "--sign-key", key, "oci:x").want(t, exitUsage, words...)
	}
	if _, err := os.Stat(filepath.Join(s.dir, "x")); err == nil {
		t.Error("pushed without the signature that was asked for")
	}
}

// TestSignedBack shows an old state, with its good signature, to one who has seen a
// newer one, and to one who has newer data from elsewhere.
func TestSignedBack(t *testing.T) {
	t.Parallel()
	publisher, _ := newPublisher(t)
	shared := filepath.Join(publisher.dir, "shared")
	ref := "oci:" + shared
	publisher.run(t, "db", "push", "--sign-key", "publisher.key", ref).want(t, exitOK)
	index := readFile(t, publisher, "shared/index.json")
	time.Sleep(1100 * time.Millisecond) // times of segments have seconds
	put(t, publisher.dir, "osv/npm/A-9.json", strings.ReplaceAll(readFile(t, publisher, "osv/npm/A-1.json"), "A-1", "A-9"))
	publisher.run(t, "db", "build", "--from", "osv", "npm", "Go").want(t, exitOK)
	publisher.run(t, "db", "push", "--sign-key", "publisher.key", ref).want(t, exitOK)

	customer, other := newCustomer(t, publisher), newCustomer(t, publisher)
	customer.run(t, "db", "pull", "--verify-key", "publisher.pub", ref).want(t, exitOK)
	other.run(t, "db", "build", "--from", "osv", "npm", "Go").want(t, exitOK) // newer data of its own
	had, hadOther := segmentFiles(t, customer), segmentFiles(t, other)
	put(t, publisher.dir, "shared/index.json", index)

	r := customer.run(t, "db", "pull", "--verify-key", "publisher.pub", ref)
	r.want(t, exitFailed, ref, "sha256:", "older than what it had before", "--allow-older")
	r = customer.run(t, "db", "update", "--offline", "--verify-key", "publisher.pub", "--mirror", ref, "npm")
	if !strings.Contains(r.err, "older than what it had before") {
		t.Errorf("update:\n%s", r.err)
	}
	if !mapsEqual(had, segmentFiles(t, customer)) {
		t.Error("newer data were replaced")
	}
	r = other.run(t, "db", "pull", "--verify-key", "publisher.pub", ref)
	r.want(t, exitOK, "older than what is at hand", "--allow-older")
	if !strings.Contains(r.out, "npm  kept") || !mapsEqual(hadOther, segmentFiles(t, other)) {
		t.Errorf("newer data were replaced:\n%s", r.out)
	}
	for _, s := range []*session{customer, other} {
		before := segmentFiles(t, s)
		s.run(t, "db", "pull", "--allow-older", "--verify-key", "publisher.pub", ref).want(t, exitOK)
		if mapsEqual(before, segmentFiles(t, s)) {
			t.Error("--allow-older took nothing")
		}
		s.run(t, "db", "pull", "--verify-key", "publisher.pub", ref).want(t, exitOK)
	}
}

// TestSignedTogether pushes from two machines to one place. What the other has
// pushed is signed again only if its signature is known.
func TestSignedTogether(t *testing.T) {
	t.Parallel()
	one, _ := newPublisher(t)
	ref := "oci:" + filepath.Join(one.dir, "shared")
	one.run(t, "db", "push", "--sign-key", "publisher.key", ref, "npm").want(t, exitOK)
	two := newCustomer(t, one)
	keyPair(t, two, "second")
	two.run(t, "db", "build", "--from", "osv", "Go").want(t, exitOK)
	two.run(t, "db", "push", "--sign-key", "second.key", ref).want(t, exitFailed, "npm", "would be signed unseen", "--replace")
	two.run(t, "db", "push", "--sign-key", "second.key", "--verify-key", "publisher.pub", ref).want(t, exitOK)
	r := newCustomer(t, one)
	put(t, r.dir, "second.pub", readFile(t, two, "second.pub"))
	r.run(t, "db", "pull", "--verify-key", "second.pub", ref, "npm", "Go").want(t, exitOK)
	// By a key that no longer counts, and with no segments of others to lose.
	keyPair(t, one, "third")
	one.run(t, "db", "push", "--sign-key", "third.key", ref).want(t, exitOK)
	one.run(t, "db", "push", "--sign-key", "publisher.key", ref, "npm").want(t, exitFailed, "Go")
	dropped := one.run(t, "db", "push", "--sign-key", "publisher.key", "--replace", ref, "npm")
	if dropped.want(t, exitOK); !strings.Contains(dropped.out, "1 parts") {
		t.Errorf("replaced:\n%s", dropped.out)
	}
}

// TestSignedBeside holds that a refusal in the update beside a scan is told, also when
// the data at hand are enough, and that a mirror which is only down is not.
func TestSignedBeside(t *testing.T) {
	var text bytes.Buffer
	a := &app{err: &text, progress: newProgress(io.Discard, true)}
	d := &data{app: a, beside: &beside{}}
	d.beside.trouble("oci:x", errors.New("connection refused"))
	d.beside.trouble("oci:y", fmt.Errorf("mirror oci:y: %w: not signed", mirror.ErrRefused))
	d.beside.trouble("oci:z", fmt.Errorf("mirror oci:z: %w", refresh.ErrBack))
	for range 2 {
		d.tellLater()
	}
	if got := text.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "oci:y is not believed") || !strings.Contains(got, "oci:z is not believed") {
		t.Errorf("told:\n%s", got)
	}
}

// TestKeys makes keys and never overwrites one.
func TestKeys(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	s.run(t, "key", "generate").want(t, exitUsage, "PLIMSOLL_KEY_PASSWORD")
	fingerprint := keyPair(t, s, "a")
	private := readFile(t, s, "a.key")
	if info, err := os.Stat(filepath.Join(s.dir, "a.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	s.run(t, "key", "generate", "--out", "a").want(t, exitFailed, "a.key", "never overwritten")
	put(t, s.dir, "b.pub", "somebody's")
	s.run(t, "key", "generate", "--out", "b").want(t, exitFailed, "b.pub")
	s.run(t, "key", "generate", "--out", "missing/c").want(t, exitFailed, "missing")
	s.run(t, "key", "generate", "--out", "c", "--algorithm", "rsa").want(t, exitUsage, "ed25519")
	if left := filesBelow(t, s.dir); len(left) != 3 || readFile(t, s, "a.key") != private {
		t.Errorf("files: %v", left)
	}
	r := s.run(t, "key", "public", "a.key")
	if r.want(t, exitOK, fingerprint); r.out != readFile(t, s, "a.pub") {
		t.Errorf("public key:\n%s", r.out)
	}
	s.run(t, "key", "public", "a.pub").want(t, exitOK, fingerprint)
	s.run(t, "key", "public", "b.pub").want(t, exitUsage, "b.pub", "PEM")
	s.env = []string{"COSIGN_PASSWORD=wrong"}
	s.run(t, "key", "public", "a.key").want(t, exitUsage, "passphrase is wrong")
	s.env = []string{"COSIGN_PASSWORD="}
	s.run(t, "key", "generate", "--out", "open", "--algorithm", "ed25519").want(t, exitOK, "no passphrase")
	s.run(t, "key", "public", "open.key").want(t, exitOK)
}

// TestSignedWeb pulls from a web server that serves the layout of a signed push.
func TestSignedWeb(t *testing.T) {
	t.Parallel()
	publisher, _ := newPublisher(t)
	publisher.run(t, "db", "push", "--sign-key", "publisher.key", "oci:shared").want(t, exitOK)
	server := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(publisher.dir, "shared"))))
	t.Cleanup(server.Close)
	s := newCustomer(t, publisher)
	s.run(t, "db", "pull", "--verify-key", "publisher.pub", server.URL).want(t, exitOK)
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(w, neverEnding{}); err != nil {
			return // the program has had enough
		}
	}))
	t.Cleanup(endless.Close)
	s.run(t, "db", "pull", "--verify-key", "publisher.pub", endless.URL).want(t, exitFailed, "more than")
}

// neverEnding is a body without an end.
type neverEnding struct{}

// Read gives spaces.
func (neverEnding) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}
