package vex

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	plainVEX = `{"@context":"https://openvex.dev/ns/v0.2.0","@id":"urn:one","timestamp":"2026-01-01T00:00:00Z","statements":[
		{"vulnerability":{"name":"CVE-2024-1"},"products":[{"@id":"pkg:npm/x"}],"status":"not_affected","justification":"component_not_present"}]}`
	// subjectVEX says of what it is attached to that it is fixed.
	subjectVEX = `{"@context":"https://openvex.dev/ns/v0.2.0","@id":"urn:two","timestamp":"2026-01-01T00:00:00Z","statements":[{"vulnerability":{"name":"CVE-2024-1"},"status":"fixed"}]}`
	csafVEX    = `{"document":{"csaf_version":"2.0","tracking":{"id":"C-1"}},"product_tree":{"full_product_names":[{"product_id":"p","name":"p","product_identification_helper":{"purl":"pkg:npm/x"}}]},
		"vulnerabilities":[{"cve":"CVE-2024-1","product_status":{"known_not_affected":["p"]}}]}`
	xmlVEX = `<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.6" serialNumber="urn:uuid:3"><metadata><timestamp>2026-01-01T00:00:00Z</timestamp></metadata>
		<components><component type="library" bom-ref="r"><name>x</name><version>1.0</version><purl>
		 pkg:npm/x@1.0 </purl></component></components>
		<vulnerabilities><vulnerability><id>CVE-2024-1</id><analysis><state>not_affected</state><justification>code_not_reachable</justification><detail>It is never called.</detail></analysis>
		<affects><target><ref>r</ref></target></affects></vulnerability></vulnerabilities></bom>`
)

// statement is an in-toto statement about an image.
func statement(predicate string) string {
	return `{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"ghcr.io/shop/web","digest":{"sha256":"` + strings.TrimPrefix(digest, "sha256:") + `"}}],
		"predicateType":"https://openvex.dev/ns/v0.2.0","predicate":` + predicate + `}`
}

func dsse(payload string) string {
	return fmt.Sprintf(`{"payloadType":"application/vnd.in-toto+json","payload":%q,"signatures":[{"sig":"AAAA"}]}`, base64.StdEncoding.EncodeToString([]byte(payload)))
}

func quoted(text string) string {
	data, _ := json.Marshal(text)
	return string(data)
}

func line(text string) string { return strings.Join(strings.Fields(text), " ") }

