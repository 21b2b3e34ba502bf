package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/plimsoll/plimsoll/trust"
)

func TestParsePublished(t *testing.T) {
	key, err := trust.GenerateKey(trust.ECDSA)
	if err != nil {
		t.Fatal(err)
	}
	pem := string(key.Public().PEM())
	for text, want := range map[string]string{
		"# nothing\n\n":                               "",
		"oci://registry.example/x:1\n" + pem:          "oci://registry.example/x:1",
		"# c\n oci:dir \n# c\n" + pem + pem:           "oci:dir",
		"oci://registry.example/x:1\n":                "no PEM block",
		pem:                                           "want one reference",
		"oci:a\noci:b\n" + pem:                        "want one reference",
		"registry.example/x\n" + pem:                  "oci://",
		"oci:a\n" + strings.ReplaceAll(pem, "M", "N"): "published.txt",
	} {
		p, err := parsePublished(text)
		if got := p.ref; err == nil && (got != want || got != "" && len(p.keys) == 0) || err != nil && !strings.Contains(err.Error(), want) || err != nil && want == "" {
			t.Errorf("%q: %+v, %v, want %q", text, p, err, want)
		}
	}
	if _, err := parsePublished(publishedText); err != nil {
		t.Error("the file of this build:", err)
	}
}

// TestPublished builds a program that knows of published segments, as a release
// does, and wants the user's mirror asked first, then these, then the sources.
func TestPublished(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds a program")
	}
	publisher, fingerprint := newPublisher(t)
	own, _ := newPublisher(t)
	published := "oci://" + serve(t, nil) + "/plimsoll/segments:1"
	mirrorRef := "oci:" + filepath.Join(own.dir, "shared")
	publisher.run(t, "db", "push", "--sign-key", "publisher.key", published).want(t, exitOK)
	put(t, own.dir, "osv/npm/A-7.json", strings.ReplaceAll(readFile(t, own, "osv/npm/A-1.json"), "A-1", "A-7"))
	own.run(t, "db", "build", "--from", "osv", "npm").want(t, exitOK)
	own.run(t, "db", "push", "--sign-key", "publisher.key", mirrorRef, "npm").want(t, exitOK)

	// What the sources are asked for ends at a proxy that only takes note.
	var mu sync.Mutex
	var hosts []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		hosts = append(hosts, r.Host)
		w.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(proxy.Close)
	asked := func() bool {
		mu.Lock()
		defer mu.Unlock()
		was := len(hosts) > 0
		hosts = nil
		return was
	}

	user := newCustomer(t, own)
	user.program = released(t, published+"\n"+readFile(t, publisher, "publisher.pub"))
	user.env = []string{"HTTPS_PROXY=" + proxy.URL, "PLIMSOLL_INTEL_SOURCE=none"}
	if r := user.run(t, "db", "status"); !strings.Contains(r.out, "Published segments: "+published+", signed by key "+fingerprint) {
		t.Errorf("status:\n%s", r.out)
	}
	has := func(files ...string) {
		t.Helper()
		var names []string
		for name := range segmentFiles(t, user) {
			names = append(names, name)
		}
		if slices.Sort(names); !slices.Equal(names, files) {
			t.Errorf("at hand: %v, want %v", names, files)
		}
	}
	user.run(t, "db", "update", "--mirror", mirrorRef, "--verify-key", "publisher.pub", "npm").want(t, exitOK)
	has("npm.seg")
	if r := user.run(t, "db", "status"); !regexp.MustCompile(`npm +3 `).MatchString(r.out) {
		t.Errorf("the mirror's npm has 3 advisories, the published one 2:\n%s", r.out)
	}
	user.run(t, "db", "update", "--mirror", mirrorRef, "--verify-key", "publisher.pub", "Go").want(t, exitOK)
	has("go.seg", "npm.seg")
	if asked() {
		t.Error("sources were asked for what mirrors have")
	}
	user.run(t, "db", "update", "--mirror", mirrorRef, "--verify-key", "publisher.pub", "PyPI").want(t, exitFailed, "PyPI")
	if !asked() {
		t.Error("the sources were not asked for what no mirror has")
	}
	// The key of the user's mirrors is not that of the published segments, which
	// are checked by their own also when they are named.
	user.run(t, "db", "pull", "--verify-key", "publisher.pub", published).want(t, exitOK)
	put(t, publisher.dir, "osv/npm/A-9.json", strings.ReplaceAll(readFile(t, publisher, "osv/npm/A-1.json"), "A-1", "A-9"))
	publisher.run(t, "db", "build", "--from", "osv", "npm").want(t, exitOK)
	publisher.run(t, "db", "push", published).want(t, exitOK)
	user.run(t, "db", "pull", published).want(t, exitFailed, "not signed", fingerprint)
	user.run(t, "db", "update", "npm").want(t, exitFailed, published+" is of no use")
	if !asked() {
		t.Error("the sources were not asked when the published segments were refused")
	}
	has("go.seg", "npm.seg")
}

// released builds the program with another published.txt.
func released(t testing.TB, text string) string {
	t.Helper()
	dir := t.TempDir()
	put(t, dir, "published.txt", text)
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(root(t), "cmd", "plimsoll", "published.txt"): filepath.Join(dir, "published.txt")}})
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "overlay.json", string(overlay))
	program := filepath.Join(dir, "plimsoll")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", program, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return program
}
