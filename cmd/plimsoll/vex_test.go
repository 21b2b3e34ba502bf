package main

import (
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
