package azure

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/feed/feedtest"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/vulndb"
)

// definitions is a file with one vulnerability of each state of a package.
func definitions() string {
	var defs, tests, objects, states strings.Builder
	for i, c := range []struct{ name, patchable, operation, version string }{
		{"fixed", "true", "less than", "0:2.1.0-7.azl3"}, {"open", "false", "less than or equal", "0:1.0-1.azl3"}, {"never", "Not Applicable", "less than or equal", "0:1.0-1.azl3"},
	} {
		fmt.Fprintf(&defs, `<definition class="vulnerability" id="oval:com.microsoft.azurelinux:def:7390%[1]d"><metadata><title>CVE-2026-%[1]d affecting package %[2]s</title>
<reference ref_id="CVE-2026-%[1]d" source="CVE"/><patchable>%[3]s</patchable><advisory_date>2026-01-20T21:41:23Z</advisory_date><advisory_id>7390%[1]d-1</advisory_id><severity>High</severity></metadata>
<criteria operator="AND"><criterion comment="Package %[2]s, affected" test_ref="t:%[1]d"/></criteria></definition>`, i, c.name, c.patchable)
		fmt.Fprintf(&tests, `<linux-def:rpminfo_test xmlns:linux-def="x" id="t:%[1]d"><linux-def:object object_ref="o:%[1]d"/><linux-def:state state_ref="s:%[1]d"/></linux-def:rpminfo_test>`, i)
		fmt.Fprintf(&objects, `<rpminfo_object id="o:%d"><name>%s</name></rpminfo_object>`, i, c.name)
		fmt.Fprintf(&states, `<rpminfo_state id="s:%d"><evr datatype="evr_string" operation=%q>%s</evr></rpminfo_state>`, i, c.operation, c.version)
	}
	return `<oval_definitions><definitions>` + defs.String() + `</definitions><tests>` + tests.String() + `</tests><objects>` + objects.String() + `</objects><states>` + states.String() + `</states></oval_definitions>`
}

// TestRecords holds the states of vulnerabilities against an image.
func TestRecords(t *testing.T) {
	all, broken := feedtest.Fetched(t, Feed(), "Azure Linux", map[string]string{"/azurelinux-3.0-oval.xml": definitions()})
	if len(broken) > 0 || len(all) != 3 {
		t.Fatalf("%d records, broken %v", len(all), broken)
	}
	a := all["AZL-73900"]
	if !cmp.Equal(a.Upstream, []string{"CVE-2026-0"}) || a.Severities[0].Score != "high" || a.Published.Year() != 2026 || a.Affected[0].Ecosystem != "Azure Linux:3" {
		t.Errorf("%+v", a)
	}
	var records []vulndb.Advisory
	for _, a := range all {
		records = append(records, a)
	}
	rpm := func(name, version string) inventory.Package {
		return inventory.Package{Ecosystem: "rpm", Name: name, Version: version}
	}
	found := feedtest.Match(t, records, &inventory.Inventory{Distro: inventory.Distro{ID: "azurelinux", Version: "3.0"}, Packages: []inventory.Package{
		rpm("fixed", "2.1.0-6.azl3"), rpm("open", "1.0-1.azl3"), rpm("never", "1.0-1.azl3"),
	}})
	if diff := cmp.Diff(map[string]string{"CVE-2026-0 fixed": "fixed 2.1.0-7.azl3", "CVE-2026-1 open": "affected"}, found); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(definitions()))
	f.Fuzz(func(t *testing.T, data []byte) {
		for a, err := range Feed().Parse(t.Context(), os.DirFS(feedtest.Kept(t, "3.xml", data))) {
			if err == nil && (a.ID == "" || len(a.Affected) == 0) {
				t.Errorf("record %+v", a)
			}
		}
	})
}
