package suse

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/feed/feedtest"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/vulndb"
)

const sample = `{"document":{"aggregate_severity":{"text":"moderate"},"tracking":{"id":"CVE-2024-1","initial_release_date":"2024-01-02T03:04:05Z","current_release_date":"2026-05-06T07:08:09Z"}},
"product_tree":{"branches":[{"branches":[{"branches":[
 {"product":{"product_id":"SUSE Linux Enterprise Server 15 SP5","product_identification_helper":{"cpe":"cpe:/o:suse:sles:15:sp5"}}},
 {"product":{"product_id":"libtool1-2.0-150500.3.1","product_identification_helper":{"purl":"pkg:rpm/suse/libtool1@2.0-150500.3.1?upstream=tool-2.0-150500.3.1.src.rpm"}}},
 {"product":{"product_id":"tool-2.0-150500.3.1","product_identification_helper":{"purl":"pkg:rpm/suse/tool@2.0-150500.3.1?upstream=tool-2.0-150500.3.1.src.rpm"}}},
 {"product":{"product_id":"tool-2.0-150500.9.1","product_identification_helper":{"purl":"pkg:rpm/suse/tool@2.0-150500.9.1?upstream=tool-2.0-150500.9.1.src.rpm"}}},
 {"product":{"product_id":"libother-4_0-18","product_identification_helper":{"purl":"pkg:rpm/suse/libother@4_0-18?upstream=other.src.rpm"}}},
 {"product":{"product_id":"tool","product_identification_helper":{"purl":"pkg:rpm/suse/tool@"}}}]}]}]},
"vulnerabilities":[{"cve":"CVE-2024-1","notes":[{"category":"general","text":"What it is."}],"product_status":{
 "recommended":["SUSE Linux Enterprise Server 15 SP5:libtool1-2.0-150500.3.1","SUSE Linux Enterprise Server 15 SP5:tool-2.0-150500.3.1","SUSE Linux Enterprise Server 15 SP4-LTSS:tool-2.0-150500.3.1","Image SLES15-SP5:tool-2.0-150500.3.1"],
 "first_fixed":["SUSE Linux Enterprise Server 15 SP5:tool-2.0-150500.9.1","openSUSE Leap 15.5:tool-2.0-150500.9.1"],
 "known_affected":["SUSE Linux Enterprise Server 15 SP5:tool","SUSE Linux Enterprise Server 15 SP5:libother-4_0-18","SUSE Linux Enterprise Server 15 SP4:tool","SUSE Linux Enterprise Server 12 SP5:tool"],
 "known_not_affected":["SUSE Linux Enterprise Server 15 SP6:tool"]},
 "remediations":[{"category":"no_fix_planned","product_ids":["SUSE Linux Enterprise Server 12 SP5:tool"]}],
 "scores":[{"cvss_v3":{"vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}]}]}`

// TestDocument holds what becomes of each part of a VEX file.
func TestDocument(t *testing.T) {
	a, err := parseDocument([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range a.Affected {
		fixed := ""
		for _, event := range e.Ranges[0].Events {
			fixed += event.Fixed
		}
		got = append(got, strings.Join([]string{e.Ecosystem, e.Name, fixed, e.Status}, "|"))
	}
	want := []string{
		"SUSE:Linux Enterprise Server 12 SP5|tool||will-not-fix",
		"SUSE:Linux Enterprise Server 15 SP4-LTSS|tool|2.0-150500.3.1|",
		"SUSE:Linux Enterprise Server 15 SP5|other||",
		"SUSE:Linux Enterprise Server 15 SP5|tool|2.0-150500.3.1|",
		"SUSE:Linux Enterprise Server 15 SP6|tool||not-affected",
		"openSUSE:Leap 15.5|tool|2.0-150500.9.1|",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if a.ID != "SUSE-CVE-2024-1" || a.Details != "What it is." || len(a.Severities) != 2 || a.Severities[0].Score != "moderate" || a.Modified.Year() != 2026 {
		t.Errorf("%+v", a)
	}
	for _, bad := range []string{`{`, `{"vulnerabilities":[]}`, `{"vulnerabilities":[{"cve":"x"}]}`} {
		if _, err := parseDocument([]byte(bad)); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

// TestMatch holds what the states come to in an image.
func TestMatch(t *testing.T) {
	a, err := parseDocument([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	of := func(name, version, source string) inventory.Package {
		return inventory.Package{Ecosystem: "rpm", Name: name, Version: version, Source: source, SourceVersion: version}
	}
	for _, c := range []struct {
		id, version string
		pkg         inventory.Package
		want        string
	}{
		{"sles", "15.5", of("libtool1", "2.0-150500.1.1", "tool"), "fixed 2.0-150500.3.1"},
		{"sles", "15.5", of("libtool1", "2.0-150500.3.1", "tool"), ""},
		{"sles", "15.5", of("libother-4_0-18", "1-1", "other"), "affected"},
		{"sles", "15.4", of("tool", "2.0-150400.1.1", "tool"), "fixed 2.0-150500.3.1"},
		{"sles", "15.4", of("tool", "2.0-150500.3.1", "tool"), ""},
		{"sles", "15.6", of("tool", "2.0-1", "tool"), ""},
		{"sles", "12.5", of("tool", "2.0-1", "tool"), "will-not-fix"},
		{"opensuse-leap", "15.5", of("tool", "2.0-150500.3.1", "tool"), "fixed 2.0-150500.9.1"},
	} {
		found := feedtest.Match(t, []vulndb.Advisory{a}, &inventory.Inventory{Distro: inventory.Distro{ID: c.id, Version: c.version}, Packages: []inventory.Package{c.pkg}})
		if got := found["CVE-2024-1 "+c.pkg.Name]; got != c.want {
			t.Errorf("%s %s, %s %s: %q, want %q", c.id, c.version, c.pkg.Name, c.pkg.Version, got, c.want)
		}
	}
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte(sample))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := parseDocument(data)
		if err == nil && (a.ID == "" || len(a.Affected) > maxEntries) {
			t.Errorf("%q with %d entries", a.ID, len(a.Affected))
		}
	})
}
