package main

import (
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll/plimsoll/vulndb"
)

// pythonDebs are Debian's packages of Python distributions, with each way that
// Debian keeps their metadata.
var pythonDebs = []string{
	"python3-six", "python3-requests", "python3-urllib3", "python3-yaml", "python3-idna", "python3-chardet", "python3-certifi",
	"python3-jinja2", "python3-markupsafe", "python3-setuptools", "python3-pkg-resources", "python3-docutils", "python3-zipp", "python3-wheel",
}

// listDistributions prints what Python itself finds on a path.
const listDistributions = `
import importlib.metadata, sys
for d in importlib.metadata.distributions(path=sys.argv[1:]):
    print(d.metadata["Name"], d.version)
`

// TestPython unpacks Debian's packages and wants what importlib.metadata finds.
func TestPython(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("downloads packages")
	}
	tool(t, "dpkg-deb", "apt-get", "python3")
	base := t.TempDir()
	for _, deb := range download(t, pythonDebs...) {
		capture(t, base, "dpkg-deb", "-x", deb, base)
	}
	place := filepath.Join(base, "usr/lib/python3/dist-packages")
	var want []string
	for l := range strings.Lines(capture(t, base, "python3", "-c", listDistributions, place)) {
		want = append(want, strings.TrimSpace(l))
	}
	if len(want) < 10 {
		t.Fatalf("python finds %v", want)
	}
	for _, ref := range []string{"dir:" + base, dockerArchive(t, imageFrom(t, opener(treeOf(t, base).layer(t, tree{}))))} {
		r, _ := newSession(t).scan(t, ref)
		var got []string
		for _, p := range packages(r, "pypi") {
			got = append(got, p.Name+" "+p.Version)
		}
		diff(t, got, want)
		t.Logf("%s: %d distributions, Python finds %d", r.Target.Source, len(got), len(want))
	}
}

// database writes segments of advisories, for tests that need known ones.
func database(t testing.TB, advisories ...vulndb.Advisory) string {
	t.Helper()
	dir := t.TempDir()
	var all iter.Seq2[vulndb.Advisory, error] = func(yield func(vulndb.Advisory, error) bool) {
		for _, a := range advisories {
			if !yield(a, nil) {
				return
			}
		}
	}
	if _, err := vulndb.Compile(t.Context(), dir, vulndb.Build{Source: "test", Fetched: time.Now()}, all); err != nil {
		t.Fatal(err)
	}
	return dir
}

// advisory is one about every version of a package before fixed.
func advisory(id, ecosystem, name, fixed string) vulndb.Advisory {
	return vulndb.Advisory{
		ID: id, Modified: time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC), Summary: "a sample",
		Severities: []vulndb.Severity{{Type: "CVSS_V3", Score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}},
		Affected: []vulndb.Affected{{Ecosystem: ecosystem, Name: name, Ranges: []vulndb.Range{{
			Type: "ECOSYSTEM", Events: []vulndb.Event{{Introduced: "0"}, {Fixed: fixed}},
		}}}},
	}
}

// TestPythonOwned installs a Python distribution by Debian's package and another
// of the same name by hand. Debian answers for the first if its advisories are
// at hand, and the report says so; nobody but PyPI answers for the second.
func TestPythonOwned(t *testing.T) {
	t.Parallel()
	d := newDebian(t)
	debs := download(t, "python3-six", "python3-idna")
	d.dpkg(t, append([]string{"-i"}, debs...))
	put(t, d.dir, "usr/local/lib/python3.11/dist-packages/six-1.10.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: six\nVersion: 1.10.0\nLicense: MIT\n")
	d.seal(t)
	docker, _ := d.image(t)

	pypi := advisory("PYSEC-2024-1", "PyPI", "six", "99.0")
	debian := advisory("DSA-1-1", "Debian:12", "some-other-package", "2.0-1")
	findings := func(s *session, db string) (lines []string, code int) {
		r, res := s.scan(t, docker, "--db", db, "--only", "vulnerabilities")
		for _, p := range packages(r, "pypi") {
			if debians := strings.HasPrefix(p.At.Path, "usr/lib/python3/"); debians != (p.Owner == "python3-"+p.Name) {
				t.Errorf("%s at %s is owned by %q", p.Name, p.At.Path, p.Owner)
			}
		}
		if n := len(packages(r, "pypi")); n != 3 {
			t.Errorf("%d Python distributions, want 3", n)
		}
		for _, f := range r.Findings {
			lines = append(lines, fmt.Sprintf("%s %s %s suppressed=%v", f.ID, f.Package.Name, f.Package.Version, f.Suppressed != ""))
			if f.Suppressed != "" && !strings.Contains(f.Suppressed, "python3-six") {
				t.Errorf("the reason does not name Debian's package: %q", f.Suppressed)
			}
		}
		return lines, res.code
	}
	s := newSession(t)
	got, code := findings(s, database(t, pypi, debian))
	diff(t, got, []string{"PYSEC-2024-1 six 1.16.0 suppressed=true", "PYSEC-2024-1 six 1.10.0 suppressed=false"})
	if code != exitStop {
		t.Errorf("exit code is %d", code)
	}
	// For a release that no advisories are at hand for, Debian does not answer.
	put(t, d.dir, "usr/lib/os-release", "ID=debian\nVERSION_ID=\"7\"\n")
	d.seal(t)
	docker, _ = d.image(t)
	got, code = findings(s, database(t, pypi, debian))
	diff(t, got, []string{"PYSEC-2024-1 six 1.16.0 suppressed=false", "PYSEC-2024-1 six 1.10.0 suppressed=false"})
	if code != exitNoData {
		t.Errorf("exit code is %d, want %d", code, exitNoData)
	}
}
