package oracle

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/feed/feedtest"
)

const where = "/security/oval/com.oracle.elsa-all.xml.bz2"

// definitions is an OVAL file about one package per id, below a version.
func definitions(versions map[string]string) string {
	var defs, tests, objects, states strings.Builder
	n := 0
	for id, version := range versions {
		n++
		fmt.Fprintf(&defs, `<definition id="def:%d" class="patch"><metadata><title>
%[2]s:  Important: one security update  (IMPORTANT)
</title><reference source="elsa" ref_id="%[2]s" ref_url="http://oracle.example/%[2]s.html"/><reference source="CVE" ref_id="CVE-2024-%[1]d"/>
<advisory><severity>IMPORTANT</severity><issued date="2024-05-01"/></advisory></metadata>
<criteria operator="AND"><criterion test_ref="t:os" comment="Oracle Linux 9 is installed"/>
<criteria operator="OR"><criteria operator="AND"><criterion test_ref="t:%[1]d" comment="one is earlier than it"/><criterion test_ref="t:%[1]d:sig" comment="one is signed with the Oracle Linux 9 key"/></criteria>
<criteria operator="AND"><criterion test_ref="t:mod" comment="Module nodejs:18 is enabled"/><criteria operator="AND"><criterion test_ref="t:%[1]d" comment="again"/></criteria></criteria></criteria></criteria></definition>`, n, id)
		fmt.Fprintf(&tests, `<rpminfo_test id="t:%[1]d" xmlns="x#linux"><object object_ref="o:%[1]d"/><state state_ref="s:%[1]d"/></rpminfo_test>
<rpminfo_test id="t:%[1]d:sig"><object object_ref="o:%[1]d"/><state state_ref="s:sig"/></rpminfo_test>`, n)
		fmt.Fprintf(&objects, `<rpminfo_object id="o:%d"><name>one</name></rpminfo_object>`, n)
		fmt.Fprintf(&states, `<rpminfo_state id="s:%d"><evr datatype="evr_string" operation="less than">%s</evr></rpminfo_state>`, n, version)
	}
	return `<?xml version="1.0" encoding="utf-8"?><oval_definitions><definitions>` + defs.String() + `</definitions><tests>` + tests.String() +
		`</tests><objects>` + objects.String() + `</objects><states>` + states.String() + `<rpminfo_state id="s:sig"><signature_keyid operation="equals">66</signature_keyid></rpminfo_state></states></oval_definitions>`
}

func TestRecord(t *testing.T) {
	all, broken := feedtest.Fetched(t, Feed(), "Oracle Linux", map[string]string{where: definitions(map[string]string{"ELSA-2024-1": "0:2.0-1.el9"})})
	if len(broken) > 0 {
		t.Error(broken)
	}
	a := all["ELSA-2024-1"]
	var got []string
	for _, e := range a.Affected {
		got = append(got, strings.Join([]string{e.Ecosystem, e.Name, e.Module, e.Ranges[0].Events[1].Fixed}, "|"))
	}
	if diff := cmp.Diff([]string{"Oracle Linux:9|one||2.0-1.el9", "Oracle Linux:9|one|nodejs:18|2.0-1.el9"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if a.Summary != "Important: one security update" || a.Severities[0].Score != "important" || !cmp.Equal(a.Upstream, []string{"CVE-2024-1"}) ||
		a.References[0].URL != "https://oracle.example/ELSA-2024-1.html" || a.Published.Year() != 2024 {
		t.Errorf("record %+v", a)
	}
}

// TestBroken holds that a definition without id or packages hides no other.
func TestBroken(t *testing.T) {
	good := definitions(map[string]string{"ELSA-2024-1": "0:2.0-1.el9"})
	bad := strings.Replace(good, "<definitions>", `<definitions><definition id="x"/><definition id="y"><metadata><reference source="elsa" ref_id="ELSA-1"/></metadata></definition>`, 1)
	all, broken := feedtest.Fetched(t, Feed(), "Oracle Linux", map[string]string{where: bad})
	if len(all) != 1 || len(broken) != 2 {
		t.Errorf("%d records, broken %v", len(all), broken)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(definitions(map[string]string{"ELSA-2024-1": "0:2.0-1.el9"})))
	f.Fuzz(func(t *testing.T, data []byte) {
		for a, err := range Feed().Parse(t.Context(), os.DirFS(feedtest.Kept(t, "elsa.xml", data))) {
			if err == nil && (a.ID == "" || len(a.Affected) == 0) {
				t.Errorf("record %+v", a)
			}
		}
	})
}
