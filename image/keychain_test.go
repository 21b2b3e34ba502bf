package image

import (
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

func TestPodmanKeychain(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	dir := t.TempDir()
	basic := func(text string) string {
		return `{"auth":"` + base64.StdEncoding.EncodeToString([]byte(text)) + `"}`
	}
	first, second := filepath.Join(dir, "first.json"), filepath.Join(dir, "second.json")
	for file, text := range map[string]string{
		first: `{"auths":{"docker.io":` + basic("hub:h") + `,"example.com/team":` + basic("team:t") + `,"example.com/team/shop":` + basic("shop:s") + `},
			"credHelpers":{"helped.example.com":"test"}}`,
		second: `{"auths":{"other.example.com":` + basic("other:o") + `}}`,
		filepath.Join(dir, "docker-credential-test"): "#!/bin/sh\nread server\necho \"{\\\"Username\\\":\\\"$server\\\",\\\"Secret\\\":\\\"$1\\\"}\"\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	keys := podmanKeychain{files: []string{filepath.Join(dir, "missing.json"), first, second}}
	for repo, want := range map[string]string{
		"alpine":                      "hub:h",
		"example.com/team/shop":       "shop:s",
		"example.com/team/other/deep": "team:t",
		"example.com/public":          ":",
		"other.example.com/x":         "other:o",
		"helped.example.com/x":        "helped.example.com:get",
	} {
		r, err := name.NewRepository(repo)
		if err != nil {
			t.Fatal(err)
		}
		auth, err := keys.Resolve(r)
		if err != nil {
			t.Errorf("%s: %v", repo, err)
			continue
		}
		got, err := auth.Authorization()
		if err != nil {
			t.Errorf("%s: %v", repo, err)
		} else if got.Username+":"+got.Password != want {
			t.Errorf("%s: %s:%s, want %s", repo, got.Username, got.Password, want)
		}
	}
	if err := os.WriteFile(second, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := name.NewRepository("other.example.com/x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Resolve(r); err == nil || !strings.Contains(err.Error(), second) {
		t.Errorf("broken file: %v", err)
	}
}

// TestLogin pulls what only who has logged in may have, with the credentials
// that Docker and Podman keep, and without.
func TestLogin(t *testing.T) {
	reg := newTestRegistry(t)
	img := testImage(t)
	ref := reg.push(t, img, "private")
	reg.set(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if user, password, _ := r.BasicAuth(); user != "me" || password != "secret" {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
	noDaemons(t)
	home := os.Getenv("HOME")
	login := `{"auths":{"` + reg.host + `":{"auth":"` + base64.StdEncoding.EncodeToString([]byte("me:secret")) + `"}}}`
	o := quick(nil)
	o.Keychain = nil
	if _, err := Open(t.Context(), ref, o); err == nil || !strings.Contains(err.Error(), "docker login "+reg.host) {
		t.Errorf("without credentials: %v", err)
	}
	for _, file := range []string{".docker/config.json", "containers/auth.json", "elsewhere.json"} {
		file = filepath.Join(home, file)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(login), 0o600); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "elsewhere.json") {
			t.Setenv("REGISTRY_AUTH_FILE", file)
		}
		same(t, open(t, ref, o), img)
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	// A helper that is not there hinders only what needs it.
	if err := os.WriteFile(filepath.Join(home, ".docker/config.json"), []byte(`{"credsStore":"missing"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), ref, o); err == nil || !strings.Contains(err.Error(), "docker-credential-missing") {
		t.Errorf("with a broken helper: %v", err)
	}
	reg.set(nil)
	same(t, open(t, ref, o), img)
	o.Keychain = authn.NewMultiKeychain()
	same(t, open(t, ref, o), img)
}
