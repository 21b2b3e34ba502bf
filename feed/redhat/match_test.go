package redhat

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/feed/feedtest"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/vulndb"
)

// TestMatch holds what the states of a VEX file come to in an image.
func TestMatch(t *testing.T) {
	a, err := parseDocument([]byte(fixture))
	if err != nil {
		t.Fatal(err)
	}
	rpm := func(name, version, module string) inventory.Package {
		return inventory.Package{Ecosystem: "rpm", Name: name, Version: version, Module: module}
	}
	of := func(source, version string, p inventory.Package) inventory.Package {
		p.Source, p.SourceVersion = source, version
		return p
	}
	for _, c := range []struct {
		release  string
		packages []inventory.Package
		want     map[string]string
	}{
		{"8.9", []inventory.Package{rpm("tool", "1-1.el8", ""), rpm("kernel", "4.18.0-1.el8", "")},
			map[string]string{"CVE-2024-1 tool": "will-not-fix", "CVE-2024-1 kernel": "under-investigation"}},
		{"8.9", []inventory.Package{rpm("nodejs", "1:18.18-1.module+el8.8.0+1", "nodejs:18:8080020230101:rhel8")},
			map[string]string{"CVE-2024-1 nodejs": "fixed 1:18.19-1.module+el8"}},
		{"8.9", []inventory.Package{rpm("nodejs", "1:16.1-1.module+el8.8.0+1", "nodejs:16:8080020230101:rhel8")}, map[string]string{"CVE-2024-1 nodejs": "will-not-fix"}},
		{"9.4", []inventory.Package{rpm("one-libs", "1:2.0-2.el9", ""), rpm("kernel", "5.14.0-1.el9", "")}, map[string]string{"CVE-2024-1 one-libs": "fixed 1:2.0-3.el9"}},
		{"9.4", []inventory.Package{rpm("one-libs", "1:2.0-3.el9", "")}, map[string]string{}},
		// Of a source that is named alone all packages are meant, of one whose packages are named no others.
		{"8.9", []inventory.Package{of("tool", "1-1.el8", rpm("tool-libs", "1-1.el8", "")), of("one", "2.0-2.el9", rpm("one-doc", "1:2.0-2.el9", ""))}, map[string]string{"CVE-2024-1 tool-libs": "will-not-fix"}},
		{"9.4", []inventory.Package{of("kernel", "5.14.0-1.el9", rpm("kernel-core", "5.14.0-1.el9", "")), of("one", "2.0-2.el9", rpm("one-doc", "1:2.0-2.el9", ""))}, map[string]string{}},
	} {
		got := feedtest.Match(t, []vulndb.Advisory{a}, &inventory.Inventory{Distro: inventory.Distro{ID: "rhel", Version: c.release}, Packages: c.packages})
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("RHEL %s, %s (-want +got):\n%s", c.release, c.packages[0].Name, diff)
		}
	}
}

// generated is a VEX file of the form of 2026: no architectures, a source for all
// that is made from it, and minor releases under CPEs without a repository.
const generated = `{"document":{"aggregate_severity":{"text":"Moderate"},"tracking":{"id":"CVE-2026-1","current_release_date":"2026-05-06T07:08:09+00:00"}},
"product_tree":{"branches":[{"category":"vendor","name":"Red Hat","branches":[
 {"category":"product_name","product":{"product_id":"rhel-9.7.z","product_identification_helper":{"cpe":"cpe:/a:redhat:enterprise_linux:9"}}},
 {"category":"product_name","product":{"product_id":"rhel-9.4.0.z","product_identification_helper":{"cpe":"cpe:/a:redhat:rhel_eus:9.4"}}},
 {"category":"product_version","name":"glibc","product":{"name":"glibc","product_id":"glibc-0:2.34-231.el9_7.10.src","product_identification_helper":{"purl":"pkg:rpm/redhat/glibc@2.34-231.el9_7.10?arch=src&epoch=0"}}},
 {"category":"product_version","name":"glibc","product":{"name":"glibc","product_id":"glibc","product_identification_helper":{"purl":"pkg:rpm/redhat/glibc?arch=src"}}},
 {"category":"product_version","name":"bind","product":{"name":"bind","product_id":"bind-32:9.16.23-34.el9_7.1.src","product_identification_helper":{"purl":"pkg:rpm/redhat/bind@9.16.23-34.el9_7.1?arch=src&epoch=32"}}},
 {"category":"product_version","name":"perl","product":{"name":"perl","product_id":"perl-4:5.32.1-483.el9.src","product_identification_helper":{"purl":"pkg:rpm/redhat/perl@5.32.1-483.el9?arch=src&epoch=4"}}},
 {"category":"product_version","name":"nodejs","product":{"name":"nodejs","product_id":"nodejs-1:18.19-1.module+el9.src","product_identification_helper":{"purl":"pkg:rpm/redhat/nodejs@18.19-1.module%2Bel9?arch=src&epoch=1&rpmmod=nodejs:18:9020020240101:rhel9"}}}]}],
"relationships":[
 {"full_product_name":{"product_id":"rhel-9.7.z:glibc"},"product_reference":"glibc-0:2.34-231.el9_7.10.src","relates_to_product_reference":"rhel-9.7.z"},
 {"full_product_name":{"product_id":"rhel-9.4.0.z:glibc"},"product_reference":"glibc","relates_to_product_reference":"rhel-9.4.0.z"},
 {"full_product_name":{"product_id":"rhel-9.7.z:bind"},"product_reference":"bind-32:9.16.23-34.el9_7.1.src","relates_to_product_reference":"rhel-9.7.z"},
 {"full_product_name":{"product_id":"rhel-9.7.z:perl"},"product_reference":"perl-4:5.32.1-483.el9.src","relates_to_product_reference":"rhel-9.7.z"},
 {"full_product_name":{"product_id":"rhel-9.7.z:nodejs"},"product_reference":"nodejs-1:18.19-1.module+el9.src","relates_to_product_reference":"rhel-9.7.z"}]},
"vulnerabilities":[{"cve":"CVE-2026-1","product_status":{"fixed":["rhel-9.7.z:glibc","rhel-9.7.z:bind","rhel-9.7.z:perl","rhel-9.7.z:nodejs"],"known_affected":["rhel-9.4.0.z:glibc"]},
 "remediations":[{"category":"none_available","details":"Affected","product_ids":["rhel-9.4.0.z:glibc"]}]}]}`

