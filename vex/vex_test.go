package vex

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const (
	digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	other  = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

func parsed(t testing.TB, text string) PURL {
	t.Helper()
	p, err := ParsePURL(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

// TestPackages holds which purls of statements mean a package.
func TestPackages(t *testing.T) {
	openssl := Subject{PURL: "pkg:deb/debian/libssl3@3.0.9-1?arch=amd64&distro=debian-12", Source: "openssl", SourceVersion: "3.0.9-1"}
	nodejs := Subject{PURL: "pkg:rpm/redhat/nodejs@18.9.0-1.el9?arch=x86_64&epoch=1&distro=rhel-9.2", Module: "nodejs:18:9020"}
	for _, c := range []struct {
		name, statement string
		subject         Subject
		want            bool
	}{
		{"same", "pkg:npm/lodash@4.17.10", Subject{PURL: "pkg:npm/lodash@4.17.10"}, true},
		{"every version", "pkg:npm/lodash", Subject{PURL: "pkg:npm/lodash@4.17.10"}, true},
		{"another version", "pkg:npm/lodash@4.17.11", Subject{PURL: "pkg:npm/lodash@4.17.10"}, false},
		{"package without version", "pkg:npm/lodash@4.17.10", Subject{PURL: "pkg:npm/lodash"}, false},
		{"another type", "pkg:pypi/lodash", Subject{PURL: "pkg:npm/lodash@1"}, false},
		{"another namespace", "pkg:npm/%40a/x", Subject{PURL: "pkg:npm/%40b/x@1"}, false},
		{"package has more qualifiers", "pkg:deb/debian/libssl3@3.0.9-1?arch=amd64", openssl, true},
		{"statement has more qualifiers", "pkg:npm/x@1?repository_url=npm.example", Subject{PURL: "pkg:npm/x@1"}, false},
		{"another architecture", "pkg:deb/debian/libssl3?arch=arm64", openssl, false},
		{"source package", "pkg:deb/debian/openssl@3.0.9-1?arch=source", openssl, true},
		{"another version of the source", "pkg:deb/debian/openssl@3.0.8-1?arch=source", openssl, false},
		{"source without saying so", "pkg:deb/debian/openssl@3.0.9-1", openssl, false},
		{"upstream as Syft writes it", "pkg:deb/debian/libssl3@3.0.9-1?upstream=openssl", openssl, true},
		{"upstream with version", "pkg:deb/debian/libssl3?upstream=openssl%403.0.9-1", openssl, true},
		{"another upstream", "pkg:deb/debian/libssl3?upstream=gnutls", openssl, false},
		{"distro as Trivy writes it", "pkg:deb/debian/libssl3?distro=12", openssl, true},
		{"another distro", "pkg:deb/debian/libssl3?distro=debian-11", openssl, false},
		{"epoch in the version", "pkg:rpm/redhat/nodejs@1:18.9.0-1.el9", nodejs, true},
		{"epoch as qualifier", "pkg:rpm/redhat/nodejs@18.9.0-1.el9?epoch=1", nodejs, true},
		{"another epoch", "pkg:rpm/redhat/nodejs@18.9.0-1.el9?epoch=2", nodejs, false},
		{"no epoch is any", "pkg:rpm/redhat/nodejs@18.9.0-1.el9", nodejs, true},
		{"epoch 0 is none", "pkg:rpm/redhat/bash@5.1-1.el9?epoch=0", Subject{PURL: "pkg:rpm/redhat/bash@5.1-1.el9"}, true},
		{"module", "pkg:rpm/redhat/nodejs?rpmmod=nodejs:18", nodejs, true},
		{"another module", "pkg:rpm/redhat/nodejs?rpmmod=nodejs:20", nodejs, false},
		{"PEP 503", "pkg:pypi/Foo_Bar.baz", Subject{PURL: "pkg:pypi/foo-bar-baz@1"}, true},
		{"NuGet, without case", "pkg:nuget/newtonsoft.json", Subject{PURL: "pkg:nuget/Newtonsoft.Json@13.0.1"}, true},
		{"Maven, with case", "pkg:maven/org.a/x", Subject{PURL: "pkg:maven/org.a/X@1"}, false},
		{"Go with and without v", "pkg:golang/golang.org/x/net@0.1.0", Subject{PURL: "pkg:golang/golang.org/x/net@v0.1.0"}, true},
		{"the habit of Go tools", "pkg:golang/golang.org/x/net@v0.1.0?type=module", Subject{PURL: "pkg:golang/golang.org/x/net@v0.1.0"}, true},
		{"the habit of Maven tools", "pkg:maven/a/b@1?type=jar", Subject{PURL: "pkg:maven/a/b@1"}, true},
		{"a war is no jar", "pkg:maven/a/b@1?type=war", Subject{PURL: "pkg:maven/a/b@1"}, false},
		{"no purl in the inventory", "pkg:npm/x", Subject{PURL: ""}, false},
	} {
		set := &Set{}
		set.Add(&Document{Statements: []*Statement{{IDs: []string{"CVE-2024-1"}, Status: NotAffected,
			Products: []*Product{{Whole: Identifier{PURLs: []PURL{parsed(t, c.statement)}}}}}}})
		c.subject.IDs = []string{"GHSA-a", "cve-2024-1"}
		if _, got := set.Judge(&Image{}, &c.subject); got != c.want {
			t.Errorf("%s: %s means %s: %v", c.name, c.statement, c.subject.PURL, got)
		}
	}
}

// TestImages holds which names of statements mean an image.
func TestImages(t *testing.T) {
	shop := Image{Names: []string{"ghcr.io/acme/shop:1.4"}, Digests: []string{digest}, Platform: "linux/amd64", CPE: "cpe:/o:redhat:enterprise_linux:9.4::baseos"}
	hub := Image{Names: []string{"alpine:3.17"}}
	for _, c := range []struct {
		name, statement string
		image           Image
		want            bool
	}{
		{"digest", "pkg:oci/shop@" + strings.ReplaceAll(digest, ":", "%3A"), shop, true},
		{"digest under another name", "pkg:oci/else@" + digest + "?repository_url=quay.io/a", shop, true},
		{"another digest", "pkg:oci/shop@" + other, shop, false},
		{"name", "pkg:oci/shop", shop, true},
		{"another name", "pkg:oci/shop2", shop, false},
		{"end of a name", "pkg:oci/hop", shop, false},
		{"whole repository", "pkg:oci/shop?repository_url=ghcr.io/acme/shop", shop, true},
		{"repository without the name", "pkg:oci/shop?repository_url=ghcr.io/acme", shop, true},
		{"another repository", "pkg:oci/shop?repository_url=ghcr.io/other/shop", shop, false},
		{"tag", "pkg:oci/shop?tag=1.4", shop, true},
		{"another tag", "pkg:oci/shop?tag=1.5", shop, false},
		{"architecture", "pkg:oci/shop?arch=amd64&os=linux", shop, true},
		{"another architecture", "pkg:oci/shop?arch=arm64", shop, false},
		{"an unknown qualifier", "pkg:oci/shop?flavour=slim", shop, false},
		{"docker type", "pkg:docker/acme/shop@1.4", shop, true},
		{"docker type, another tag", "pkg:docker/acme/shop@1.5", shop, false},
		{"Docker's registry", "pkg:oci/alpine?repository_url=index.docker.io/library/alpine", hub, true},
		{"Docker's registry by its other name", "pkg:oci/alpine?repository_url=docker.io/library", hub, true},
		{"another registry", "pkg:oci/alpine?repository_url=ghcr.io/library/alpine", hub, false},
		{"reference", "ghcr.io/acme/shop:1.4", shop, true},
		{"reference without tag", "ghcr.io/acme/shop", shop, true},
		{"reference with another tag", "ghcr.io/acme/shop:1.5", shop, false},
		{"reference with digest", "ghcr.io/acme/shop@" + digest, shop, true},
		{"reference with another digest", "ghcr.io/acme/shop@" + other, shop, false},
		{"short reference", "docker.io/library/alpine:3.17", hub, true},
		{"digest alone", digest, shop, true},
		{"a web page", "https://ghcr.io/acme/shop", shop, false},
		{"nothing", "", shop, false},
	} {
		var id Identifier
		id.named(c.statement)
		if got := id.is(&c.image); got != c.want {
			t.Errorf("%s: %s is %v: %v", c.name, c.statement, c.image.Names, got)
		}
	}
	for cpe, want := range map[string]bool{
		"cpe:/o:redhat:enterprise_linux:9": true, "cpe:/a:redhat:enterprise_linux:9::appstream": true, "cpe:2.3:o:redhat:enterprise_linux:9:*:*:*:*:*:*:*": true,
		"cpe:/o:redhat:enterprise_linux:8": false, "cpe:/o:redhat:rhel_eus:9.4": false, "cpe:/o:redhat:enterprise_linux:9.4": true,
		"cpe:/o:redhat:enterprise_linux": true, "cpe:/o:redhat": false, "": false,
	} {
		if got := (&Identifier{CPEs: []string{cpe}}).runs(&shop); got != want {
			t.Errorf("%q is %s: %v", cpe, shop.CPE, got)
		}
	}
}

// openvex is a document of statements.
func openvex(stamp string, statements ...string) string {
	return `{"@context":"https://openvex.dev/ns/v0.2.0","@id":"doc ` + stamp + `","timestamp":"` + stamp + `","statements":[` + strings.Join(statements, ",") + `]}`
}

func says(status, product, more string) string {
	return fmt.Sprintf(`{"vulnerability":{"name":"CVE-2024-1","aliases":["GHSA-a"]},"products":[{"@id":%q}],"status":%q%s}`, product, status, more)
}

// TestConflicts holds which of several statements holds, in whatever order the
// documents come.
func TestConflicts(t *testing.T) {
	const x = "pkg:npm/x"
	for _, c := range []struct {
		name      string
		documents []string
		want      Status
	}{
		{"the latest document", []string{openvex("2024-01-01T00:00:00Z", says("affected", x, "")), openvex("2024-02-01T00:00:00Z", says("not_affected", x, ""))}, NotAffected},
		{"the latest document takes back", []string{openvex("2024-02-01T00:00:00Z", says("affected", x, "")), openvex("2024-01-01T00:00:00Z", says("not_affected", x, ""))}, Affected},
		{"a statement's own time", []string{openvex("2024-05-01T00:00:00Z", says("not_affected", x, `,"timestamp":"2024-01-01T00:00:00Z"`)), openvex("2024-02-01T00:00:00Z", says("affected", x, ""))}, Affected},
		{"time zones", []string{openvex("2024-01-01T23:00:00-06:00", says("fixed", x, "")), openvex("2024-01-02T04:00:00Z", says("affected", x, ""))}, Fixed},
		{"one document: the last", []string{openvex("2024-01-01T00:00:00Z", says("affected", x, ""), says("not_affected", x, ""))}, NotAffected},
		{"documents of one time: the finding stays", []string{openvex("2024-01-01T00:00:00Z", says("under_investigation", x, "")), openvex("2024-01-01T00:00:00Z", says("not_affected", x, ""))}, UnderInvestigation},
		{"and what a document takes back itself does not count", []string{openvex("2024-01-01T00:00:00Z", says("affected", x, ""), says("fixed", x, "")), openvex("2024-01-01T00:00:00Z", says("fixed", x, ""))}, Fixed},
		{"no time is before all", []string{openvex("", says("not_affected", x, "")), openvex("2020-01-01T00:00:00Z", says("affected", x, ""))}, Affected},
		{"later, but of another package", []string{openvex("2024-01-01T00:00:00Z", says("not_affected", x, "")), openvex("2024-02-01T00:00:00Z", says("affected", "pkg:npm/y", ""))}, NotAffected},
		{"of the whole image", []string{openvex("2024-01-01T00:00:00Z", says("affected", x, "")), openvex("2024-02-01T00:00:00Z", says("not_affected", digest, ""))}, NotAffected},
	} {
		for seed := range uint64(4) {
			docs := slices.Clone(c.documents)
			rand.New(rand.NewPCG(seed, 1)).Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
			set := &Set{}
			for _, text := range docs {
				d, err := Read("a.json", []byte(text))
				if err != nil {
					t.Fatal(err)
				}
				set.Add(d)
			}
			got, ok := set.Judge(&Image{Digests: []string{digest}}, &Subject{IDs: []string{"GHSA-a"}, PURL: "pkg:npm/x@1"})
			if !ok || got.Status != c.want {
				t.Errorf("%s (seed %d): %+v", c.name, seed, got)
			}
		}
	}
}

// TestOrder holds that the order of documents changes nothing.
func TestOrder(t *testing.T) {
	statuses := []string{"affected", "not_affected", "fixed", "under_investigation"}
	rapid.Check(t, func(t *rapid.T) {
		var docs []*Document
		for i := range rapid.IntRange(1, 5).Draw(t, "documents") {
			var statements []string
			for range rapid.IntRange(1, 3).Draw(t, "statements") {
				day := rapid.IntRange(1, 3).Draw(t, "day")
				statements = append(statements, says(rapid.SampledFrom(statuses).Draw(t, "status"), "pkg:npm/x", fmt.Sprintf(`,"timestamp":"2024-01-0%dT00:00:00Z"`, day)))
			}
			d, err := Read(fmt.Sprint(i), []byte(openvex("", statements...)))
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range d.Statements {
				s.Document = fmt.Sprint(i)
			}
			docs = append(docs, d)
		}
		judge := func(docs []*Document) (Status, time.Time, string) {
			set := &Set{}
			for _, d := range docs {
				set.Add(d)
			}
			s, _ := set.Judge(&Image{}, &Subject{IDs: []string{"CVE-2024-1"}, PURL: "pkg:npm/x@1"})
			return s.Status, s.Time, s.Document
		}
		s1, t1, d1 := judge(docs)
		slices.Reverse(docs)
		if s2, t2, d2 := judge(docs); s1 != s2 || t1 != t2 || d1 != d2 {
			t.Fatalf("%s of %s, and in the other order %s of %s", s1, d1, s2, d2)
		}
	})
}

// TestVersions holds versions that CycloneDX and CSAF give beside the purl.
func TestVersions(t *testing.T) {
	doc := `{"bomFormat":"CycloneDX","components":[{"bom-ref":"x","type":"library","name":"x","purl":"pkg:npm/x"}],"vulnerabilities":[
		{"id":"CVE-2024-1","analysis":{"state":"exploitable"},"affects":[{"ref":"x","versions":[
			{"version":"1.0.0","status":"affected"},{"range":"vers:npm/>=2.0.0|<3.0.0","status":"unaffected"},{"version":"4.0.0","status":"unknown"}]}]}]}`
	csaf := `{"document":{"csaf_version":"2.0","tracking":{"id":"A"}},"product_tree":{"branches":[{"category":"product_name","name":"x","branches":[
		{"category":"product_version_range","name":"vers:npm/>=2.0.0|<3.0.0","product":{"product_id":"P","name":"x","product_identification_helper":{"purl":"pkg:npm/x"}}}]}]},
		"vulnerabilities":[{"cve":"CVE-2024-1","product_status":{"known_not_affected":["P"]}}]}`
	for text, want := range map[string]map[string]Status{
		doc:  {"1.0.0": Affected, "2.5.0": NotAffected, "3.0.0": "", "4.0.0": UnderInvestigation},
		csaf: {"1.0.0": "", "2.5.0": NotAffected, "3.0.0": ""},
	} {
		d, err := Read("x", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		set := &Set{InRange: func(v, r string) (bool, error) { return r == "vers:npm/>=2.0.0|<3.0.0" && v[0] == '2', nil }}
		set.Add(d)
		for v, status := range want {
			got := Status("")
			if s, ok := set.Judge(&Image{}, &Subject{IDs: []string{"CVE-2024-1"}, PURL: "pkg:npm/x@" + v}); ok {
				got = s.Status
			}
			if got != status {
				t.Errorf("%s: %s is %q, want %q", d.Format, v, got, status)
			}
		}
	}
}

// TestPlatform holds a CSAF component of an operating system, and of nothing that
// could be known.
func TestPlatform(t *testing.T) {
	const text = `{"document":{"csaf_version":"2.0","tracking":{"id":"RH"}},"product_tree":{
		"full_product_names":[
			{"product_id":"el9","name":"RHEL 9","product_identification_helper":{"cpe":"cpe:/o:redhat:enterprise_linux:9"}},
			{"product_id":"box","name":"A box"},
			{"product_id":"ssl","name":"openssl","product_identification_helper":{"purl":"pkg:rpm/redhat/openssl?arch=src"}}],
		"relationships":[
			{"product_reference":"ssl","relates_to_product_reference":"%s","category":"default_component_of","full_product_name":{"product_id":"both","name":"both"}}],
		"product_groups":[{"group_id":"G","product_ids":["both"]}]},
		"vulnerabilities":[{"cve":"CVE-2024-1","product_status":{"known_not_affected":["both"]},
			"flags":[{"label":"component_not_present","group_ids":["G"]}],"threats":[{"category":"impact","details":"Never  built\nin."}]}]}`
	libs := Subject{IDs: []string{"CVE-2024-1"}, PURL: "pkg:rpm/redhat/openssl-libs@3.0.7-27.el9?epoch=1", Source: "openssl"}
	for _, c := range []struct {
		whole, cpe string
		want       bool
	}{
		{"el9", "cpe:/o:redhat:enterprise_linux:9::baseos", true},
		{"el9", "cpe:/o:redhat:enterprise_linux:8::baseos", false},
		{"el9", "", false},
		{"box", "cpe:/o:redhat:enterprise_linux:9::baseos", false},
		{"unknown", "cpe:/o:redhat:enterprise_linux:9::baseos", false},
	} {
		d, err := Read("x", fmt.Appendf(nil, text, c.whole))
		if err != nil {
			t.Fatal(err)
		}
		set := &Set{}
		set.Add(d)
		s, got := set.Judge(&Image{CPE: c.cpe}, &libs)
		if got != c.want {
			t.Errorf("%s on %q: %v", c.whole, c.cpe, got)
		}
		if got && (s.Justification != "component_not_present" || s.Impact != "Never built in." || s.Document != "RH") {
			t.Errorf("%+v", s)
		}
	}
}

// TestErrors holds that a broken document is refused with its name and place.
func TestErrors(t *testing.T) {
	deep := strings.Repeat(`{"branches":[`, 60) + strings.Repeat(`]}`, 60)
	for _, c := range []struct{ text, want string }{
		{"", "f.json:1:1: unexpected end of JSON input"},
		{"{\n\"@context\": \"openvex\",\n  oops}", "f.json:3:3: invalid character 'o' looking for beginning of object key string"},
		{`[]`, "f.json: " + ErrFormat.Error()},
		{`{}`, "f.json: " + ErrFormat.Error()},
		{`{"bomFormat":"SPDX"}`, "f.json: " + ErrFormat.Error()},
		{"{\"@context\":\"openvex\",\"statements\":[\n{\"vulnerability\":\"CVE-1\",\"status\":\n  \"resolved\"}]}", `f.json:3:3: statements[0].status: "resolved" is none of not_affected, affected, fixed and under_investigation`},
		{"{\"@context\":\"openvex\",\"statements\":[\n {\"status\":\"fixed\"}]}", `f.json:2:2: statements[0].vulnerability: the vulnerability has no name`},
		{"{\"@context\":\"openvex\",\"timestamp\":\"yesterday\",\"statements\":[{\"vulnerability\":\"CVE-1\",\"status\":\"fixed\"}]}", `f.json:1:35: timestamp: "yesterday" is not a time such as 2026-01-31T12:00:00Z`},
		{`{"@context":"openvex","statements":{}}`, "f.json:1:36: statements: want a list, have object"},
		{`{"bomFormat":"CycloneDX","vulnerabilities":[{"id":"CVE-1"},{"id":"CVE-2","analysis":{"state":"fine"}}]}`, `f.json:1:94: vulnerabilities[1].analysis.state: "fine" is no state of an analysis`},
		{`{"document":{"csaf_version":"2.0","tracking":{"current_release_date":"x"}}}`, `f.json:1:70: document.tracking.current_release_date: "x" is not a time such as 2026-01-31T12:00:00Z`},
		{`{"document":{"csaf_version":"2.0"},"product_tree":` + deep + `}`, "f.json:1:51: product_tree: branches in more than 50 others"},
	} {
		_, err := Read("f.json", []byte(c.text))
		var e *Error
		if !errors.As(err, &e) || err.Error() != c.want {
			t.Errorf("%.60q:\n got  %v\n want %s", c.text, err, c.want)
		}
	}
}

// TestBounds holds that a small document cannot be about very many products.
func TestBounds(t *testing.T) {
	ids := strings.Repeat(`"p",`, 10_000) + `"p"`
	var groups strings.Builder
	for range 60 {
		fmt.Fprintf(&groups, `{"category":"impact","details":"d","group_ids":["g"]},`)
	}
	text := `{"document":{"csaf_version":"2.0"},"product_tree":{"product_groups":[{"group_id":"g","product_ids":[` + ids + `]}]},
		"vulnerabilities":[{"cve":"CVE-1","product_status":{"fixed":["p"]},"threats":[` + strings.TrimSuffix(groups.String(), ",") + `]}]}`
	if _, err := Read("f", []byte(text)); err == nil || !strings.Contains(err.Error(), "more than 500000 products") {
		t.Errorf("%v", err)
	}
}

// FuzzRead feeds hostile documents: nothing may panic, an error is an *Error, and
// what was read can be asked.
func FuzzRead(f *testing.F) {
	f.Add([]byte(openvex("2024-01-01T00:00:00Z", says("affected", "pkg:npm/x@1", `,"impact_statement":"i"`))))
	f.Add([]byte(`{"@context":"openvex","statements":[{"vulnerability":"CVE-1","products":["pkg:oci/a@sha256:1"],"subcomponents":["pkg:npm/x"],"status":"fixed"}]}`))
	f.Add([]byte(`{"bomFormat":"CycloneDX","metadata":{"component":{"bom-ref":"c","type":"container","name":"a","version":"sha256:1"}},"vulnerabilities":[{"id":"CVE-1","analysis":{"state":"in_triage"},"affects":[{"ref":"c"},{"ref":"urn:cdx:1/1#pkg:npm/x","versions":[{"range":"vers:npm/*"}]}]}]}`))
	f.Add([]byte(`{"document":{"csaf_version":"2.1"},"product_tree":{"branches":[{"product":{"product_id":"pkg:npm/x","name":"x"}}],"product_paths":[{"beginning_product_reference":"pkg:npm/x","subpaths":[{"next_product_reference":"pkg:npm/x"}],"full_product_name":{"product_id":"q"}}]},"vulnerabilities":[{"cve":"CVE-1","product_status":{"fixed":["q"]}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Read("f", data)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("%T", err)
			}
			return
		}
		set := &Set{InRange: func(string, string) (bool, error) { return true, nil }}
		set.Add(d)
		for _, s := range d.Statements {
			set.Judge(&Image{Names: []string{"a:1"}, Digests: []string{"sha256:1"}}, &Subject{IDs: s.IDs, PURL: "pkg:npm/x@1", Within: []string{"pkg:npm/x@1"}})
		}
	})
}

// FuzzPURL feeds hostile package URLs.
func FuzzPURL(f *testing.F) {
	f.Add("pkg:rpm/redhat/a@1:2?epoch=3&arch=src", "cpe:/o:a:b:c")
	f.Add("pkg:oci/a@sha256%3A1?repository_url=x/a", "host:1/a@b:c")
	f.Fuzz(func(t *testing.T, a, b string) {
		var id Identifier
		id.named(a)
		id.CPEs = []string{b}
		img := &Image{Names: []string{b}, CPE: b}
		id.is(img)
		id.runs(img)
		if p, err := ParsePURL(a); err == nil {
			c := newComponent(&Subject{PURL: a, Source: b})
			if !p.isSource() && !p.isImage() && !p.covers(c) {
				t.Errorf("%q does not mean itself", a)
			}
		}
	})
}
