package vex

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/internal/cases"
)

// tally is how often a document says each state of a pair of a vulnerability and
// a product; nil for what is no VEX document.
type tally map[Status]int

// counted counts what was read.
func counted(d *Document) tally {
	t := tally{}
	for _, s := range d.Statements {
		t[s.Status] += len(s.Products)
	}
	maps.DeleteFunc(t, func(_ Status, n int) bool { return n == 0 })
	return t
}

// plain counts the same in a document as plain JSON, without any of the types
// under test.
func plain(data []byte) tally {
	var doc map[string]any
	if json.Unmarshal(data, &doc) != nil {
		return nil
	}
	t := tally{}
	list := func(v any, names ...string) []any {
		for _, n := range names {
			m, _ := v.(map[string]any)
			v = m[n]
		}
		l, _ := v.([]any)
		return l
	}
	text := func(v any, names ...string) string {
		for _, n := range names {
			m, _ := v.(map[string]any)
			v = m[n]
		}
		s, _ := v.(string)
		return s
	}
	switch {
	case strings.Contains(text(doc, "@context"), "openvex"):
		for _, s := range list(doc, "statements") {
			t[Status(text(s, "status"))] += len(list(s, "products"))
		}
	case text(doc, "bomFormat") == "CycloneDX":
		for _, v := range list(doc, "vulnerabilities") {
			states := map[string]Status{"exploitable": Affected, "not_affected": NotAffected, "false_positive": NotAffected,
				"resolved": Fixed, "resolved_with_pedigree": Fixed, "in_triage": UnderInvestigation}
			state := states[text(v, "analysis", "state")]
			for _, a := range list(v, "affects") {
				says := map[Status]bool{}
				for _, version := range list(a, "versions") {
					one := state
					if state == "" || state == Affected {
						one = map[string]Status{"unaffected": NotAffected, "unknown": UnderInvestigation}[text(version, "status")]
						if one == "" {
							one = Affected
						}
					}
					says[one] = true
				}
				if len(says) == 0 && state != "" {
					says[state] = true
				}
				for s := range says {
					t[s]++
				}
			}
		}
	case text(doc, "document", "csaf_version") != "":
		known := knownProducts(doc["product_tree"])
		states := map[string]Status{"known_not_affected": NotAffected, "fixed": Fixed, "first_fixed": Fixed, "known_affected": Affected,
			"first_affected": Affected, "last_affected": Affected, "under_investigation": UnderInvestigation, "unknown": UnderInvestigation}
		for _, v := range list(doc, "vulnerabilities") {
			for name, state := range states {
				for _, id := range list(v, "product_status", name) {
					if s, _ := id.(string); known[s] {
						t[state]++
					}
				}
			}
		}
	default:
		return nil
	}
	maps.DeleteFunc(t, func(_ Status, n int) bool { return n == 0 })
	return t
}

// knownProducts are the ids of all products that a CSAF product tree describes.
func knownProducts(tree any) map[string]bool {
	known := map[string]bool{}
	var look func(any)
	look = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				look(e)
			}
		case map[string]any:
			if id, ok := v["product_id"].(string); ok {
				known[id] = true
			}
			for _, e := range v {
				look(e)
			}
		}
	}
	look(tree)
	return known
}

// refused are the documents of the shared cases that are rightly refused although
// they are of a known form: each says something that has no meaning.
func refused(file string, err error) bool {
	var e *Error
	return errors.As(err, &e) && e.File == file && !errors.Is(err, ErrFormat)
}

// TestCasesVEX reads all VEX documents of the shared cases: how often each state
// is said must be what plain JSON says, and what is none must be refused as such.
// Validators' cases hold documents that break CSAF's rules; those are read for
// what they say, or refused with a place.
func TestCasesVEX(t *testing.T) {
	root := cases.Dir(t, "cases", "sbom")
	agree, all, shown := 0, 0, 0
	wrong := func(format string, args ...any) {
		if shown++; shown <= 20 {
			t.Errorf(format, args...)
		}
	}
	for _, folder := range []string{"vex", "cyclonedx", "peers"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".json" || folder != "vex" && !strings.Contains(strings.ToLower(path), "vex") {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			all++
			name := filepath.ToSlash(strings.TrimPrefix(path, root))
			doc, err := Read(name, data)
			want := plain(data)
			switch {
			case want == nil && errors.Is(err, ErrFormat):
				agree++
			case want != nil && err == nil:
				if diff := cmp.Diff(want, counted(doc)); diff == "" {
					agree++
				} else {
					wrong("%s (-plain +read):\n%s", name, diff)
				}
			case strings.Contains(name, "/validator/") && refused(name, err):
				t.Logf("a validator's case, refused: %v", err)
				agree++
			default:
				wrong("%s: %v", name, err)
			}
			return nil
		})
		if errors.Is(err, fs.ErrNotExist) {
			t.Logf("no %s", folder)
		} else if err != nil {
			t.Fatal(err)
		}
	}
	cases.Agree(t, "cases/sbom/vex", agree, all)
	if agree < all {
		t.Fail()
	}
}

