package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFetchVEX holds how a document from a URL is asked for anew, kept, and used
// when its source is down.
func TestFetchVEX(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	const good = `{"@context":"https://openvex.dev/ns/v0.2.0","timestamp":"2026-01-01T00:00:00Z","statements":[{"vulnerability":{"name":"CVE-1"},"products":[{"@id":"pkg:npm/x"}],"status":"fixed"}]}`
	body, tag, status := good, `"one"`, http.StatusOK
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Header.Get("If-None-Match"))
		switch {
		case status != http.StatusOK:
			w.WriteHeader(status)
		case r.Header.Get("If-None-Match") == tag:
			w.WriteHeader(http.StatusNotModified)
		default:
			w.Header().Set("ETag", tag)
			w.Write([]byte(body))
		}
	}))
	defer server.Close()
	read := func(offline bool) (string, error) {
		var warned strings.Builder
		a := &app{err: &warned, offline: offline, progress: newProgress(&warned, true)}
		set, err := a.newVEX(t.Context(), matchFlags{vex: []string{server.URL + "/a.json"}})
		if err == nil && len(set.Documents()) != 1 {
			t.Errorf("%d documents", len(set.Documents()))
		}
		return warned.String(), err
	}
	step := func(name string, offline bool, warning, failure string) {
		t.Helper()
		warned, err := read(offline)
		if (err == nil) != (failure == "") || err != nil && !strings.Contains(err.Error(), failure) {
			t.Errorf("%s: %v, want %q", name, err, failure)
		}
		if (warned == "") != (warning == "") || !strings.Contains(warned, warning) {
			t.Errorf("%s: warned %q, want %q", name, warned, warning)
		}
	}
	step("offline before the first fetch", true, "", "off limits")
	step("fetch", false, "", "")
	step("unchanged", false, "", "")
	step("offline", true, "", "")
	status = http.StatusBadGateway
	step("down", false, "502 Bad Gateway: the document from the last time is used", "")
	status, body, tag = http.StatusOK, "{", `"two"`
	step("broken", false, "", "a.json:1:1: unexpected end")
	step("broken is not kept", true, "", "")
	kept, err := filepath.Glob(filepath.Join(home, "cache", "plimsoll", "vex", "*"))
	if err != nil || len(kept) != 2 {
		t.Fatalf("kept %v %v", kept, err)
	}
	for _, file := range kept {
		if !strings.HasSuffix(file, ".json") {
			if err := os.Truncate(file, 10); err != nil {
				t.Fatal(err)
			}
		}
	}
	body = good
	step("torn", false, "", "")
	if got, want := strings.Join(asked, " "), ` "one" "one" "one" `; got != want {
		t.Errorf("asked with %q, want %q", got, want)
	}
}

// TestVEXOfImage holds that statements about an image by its digest, its
// configuration's or its name count for that image alone.
func TestVEXOfImage(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	img := imageOf(t, tarOf(t, "etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n", "app/node_modules/lodash/package.json", `{"name":"lodash","version":"4.17.10"}`))
	digest, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	config, err := img.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	archive, layout := dockerArchive(t, img), ociLayout(t, img)
	const elsewhere = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	for _, c := range []struct {
		ref, product string
		want         bool
	}{
		{layout, "pkg:oci/image@" + digest.String(), true},
		{layout, "pkg:oci/image@" + elsewhere, false},
		{archive, "pkg:oci/other@" + config.String(), true},
		{archive, "pkg:oci/image?tag=1", true},
		{archive, "pkg:docker/test/image@1", true},
		{archive, "pkg:docker/test/image@2", false},
		{archive, "docker.io/test/image:1", true},
	} {
		file := filepath.Join(s.dir, "image.vex.json")
		text := `{"@context":"https://openvex.dev/ns/v0.2.0","timestamp":"2026-01-01T00:00:00Z","statements":[{"vulnerability":{"name":"GHSA-jf85-cpcp-j695"},
			"products":[{"@id":"` + c.product + `","subcomponents":[{"@id":"pkg:npm/lodash"}]}],"status":"not_affected","justification":"inline_mitigations_already_exist"}]}`
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		r, _ := s.scan(t, "--db", "starter", "--only", "vulnerabilities", "--vex", file, c.ref)
		found := false
		for _, f := range r.Findings {
			if f.ID == "CVE-2019-10744" {
				found = true
				if got := strings.HasPrefix(f.Suppressed, "VEX: not_affected, inline_mitigations_already_exist ("); got != c.want {
					t.Errorf("%s: %q", c.product, f.Suppressed)
				}
			} else if f.Suppressed != "" {
				t.Errorf("%s: %s is suppressed", c.product, f.ID)
			}
		}
		if !found {
			t.Errorf("%s: the finding is not in the report", c.product)
		}
	}
}

// TestVEXRepository follows a manifest to an archive and the documents that its
// index names, and keeps both for a day without a network.
func TestVEXRepository(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	for name, text := range map[string]string{
		"hub-main/index.json":         `{"updated_at":"2026-01-01T00:00:00Z","packages":[{"id":"pkg:npm/x","location":"pkg/npm/x/vex.json"}]}`,
		"hub-main/pkg/npm/x/vex.json": `{"@context":"https://openvex.dev/ns/v0.2.0","@id":"urn:x","timestamp":"2026-01-01T00:00:00Z","statements":[{"vulnerability":{"name":"CVE-1"},"products":[{"@id":"pkg:npm/x"}],"status":"fixed"}]}`,
		"hub-main/broken.json":        `{`,
	} {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/.well-known/vex-repository.json":
			fmt.Fprintf(w, `{"name":"hub","versions":[{"spec_version":"0.1","locations":[{"url":"%s/main.zip//hub-main"}],"update_interval":"24h"}]}`, server.URL)
		case "/main.zip":
			w.Write(archive.Bytes())
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	for _, c := range []struct {
		address string
		offline bool
	}{{server.URL, false}, {server.URL, true}, {server.URL + "/main.zip//hub-main", false}, {server.URL + "/main.zip", true}} {
		var warned strings.Builder
		a := &app{err: &warned, offline: c.offline, progress: newProgress(&warned, true)}
		set, err := a.newVEX(t.Context(), matchFlags{vex: []string{c.address}})
		if err != nil || len(set.Documents()) != 1 || set.Documents()[0].Name != "urn:x" || warned.Len() > 0 {
			t.Errorf("%s: %v, warned %q", c.address, err, warned.String())
		}
	}
	a := &app{err: io.Discard, progress: newProgress(io.Discard, true)}
	if _, err := a.newVEX(t.Context(), matchFlags{vex: []string{server.URL + "/main.zip//elsewhere"}}); err == nil || !strings.Contains(err.Error(), "index.json") {
		t.Errorf("a folder that is not there: %v", err)
	}
}
