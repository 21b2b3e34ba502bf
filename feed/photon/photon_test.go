package photon

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/feed/feedtest"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/vulndb"
)

const where = "/photon_oval_definitions/com.vmware.phsa-photon5.xml.gz"

const sample = `<oval_definitions><definitions>
<definition class="patch" id="oval:com.vmware.phsa:def:1"><metadata><title>PHSA-2026:00001 tool Security Update. (Important)</title>
<reference ref_id="PHSA:00001:5.0:20" ref_url="https://photon.example/5.0-20" source="PHSA"/>
<reference ref_id="CVE:00001:CVE-2023-1" source="CVE"/><reference ref_id="CVE:00001:CVE-2023-2" source="CVE"/>
<description>Two flaws.</description><advisory><severity>Important</severity><issued date="2023-06-07"/><updated date="2023-06-08"/></advisory></metadata>
<criteria operator="AND"><criterion comment="Photon OS 5 is installed" test_ref="t:1"/><criteria operator="OR">
<criteria operator="AND"><criterion comment="tool is earlier than 0:2.66-2.ph5" test_ref="t:2"/><criterion comment="tool is signed with VMware key" test_ref="t:3"/></criteria>
<criteria operator="AND"><criterion comment="tool-libs is earlier than 1:2.66-2.ph5" test_ref="t:4"/><criterion comment="tool-libs is signed with VMware key" test_ref="t:5"/></criteria>
</criteria></criteria></definition>
<definition id="oval:x"><metadata><title>nothing</title></metadata></definition></definitions></oval_definitions>`

// TestRecords reads an announcement, whose tests are only in comments, and holds
// it against an image.
func TestRecords(t *testing.T) {
	all, broken := feedtest.Fetched(t, Feed(), "Photon OS", map[string]string{where: sample})
	if len(broken) != 1 || len(all) != 1 {
		t.Fatalf("%d records, broken %v", len(all), broken)
	}
	a := all["PHSA-2023-5.0-20"]
	var got []string
	for _, e := range a.Affected {
		got = append(got, e.Ecosystem+" "+e.Name+" "+e.Ranges[0].Events[1].Fixed)
	}
	if diff := cmp.Diff([]string{"Photon OS:5.0 tool 2.66-2.ph5", "Photon OS:5.0 tool-libs 1:2.66-2.ph5"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !cmp.Equal(a.Upstream, []string{"CVE-2023-1", "CVE-2023-2"}) || a.Severities[0].Score != "important" || a.Published.Day() != 7 {
		t.Errorf("%+v", a)
	}
	found := feedtest.Match(t, []vulndb.Advisory{a}, &inventory.Inventory{Distro: inventory.Distro{ID: "photon", Version: "5.0"}, Packages: []inventory.Package{
		{Ecosystem: "rpm", Name: "tool", Version: "2.66-1.ph5"}, {Ecosystem: "rpm", Name: "tool-libs", Version: "1:2.66-2.ph5", Source: "tool", SourceVersion: "2.66-2.ph5"},
	}})
	if diff := cmp.Diff(map[string]string{"CVE-2023-1 tool": "fixed 2.66-2.ph5", "CVE-2023-2 tool": "fixed 2.66-2.ph5"}, found); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Fuzz(func(t *testing.T, data []byte) {
		for a, err := range Feed().Parse(t.Context(), os.DirFS(feedtest.Kept(t, "5.xml", data))) {
			if err == nil && (a.ID == "" || len(a.Affected) == 0) {
				t.Errorf("record %+v", a)
			}
		}
	})
}
