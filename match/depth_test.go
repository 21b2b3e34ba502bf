package match

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/vulndb"
)

// stored is a real database of OSV records, with empty segments for the
// ecosystems that are also at hand.
func stored(t testing.TB, records []string, also ...string) *vulndb.DB {
	t.Helper()
	dir := t.TempDir()
	all := func(yield func(vulndb.Advisory, error) bool) {
		for _, text := range records {
			a, err := vulndb.ParseOSV([]byte(text))
			if err != nil {
				t.Fatalf("%v in %s", err, text)
			}
			if !yield(a, nil) {
				return
			}
		}
		for _, ecosystem := range also {
			a := vulndb.Advisory{ID: "PAD-1", Affected: []vulndb.Affected{{Ecosystem: ecosystem, Name: "no-such-package", Versions: []string{"0"}}}}
			if !yield(a, nil) {
				return
			}
		}
	}
	if _, err := vulndb.Compile(t.Context(), dir, vulndb.Build{}, all); err != nil {
		t.Fatal(err)
	}
	db, err := vulndb.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func rpm(name, version, source, sourceVersion string) inventory.Package {
	return inventory.Package{Ecosystem: "rpm", Name: name, Version: version, Source: source, SourceVersion: sourceVersion}
}

func of(kind, name, version string) inventory.Package {
	return inventory.Package{Ecosystem: kind, Name: name, Version: version}
}

// cves are records of one package, one for each text of events; ids count from
// CVE-2024-1 behind the prefix.
func cves(prefix, ecosystem, name string, events ...string) []string {
	var records []string
	for i, e := range events {
		records = append(records, record(`"id":"`+prefix+"CVE-2024-"+string(rune('1'+i))+`"`, entry(ecosystem, name, e, "")))
	}
	return records
}

// state is a record with the state that a vendor gives.
func stateRecord(n, ecosystem, name, status string) string {
	return record(`"id":"DEBIAN-CVE-2024-`+n+`"`, entry(ecosystem, name, "introduced 0", `,"ecosystem_specific":{"status":"`+status+`"}`))
}

func ranged(id, ecosystem, name, kind, rest string) string {
	return `{"id":"` + id + `","affected":[{"package":{"ecosystem":"` + ecosystem + `","name":"` + name + `"},"ranges":[{"type":"` + kind + `","events":[` + rest + `]}]}]}`
}

var (
	ubuntu22 = inventory.Distro{ID: "ubuntu", Version: "22.04"}
	alpine20 = inventory.Distro{ID: "alpine", Version: "3.20.3"}
	rhel86   = inventory.Distro{ID: "rhel", Version: "8.6"}
	rhel94   = inventory.Distro{ID: "rhel", Version: "9.4"}
	rocky9   = inventory.Distro{ID: "rocky", Version: "9.4"}
	sles155  = inventory.Distro{ID: "sles", Version: "15.5"}
)

// behaviour is one rule of docs/matching.md with records, packages, and what is
// found.
type behaviour struct {
	name     string
	records  []string
	also     []string // further ecosystems that are at hand
	distro   inventory.Distro
	packages []inventory.Package
	want     []string // package, id, what follows; "suppressed: …" after those that are
}

const (
	baseos8    = "Red Hat:enterprise_linux:8::baseos"
	appstream8 = "Red Hat:enterprise_linux:8::appstream"
	eus86      = "Red Hat:rhel_eus:8.6::baseos"
	baseos9    = "Red Hat:enterprise_linux:9::baseos"
)

func distributions() []behaviour {
	return []behaviour{{
		name:    "Debian: binary and source version differ",
		records: cves("DEBIAN-", "Debian:12", "gcc-defaults", "introduced 0, fixed 1.204", "introduced 0, fixed 1.203"),
		distro:  debian, packages: []inventory.Package{deb("g++", "4:12.2.0-3", "gcc-defaults", "1.203")},
		want: []string{"g++ CVE-2024-1 1.204 fixed"},
	}, {
		name:    "Debian: a rebuild (+b1) has the version of its source",
		records: []string{ranged("DEBIAN-CVE-2024-1", "Debian:12", "acl", "ECOSYSTEM", `{"introduced":"2.3.1-3"},{"last_affected":"2.3.1-3"}`)},
		distro:  debian, packages: []inventory.Package{deb("libacl1", "2.3.1-3+b1", "acl", ""), deb("libacl2", "2.3.1-3+b1", "acl", "2.3.1-3"), deb("acl-dev", "2.3.1-3+deb12u1", "acl", "")},
		want: []string{"libacl1 CVE-2024-1  affected", "libacl2 CVE-2024-1  affected"},
	}, {
		name:    "Debian: epochs, and tildes before everything",
		records: cves("DEBIAN-", "Debian:12", "bind", "introduced 0, fixed 1:9.18.19-1~deb12u1"),
		distro:  debian, packages: []inventory.Package{deb("a", "9.99-1", "bind", ""), deb("b", "1:9.18.19-1~deb12u1", "bind", ""), deb("c", "1:9.18.19-1~deb12u0", "bind", "")},
		want: []string{"a CVE-2024-1 1:9.18.19-1~deb12u1 fixed", "c CVE-2024-1 1:9.18.19-1~deb12u1 fixed"},
	}, {
		name: "Debian: no-dsa, ignored, postponed, not-affected, end-of-life, undetermined",
		records: []string{
			stateRecord("1", "Debian:12", "bash", "no-dsa"), stateRecord("2", "Debian:12", "bash", "ignored"), stateRecord("3", "Debian:12", "bash", "postponed"),
			stateRecord("4", "Debian:12", "bash", "not-affected"), stateRecord("5", "Debian:12", "bash", "end-of-life"), stateRecord("6", "Debian:12", "bash", "undetermined"),
		},
		distro: debian, packages: []inventory.Package{deb("bash", "5.2-1", "", "")},
		want: []string{"bash CVE-2024-1  affected", "bash CVE-2024-2  will-not-fix", "bash CVE-2024-3  affected", "bash CVE-2024-5  end-of-life", "bash CVE-2024-6  under-investigation"},
	}, {
		name: "Debian: end of life as an urgency",
		records: []string{
			record(`"id":"DEBIAN-CVE-2024-1"`, entry("Debian:12", "bash", "introduced 0", `,"ecosystem_specific":{"urgency":"end-of-life"}`)),
		},
		distro: debian, packages: []inventory.Package{deb("bash", "5.2-1", "", "")},
		want: []string{"bash CVE-2024-1  end-of-life"},
	}, {
		name: "AlmaLinux: a withdrawn record on another package of the source",
		records: []string{
			record(`"id":"ALSA-1","withdrawn":"2024-01-01T00:00:00Z","related":["CVE-2024-1"],"summary":"Moderate: libxml2 security update"`, entry("AlmaLinux:9", "libxml2-devel", "introduced 0, fixed 2.9.7-9.el9", "")),
		},
		distro: alma, packages: []inventory.Package{rpm("libxml2", "2.9.7-8.el9", "", "")},
	}, {
		name: "Debian: not-affected overrules an announcement",
		records: []string{
			stateRecord("1", "Debian:12", "bash", "not-affected"),
			record(`"id":"DSA-1-1","upstream":["CVE-2024-1","CVE-2024-2"]`, entry("Debian:12", "bash", "introduced 0, fixed 6", "")),
		},
		distro: debian, packages: []inventory.Package{deb("bash", "5.2-1", "", "")},
		want: []string{"bash CVE-2024-2 6 fixed"},
	}, {
		name: "Ubuntu: the pocket of ESM counts only where the image is attached",
		records: []string{
			record(`"id":"UBUNTU-CVE-2024-1"`, entry("Ubuntu:22.04:LTS", "curl", "introduced 0", "")),
			record(`"id":"USN-1-1","upstream":["CVE-2024-1"]`, entry("Ubuntu:Pro:22.04:LTS", "curl", "introduced 0, fixed 7.81.0-1ubuntu1.15+esm1", "")),
		},
		distro: ubuntu22, packages: []inventory.Package{deb("curl", "7.81.0-1ubuntu1.14", "", "")},
		want: []string{"curl CVE-2024-1  affected"},
	}, {
		name: "Ubuntu: attached, as the version of a package tells",
		records: []string{
			record(`"id":"UBUNTU-CVE-2024-1"`, entry("Ubuntu:22.04:LTS", "curl", "introduced 0", "")),
			record(`"id":"USN-1-1","upstream":["CVE-2024-1"]`, entry("Ubuntu:Pro:22.04:LTS", "curl", "introduced 0, fixed 7.81.0-1ubuntu1.15+esm1", "")),
			record(`"id":"USN-2-1","upstream":["CVE-2024-2"]`, entry("Ubuntu:Pro:22.04:LTS", "vim", "introduced 0, fixed 2:9+esm2", "")),
		},
		distro: ubuntu22, packages: []inventory.Package{deb("curl", "7.81.0-1ubuntu1.15+esm1", "", ""), deb("vim", "2:8", "", "")},
		want: []string{"vim CVE-2024-2 2:9+esm2 fixed"},
	}, {
		name:    "Alpine: by origin",
		records: cves("ALPINE-", "Alpine:v3.20", "openssl", "introduced 0, fixed 3.3.1-r1"),
		distro:  alpine20, packages: []inventory.Package{{Ecosystem: "apk", Name: "libssl3", Version: "3.3.1-r0", Source: "openssl"}, of("apk", "libssl3-else", "3.3.1-r0")},
		want: []string{"libssl3 CVE-2024-1 3.3.1-r1 fixed"},
	}, {
		name:    "Alpine: fixed in 0 was never affected",
		records: cves("ALPINE-", "Alpine:v3.20", "busybox", "introduced 0, fixed 0", "introduced 0, fixed 1.36.1-r29"),
		distro:  alpine20, packages: []inventory.Package{of("apk", "busybox", "1.36.1-r28"), of("apk", "busybox", "1.36.1-r29")},
		want: []string{"busybox CVE-2024-2 1.36.1-r29 fixed"},
	}, {
		name: "Red Hat: modules are mended one by one",
		records: []string{
			record(`"id":"RHSA-1","upstream":["CVE-2024-1"]`, entry(appstream8, "nodejs", "introduced 0, fixed 1:18.20.0-1.module+el8.9.0+1+a", `,"ecosystem_specific":{"module":"nodejs:18"}`)),
			record(`"id":"RHSA-2","upstream":["CVE-2024-2"]`, entry(appstream8, "nodejs", "introduced 0, fixed 1:20.12.0-1.module+el8.9.0+2+b", `,"ecosystem_specific":{"module":"nodejs:20"}`)),
			record(`"id":"RHSA-3","upstream":["CVE-2024-3"]`, entry(appstream8, "nodejs", "introduced 0, fixed 1:99-1.el8", "")),
		},
		also: []string{baseos8}, distro: rhel86,
		packages: []inventory.Package{{Ecosystem: "rpm", Name: "nodejs", Version: "1:18.9.0-2.module+el8.6.0+4+c", Module: "nodejs:18:8060020230301:ad008a3a"}},
		want:     []string{"nodejs CVE-2024-1 1:18.20.0-1.module+el8.9.0+1+a fixed"},
	}, {
		name: "Red Hat: a fix in el8_6 counts for builds of el8_6, whatever el8_8 has",
		records: []string{
			record(`"id":"RHSA-1","upstream":["CVE-2024-1"]`, entry(eus86, "kernel", "introduced 0, fixed 4.18.0-372.26.1.el8_6", "")),
			record(`"id":"RHSA-2","upstream":["CVE-2024-1"]`, entry(baseos8, "kernel", "introduced 0, fixed 4.18.0-477.10.1.el8_8", "")),
			record(`"id":"RHSA-3","upstream":["CVE-2024-2"]`, entry(baseos8, "kernel", "introduced 0, fixed 4.18.0-477.10.1.el8_8", "")),
			record(`"id":"RHSA-4","upstream":["CVE-2024-3"]`, entry(baseos8, "kernel", "introduced 0, fixed 4.18.0-372.20.1.el8_6", ""), entry(baseos8, "kernel", "introduced 0, fixed 4.18.0-477.10.1.el8_8", "")),
			record(`"id":"RHSA-5","upstream":["CVE-2024-4"]`, entry(baseos8, "kernel", "introduced 0, fixed 4.18.0-372.20.1.el8_6", "")),
			record(`"id":"RHSA-6","upstream":["CVE-2024-4"]`, entry(baseos8, "kernel", "introduced 0, fixed 4.18.0-372.40.1.el8_6", "")),
		},
		also: []string{appstream8}, distro: rhel86, packages: []inventory.Package{rpm("kernel", "4.18.0-372.32.1.el8_6", "", "")},
		want: []string{"kernel CVE-2024-2 4.18.0-477.10.1.el8_8 fixed", "kernel CVE-2024-4 4.18.0-372.40.1.el8_6 fixed"},
	}, {
		name: "Red Hat: extended support alone announces nothing to others",
		records: []string{
			record(`"id":"RHSA-1","upstream":["CVE-2024-1"]`, entry(eus86, "kernel", "introduced 0, fixed 4.18.0-372.26.1.el8_6", "")),
		},
		also: []string{baseos8, appstream8}, distro: rhel86, packages: []inventory.Package{rpm("kernel", "4.18.0-372.9.1.el8", "", "")},
	}, {
		name: "Red Hat: an image of extended support is mended in its stream, and by the release where that says nothing",
		records: []string{
			record(`"id":"RHSA-1","upstream":["CVE-2024-1"]`, entry(eus86, "kernel", "introduced 0, fixed 4.18.0-372.26.1.el8_6", "")),
			record(`"id":"RHSA-2","upstream":["CVE-2024-1"]`, entry(baseos8, "kernel", "introduced 0, fixed 4.18.0-477.10.1.el8_8", "")),
			record(`"id":"RHSA-3","upstream":["CVE-2024-2"]`, entry(baseos8, "kernel", "introduced 0, fixed 4.18.0-477.10.1.el8_8", "")),
			record(`"id":"RHSA-4","upstream":["CVE-2024-3"]`, entry(eus86, "kernel", "introduced 0, fixed 4.18.0-372.5.1.el8_6", "")),
			record(`"id":"RHSA-5","upstream":["CVE-2024-3"]`, entry(baseos8, "kernel", "introduced 0, fixed 4.18.0-425.3.1.el8_7", "")),
			record(`"id":"RHSA-6","upstream":["CVE-2024-4"]`, entry("Red Hat:rhel_eus:8.4::baseos", "kernel", "introduced 0, fixed 4.18.0-305.9.1.el8_4", "")),
		},
		also: []string{appstream8}, distro: inventory.Distro{ID: "rhel", Version: "8.6", Extended: "eus"},
		packages: []inventory.Package{rpm("kernel", "4.18.0-372.9.1.el8", "", "")},
		want:     []string{"kernel CVE-2024-1 4.18.0-372.26.1.el8_6 fixed", "kernel CVE-2024-2 4.18.0-477.10.1.el8_8 fixed"},
	}, {
		name: "Red Hat: a build of a later minor release is not mended by the stream of an earlier one",
		records: []string{
			record(`"id":"RHSA-1","upstream":["CVE-2024-1"]`, entry(eus86, "kernel", "introduced 0, fixed 4.18.0-372.26.1.el8_6", "")),
			record(`"id":"RHSA-2","upstream":["CVE-2024-1"]`, entry(baseos8, "kernel", "introduced 0, fixed 4.18.0-425.10.1.el8_7", "")),
		},
		also: []string{appstream8}, distro: inventory.Distro{ID: "rhel", Version: "8.6", Extended: "eus"},
		packages: []inventory.Package{rpm("kernel", "4.18.0-425.3.1.el8_7", "", "")},
		want:     []string{"kernel CVE-2024-1 4.18.0-425.10.1.el8_7 fixed"},
	}, {
		name: "Red Hat: what the stream leaves open, the release may mend",
		records: []string{
			record(`"id":"CVE-2024-1"`, entry(eus86, "bash", "introduced 0", `,"ecosystem_specific":{"status":"affected"}`), entry(baseos8, "bash", "introduced 0, fixed 5-2.el8", "")),
		},
		also: []string{appstream8}, distro: inventory.Distro{ID: "rhel", Version: "8.6", Extended: "eus"},
		packages: []inventory.Package{rpm("bash", "5-1.el8", "", "")},
		want:     []string{"bash CVE-2024-1 5-2.el8 fixed"},
	}, {
		name: "Red Hat 7 after its end: extended life-cycle support",
		records: []string{
			record(`"id":"RHSA-1","upstream":["CVE-2024-1"]`, entry("Red Hat:rhel_els:7", "bash", "introduced 0, fixed 4.2.46-36.el7_9", "")),
			record(`"id":"CVE-2024-1"`, entry("Red Hat:enterprise_linux:7", "bash", "introduced 0", `,"ecosystem_specific":{"status":"Out of support scope"}`)),
		},
		also: []string{"Red Hat:enterprise_linux:7::server"}, distro: inventory.Distro{ID: "rhel", Version: "7.9", Extended: "els"},
		packages: []inventory.Package{rpm("bash", "4.2.46-34.el7", "", ""), rpm("bash", "4.2.46-36.el7_9", "", "")},
		want:     []string{"bash CVE-2024-1 4.2.46-36.el7_9 fixed"},
	}, {
		name: "Red Hat: CPE streams are one distribution, other products are not",
		records: []string{
			record(`"id":"RHSA-1","upstream":["CVE-2024-1"]`, entry(baseos9, "bash", "introduced 0, fixed 0:5.1.8-9.el9", ""), entry("Red Hat:enterprise_linux:9::crb", "bash", "introduced 0, fixed 0:5.1.8-9.el9", "")),
			record(`"id":"RHSA-2","upstream":["CVE-2024-2"]`, entry("Red Hat:openshift:4.12::el9", "bash", "introduced 0, fixed 0:9-1.el9", "")),
			record(`"id":"RHSA-3","upstream":["CVE-2024-3"]`, entry(baseos8, "bash", "introduced 0, fixed 0:9-1.el8", "")),
		},
		also: []string{"Red Hat:enterprise_linux:9::appstream"}, distro: rhel94, packages: []inventory.Package{rpm("bash", "5.1.8-6.el9", "", "")},
		want: []string{"bash CVE-2024-1 0:5.1.8-9.el9 fixed"},
	}, {
		name: "Red Hat: unfixed, will not fix, out of support, not affected",
		records: []string{
			record(`"id":"CVE-2024-1"`, entry(baseos9, "bash", "introduced 0", `,"ecosystem_specific":{"status":"affected"}`)),
			record(`"id":"CVE-2024-2"`, entry(baseos9, "bash", "introduced 0", `,"ecosystem_specific":{"status":"Will not fix"}`)),
			record(`"id":"CVE-2024-3"`, entry(baseos9, "bash", "introduced 0", `,"ecosystem_specific":{"status":"Out of support scope"}`)),
			record(`"id":"CVE-2024-4"`, entry(baseos9, "bash", "introduced 0", `,"ecosystem_specific":{"status":"known_not_affected"}`)),
			record(`"id":"CVE-2024-5"`, entry(baseos9, "bash", "introduced 0", `,"ecosystem_specific":{"status":"under_investigation"}`)),
			record(`"id":"CVE-2024-6"`, entry(baseos9, "bash", "introduced 0", `,"ecosystem_specific":{"status":"Fix deferred"}`)),
		},
		also: []string{"Red Hat:enterprise_linux:9::appstream"}, distro: rhel94, packages: []inventory.Package{rpm("bash", "5.1.8-6.el9", "", "")},
		want: []string{"bash CVE-2024-1  affected", "bash CVE-2024-2  will-not-fix", "bash CVE-2024-3  will-not-fix", "bash CVE-2024-5  under-investigation", "bash CVE-2024-6  will-not-fix"},
	}, {
		name:    "rpm: no epoch is epoch 0",
		records: cves("ALSA-", "AlmaLinux:9", "tool", "introduced 0, fixed 1:4.0-1.el9"),
		distro:  alma, packages: []inventory.Package{rpm("tool", "5.0-1.el9", "", ""), rpm("tool", "1:4.0-1.el9", "", "")},
		want: []string{"tool CVE-2024-1 1:4.0-1.el9 fixed"},
	}, {
		name:    "rpm: the name of a source package has no epoch, so none is compared",
		records: cves("RLSA-", "Rocky Linux:9", "perl", "introduced 0, fixed 4:5.32.1-481.el9"),
		distro:  rocky9, packages: []inventory.Package{rpm("perl-Errno", "1.30-481.el9", "perl", "5.32.1-481.el9"), rpm("perl-IO", "1.43-480.el9", "perl", "5.32.1-480.el9")},
		want: []string{"perl-IO CVE-2024-1 4:5.32.1-481.el9 fixed"},
	}, {
		name: "SUSE: SLES 15 SP5 is its modules and its long-term support",
		records: []string{
			record(`"id":"SUSE-SU-1","upstream":["CVE-2024-1"]`, entry("SUSE:Linux Enterprise Module for Basesystem 15 SP5", "openssl-3", "introduced 0, fixed 3.0.8-150500.5.30.1", "")),
			record(`"id":"SUSE-SU-2","upstream":["CVE-2024-2"]`, entry("SUSE:Linux Enterprise Server 15 SP5-LTSS", "openssl-3", "introduced 0, fixed 3.0.8-150500.5.40.1", "")),
			record(`"id":"SUSE-SU-3","upstream":["CVE-2024-3"]`, entry("SUSE:Linux Enterprise Module for Basesystem 15 SP4", "openssl-3", "introduced 0, fixed 9", "")),
		},
		distro: sles155, packages: []inventory.Package{rpm("libopenssl3", "3.0.8-150500.5.3.1", "openssl-3", "")},
		want: []string{"libopenssl3 CVE-2024-1 3.0.8-150500.5.30.1 fixed", "libopenssl3 CVE-2024-2 3.0.8-150500.5.40.1 fixed"},
	}, {
		name:    "openSUSE Leap",
		records: cves("openSUSE-SU-", "openSUSE:Leap 15.5", "zypper", "introduced 0, fixed 1.14.60-150400.3.20.1"),
		distro:  inventory.Distro{ID: "opensuse-leap", Version: "15.5"}, packages: []inventory.Package{rpm("zypper", "1.14.59-150400.3.1", "", "")},
		want: []string{"zypper CVE-2024-1 1.14.60-150400.3.20.1 fixed"},
	}, {
		name: "kernel headers are folded",
		records: append(cves("DEBIAN-", "Debian:12", "linux", "introduced 0"),
			record(`"id":"ALPINE-CVE-2024-1"`, entry("Debian:12", "linux-else", "introduced 0", ""))),
		distro: debian, packages: []inventory.Package{deb("linux-image-6.1", "6.1-1", "linux", ""), deb("linux-libc-dev", "6.1-1", "linux", "")},
		want: []string{"linux-image-6.1 CVE-2024-1  affected", "linux-libc-dev CVE-2024-1  affected suppressed: headers only: no kernel code runs from this package"},
	}, {
		name: "a language package that a package of the distribution owns",
		records: []string{
			record(`"id":"GHSA-a"`, entry("PyPI", "requests", "introduced 0, fixed 2.31.0", "")),
		},
		also: []string{"Debian:12"}, distro: debian,
		packages: []inventory.Package{{Ecosystem: "pypi", Name: "requests", Version: "2.28.1", Owner: "python3-requests"}, of("pypi", "Requests", "2.28.2")},
		want:     []string{"Requests GHSA-a 2.31.0 fixed", "requests GHSA-a 2.31.0 fixed suppressed: belongs to the deb package python3-requests, which debian 12's own advisories cover"},
	}, {
		name: "one that a package of a distribution without data owns",
		records: []string{
			record(`"id":"GHSA-a"`, entry("PyPI", "requests", "introduced 0, fixed 2.31.0", "")),
		},
		distro:   inventory.Distro{ID: "hannah", Version: "1"},
		packages: []inventory.Package{{Ecosystem: "pypi", Name: "requests", Version: "2.28.1", Owner: "python3-requests"}},
		want:     []string{"requests GHSA-a 2.31.0 fixed"},
	}, {
		name: "announcements of every vendor join the CVE",
		records: []string{
			record(`"id":"DEBIAN-CVE-2024-1"`, entry("Debian:12", "curl", "introduced 0", "")),
			record(`"id":"DSA-1-1","upstream":["CVE-2024-1"]`, entry("Debian:12", "curl", "introduced 0, fixed 9", "")),
			record(`"id":"DLA-2-1","aliases":["CVE-2024-1"]`, entry("Debian:12", "curl", "introduced 0, fixed 8", "")),
		},
		distro: debian, packages: []inventory.Package{deb("curl", "7", "", "")},
		want: []string{"curl CVE-2024-1 9 fixed [DEBIAN-CVE-2024-1 DLA-2-1 DSA-1-1]"},
	}}
}

// announcements have each vendor's announcement of fixes for two CVEs beside its
// own record of one of them: two findings, and the record joins its CVE's.
func announcements() []behaviour {
	var all []behaviour
	for _, c := range []struct {
		id, version, kind, ecosystem string
		announcement, own            string // ids; own is empty where the vendor has none
		also                         []string
	}{
		{"debian", "12", "deb", "Debian:12", "DSA-1-1", "DEBIAN-CVE-2024-1", nil},
		{"debian", "11", "deb", "Debian:11", "DLA-1-1", "DEBIAN-CVE-2024-1", nil},
		{"ubuntu", "22.04", "deb", "Ubuntu:22.04:LTS", "USN-1-1", "UBUNTU-CVE-2024-1", nil},
		{"alpine", "3.20.1", "apk", "Alpine:v3.20", "ALPINE-13661", "ALPINE-CVE-2024-1", nil},
		{"rhel", "9.4", "rpm", baseos9, "RHSA-2024:1", "REDHAT-CVE-2024-1", []string{"Red Hat:enterprise_linux:9::appstream"}},
		{"almalinux", "9.4", "rpm", "AlmaLinux:9", "ALSA-2024:1", "", nil},
		{"rocky", "9.4", "rpm", "Rocky Linux:9", "RLSA-2024:1", "", nil},
		{"amzn", "2023", "rpm", "Amazon Linux:2023", "ALAS2023-2024-1", "", nil},
		{"ol", "9.4", "rpm", "Oracle Linux:9", "ELSA-2024-1", "", nil},
		{"sles", "15.5", "rpm", "SUSE:Linux Enterprise Server 15 SP5", "SUSE-SU-2024:1-1", "SUSE-CVE-2024-1", nil},
		{"opensuse-leap", "15.5", "rpm", "openSUSE:Leap 15.5", "openSUSE-SU-2024:1-1", "", nil},
	} {
		b := behaviour{
			name:    c.announcement + " is about each of its CVEs",
			records: []string{record(`"id":"`+c.announcement+`","upstream":["CVE-2024-1","CVE-2024-2"]`, entry(c.ecosystem, "curl", "introduced 0, fixed 9-1", ""))},
			also:    c.also, distro: inventory.Distro{ID: c.id, Version: c.version}, packages: []inventory.Package{of(c.kind, "curl", "8-1")},
			want: []string{"curl CVE-2024-1 9-1 fixed [" + c.announcement + "]", "curl CVE-2024-2 9-1 fixed [" + c.announcement + "]"},
		}
		if c.own != "" {
			b.records = append(b.records, record(`"id":"`+c.own+`"`, entry(c.ecosystem, "curl", "introduced 0, fixed 9-1", "")))
			ids := []string{c.announcement, c.own}
			slices.Sort(ids)
			b.want[0] = "curl CVE-2024-1 9-1 fixed [" + strings.Join(ids, " ") + "]"
		}
		all = append(all, b)
	}
	return all
}

func languagesDepth() []behaviour {
	goPackages := func(kind string) []string {
		return []string{ranged("GO-1", "Go", "example.com/m", kind, `{"introduced":"0"},{"fixed":"1.2.0"}`)}
	}
	return []behaviour{{
		name: "OSV: SEMVER knows no build metadata and orders pre-releases; ECOSYSTEM is the ecosystem's own",
		records: []string{
			ranged("GHSA-semver", "PyPI", "x", "SEMVER", `{"introduced":"1.0.0"},{"fixed":"1.1.0"}`),
			ranged("PYSEC-own", "PyPI", "x", "ECOSYSTEM", `{"introduced":"1.0.0"},{"fixed":"1.1.0.post1"}`),
		},
		packages: []inventory.Package{of("pypi", "x", "1.1.0"), of("pypi", "x", "1.1.0-1")},
		want:     []string{"x GHSA-semver 1.1.0 fixed", "x PYSEC-own 1.1.0.post1 fixed"},
	}, {
		name:     "OSV: introduced 0 of a SEMVER range, where 0 is no version of the ecosystem's",
		records:  []string{ranged("GHSA-a", "PyPI", "x", "SEMVER", `{"introduced":"0"},{"fixed":"1.1.0"}`), ranged("GHSA-b", "npm", "x", "SEMVER", `{"introduced":"0"},{"fixed":"1.1.0"}`)},
		packages: []inventory.Package{of("pypi", "x", "0.0.1-alpha"), npm("x", "v1.0"), npm("x", "=1.0.9")},
		want:     []string{"x GHSA-a 1.1.0 fixed", "x GHSA-b 1.1.0 fixed", "x GHSA-b 1.1.0 fixed"},
	}, {
		name: "the fix of one record counts where another's only fix is itself affected",
		records: []string{
			record(`"id":"GHSA-a","aliases":["CVE-2024-1"]`, entry("npm", "x", "introduced 0, fixed 2.0.0", ""), entry("npm", "x", "introduced 0", "")),
			record(`"id":"GHSA-b","aliases":["CVE-2024-1"]`, entry("npm", "x", "introduced 0, fixed 1.5.0", "")),
		},
		packages: []inventory.Package{npm("x", "1.0.0")},
		want:     []string{"x CVE-2024-1 1.5.0 fixed"},
	}, {
		name: "OSV: last_affected is still affected, and no fix is known",
		records: []string{
			ranged("GHSA-a", "Maven", "g:a", "ECOSYSTEM", `{"introduced":"0"},{"last_affected":"2.1"}`),
		},
		packages: []inventory.Package{of("maven", "g:a", "2.1"), of("maven", "g:a", "2.1.1")},
		want:     []string{"g:a GHSA-a  affected"},
	}, {
		name:     "OSV: introduced 0 is before everything, also pre-releases",
		records:  []string{ranged("GHSA-a", "npm", "x", "SEMVER", `{"introduced":"0"},{"fixed":"0.0.1"}`)},
		packages: []inventory.Package{npm("x", "0.0.0-alpha.1")},
		want:     []string{"x GHSA-a 0.0.1 fixed"},
	}, {
		name: "OSV: a list of versions without ranges, in other spellings too",
		records: []string{
			`{"id":"GHSA-a","affected":[{"package":{"ecosystem":"PyPI","name":"x"},"versions":["1.0","2.0rc1"]}]}`,
		},
		packages: []inventory.Package{of("pypi", "x", "1.0.0"), of("pypi", "x", "2.0.0-rc.1"), of("pypi", "x", "1.0.1")},
		want:     []string{"x GHSA-a  affected", "x GHSA-a  affected"},
	}, {
		name: "OSV: several affected entries for one package are alternatives, and the fix is that of the branch",
		records: []string{
			record(`"id":"GHSA-a"`, entry("npm", "x", "introduced 1.0.0, fixed 1.2.3", ""), entry("npm", "x", "introduced 2.0.0, fixed 2.3.4", "")),
		},
		packages: []inventory.Package{npm("x", "1.0.0"), npm("x", "1.5.0"), npm("x", "2.1.0")},
		want:     []string{"x GHSA-a 1.2.3 fixed", "x GHSA-a 2.3.4 fixed"},
	}, {
		name: "OSV: withdrawn records say nothing",
		records: []string{
			record(`"id":"GHSA-a","withdrawn":"2024-01-01T00:00:00Z"`, entry("npm", "x", "introduced 0", "")),
			record(`"id":"GHSA-b"`, entry("npm", "x", "introduced 0", "")),
		},
		packages: []inventory.Package{npm("x", "1.0.0")},
		want:     []string{"x GHSA-b  affected"},
	}, {
		name:     "OSV: limit ends a range",
		records:  []string{ranged("GHSA-a", "npm", "x", "SEMVER", `{"introduced":"1.0.0"},{"limit":"2.0.0"}`)},
		packages: []inventory.Package{npm("x", "1.9.0"), npm("x", "2.0.0")},
		want:     []string{"x GHSA-a  affected"},
	}, {
		name:     "OSV: ranges of commits say nothing of versions",
		records:  []string{`{"id":"OSV-1","affected":[{"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"GIT","repo":"r","events":[{"introduced":"0"}]}],"versions":["1.0.0"]}]}`},
		packages: []inventory.Package{npm("x", "1.0.0"), npm("x", "1.0.1")},
		want:     []string{"x OSV-1  affected"},
	}, {
		name:     "npm: a pre-release is before its release, and names have their case",
		records:  []string{ranged("GHSA-a", "npm", "JSONStream", "SEMVER", `{"introduced":"0"},{"fixed":"1.3.0"}`)},
		packages: []inventory.Package{npm("JSONStream", "1.3.0-rc.1"), npm("JSONStream", "1.3.0"), npm("jsonstream", "1.0.0")},
		want:     []string{"JSONStream GHSA-a 1.3.0 fixed"},
	}, {
		name:    "Go: pseudo-versions are before and after the tags that they name",
		records: goPackages("SEMVER"),
		packages: []inventory.Package{
			of("golang", "example.com/m", "v0.0.0-20240101000000-abcdefabcdef"), of("golang", "example.com/m", "v1.2.0-0.20240101000000-abcdefabcdef"),
			of("golang", "example.com/m", "v1.2.1-0.20240101000000-abcdefabcdef"), of("golang", "example.com/m", "v1.1.9+dirty"),
		},
		want: []string{"example.com/m GO-1 v1.2.0 fixed", "example.com/m GO-1 v1.2.0 fixed", "example.com/m GO-1 v1.2.0 fixed"},
	}, {
		name:     "Go: +incompatible",
		records:  []string{ranged("GO-1", "Go", "github.com/docker/docker", "SEMVER", `{"introduced":"0"},{"fixed":"20.10.24+incompatible"},{"introduced":"23.0.0+incompatible"},{"fixed":"23.0.3+incompatible"}`)},
		packages: []inventory.Package{of("golang", "github.com/docker/docker", "v20.10.23+incompatible"), of("golang", "github.com/docker/docker", "v20.10.24+incompatible"), of("golang", "github.com/docker/docker", "v23.0.1+incompatible")},
		want:     []string{"github.com/docker/docker GO-1 v20.10.24+incompatible fixed", "github.com/docker/docker GO-1 v23.0.3+incompatible fixed"},
	}, {
		name: "Go: the standard library and the toolchain are packages of their own",
		records: []string{
			ranged("GO-1", "Go", "stdlib", "SEMVER", `{"introduced":"1.22.0-0"},{"fixed":"1.22.3"}`),
			ranged("GO-2", "Go", "toolchain", "SEMVER", `{"introduced":"1.22.0-0"},{"fixed":"1.22.3"}`),
		},
		packages: []inventory.Package{of("golang", "stdlib", "1.22.2"), of("golang", "stdlib", "1.21.9"), of("golang", "stdlib", "1.22-devel"), of("golang", "toolchain", "1.22rc1")},
		want:     []string{"stdlib GO-1 1.22.3 fixed", "stdlib GO-1 1.22.3 fixed", "toolchain GO-2 1.22.3 fixed"},
	}, {
		name:     "Go: a main module of no version is not matched",
		records:  goPackages("SEMVER"),
		packages: []inventory.Package{of("golang", "example.com/m", "(devel)"), of("golang", "example.com/m", "")},
	}, {
		name: "Maven: everything in a shaded jar counts by itself",
		records: []string{
			ranged("GHSA-log4j", "Maven", "org.apache.logging.log4j:log4j-core", "ECOSYSTEM", `{"introduced":"2.0-beta9"},{"fixed":"2.15.0"}`),
			ranged("GHSA-guava", "Maven", "com.google.guava:guava", "ECOSYSTEM", `{"introduced":"0"},{"fixed":"32.0.0-android"}`),
		},
		packages: []inventory.Package{
			{Ecosystem: "maven", Name: "com.google.guava:guava", Version: "31.1-jre", At: inventory.Place{Path: "app.jar"}},
			{Ecosystem: "maven", Name: "org.apache.logging.log4j:log4j-core", Version: "2.14.1", At: inventory.Place{Path: "app.jar"}},
			{Ecosystem: "maven", Name: "org.apache.logging.log4j:log4j-core", Version: "2.14.1", At: inventory.Place{Path: "app.jar!/lib/log4j-core-2.14.1.jar"}},
		},
		want: []string{"com.google.guava:guava GHSA-guava 32.0.0-android fixed", "org.apache.logging.log4j:log4j-core GHSA-log4j 2.15.0 fixed", "org.apache.logging.log4j:log4j-core GHSA-log4j 2.15.0 fixed"},
	}, {
		name:     "PyPI: PEP 503 folds names",
		records:  []string{ranged("PYSEC-1", "PyPI", "ruamel-yaml", "ECOSYSTEM", `{"introduced":"0"},{"fixed":"1"}`)},
		packages: []inventory.Package{of("pypi", "ruamel.yaml", "0.1"), of("pypi", "Ruamel_Yaml", "0.2")},
		want:     []string{"Ruamel_Yaml PYSEC-1 1 fixed", "ruamel.yaml PYSEC-1 1 fixed"},
	}, {
		name: "names are folded as their registry folds them, and no further",
		records: []string{
			ranged("GHSA-nuget", "NuGet", "Newtonsoft.Json", "ECOSYSTEM", `{"introduced":"0"},{"fixed":"13.0.1"}`),
			ranged("GHSA-composer", "Packagist", "Sylius/Sylius", "ECOSYSTEM", `{"introduced":"0"},{"fixed":"1.9.10"}`),
			ranged("RUSTSEC-1", "crates.io", "async-h1", "SEMVER", `{"introduced":"0.0.0-0"},{"fixed":"1.0.2"}`),
			ranged("GHSA-swift", "SwiftURL", "github.com/vapor/vapor", "SEMVER", `{"introduced":"0"},{"fixed":"4.84.2"}`),
			ranged("GHSA-action", "GitHub Actions", "tj-actions/changed-files", "ECOSYSTEM", `{"introduced":"0"},{"fixed":"46.0.1"}`),
			ranged("GHSA-gem", "RubyGems", "RedCloth", "ECOSYSTEM", `{"introduced":"0"},{"fixed":"4.3.3"}`),
			ranged("GO-1", "Go", "github.com/BurntSushi/toml", "SEMVER", `{"introduced":"0"},{"fixed":"1.0.0"}`),
			ranged("GHSA-maven", "Maven", "xerces:xercesImpl", "ECOSYSTEM", `{"introduced":"0"},{"fixed":"2.12.2"}`),
		},
		packages: []inventory.Package{
			of("nuget", "newtonsoft.json", "12.0.3"), of("composer", "sylius/sylius", "1.9.9"), of("cargo", "async_h1", "1.0.1"),
			of("swift", "https://github.com/Vapor/Vapor.git", "4.84.1"), of("githubactions", "TJ-actions/changed-files", "45.0.0"),
			of("gem", "redcloth", "4.3.2"), of("golang", "github.com/burntsushi/toml", "v0.9.0"), of("maven", "xerces:xercesimpl", "2.12.1"),
		},
		want: []string{"async_h1 RUSTSEC-1 1.0.2 fixed", "https://github.com/Vapor/Vapor.git GHSA-swift 4.84.2 fixed", "newtonsoft.json GHSA-nuget 13.0.1 fixed", "sylius/sylius GHSA-composer 1.9.10 fixed", "TJ-actions/changed-files GHSA-action 46.0.1 fixed"},
	}, {
		name: "Packagist: Drupal's modules, which OSV files under a repository of their own",
		records: []string{
			ranged("DRUPAL-CONTRIB-2024-1", "Packagist:https://packages.drupal.org/8", "drupal/token", "ECOSYSTEM", `{"introduced":"0"},{"fixed":"1.5.0"}`),
		},
		also:     []string{"Packagist"},
		packages: []inventory.Package{of("composer", "drupal/token", "1.4.0"), of("composer", "drupal/token", "1.5.0")},
		want:     []string{"drupal/token DRUPAL-CONTRIB-2024-1 1.5.0 fixed"},
	}, {
		name: "ecosystems that no cataloger describes, by their purl type",
		records: []string{
			ranged("GHSA-gem", "RubyGems", "rack", "ECOSYSTEM", `{"introduced":"0"},{"fixed":"2.2.6.4"}`),
			ranged("GHSA-nuget", "NuGet", "System.Text.Json", "ECOSYSTEM", `{"introduced":"8.0.0"},{"fixed":"8.0.4"}`),
			ranged("GHSA-composer", "Packagist", "symfony/http-kernel", "ECOSYSTEM", `{"introduced":"0"},{"fixed":"v4.4.50"}`),
			ranged("RUSTSEC-1", "crates.io", "time", "SEMVER", `{"introduced":"0.0.0-0"},{"fixed":"0.2.23"}`),
			ranged("GHSA-hex", "Hex", "plug", "SEMVER", `{"introduced":"0"},{"fixed":"1.0.4"}`),
			ranged("GHSA-pub", "Pub", "http", "ECOSYSTEM", `{"introduced":"0"},{"fixed":"0.13.3"}`),
			ranged("GHSA-swift", "SwiftURL", "github.com/vapor/vapor", "SEMVER", `{"introduced":"0"},{"fixed":"4.84.2"}`),
		},
		packages: []inventory.Package{
			of("gem", "rack", "2.2.6.3"), of("nuget", "System.Text.Json", "8.0.4-preview.1"), of("composer", "symfony/http-kernel", "v4.4.49"),
			of("cargo", "time", "0.1.45"), of("hex", "plug", "1.0.3"), of("pub", "http", "0.13.2+1"), of("swift", "github.com/vapor/vapor", "4.84.1"),
		},
		want: []string{"github.com/vapor/vapor GHSA-swift 4.84.2 fixed", "http GHSA-pub 0.13.3 fixed", "plug GHSA-hex 1.0.4 fixed", "rack GHSA-gem 2.2.6.4 fixed", "symfony/http-kernel GHSA-composer v4.4.50 fixed", "System.Text.Json GHSA-nuget 8.0.4 fixed", "time RUSTSEC-1 0.2.23 fixed"},
	}, {
		name: "an id that goes on behind the number of a CVE is none of the CVE's",
		records: []string{
			record(`"id":"GLAD-CVE-2024-1-1f39f0d1"`, entry("npm", "x", "introduced 0", "")),
			record(`"id":"GLAD-CVE-2024-2-aa39f0d1","aliases":["CVE-2024-2"]`, entry("npm", "x", "introduced 0", "")),
		},
		packages: []inventory.Package{npm("x", "1.0.0")},
		want:     []string{"x CVE-2024-2  affected [GLAD-CVE-2024-2-aa39f0d1]", "x GLAD-CVE-2024-1-1f39f0d1  affected []"},
	}, {
		name: "aliases of CVE, GHSA, GO, PYSEC and RUSTSEC are one finding under the CVE",
		records: []string{
			record(`"id":"GO-2024-1","aliases":["GHSA-a"]`, entry("npm", "x", "introduced 0, fixed 2.0.0", "")),
			record(`"id":"PYSEC-2024-1","aliases":["GHSA-a","CVE-2024-1"]`, entry("npm", "x", "introduced 0, fixed 2.0.0", "")),
			record(`"id":"GHSA-a"`, entry("npm", "x", "introduced 0, fixed 2.0.0", "")),
			record(`"id":"RUSTSEC-2024-1"`, entry("npm", "x", "introduced 0, fixed 2.0.0", "")),
			record(`"id":"GHSA-b","aliases":["RUSTSEC-2024-1"]`, entry("npm", "x", "introduced 0, fixed 2.0.0", "")),
		},
		packages: []inventory.Package{npm("x", "1.0.0")},
		want:     []string{"x CVE-2024-1 2.0.0 fixed [GHSA-a GO-2024-1 PYSEC-2024-1]", "x GHSA-b 2.0.0 fixed [RUSTSEC-2024-1]"},
	}}
}

// TestDepth holds each rule of matching against a real database of its records.
func TestDepth(t *testing.T) {
	for _, c := range slices.Concat(distributions(), announcements(), languagesDepth()) {
		t.Run(c.name, func(t *testing.T) {
			r := run1(t, stored(t, c.records, c.also...), c.distro, c.packages...)
			var got []string
			for _, f := range r.Findings {
				line := f.Package.Name + " " + f.ID + " " + f.Fixed + " " + string(f.Status)
				if strings.Contains(strings.Join(c.want, " "), "[") {
					line += " [" + strings.Join(f.Aliases, " ") + "]"
				}
				if f.Suppressed != "" {
					line += " suppressed: " + f.Suppressed
				}
				got = append(got, line)
			}
			less := func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }
			if diff := cmp.Diff(sorted(c.want, less), sorted(got, less)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func sorted(all []string, less func(a, b string) int) []string {
	all = slices.Clone(all)
	slices.SortFunc(all, less)
	return all
}

// TestKernelHeaders holds that the headers can be counted.
func TestKernelHeaders(t *testing.T) {
	db := stored(t, cves("DEBIAN-", "Debian:12", "linux", "introduced 0"))
	for _, counted := range []bool{false, true} {
		m := Matcher{Ecosystems: catalogs, Advisories: db, KernelHeaders: counted}
		r, err := m.Match(t.Context(), &inventory.Inventory{Distro: debian, Packages: []inventory.Package{deb("linux-libc-dev", "6.1-1", "linux", "")}})
		if err != nil || len(r.Findings) != 1 || (r.Findings[0].Suppressed == "") != counted {
			t.Errorf("counted %v: %+v %v", counted, r.Findings, err)
		}
	}
}

// TestDepthOrder holds that the order in which a database gives its records
// changes no finding, of any of the rules.
func TestDepthOrder(t *testing.T) {
	for _, c := range slices.Concat(distributions(), announcements(), languagesDepth()) {
		var first []finding.Finding
		for seed := range uint64(6) {
			records := slices.Clone(c.records)
			rand.New(rand.NewPCG(seed, 7)).Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
			db := with(t, records...)
			for _, ecosystem := range c.also {
				db.has[ecosystem] = true
			}
			got := run1(t, db, c.distro, c.packages...).Findings
			if seed == 0 {
				first = got
			} else if diff := cmp.Diff(first, got); diff != "" {
				t.Errorf("%s, seed %d (-first +got):\n%s", c.name, seed, diff)
				break
			}
		}
	}
}
