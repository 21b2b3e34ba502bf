package match

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/vulndb"
)

// with is a database of OSV records.
func with(t testing.TB, records ...string) *fake {
	t.Helper()
	f := newFake()
	for _, text := range records {
		a, err := vulndb.ParseOSV([]byte(text))
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		f.add(a)
	}
	return f
}

// entry is an affected entry with one range, as JSON; more goes before the
// closing brace.
func entry(ecosystem, name, events, more string) string {
	var list []string
	for part := range strings.SplitSeq(events, ",") {
		kind, v, _ := strings.Cut(strings.TrimSpace(part), " ")
		list = append(list, fmt.Sprintf(`{%q:%q}`, kind, v))
	}
	return fmt.Sprintf(`{"package":{"ecosystem":%q,"name":%q},"ranges":[{"type":"ECOSYSTEM","events":[%s]}]%s}`,
		ecosystem, name, strings.Join(list, ","), more)
}

// record is an OSV record; head holds its fields but affected.
func record(head string, entries ...string) string {
	return "{" + head + `,"affected":[` + strings.Join(entries, ",") + "]}"
}

var (
	debian = inventory.Distro{ID: "debian", Version: "12", Codename: "bookworm"}
	alma   = inventory.Distro{ID: "almalinux", Version: "9.4"}
)

func deb(name, version, source, sourceVersion string) inventory.Package {
	return inventory.Package{Ecosystem: "deb", Name: name, Version: version, Source: source, SourceVersion: sourceVersion,
		PURL: "pkg:deb/debian/" + name + "@" + version, At: inventory.Place{Path: "var/lib/dpkg/status"}}
}

func npm(name, version string) inventory.Package {
	return inventory.Package{Ecosystem: "npm", Name: name, Version: version, PURL: "pkg:npm/" + name + "@" + version,
		At: inventory.Place{Layer: 3, Path: "app/node_modules/" + name + "/package.json"}}
}