// TestMatchGenerated holds what the form of 2026 comes to: fixes of sources, found
// by the packages that are installed, whose versions and epochs may be others.
func TestMatchGenerated(t *testing.T) {
	a, err := parseDocument([]byte(generated))
	if err != nil {
		t.Fatal(err)
	}
	rpm := func(name, version, source, sourceVersion, module string) inventory.Package {
		return inventory.Package{Ecosystem: "rpm", Name: name, Version: version, Source: source, SourceVersion: sourceVersion, Module: module}
	}
	for _, c := range []struct {
		release, extended string
		pkg               inventory.Package
		want              string
	}{
		{"9.7", "", rpm("glibc-common", "2.34-230.el9", "glibc", "2.34-230.el9", ""), "fixed 2.34-231.el9_7.10"},
		{"9.7", "", rpm("glibc-common", "2.34-231.el9_7.10", "glibc", "2.34-231.el9_7.10", ""), ""},
		{"9.7", "", rpm("bind-libs", "32:9.16.23-1.el9", "bind", "9.16.23-1.el9", ""), "fixed 32:9.16.23-34.el9_7.1"},
		{"9.7", "", rpm("bind-libs", "32:9.16.23-34.el9_7.1", "bind", "9.16.23-34.el9_7.1", ""), ""},
		{"9.7", "", rpm("perl-Errno", "1.30-481.el9", "perl", "5.32.1-481.el9", ""), "fixed 4:5.32.1-483.el9"},
		{"9.7", "", rpm("perl-Errno", "1.30-483.el9", "perl", "5.32.1-483.el9", ""), ""},
		{"9.7", "", rpm("perl-DBI", "1.643-9.el9", "perl-DBI", "1.643-9.el9", ""), ""},
		{"9.7", "", rpm("nodejs-libs", "1:18.1-1.module+el9", "nodejs", "18.1-1.module+el9", "nodejs:18:9020020230101:rhel9"), "fixed 1:18.19-1.module+el9"},
		{"9.7", "", rpm("nodejs-libs", "1:16.1-1.module+el9", "nodejs", "16.1-1.module+el9", "nodejs:16:9020020230101:rhel9"), ""},
		{"9.4", "eus", rpm("glibc-common", "2.34-100.el9_4.1", "glibc", "2.34-100.el9_4.1", ""), "fixed 2.34-231.el9_7.10"}, // elsewhere; the stream itself has none yet
	} {
		got := feedtest.Match(t, []vulndb.Advisory{a}, &inventory.Inventory{Distro: inventory.Distro{ID: "rhel", Version: c.release, Extended: c.extended}, Packages: []inventory.Package{c.pkg}})
		if status := got["CVE-2026-1 "+c.pkg.Name]; status != c.want {
			t.Errorf("RHEL %s, %s %s: %q, want %q", c.release, c.pkg.Name, c.pkg.Version, status, c.want)
		}
	}
}
