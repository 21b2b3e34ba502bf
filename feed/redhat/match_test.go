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
	} {
		got := feedtest.Match(t, []vulndb.Advisory{a}, &inventory.Inventory{Distro: inventory.Distro{ID: "rhel", Version: c.release}, Packages: c.packages})
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("RHEL %s, %s (-want +got):\n%s", c.release, c.packages[0].Name, diff)
		}
	}
}
