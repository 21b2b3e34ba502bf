package debian

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/feed/feedtest"
	"github.com/plimsoll/plimsoll/inventory"
)

// TestMatch holds what the tracker's states come to in an image.
func TestMatch(t *testing.T) {
	all, _ := feedtest.Fetched(t, Feed(), "Debian", map[string]string{path: first})
	records := slices.Collect(maps.Values(all))
	for release, want := range map[string]map[string]string{
		"11": {"CVE-2024-1 libone": "end-of-life", "CVE-2024-1 libtwo": "affected"},
		"12": {
			"CVE-2024-1 libone": "fixed 1.0-2+deb12u1", "CVE-2024-1 libtwo": "affected", "CVE-2024-2 libtwo": "affected",
			"DEBIAN-TEMP-0000000-ABCDEF libone": "under-investigation",
		},
		"13": {"CVE-2024-1 libtwo": "will-not-fix"},
	} {
		got := feedtest.Match(t, records, &inventory.Inventory{Distro: inventory.Distro{ID: "debian", Version: release}, Packages: []inventory.Package{
			{Ecosystem: "deb", Name: "libone", Version: "1.0-1"}, {Ecosystem: "deb", Name: "libtwo", Version: "1.0-1"},
		}})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Debian %s (-want +got):\n%s", release, diff)
		}
	}
}
