package scan

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/vex"
)

// TestVEX holds what statements do to findings: only vulnerabilities are set
// aside, only by statements that clear them, and nothing twice.
func TestVEX(t *testing.T) {
	const document = `{"@context":"https://openvex.dev/ns/v0.2.0","@id":"shop-vex","timestamp":"2026-01-01T00:00:00Z","statements":[
		{"vulnerability":{"name":"CVE-1"},"products":[{"@id":"pkg:npm/lodash"}],"status":"not_affected","justification":"vulnerable_code_not_in_execute_path","impact_statement":"template is never called"},
		{"vulnerability":{"name":"CVE-2"},"products":[{"@id":"pkg:oci/shop?repository_url=ghcr.io/acme/shop","subcomponents":[{"@id":"pkg:npm/lodash"}]}],"status":"fixed"},
		{"vulnerability":{"name":"CVE-3"},"products":[{"@id":"pkg:npm/lodash"}],"status":"affected","action_statement":"wait for 1.5"},
		{"vulnerability":{"name":"CVE-4"},"products":[{"@id":"pkg:npm/left","subcomponents":[{"@id":"pkg:npm/lodash"}]}],"status":"not_affected"},
		{"vulnerability":{"name":"MAL-1"},"products":[{"@id":"pkg:npm/lodash"}],"status":"not_affected"},
		{"vulnerability":{"name":"CVE-6"},"products":[{"@id":"pkg:deb/debian/openssl?arch=source"}],"status":"not_affected"}]}`
	doc, err := vex.Read("shop.json", []byte(document))
	if err != nil {
		t.Fatal(err)
	}
	set := &vex.Set{}
	set.Add(doc)
	in := func(file string) inventory.Package {
		return inventory.Package{Ecosystem: "npm", Name: "lodash", Version: "4.17.10", PURL: "pkg:npm/lodash@4.17.10", At: inventory.Place{Path: file}}
	}
	const top, nested = "app/node_modules/lodash/package.json", "app/node_modules/left/node_modules/lodash/package.json"
	ssl := inventory.Package{Ecosystem: "deb", Name: "libssl3", Version: "3.0.9-1", Source: "openssl", PURL: "pkg:deb/debian/libssl3@3.0.9-1?arch=amd64"}
	inv := &inventory.Inventory{Packages: []inventory.Package{
		in(top), in(nested), ssl,
		{Ecosystem: "npm", Name: "left", Version: "1.0.0", PURL: "pkg:npm/left@1.0.0", At: inventory.Place{Path: "app/node_modules/left/package.json"}},
	}}
	found := func(id string, pkg inventory.Package) finding.Finding {
		return finding.Finding{Kind: finding.Vulnerability, ID: id, At: pkg.At, Because: "it matched",
			Package: finding.Package{PURL: pkg.PURL, Ecosystem: pkg.Ecosystem, Name: pkg.Name, Version: pkg.Version}}
	}
	findings := []finding.Finding{
		found("CVE-1", in(top)), found("CVE-2", in(top)), found("CVE-3", in(top)),
		found("CVE-4", in(top)), found("CVE-4", in(nested)), found("MAL-1", in(top)), found("CVE-6", ssl), found("CVE-1", in(top)),
	}
	findings[5].Kind = finding.Malware
	findings[7].Suppressed = "belongs to another"
	s := &Scanner{VEX: set}
	s.applyVEX(&image.Image{Source: "registry", Ref: "ghcr.io/acme/shop:1.4"}, inv, findings)
	var got [][2]string
	for _, f := range findings {
		got = append(got, [2]string{f.Suppressed, f.Because})
	}
	want := [][2]string{
		{"VEX: not_affected, vulnerable_code_not_in_execute_path: template is never called (shop-vex)", "it matched"},
		{"VEX: fixed (shop-vex)", "it matched"},
		{"", "it matched; VEX: affected: wait for 1.5 (shop-vex)"},
		{"", "it matched"},
		{"VEX: not_affected (shop-vex)", "it matched"},
		{"", "it matched"},
		{"VEX: not_affected (shop-vex)", "it matched"},
		{"belongs to another", "it matched"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for file, want := range map[string][]string{
		"a.war!/lib/b.jar!/c.jar": {"a.war!/lib/b.jar!/c.jar", "a.war!/lib/b.jar", "a.war"},
		"bin/app":                 {"bin/app"},
		nested:                    {nested, "app/node_modules/left/package.json", "app/package.json"},
	} {
		if diff := cmp.Diff(want, around(file)); diff != "" {
			t.Errorf("around %s (-want +got):\n%s", file, diff)
		}
	}
}
