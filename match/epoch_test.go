package match

import (
	"testing"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/vulndb"
)

// TestMissingEpochIsZero holds rpm versions without an epoch, which is 0 to rpm,
// against a fix with one: 5.0 is older than 1:4.0.
func TestMissingEpochIsZero(t *testing.T) {
	db := newFake()
	db.add(vulndb.Advisory{ID: "ALSA-2026:1", Upstream: []string{"CVE-2026-1"}, Affected: []vulndb.Affected{{
		Ecosystem: "AlmaLinux:9", Name: "tool", Ranges: []vulndb.Range{{Type: "ECOSYSTEM", Events: []vulndb.Event{{Introduced: "0"}, {Fixed: "1:4.0-1.el9"}}}},
	}}})
	for version, want := range map[string]int{"5.0-1.el9": 1, "1:3.9-1.el9": 1, "1:4.0-1.el9": 0, "2:1.0-1.el9": 0} {
		inv := &inventory.Inventory{Distro: alma, Packages: []inventory.Package{{Ecosystem: "rpm", Name: "tool", Version: version}}}
		r, err := (&Matcher{Ecosystems: catalogs, Advisories: db}).Match(t.Context(), inv)
		if err != nil || len(r.Findings) != want {
			t.Errorf("%s: %d findings, want %d (%v)", version, len(r.Findings), want, err)
		}
	}
}
