package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plimsoll/plimsoll/intel"
)

// putAdvisories writes OSV records of two ecosystems in the layout that
// --from takes, and an image with a package that they are about.
func putAdvisories(t testing.TB, dir, summary string) {
	t.Helper()
	record := func(id, ecosystem, name, modified string) string {
		return `{"id":"` + id + `","modified":"` + modified + `","published":"` + modified + `","summary":"` + summary + `",
 "severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
 "affected":[{"package":{"ecosystem":"` + ecosystem + `","name":"` + name + `"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"4.17.12"}]}]}]}`
	}
	put(t, dir, "osv/npm/A-1.json", record("A-1", "npm", "lodash", "2020-01-01T00:00:00Z"),
		"osv/npm/A-2.json", record("A-2", "npm", "lodash", "2022-01-01T00:00:00Z"),
		"osv/Go/B-1.json", record("B-1", "Go", "example.org/x", "2021-01-01T00:00:00Z"),
		"root/etc/os-release", "ID=alpine\n", "root/srv/node_modules/lodash/package.json", `{"name":"lodash","version":"4.17.4"}`)
}

// TestShare pushes advisories from one machine and scans with them on another.
func TestShare(t *testing.T) {
	t.Parallel()
	publisher := newSession(t)
	putAdvisories(t, publisher.dir, "text")
	publisher.run(t, "db", "push", "oci:out").want(t, exitNoData, "db update")
	publisher.run(t, "db", "build", "--from", "osv", "npm", "Go").want(t, exitOK)
	var mu sync.Mutex
	uploads := 0
	ref := "oci://" + serve(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			if r.Method == http.MethodPost {
				uploads++
			}
			mu.Unlock()
			h.ServeHTTP(w, r)
		})
	}) + "/plimsoll/segments:latest"
	first := publisher.run(t, "db", "push", ref)
	first.want(t, exitOK)
	before := uploads
	again := publisher.run(t, "db", "push", ref)
	again.want(t, exitOK)
	if uploads != before || !strings.Contains(first.out, "2 moved") || !strings.Contains(again.out, "0 moved") {
		t.Errorf("%d uploads, then %d:\n%s%s", before, uploads, first.out, again.out)
	}

	other := newSession(t)
	putAdvisories(t, other.dir, "text")
	pulled := other.run(t, "db", "pull", ref)
	pulled.want(t, exitOK)
	if n := strings.Count(pulled.out, " new "); n != 2 {
		t.Errorf("%d segments pulled:\n%s", n, pulled.out)
	}
	if as := other.run(t, "db", "pull", ref); strings.Count(as.out, "as it was") != 2 {
		t.Errorf("pulled twice:\n%s", as.out)
	}
	other.run(t, "db", "pull", ref, "PyPI").want(t, exitFailed, "PyPI")
	other.run(t, "db", "pull", ref+"-none").want(t, exitFailed, "no advisory segments")
	other.run(t, "db", "pull", "registry.example/x").want(t, exitUsage, "oci://")
	other.run(t, "db", "pull", "--offline", ref).want(t, exitFailed, "offline")
	r, code := other.scan(t, "--only", "vulnerabilities", "dir:root")
	if code.code != exitStop || len(r.Findings) != 2 || r.Database.Starter {
		t.Errorf("exit code %d, %d findings", code.code, len(r.Findings))
	}
}

// TestMirror scans on new machines with a mirror and no network.
func TestMirror(t *testing.T) {
	t.Parallel()
	publisher := newSession(t)
	putAdvisories(t, publisher.dir, "text")
	publisher.run(t, "db", "build", "--from", "osv", "npm", "Go").want(t, exitOK)
	publisher.run(t, "db", "push", "--offline", "oci:shared").want(t, exitOK)
	publisher.run(t, "db", "push", "oci:shared", "PyPI").want(t, exitNoData, "PyPI")
	ref := "oci:" + filepath.Join(publisher.dir, "shared")

	s := newSession(t)
	putAdvisories(t, s.dir, "text")
	put(t, s.dir, ".plimsoll.yaml", "scan:\n  mirror: ["+ref+"]\n")
	r, code := s.scan(t, "--only", "vulnerabilities", "dir:root") // a directory is no network
	if code.code != exitStop || len(r.Findings) != 2 || r.Database.Starter {
		t.Errorf("exit code %d, %d findings\n%s", code.code, len(r.Findings), code.err)
	}
	s.run(t, "db", "update", "--offline", "npm", "Go").want(t, exitOK) // the mirrors of scans
	s.run(t, "scan", "--mirror", "nonsense", "dir:root").want(t, exitUsage, "--mirror", "oci://")

	// Several at once, on one more machine.
	s = newSession(t)
	putAdvisories(t, s.dir, "text")
	results := make([]result, 4)
	var work sync.WaitGroup
	for n := range results {
		work.Go(func() {
			cmd := s.command(t.Context(), "scan", "--offline", "-o", "json", "--mirror", ref, "--only", "vulnerabilities", "dir:root")
			out, _ := cmd.Output() // the code says how it went
			results[n] = result{out: string(out), code: cmd.ProcessState.ExitCode()}
		})
	}
	work.Wait()
	for _, r := range results {
		if r.code != exitStop || len(decode(t, r.out).Findings) != 2 {
			t.Errorf("exit code %d\n%s", r.code, r.out)
		}
	}
	for _, f := range filesBelow(t, filepath.Join(s.home, ".cache", "plimsoll", "db")) {
		if strings.HasPrefix(filepath.Base(f), ".new-") {
			t.Error("left behind:", f)
		}
	}
}

// TestShareIntelligence moves what is known of CVEs with the segments.
func TestShareIntelligence(t *testing.T) {
	t.Parallel()
	publisher, user := newSession(t), newSession(t)
	putAdvisories(t, publisher.dir, "text")
	publisher.run(t, "db", "build", "--from", "osv", "npm").want(t, exitOK)
	var b intel.Builder
	b.AddSource(intel.Source{Name: "kev", URL: "https://kev.example", Fetched: time.Now().Add(-time.Hour)})
	if err := b.Add(intel.Record{CVE: "CVE-2021-44228", Exploited: intel.Exploited{Name: "Log4Shell", Added: "2021-12-10"}}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(".cache", "plimsoll", "db", intel.FileName)
	if err := b.WriteFile(filepath.Join(publisher.home, file)); err != nil {
		t.Fatal(err)
	}
	ref := "oci:" + filepath.Join(publisher.dir, "shared")
	publisher.run(t, "db", "push", ref).want(t, exitOK)
	for try, want := range []string{"intelligence  new", ""} {
		r := user.run(t, "db", "pull", ref)
		if r.want(t, exitOK); want != "" != strings.Contains(r.out, "intelligence") {
			t.Errorf("pull %d:\n%s", try, r.out)
		}
	}
	known, err := intel.Open(filepath.Join(user.home, file))
	if err != nil {
		t.Fatal(err)
	}
	if r, ok := known.CVE("CVE-2021-44228"); !ok || r.Exploited.Name != "Log4Shell" {
		t.Errorf("%+v, %t", r, ok)
	}
}