// run1 matches an inventory.
func run1(t testing.TB, f Advisories, d inventory.Distro, packages ...inventory.Package) Result {
	t.Helper()
	m := Matcher{Ecosystems: catalogs, Advisories: f}
	r, err := m.Match(context.Background(), &inventory.Inventory{Distro: d, Packages: packages})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// lines are findings in short: package, id, fixed version, severity, status,
// and aliases.
func lines(fs []finding.Finding) []string {
	var out []string
	for _, f := range fs {
		out = append(out, fmt.Sprintf("%s %s fixed=%s %s %s [%s]", f.Package.Name, f.ID, f.Fixed, f.Severity, f.Status, strings.Join(f.Aliases, " ")))
	}
	return out
}

// TestMatch are the traps of real advisories, one each.
func TestMatch(t *testing.T) {
	for _, c := range []struct {
		name     string
		records  []string
		distro   inventory.Distro
		packages []inventory.Package
		want     []string
	}{{
		name: "aliases of two databases are one finding",
		records: []string{
			record(`"id":"GHSA-jf85-cpcp-j695","aliases":["CVE-2019-10744"],"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:H"}]`,
				entry("npm", "lodash", "introduced 0, fixed 4.17.12", "")),
			record(`"id":"GLAD-1","aliases":["CVE-2019-10744"]`, entry("npm", "lodash", "introduced 0, fixed 4.17.13", "")),
		},
		packages: []inventory.Package{npm("lodash", "4.17.10")},
		want:     []string{"lodash CVE-2019-10744 fixed=4.17.13 critical fixed [GHSA-jf85-cpcp-j695 GLAD-1]"},
	}, {
		name: "aliases join over a third record",
		records: []string{
			record(`"id":"PYSEC-1","aliases":["GHSA-a"]`, entry("PyPI", "flask", "introduced 0, fixed 2", "")),
			record(`"id":"X-1","aliases":["CVE-2023-2"]`, entry("PyPI", "flask", "introduced 0, fixed 2", "")),
			record(`"id":"GHSA-a","aliases":["CVE-2023-2"]`, entry("PyPI", "flask", "introduced 0, fixed 2", "")),
		},
		packages: []inventory.Package{{Ecosystem: "pypi", Name: "Flask", Version: "1.0"}},
		want:     []string{"Flask CVE-2023-2 fixed=2 unknown fixed [GHSA-a PYSEC-1 X-1]"},
	}, {
		name: "an announcement is about each CVE, joined with the CVE's own record",
		records: []string{
			record(`"id":"DSA-5532-1","upstream":["CVE-2023-1","CVE-2023-2"]`, entry("Debian:12", "openssl", "introduced 0, fixed 3.0.11-1", "")),
			record(`"id":"DEBIAN-CVE-2023-2","upstream":["CVE-2023-2"]`, entry("Debian:12", "openssl", "introduced 0, fixed 3.0.11-1", `,"ecosystem_specific":{"urgency":"low"}`)),
		},
		distro:   debian,
		packages: []inventory.Package{deb("libssl3", "3.0.9-1", "openssl", "")},
		want: []string{
			"libssl3 CVE-2023-2 fixed=3.0.11-1 low fixed [DEBIAN-CVE-2023-2 DSA-5532-1]",
			"libssl3 CVE-2023-1 fixed=3.0.11-1 unknown fixed [DSA-5532-1]",
		},
	}, {
		name:     "an announcement without any CVE goes by its own id",
		records:  []string{record(`"id":"DSA-1-1"`, entry("Debian:12", "bash", "introduced 0, fixed 5.3", ""))},
		distro:   debian,
		packages: []inventory.Package{deb("bash", "5.2", "", "")},
		want:     []string{"bash DSA-1-1 fixed=5.3 unknown fixed []"},
	}, {
		name: "an announcement that mends the regression of another is about the same, and the fix is its",
		records: []string{
			record(`"id":"DSA-7-1","upstream":["CVE-2023-1","CVE-2023-2"]`, entry("Debian:12", "bash", "introduced 0, fixed 5.2-2", "")),
			record(`"id":"DSA-7-2","summary":"bash - regression update"`, entry("Debian:12", "bash", "introduced 0, fixed 5.2-3", "")),
			record(`"id":"DSA-70-1","upstream":["CVE-2023-3"]`, entry("Debian:12", "bash", "introduced 0, fixed 5.2-1", "")),
		},
		distro:   debian,
		packages: []inventory.Package{deb("bash", "5.2-1", "", "")},
		want: []string{
			"bash CVE-2023-1 fixed=5.2-3 unknown fixed [DSA-7-1 DSA-7-2]",
			"bash CVE-2023-2 fixed=5.2-3 unknown fixed [DSA-7-1 DSA-7-2]",
		},
	}, {
		name: "where the first is mended, one that follows it up goes by its own id, as one without CVEs does",
		records: []string{
			record(`"id":"DSA-7-1","upstream":["CVE-2023-1"]`, entry("Debian:12", "bash", "introduced 0, fixed 5.2-2", "")),
			record(`"id":"DSA-7-2","summary":"bash - regression update"`, entry("Debian:12", "bash", "introduced 0, fixed 5.2-3", "")),
		},
		distro:   debian,
		packages: []inventory.Package{deb("bash", "5.2-2", "", "")},
		want:     []string{"bash DSA-7-2 fixed=5.2-3 unknown fixed []"},
	}, {
		name: "AlmaLinux: an advisory about a source that leaves the package out, by another package of the source and version",
		records: []string{
			record(`"id":"ALSA-1","related":["CVE-2024-1"],"summary":"Moderate: libxml2 security update"`, entry("AlmaLinux:9", "libxml2-devel", "introduced 0, fixed 2.9.7-9.el9", "")),
			record(`"id":"ALSA-2","related":["CVE-2024-2"],"summary":"Moderate: libxml2-docs security update"`, entry("AlmaLinux:9", "libxml2-docs", "introduced 0, fixed 2.9.7-9.el9", "")),
			record(`"id":"ALSA-4","related":["CVE-2024-4"],"summary":"Moderate: GNOME security update"`, entry("AlmaLinux:9", "libxml2-devel", "introduced 0, fixed 2.9.7-9.el9", "")),
			record(`"id":"ALSA-3","related":["CVE-2024-3"],"summary":"Moderate: libxml2 security, bug fix, and enhancement update"`,
				entry("AlmaLinux:9", "libxml2-static", "introduced 0, fixed 2.9.7-9.el9", ""), entry("AlmaLinux:9", "python3-libxml2", "introduced 0, fixed 2.9.7-7.el9", "")),
		},
		distro: alma,
		packages: []inventory.Package{
			{Ecosystem: "rpm", Name: "libxml2", Version: "2.9.7-8.el9"},
			{Ecosystem: "rpm", Name: "python3-libxml2", Version: "0:2.9.7-8.el9", Source: "libxml2", SourceVersion: "2.9.7-8.el9"},
			{Ecosystem: "rpm", Name: "libxml2-other", Version: "1-1", Source: "libxml2", SourceVersion: "2.9.7-8.el9"},
		},
		want: []string{
			"libxml2 CVE-2024-1 fixed=2.9.7-9.el9 medium fixed [ALSA-1]",
			"libxml2 CVE-2024-3 fixed=2.9.7-9.el9 medium fixed [ALSA-3]",
			"python3-libxml2 CVE-2024-1 fixed=2.9.7-9.el9 medium fixed [ALSA-1]",
		},
	}, {
		name:    "Ubuntu names each CVE twice",
		records: []string{record(`"id":"USN-1-1","upstream":["CVE-2023-1","UBUNTU-CVE-2023-1","CVE-2023-2","UBUNTU-CVE-2023-2"]`, entry("Ubuntu:22.04:LTS", "curl", "introduced 0, fixed 8", ""))},
		distro:  inventory.Distro{ID: "ubuntu", Version: "22.04"}, packages: []inventory.Package{deb("curl", "7", "", "")},
		want: []string{"curl CVE-2023-1 fixed=8 unknown fixed [USN-1-1]", "curl CVE-2023-2 fixed=8 unknown fixed [USN-1-1]"},
	}, {
		name: "the version of the source package counts",
		records: []string{
			record(`"id":"DEBIAN-CVE-2024-1"`, entry("Debian:12", "gcc-defaults", "introduced 0, fixed 1.205", "")),
			record(`"id":"DEBIAN-CVE-2024-2"`, entry("Debian:12", "gcc-defaults", "introduced 0, fixed 1.203", "")),
			record(`"id":"DEBIAN-CVE-2024-3"`, entry("Debian:12", "g++", "introduced 0", "")),
		},
		distro:   debian,
		packages: []inventory.Package{deb("g++", "4:12.2.0-3", "gcc-defaults", "1.203")},
		want:     []string{"g++ CVE-2024-1 fixed=1.205 unknown fixed [DEBIAN-CVE-2024-1]"},
	}, {
		name:     "another release's advisories do not count",
		records:  []string{record(`"id":"DEBIAN-CVE-2024-1"`, entry("Debian:11", "bash", "introduced 0", ""), entry("Debian:12", "dash", "introduced 0", ""))},
		distro:   debian,
		packages: []inventory.Package{deb("bash", "5.2", "", "")},
	}, {
		name:    "withdrawn",
		records: []string{record(`"id":"GHSA-a","withdrawn":"2024-01-01T00:00:00Z"`, entry("npm", "x", "introduced 0", ""))}, packages: []inventory.Package{npm("x", "1.0.0")},
	}, {
		name: "the vendor's states",
		records: []string{
			record(`"id":"DEBIAN-CVE-2024-1"`, entry("Debian:12", "bash", "introduced 0", `,"ecosystem_specific":{"status":"not-affected"}`)),
			record(`"id":"DEBIAN-CVE-2024-2"`, entry("Debian:12", "bash", "introduced 0", `,"ecosystem_specific":{"status":"ignored"}`)),
			record(`"id":"DEBIAN-CVE-2024-3"`, entry("Debian:12", "bash", "introduced 0", `,"ecosystem_specific":{"status":"end-of-life"}`)),
			record(`"id":"DEBIAN-CVE-2024-4"`, entry("Debian:12", "bash", "introduced 0", `,"ecosystem_specific":{"status":"undetermined"}`)),
			record(`"id":"DEBIAN-CVE-2024-5"`, entry("Debian:12", "bash", "introduced 0", `,"ecosystem_specific":{"status":"no-dsa"}`)),
			record(`"id":"DEBIAN-CVE-2024-6"`, entry("Debian:12", "bash", "introduced 0, fixed 6", `,"ecosystem_specific":{"status":"no-dsa"}`)),
			record(`"id":"DSA-2-1","upstream":["CVE-2024-1","CVE-2024-7"]`, entry("Debian:12", "bash", "introduced 0, fixed 6", "")),
		},
		distro:   debian,
		packages: []inventory.Package{deb("bash", "5.2", "", "")},
		want: []string{
			"bash CVE-2024-6 fixed=6 unknown fixed [DEBIAN-CVE-2024-6]",
			"bash CVE-2024-7 fixed=6 unknown fixed [DSA-2-1]",
			"bash CVE-2024-2 fixed= unknown will-not-fix [DEBIAN-CVE-2024-2]",
			"bash CVE-2024-3 fixed= unknown end-of-life [DEBIAN-CVE-2024-3]",
			"bash CVE-2024-4 fixed= unknown under-investigation [DEBIAN-CVE-2024-4]",
			"bash CVE-2024-5 fixed= unknown affected [DEBIAN-CVE-2024-5]",
		},
	}, {
		name: "AlmaLinux: by binary package, CVEs as related, the word in the summary, no bug fixes",
		records: []string{
			record(`"id":"ALSA-2024:1","related":["CVE-2024-1","CVE-2024-2"],"summary":"Important: openssl security update"`, entry("AlmaLinux:9", "openssl-libs", "introduced 0, fixed 1:3.0.7-27.el9", "")),
			record(`"id":"ALBA-2024:2","summary":"openssl bug fix update"`, entry("AlmaLinux:9", "openssl-libs", "introduced 0, fixed 1:3.0.7-28.el9", "")),
		},
		distro:   alma,
		packages: []inventory.Package{{Ecosystem: "rpm", Name: "openssl-libs", Source: "openssl", Version: "1:3.0.7-6.el9"}},
		want: []string{
			"openssl-libs CVE-2024-1 fixed=1:3.0.7-27.el9 high fixed [ALSA-2024:1]",
			"openssl-libs CVE-2024-2 fixed=1:3.0.7-27.el9 high fixed [ALSA-2024:1]",
		},
	}, {
		name: "rpm modules: the installed stream, and none of them for others",
		records: []string{
			record(`"id":"ALSA-1","related":["CVE-2024-1"],"summary":"Important: nodejs:18 security update"`, entry("AlmaLinux:9", "nodejs", "introduced 0, fixed 1:18.20.0-1.module_el9.3.0+5+a", "")),
			record(`"id":"ALSA-2","related":["CVE-2024-2"],"summary":"Important: nodejs:20 security update"`, entry("AlmaLinux:9", "nodejs", "introduced 0, fixed 1:20.12.0-1.module_el9.3.0+6+a", "")),
			record(`"id":"ALSA-3","related":["CVE-2024-3"]`, entry("AlmaLinux:9", "nodejs", "introduced 0, fixed 1:19.0.0-1.el9", "")),
			record(`"id":"ALSA-4","related":["CVE-2024-4"]`, entry("AlmaLinux:9", "nodejs", "introduced 0, fixed 1:99-1.module_el9", `,"ecosystem_specific":{"module":"nodejs:20"}`)),
			record(`"id":"ALSA-5","related":["CVE-2024-5"],"summary":"Low: nodejs:18 update"`,
				entry("AlmaLinux:9", "nodejs", "introduced 0, fixed 1:18.9.0-2.module_el9.4.0+7+b", ""),
				entry("AlmaLinux:9", "nodejs", "introduced 0, fixed 1:18.9.0-2.module_el9.1.0+3+b", "")),
		},
		distro: alma,
		packages: []inventory.Package{
			{Ecosystem: "rpm", Name: "nodejs", Version: "1:18.9.0-2.module_el9.2.0+4+b", Module: "nodejs:18:9020020230301:rhel9"},
		},
		want: []string{"nodejs CVE-2024-1 fixed=1:18.20.0-1.module_el9.3.0+5+a high fixed [ALSA-1]"},
	}, {
		name: "Red Hat: one finding from two product streams",
		records: []string{record(`"id":"RHSA-1","upstream":["CVE-2024-1"]`,
			entry("Red Hat:enterprise_linux:9::baseos", "bash", "introduced 0, fixed 0:5.1.8-9.el9", ""),
			entry("Red Hat:enterprise_linux:9::appstream", "bash", "introduced 0, fixed 0:5.1.8-9.el9", ""))},
		distro:   inventory.Distro{ID: "rhel", Version: "9.4"},
		packages: []inventory.Package{{Ecosystem: "rpm", Name: "bash", Version: "5.1.8-6.el9"}},
		want:     []string{"bash CVE-2024-1 fixed=0:5.1.8-9.el9 unknown fixed [RHSA-1]"},
	}, {
		name: "Ubuntu Pro's fix clears what the plain release leaves open",
		records: []string{
			record(`"id":"UBUNTU-CVE-2024-1"`, entry("Ubuntu:20.04:LTS", "curl", "introduced 0", "")),
			record(`"id":"UBUNTU-CVE-2024-2"`, entry("Ubuntu:20.04:LTS", "curl", "introduced 0", "")),
			record(`"id":"USN-1-1","upstream":["CVE-2024-1","UBUNTU-CVE-2024-1"]`, entry("Ubuntu:Pro:20.04:LTS", "curl", "introduced 0, fixed 7.68.0-1ubuntu2.25+esm1", "")),
			record(`"id":"USN-2-1","upstream":["CVE-2024-2"]`, entry("Ubuntu:Pro:20.04:LTS", "curl", "introduced 0, fixed 7.68.0-1ubuntu2.25+esm2", "")),
		},
		distro:   inventory.Distro{ID: "ubuntu", Version: "20.04", Extended: "esm"},
		packages: []inventory.Package{deb("curl", "7.68.0-1ubuntu2.25+esm1", "", "")},
		want:     []string{"curl CVE-2024-2 fixed=7.68.0-1ubuntu2.25+esm2 unknown fixed [UBUNTU-CVE-2024-2 USN-2-1]"},
	}, {
		name: "the fix of the installed branch, and one that is not itself affected",
		records: []string{
			record(`"id":"GHSA-a"`, entry("npm", "x", "introduced 1.0.0, fixed 1.0.2, introduced 3.0.0, fixed 3.2.5", "")),
			record(`"id":"GHSA-b"`, entry("npm", "x", "introduced 0, fixed 1.5.0", ""), entry("npm", "x", "introduced 1.5.0, fixed 2.0.0", "")),
		},
		packages: []inventory.Package{npm("x", "1.0.1")},
		want:     []string{"x GHSA-a fixed=1.0.2 unknown fixed []", "x GHSA-b fixed=2.0.0 unknown fixed []"},
	}, {
		name: "Go: the v of the installed version stays, the standard library is a package, (devel) is not matched",
		records: []string{
			record(`"id":"GO-1","aliases":["CVE-2023-1"]`, entry("Go", "golang.org/x/net", "introduced 0, fixed 0.17.0", "")),
			record(`"id":"GO-2"`, entry("Go", "stdlib", "introduced 0, fixed 1.22.4", "")),
			record(`"id":"GO-3"`, entry("Go", "example.com/main", "introduced 0", "")),
		},
		packages: []inventory.Package{
			{Ecosystem: "golang", Name: "golang.org/x/net", Version: "v0.1.0"}, {Ecosystem: "golang", Name: "stdlib", Version: "1.22.3"},
			{Ecosystem: "golang", Name: "example.com/main", Version: "(devel)"},
		},
		want: []string{"golang.org/x/net CVE-2023-1 fixed=v0.17.0 unknown fixed [GO-1]", "stdlib GO-2 fixed=1.22.4 unknown fixed []"},
	}, {
		name: "the worst first, then those with a fix, then by name",
		records: []string{
			record(`"id":"GHSA-low","database_specific":{"severity":"LOW"}`, entry("npm", "a", "introduced 0, fixed 2.0.0", "")),
			record(`"id":"GHSA-crit","database_specific":{"severity":"CRITICAL"}`, entry("npm", "b", "introduced 0", "")),
			record(`"id":"GHSA-critfix","database_specific":{"severity":"CRITICAL"}`, entry("npm", "c", "introduced 0, fixed 2.0.0", "")),
		},
		packages: []inventory.Package{npm("a", "1.0.0"), npm("b", "1.0.0"), npm("c", "1.0.0")},
		want:     []string{"c GHSA-critfix fixed=2.0.0 critical fixed []", "b GHSA-crit fixed= critical affected []", "a GHSA-low fixed=2.0.0 low fixed []"},
	}} {
		t.Run(c.name, func(t *testing.T) {
			r := run1(t, with(t, c.records...), c.distro, c.packages...)
			if diff := cmp.Diff(c.want, lines(r.Findings)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if len(r.Missing) > 0 && !strings.Contains(c.name, "release") {
				t.Errorf("missing: %+v", r.Missing)
			}
			for _, f := range r.Findings {
				if f.Fingerprint == "" || f.Because == "" || f.Title == "" || f.Message == "" || f.URL == "" || f.Aliases == nil {
					t.Errorf("incomplete: %+v", f)
				}
			}
		})
	}
}

// TestFinding holds every field of one finding.
func TestFinding(t *testing.T) {
	f := with(t, record(`"id":"DSA-5532-1","upstream":["CVE-2023-5363"],"published":"2023-10-24T00:00:00Z","summary":"openssl - security update","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}]`,
		entry("Debian:12", "openssl", "introduced 0, fixed 3.0.11-1~deb12u2", "")))
	pkg := deb("libssl3", "3.0.9-1", "openssl", "")
	r := run1(t, f, debian, pkg)
	want := finding.Finding{
		Kind: finding.Vulnerability, ID: "CVE-2023-5363", Aliases: []string{"DSA-5532-1"}, Severity: finding.High,
		Ratings: []finding.Rating{{Source: "Debian", Severity: finding.High, Score: 7.5, Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}},
		Title:   "openssl - security update",
		Message: "libssl3 3.0.9-1 has CVE-2023-5363: upgrade to 3.0.11-1~deb12u2",
		Package: finding.Package{PURL: pkg.PURL, Ecosystem: "deb", Name: "libssl3", Version: "3.0.9-1"},
		Fixed:   "3.0.11-1~deb12u2", Status: finding.Fixed, Published: "2023-10-24T00:00:00Z",
		URL:     "https://security-tracker.debian.org/tracker/DSA-5532-1",
		At:      pkg.At,
		Risk:    39,
		Because: "DSA-5532-1 says openssl <3.0.11-1~deb12u2 in Debian:12 is affected; 3.0.9-1 is installed (the source of libssl3)",
	}
	want.Fingerprint = finding.Fingerprint(want)
	if diff := cmp.Diff([]finding.Finding{want}, r.Findings); diff != "" {
		t.Errorf("finding (-want +got):\n%s", diff)
	}
}

// TestMalware holds that a report of a malicious package is no vulnerability.
func TestMalware(t *testing.T) {
	f := with(t, record(`"id":"MAL-2025-1","summary":"Malicious code in left-pat"`, entry("npm", "left-pat", "introduced 0", "")))
	pkg := npm("left-pat", "1.0.0")
	pkg.Owner = "node-left-pat"
	f.has["Debian:12"] = true
	got := run1(t, f, debian, pkg).Findings
	if len(got) != 1 || got[0].Kind != finding.Malware || got[0].Severity != finding.Critical || got[0].Fixed != "" || got[0].Suppressed != "" {
		t.Errorf("%+v", got)
	}
}

// TestOwned holds that what the distribution installed is set aside, but only
// where its own advisories can be asked.
func TestOwned(t *testing.T) {
	const rec = `"id":"GHSA-a"`
	pkg := inventory.Package{Ecosystem: "pypi", Name: "requests", Version: "2.28.1", Owner: "python3-requests"}
	for _, c := range []struct {
		name   string
		distro inventory.Distro
		has    string
		want   string
	}{
		{"data at hand", debian, "Debian:12", "belongs to the deb package python3-requests, which debian 12's own advisories cover"},
		{"data of another release", debian, "Debian:11", ""},
		{"no source", inventory.Distro{ID: "fedora", Version: "40"}, "Debian:12", ""},
		{"no distribution", inventory.Distro{}, "Debian:12", ""},
	} {
		f := with(t, record(rec, entry("PyPI", "requests", "introduced 0, fixed 2.31.0", "")))
		f.has[c.has] = true
		r := run1(t, f, c.distro, pkg)
		if len(r.Findings) != 1 || r.Findings[0].Suppressed != c.want {
			t.Errorf("%s: %+v", c.name, r.Findings)
		}
	}
	f := with(t, record(rec, entry("PyPI", "requests", "introduced 0, fixed 2.31.0", "")))
	f.has["Debian:12"], f.broken["Debian:12"] = true, true
	r := run1(t, f, debian, pkg, deb("bash", "1", "", ""))
	if r.Findings[0].Suppressed != "" {
		t.Errorf("suppressed although Debian's advisories cannot be read: %+v", r.Findings[0])
	}
}

// TestHeaders holds that kernel headers are folded, the kernel is not.
func TestHeaders(t *testing.T) {
	f := with(t, record(`"id":"DEBIAN-CVE-2024-1"`, entry("Debian:12", "linux", "introduced 0", "")))
	r := run1(t, f, debian, deb("linux-libc-dev", "6.1.1-1", "linux", ""), deb("linux-image-amd64", "6.1.1-1", "linux", ""))
	for _, got := range r.Findings {
		if want := got.Package.Name == "linux-libc-dev"; (got.Suppressed != "") != want {
			t.Errorf("%s: suppressed %q", got.Package.Name, got.Suppressed)
		}
	}
	if len(r.Findings) != 2 {
		t.Errorf("%d findings", len(r.Findings))
	}
}

// TestPlaces holds that a package found in two places is two findings.
func TestPlaces(t *testing.T) {
	f := with(t, record(`"id":"GHSA-a"`, entry("npm", "x", "introduced 0", "")))
	a, b := npm("x", "1.0.0"), npm("x", "1.0.0")
	b.At.Path = "app/node_modules/y/node_modules/x/package.json"
	r := run1(t, f, inventory.Distro{}, a, b)
	if len(r.Findings) != 2 || r.Findings[0].Fingerprint == r.Findings[1].Fingerprint {
		t.Errorf("%+v", r.Findings)
	}
	r.Findings[0].Ratings = append(r.Findings[0].Ratings, finding.Rating{})
	r.Findings[0].Aliases = append(r.Findings[0].Aliases, "changed")
	if len(r.Findings[1].Aliases) != 0 {
		t.Error("findings share their slices")
	}
}

// TestOrderIndependent holds that the order in which a database gives its
// records changes nothing.
func TestOrderIndependent(t *testing.T) {
	var records []string
	for i := range 30 {
		records = append(records, record(fmt.Sprintf(`"id":"X-%d","aliases":["CVE-2024-%d","Y-%d"],"summary":"s%d","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:%s"}]`, i, i%7, i%5+i/15*5, i, []string{"N", "L", "H"}[i%3]),
			entry("npm", "x", fmt.Sprintf("introduced 0, fixed 1.%d.0", i), "")))
	}
	var first []finding.Finding
	for seed := range uint64(20) {
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		got := run1(t, with(t, records...), inventory.Distro{}, npm("x", "1.0.0")).Findings
		if first == nil {
			first = got
		}
		if diff := cmp.Diff(first, got); diff != "" {
			t.Fatalf("seed %d (-first +got):\n%s", seed, diff)
		}
	}
}

// TestCancelled holds that a match ends with its context.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	m := Matcher{Ecosystems: catalogs, Advisories: newFake()}
	if _, err := m.Match(ctx, &inventory.Inventory{Packages: []inventory.Package{npm("x", "1")}}); err == nil {
		t.Error("no error")
	}
}

// BenchmarkMatch matches 500 packages with 20 records each, of which a tenth
// hits; the budget for this and opening the database is 20 ms.
func BenchmarkMatch(b *testing.B) {
	f := newFake()
	var packages []inventory.Package
	for i := range 500 {
		packages = append(packages, deb(fmt.Sprintf("package-%d", i), "1.5.0-1+deb12u1", "", ""))
		for j := range 20 {
			fixed := fmt.Sprintf("1.%d.0-1", j%5)
			if j%10 == 9 {
				fixed = "1.6.0-1"
			}
			f.add(vulndb.Advisory{ID: fmt.Sprintf("DEBIAN-CVE-2024-%d", i*100+j), Upstream: []string{fmt.Sprintf("CVE-2024-%d", i*100+j)},
				Severities: []vulndb.Severity{{Type: "CVSS_V3", Score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}},
				Affected: []vulndb.Affected{{Ecosystem: "Debian:12", Name: packages[i].Name,
					Ranges: []vulndb.Range{{Type: "ECOSYSTEM", Events: []vulndb.Event{{Introduced: "0"}, {Fixed: fixed}}}}}}})
		}
	}
	m := Matcher{Ecosystems: catalogs, Advisories: f}
	inv := &inventory.Inventory{Distro: debian, Packages: packages}
	b.ReportAllocs()
	for b.Loop() {
		r, err := m.Match(context.Background(), inv)
		if err != nil || len(r.Findings) != 1000 {
			b.Fatal(err, len(r.Findings))
		}
	}
}

// FuzzMatch feeds whole records to a match: nothing may panic, and every
// finding says why.
func FuzzMatch(f *testing.F) {
	f.Add([]byte(record(`"id":"GHSA-a","aliases":["CVE-2024-1"],"severity":[{"type":"CVSS_V4","score":"CVSS:4.0/AV:N"}]`, entry("npm", "x", "introduced 0, fixed 2", ""))), "1.0.0")
	f.Add([]byte(record(`"id":"ALSA-1","related":["CVE-2024-1"],"summary":"Low: x:1"`, entry("AlmaLinux:9", "x", "introduced 0, fixed 1.module_el9", `,"ecosystem_specific":{"module":"x"}`))), "1.module")
	f.Fuzz(func(t *testing.T, data []byte, v string) {
		a, err := vulndb.ParseOSV(data)
		if err != nil {
			return
		}
		db := newFake()
		db.add(a)
		r := run1(t, db, alma, inventory.Package{Ecosystem: "rpm", Name: "x", Version: v}, npm("x", v))
		for _, got := range r.Findings {
			if got.Because == "" || got.ID == "" && a.ID != "" {
				t.Errorf("%+v", got)
			}
		}
	})
}