// TestAttestations reads documents out of all that may be around them.
func TestAttestations(t *testing.T) {
	image := &Image{Digests: []string{digest}}
	npm := Subject{IDs: []string{"CVE-2024-1"}, PURL: "pkg:npm/x@1.0"}
	for _, c := range []struct {
		name, text, want string // the statement that holds, and the name of its document
	}{
		{"no envelope", plainVEX, "not_affected urn:one"},
		{"XML", xmlVEX, "not_affected urn:uuid:3"},
		{"a statement", statement(plainVEX), "not_affected urn:one"},
		{"an envelope", dsse(statement(plainVEX)), "not_affected urn:one" + unchecked},
		{"an envelope around CSAF", dsse(statement(csafVEX)), "not_affected C-1" + unchecked},
		{"an envelope around CycloneDX", dsse(statement(`{"bomFormat":"CycloneDX","serialNumber":"urn:4","vulnerabilities":[{"id":"CVE-2024-1","analysis":{"state":"false_positive"},"affects":[{"ref":"pkg:npm/x"}]}]}`)), "not_affected urn:4" + unchecked},
		{"as cosign wraps a predicate of its own", dsse(statement(`{"Data":` + plainVEX + `,"Timestamp":"2026-01-01T00:00:00Z"}`)), "not_affected urn:one" + unchecked},
		{"as a text", dsse(statement(`{"Data":` + quoted(xmlVEX) + `}`)), "not_affected urn:uuid:3" + unchecked},
		{"a bundle of Sigstore", `{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{},"dsseEnvelope":` + dsse(statement(plainVEX)) + `}`, "not_affected urn:one" + unchecked},
		{"lines", dsse(statement(`{"buildType":"x"}`)) + "\n" + dsse(statement(plainVEX)) + "\n", "not_affected urn:one" + unchecked},
		{"what is said of the subject", dsse(statement(subjectVEX)), "fixed urn:two" + unchecked},
	} {
		docs, err := ReadAll("a.json", []byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var set Set
		for _, d := range docs {
			set.Add(d)
		}
		got := ""
		if s, ok := set.Judge(image, &npm); ok {
			got = string(s.Status) + " " + s.Document
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	for _, c := range []struct{ name, text, err string }{
		{"provenance", dsse(statement(`{"buildType":"x"}`)), ErrFormat.Error()},
		{"no predicate", dsse(`{"_type":"https://in-toto.io/Statement/v1"}`), ErrFormat.Error()},
		{"no base64", `{"payload":"!"}`, "illegal base64"},
		{"too deep", dsse(dsse(dsse(dsse(statement(plainVEX))))), "envelopes around each other"},
		{"lines of other things", plainVEX + "\n" + plainVEX, "after top-level value"},
		{"a broken document inside", dsse(statement(strings.Replace(plainVEX, "not_affected", "never", 1))), "statements[0].status"},
		{"broken XML", xmlVEX[:len(xmlVEX)-9], "a.json:"},
		{"an entity", strings.Replace(xmlVEX, "<id>", "<id>&boom;", 1), "invalid character entity"},
		{"other XML", "<html></html>", ErrFormat.Error()},
	} {
		_, err := ReadAll("a.json", []byte(c.text))
		if known := (*Error)(nil); !errors.As(err, &known) || !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.err)
		}
	}
}

// TestManifest holds where a repository is found.
func TestManifest(t *testing.T) {
	for address, want := range map[string]string{
		"https://github.com/aquasecurity/vexhub":     "https://raw.githubusercontent.com/aquasecurity/vexhub/main/vex-repository.json",
		"https://github.com/aquasecurity/vexhub.git": "https://raw.githubusercontent.com/aquasecurity/vexhub/main/vex-repository.json",
		"https://vex.example":                        "https://vex.example/.well-known/vex-repository.json",
		"https://vex.example/":                       "https://vex.example/.well-known/vex-repository.json",
		"https://vex.example/a.json":                 "",
		"https://github.com/a/b/raw/main/vex.json":   "",
	} {
		if got, _ := ManifestURL(address); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
	for text, want := range map[string]string{
		`{"versions":[{"spec_version":"0.1","locations":[{"url":"https://h/a.tar.gz//main"}]}]}`:                                                       "https://h/a.tar.gz main",
		`{"versions":[{"spec_version":"0.1","locations":[{"url":"https://h/0.zip"}]},{"spec_version":"1.0","locations":[{"url":"https://h/1.zip"}]}]}`: "https://h/1.zip ",
		`{"versions":{"v0":{"spec_version":"v0.1","locations":[{"url":"https://h/api"},{"url":"https://h/x.tgz"}]}}}`:                                  "https://h/x.tgz ",
		`{"versions":[]}`: " ", `{"versions":7}`: " ", plainVEX: " ", `[`: " ",
	} {
		if address, folder, _ := Manifest([]byte(text)); address+" "+folder != want {
			t.Errorf("%s: %q %q", text, address, folder)
		}
	}
}

func tarball(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(files[name]))})
		if err == nil {
			_, err = w.Write([]byte(files[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipped(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(files[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestRepository reads the documents that the index of an archive names, and no
// others.
func TestRepository(t *testing.T) {
	index := `{"updated_at":"2026-01-01T00:00:00Z","packages":[{"id":"pkg:npm/x","location":"pkg/npm/x/vex.json"},{"id":"pkg:npm/y","location":"pkg/npm/y/vex.json","format":"csaf"},{"id":"pkg:npm/z","location":"pkg/npm/x/vex.json"}]}`
	good := map[string]string{IndexName: index, "pkg/npm/x/vex.json": plainVEX, "pkg/npm/y/vex.json": csafVEX, "pkg/npm/x/manifest.json": `{"x":`}
	below := map[string]string{}
	for name, text := range good {
		below["hub-main/"+name] = text
	}
	for name, c := range map[string]struct {
		data   []byte
		folder string
	}{
		"a tar": {tarball(t, good), ""}, "a zip": {zipped(t, good), ""}, "a folder": {tarball(t, below), "hub-main"}, "the only folder": {zipped(t, below), ""},
	} {
		if !IsArchive(c.data) {
			t.Errorf("%s is none", name)
		}
		docs, err := ReadArchive("hub", c.data, c.folder)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, d := range docs {
			got = append(got, d.Name)
		}
		if diff := cmp.Diff([]string{"urn:one", "C-1"}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for name, c := range map[string]struct {
		files map[string]string
		err   string
	}{
		"no index":      {map[string]string{"a.json": plainVEX}, ErrNoIndex.Error()},
		"another index": {map[string]string{IndexName: `{"packages":[]}`}, ErrNoIndex.Error()},
		"a way out":     {map[string]string{IndexName: `{"packages":[{"id":"x","location":"../../etc/passwd"}]}`}, "no path inside"},
		"a hole":        {map[string]string{IndexName: index}, "not exist"},
		"a broken one":  {map[string]string{IndexName: index, "pkg/npm/x/vex.json": "{", "pkg/npm/y/vex.json": csafVEX}, "hub/pkg/npm/x/vex.json"},
	} {
		if _, err := ReadArchive("hub", tarball(t, c.files), ""); err == nil || !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: error %v, want %q", name, err, c.err)
		}
	}
	if _, err := ReadArchive("hub", tarball(t, good)[:200], ""); err == nil {
		t.Error("half an archive was read")
	}
}

func FuzzReadAll(f *testing.F) {
	for _, seed := range []string{plainVEX, xmlVEX, statement(csafVEX), dsse(statement(plainVEX)) + "\n" + dsse(statement(subjectVEX)), `{"dsseEnvelope":` + dsse(statement(`{"Data":"<bom"}`)) + `}`} {
		f.Add([]byte(line(seed)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		docs, err := ReadAll("f", data)
		if known := (*Error)(nil); err != nil && !errors.As(err, &known) {
			t.Errorf("error %v", err)
		}
		for _, d := range docs {
			new(Set).Add(d)
		}
	})
}

func FuzzArchive(f *testing.F) {
	f.Add(tarball(f, map[string]string{IndexName: `{"packages":[{"id":"x","location":"a.json"}]}`, "a.json": plainVEX}))
	f.Add(zipped(f, map[string]string{IndexName: `{"packages":[{"id":"x","location":"a.json"}]}`, "a.json": plainVEX}))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = ReadArchive("f", data, "")
		_, _, _ = Manifest(data)
	})
}