// TestCasesPeers holds the answers to documents of other scanners' tests against
// what those tests expect, where the documents are.
func TestCasesPeers(t *testing.T) {
	root := cases.Dir(t, "cases", "sbom", "peers")
	const alpine = "sha256:124c7d2707904eea7431fffe91522a01e5a861a624ee31d03372cc1d138a3126"
	libcrypto := Subject{PURL: "pkg:apk/alpine/libcrypto3@3.0.8-r3?arch=x86_64&distro=alpine-3.17.3", Source: "openssl"}
	spring := Subject{PURL: "pkg:maven/org.springframework.boot/spring-boot@2.6.0"}
	bash := Subject{PURL: "pkg:deb/debian/bash@5.2.15-2?arch=amd64&distro=debian-12"}
	transitive := Subject{PURL: "pkg:golang/github.com/aquasecurity/go-transitive@v4.0.0"}
	inside := transitive
	inside.Within = []string{"pkg:golang/github.com/aquasecurity/go-direct1@v2.0.0"}
	debian := Image{Names: []string{"debian:12"}}
	byDigest := Image{Digests: []string{alpine}}
	agree, all := 0, 0
	for _, c := range []struct {
		file    string
		image   Image
		id      string
		subject Subject
		want    Status // empty for none
	}{
		{"trivy/vex/openvex.json", Image{}, "CVE-2021-44228", spring, NotAffected},
		{"trivy/vex/openvex.json", Image{}, "CVE-2021-44229", spring, ""},
		{"trivy/vex/openvex-multiple.json", Image{}, "CVE-2021-44228", spring, NotAffected},
		{"trivy/vex/openvex-nested.json", Image{}, "CVE-2024-0001", inside, NotAffected},
		{"trivy/vex/openvex-nested.json", Image{}, "CVE-2024-0001", transitive, ""},
		{"trivy/vex/openvex-oci.json", debian, "CVE-2022-3715", bash, NotAffected},
		{"trivy/vex/openvex-oci-mismatch.json", debian, "CVE-2022-3715", bash, ""},
		{"trivy/vex/cyclonedx.json", Image{}, "CVE-2021-44228", spring, NotAffected},
		{"trivy/vex/cyclonedx.json", Image{}, "CVE-2022-27943", Subject{PURL: "pkg:deb/ubuntu/libstdc%2B%2B6@12.3.0-1ubuntu1~22.04?arch=amd64&distro=ubuntu-22.04"}, NotAffected},
		{"trivy/vex/cyclonedx.json", Image{}, "CVE-2022-27943", Subject{PURL: "pkg:deb/ubuntu/libstdc%2B%2B6@12.3.0-1ubuntu1~22.05?arch=amd64&distro=ubuntu-22.04"}, ""},
		{"trivy/vex/csaf.json", Image{}, "CVE-2024-0001", transitive, NotAffected},
		{"trivy/vex/csaf-relationships.json", Image{}, "CVE-2024-0001", inside, NotAffected},
		{"trivy/vex/csaf-relationships.json", Image{}, "CVE-2024-0001", transitive, ""},
		{"grype/vex/vex-docs/openvex-demo1.json", byDigest, "CVE-2023-1255", libcrypto, Fixed},
		{"grype/vex/vex-docs/openvex-demo1.json", Image{Names: []string{"alpine:3.17"}}, "CVE-2023-1255", libcrypto, ""},
		{"grype/vex/vex-docs/openvex-demo2.json", byDigest, "CVE-2023-3817", libcrypto, NotAffected},
		{"grype/vex/vex-docs/openvex-image-no-subcomponents.json", byDigest, "CVE-2023-1255", libcrypto, Fixed},
		{"grype/vex/vex-docs/openvex-debian.json", byDigest, "CVE-2014-fake-1", bash, Fixed},
		{"grype/vex/vex-docs/openvex-package-product.json", Image{}, "CVE-2023-1255", libcrypto, Fixed},
		{"grype/vex/vex-docs/csaf-demo1.json", Image{}, "CVE-2023-1255", libcrypto, Fixed},
		{"grype/vex/vex-docs/csaf-demo2.json", Image{}, "CVE-2023-3817", libcrypto, NotAffected},
	} {
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(c.file)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		all++
		doc, err := Read(c.file, data)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		var set Set
		set.Add(doc)
		c.subject.IDs = []string{c.id}
		got := Status("")
		if s, ok := set.Judge(&c.image, &c.subject); ok {
			got = s.Status
		}
		if got != c.want {
			t.Errorf("%s: %s in %s is %q, want %q", c.file, c.id, c.subject.PURL, got, c.want)
			continue
		}
		agree++
	}
	cases.Agree(t, "cases/sbom/peers.vex", agree, all)
}

// TestCasesXML reads CycloneDX documents in XML: each says what its sibling in
// JSON says, where there is one.
func TestCasesXML(t *testing.T) {
	root := cases.Dir(t, "cases", "sbom", "cyclonedx")
	agree, all := 0, 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".xml" || strings.Contains(d.Name(), "invalid") {
			return err
		}
		sibling, err := os.ReadFile(strings.TrimSuffix(path, ".xml") + ".json")
		if err != nil {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		all++
		doc, err := Read(d.Name(), data)
		if err != nil {
			t.Errorf("%v", err)
			return nil
		}
		if diff := cmp.Diff(plain(sibling), counted(doc)); diff != "" {
			t.Errorf("%s (-JSON +XML):\n%s", path, diff)
			return nil
		}
		agree++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	cases.Agree(t, "cases/sbom/cyclonedx.xml", agree, all)
	if agree < all {
		t.Fail()
	}
}
