package match

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/vulndb"
)

// TestSteps holds that the comparisons that are shown are those that matching
// makes: of sources, of the release, without those that a state overrules.
func TestSteps(t *testing.T) {
	for _, c := range []struct {
		name    string
		records []string
		distro  inventory.Distro
		pkg     inventory.Package
		want    []Step
	}{{
		name: "of two records, the one of the installed branch",
		records: []string{
			record(`"id":"GHSA-a","aliases":["CVE-2024-1"]`, entry("npm", "x", "introduced 1.0.0, fixed 1.2.3", ""), entry("npm", "x", "introduced 2.0.0, fixed 2.3.4", "")),
			record(`"id":"GLAD-1","aliases":["CVE-2024-1"]`, entry("npm", "x", "introduced 0, fixed 2.4.0", ""), entry("npm", "y", "introduced 0", "")),
			record(`"id":"X-1","aliases":["CVE-2024-1"]`, entry("npm", "x", "introduced 3.0.0", "")),
		},
		pkg: npm("x", "2.1.0"),
		want: []Step{
			{"GHSA-a", "npm", "x", "2.1.0", ">=2.0.0, <2.3.4", "2.3.4", "npm"},
			{"GLAD-1", "npm", "x", "2.1.0", "<2.4.0", "2.4.0", "npm"},
		},
	}, {
		name:    "the source's version",
		records: cves("DEBIAN-", "Debian:12", "gcc-defaults", "introduced 0, fixed 1.204"),
		distro:  debian, pkg: deb("g++", "4:12.2.0-3", "gcc-defaults", "1.203"),
		want: []Step{{"DEBIAN-CVE-2024-1", "Debian:12", "gcc-defaults", "1.203", "<1.204", "1.204", "deb"}},
	}, {
		name: "Ubuntu's releases of long-term support",
		records: []string{
			record(`"id":"UBUNTU-CVE-2024-1"`, entry("Ubuntu:22.04:LTS", "curl", "introduced 0", ""), entry("Ubuntu:20.04:LTS", "curl", "introduced 0", "")),
		},
		distro: ubuntu22, pkg: deb("curl", "7.81.0-1", "", ""),
		want: []Step{{"UBUNTU-CVE-2024-1", "Ubuntu:22.04:LTS", "curl", "7.81.0-1", "in every version", "", "deb"}},
	}, {
		name: "a state that says not affected",
		records: []string{
			stateRecord("1", "Debian:12", "bash", "not-affected"),
			record(`"id":"DSA-1-1","upstream":["CVE-2024-1"]`, entry("Debian:12", "bash", "introduced 0, fixed 6", "")),
		},
		distro: debian, pkg: deb("bash", "5.2-1", "", ""),
	}, {
		name: "another spelling of the name, and a list of versions",
		records: []string{
			`{"id":"GHSA-a","affected":[{"package":{"ecosystem":"NuGet","name":"Newtonsoft.Json"},"versions":["1.0.0"]}]}`,
		},
		pkg:  of("nuget", "newtonsoft.json", "1.0.0"),
		want: []Step{{"GHSA-a", "NuGet", "newtonsoft.json", "1.0.0", "version 1.0.0", "", "nuget"}},
	}, {
		name: "AlmaLinux: another package of the source",
		records: []string{
			record(`"id":"ALSA-1","related":["CVE-2024-1"],"summary":"Moderate: libxml2 security update"`, entry("AlmaLinux:9", "libxml2-devel", "introduced 0, fixed 2.9.7-9.el9", "")),
		},
		distro: alma, pkg: inventory.Package{Ecosystem: "rpm", Name: "libxml2", Version: "2.9.7-8.el9"},
		want: []Step{{"ALSA-1", "AlmaLinux:9", "libxml2-devel", "2.9.7-8.el9", "<2.9.7-9.el9", "2.9.7-9.el9", "rpm:epoch-zero"}},
	}, {
		name:    "no version, no step",
		records: []string{ranged("GO-1", "Go", "example.com/m", "SEMVER", `{"introduced":"0"}`)},
		pkg:     of("golang", "example.com/m", "(devel)"),
	}} {
		t.Run(c.name, func(t *testing.T) {
			var records []vulndb.Advisory
			for _, text := range c.records {
				a, err := vulndb.ParseOSV([]byte(text))
				if err != nil {
					t.Fatal(err)
				}
				records = append(records, a)
			}
			inv := &inventory.Inventory{Distro: c.distro, Packages: []inventory.Package{c.pkg}}
			got := (&Matcher{Ecosystems: catalogs}).Steps(inv, &inv.Packages[0], records)
			if diff := cmp.Diff(c.want, got); diff != "" && len(c.want)+len(got) > 0 {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestSpared names what records speak of and do not call affected.
func TestSpared(t *testing.T) {
	var records []vulndb.Advisory
	for _, text := range []string{
		record(`"id":"DEBIAN-CVE-2024-1"`, entry("Debian:12", "openssl", "introduced 0, fixed 3.0.11-1", "")),
		record(`"id":"GHSA-a","aliases":["CVE-2024-1"]`, entry("npm", "openssl", "introduced 0, fixed 2.0.0", "")),
		record(`"id":"GHSA-b","aliases":["CVE-2024-1"],"withdrawn":"2024-01-01T00:00:00Z"`, entry("npm", "gone", "introduced 0", "")),
	} {
		a, err := vulndb.ParseOSV([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, a)
	}
	inv := &inventory.Inventory{Distro: debian, Packages: []inventory.Package{
		deb("libssl3", "3.0.11-1", "openssl", ""), deb("openssl", "3.0.9-1", "", ""), deb("bash", "5", "", ""),
		npm("openssl", "2.0.0"), npm("gone", "1.0.0"), npm("other", "1.0.0"),
	}}
	want := []Spared{
		{&inv.Packages[0], "DEBIAN-CVE-2024-1", "Debian:12", "openssl", "3.0.11-1"},
		{&inv.Packages[3], "GHSA-a", "npm", "openssl", "2.0.0"},
	}
	if diff := cmp.Diff(want, (&Matcher{Ecosystems: catalogs}).Spared(inv, records)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
