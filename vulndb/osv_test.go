package vulndb

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

const wholeRecord = `{
 "schema_version": "1.7.0", "id": "GHSA-aaaa-bbbb-cccc", "aliases": ["CVE-2024-1", null], "upstream": ["U-1"], "related": ["R-1"],
 "published": "2024-01-02T03:04:05.678Z", "modified": "2024-02-02T03:04:05+01:00", "withdrawn": null,
 "summary": "a \"quoted\" \u00e9 \ud83d\ude00 \ud83d line", "details": "first\nsecond\t\/",
 "references": [{"type": "WEB", "url": "https://example.org", "extra": [1, -2.5e3, true, {"a": [null]}]}, {"type": "FIX"}],
 "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}, {"type": "Ubuntu", "score": "medium"}],
 "database_specific": {"severity": "HIGH", "cwe_ids": []},
 "affected": [
  {"package": {"ecosystem": "npm", "name": "a", "purl": "pkg:npm/a"},
   "ranges": [{"type": "SEMVER", "events": [{"introduced": "0", "fixed": "1.0.0"}, {"last_affected": "2.0.0"}, {"limit": "*"}]}, {"type": "GIT", "repo": "x", "events": [{"introduced": "0"}]}],
   "versions": ["0.1", "0.2"], "severity": [{"type": "CVSS_V4", "score": "CVSS:4.0/AV:N"}],
   "database_specific": {"severity": "MODERATE"}, "ecosystem_specific": {"severity": "MODERATE", "urgency": "low", "ubuntu_priority": "medium", "status": "ignored"}},
  {"package": {"ecosystem": "AlmaLinux:8", "name": "nodejs", "purl": "pkg:rpm/almalinux/nodejs?arch=x&rpmmod=nodejs:18#s"}, "versions": ["1"]},
  {"package": {"ecosystem": "npm", "name": "nothing"}},
  {"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]},
  {"package": {"ecosystem": "npm", "name": "commits"}, "ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}
 ]
}`

func TestParseOSV(t *testing.T) {
	want := Advisory{
		ID: "GHSA-aaaa-bbbb-cccc", Aliases: []string{"CVE-2024-1"}, Upstream: []string{"U-1"}, Related: []string{"R-1"},
		Published: time.Date(2024, 1, 2, 3, 4, 5, 678e6, time.UTC), Modified: time.Date(2024, 2, 2, 2, 4, 5, 0, time.UTC),
		Summary: "a \"quoted\" é 😀 \uFFFD line", Details: "first\nsecond\t/",
		References: []Reference{{"WEB", "https://example.org"}},
		Severities: []Severity{{"CVSS_V3", "CVSS:3.1/AV:N"}, {"Ubuntu", "medium"}, {"word", "HIGH"}},
		Affected: []Affected{
			{
				Ecosystem: "npm", Name: "a", Versions: []string{"0.1", "0.2"}, Status: "ignored",
				Ranges:     []Range{{"SEMVER", []Event{{Introduced: "0"}, {Fixed: "1.0.0"}, {LastAffected: "2.0.0"}, {Limit: "*"}}}},
				Severities: []Severity{{"CVSS_V4", "CVSS:4.0/AV:N"}, {"word", "MODERATE"}, {"word", "low"}, {"Ubuntu", "medium"}},
			},
			{Ecosystem: "AlmaLinux:8", Name: "nodejs", Versions: []string{"1"}, Module: "nodejs:18"},
		},
	}
	got, err := ParseOSV([]byte(wholeRecord))
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseOSVMalware(t *testing.T) {
	record := strings.Replace(wholeRecord, "GHSA-aaaa-bbbb-cccc", "MAL-2024-1", 1)
	got, err := ParseOSV([]byte(record))
	if err != nil {
		t.Fatal(err)
	}
	if got.Details != "" || got.Summary != "" || got.References != nil || got.Severities != nil || len(got.Affected) != 2 || got.Published.IsZero() {
		t.Errorf("got %+v", got)
	}
}

func TestParseOSVWithoutAffected(t *testing.T) {
	for name, record := range map[string]string{
		"withdrawn":          `{"id":"A","withdrawn":"2024-01-01T00:00:00Z"}`,
		"no affected":        `{"id":"A"}`,
		"commits only":       `{"id":"A","affected":[{"ranges":[{"type":"GIT","events":[{"introduced":"0"}]}]}]}`,
		"null everywhere":    `{"id":"A","affected":null,"aliases":null,"references":null,"severity":null,"details":null,"summary":null,"database_specific":null}`,
		"withdrawn, emptied": `{"id":"A","withdrawn":"2024-01-01","affected":[{"package":{"ecosystem":"npm","name":"a"}}]}`,
		"strange dates":      `{"id":"A","modified":"yesterday","published":7}`,
	} {
		if a, err := ParseOSV([]byte(record)); err != nil || a.ID != "A" || len(a.Affected) > 0 {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

func TestParseOSVErrors(t *testing.T) {
	for record, want := range map[string]string{
		``:                              "record (without id): byte 0: unexpected end",
		`{}`:                            "record (without id): no id",
		`[]`:                            `record (without id): byte 0: want '{', not '['`,
		`{"id":7}`:                      `record (without id): byte 6: want '"', not '7'`,
		`{"id":"A"} x`:                  "record A: byte 11: more after the record",
		`{"id":"A"`:                     "record A: byte 9: unexpected end",
		`{"id":"A",}`:                   "record A: byte 10: want a value after the comma",
		`{"id":"A","x":"`:               "record A: byte 15: string: unexpected end",
		`{"id":"A","x":"\`:              "record A: byte 16: string: unexpected end",
		`{"id":"A","summary":"\q"}`:     `record A: byte 24: bad escape \q in the string before`,
		`{"id":"A","summary":"\u12"}`:   `record A: byte 26: bad \u escape in the string before`,
		`{"id":"A","x":nope}`:           "record A: byte 14: want a value",
		`{"id":"A","withdrawn":"soon"}`: "record A: byte 28: withdrawn is not a time",
		`{"id":"A","affected":[{"package":{"ecosystem":"npm","name":"a"}}]}`:                           "record A: no affected entry names a package with ranges or versions",
		`{"id":"A","affected":[{"ranges":["[1,2)"]}]}`:                                                 "record A: byte 33: a range is an object",
		`{"id":"A","x":` + strings.Repeat("[", 100):                                                    "record A: byte 78: values nest too deep",
		`{"id":"` + strings.Repeat("A", 300) + `"}`:                                                    "record " + strings.Repeat("A", 256) + ": byte 308: id longer than 256 bytes",
		`{"id":"A","affected":[{"package":{"ecosystem":"npm","name":"a"},"ranges":[],"versions":[]}]}`: "record A: no affected entry names a package with ranges or versions",
	} {
		_, err := ParseOSV([]byte(record))
		var broken *RecordError
		if !errors.As(err, &broken) || err.Error() != want {
			t.Errorf("%.80s\n got %v\nwant %s", record, err, want)
		}
	}
	if _, err := ParseOSV(make([]byte, MaxRecord+1)); err == nil || !strings.Contains(err.Error(), "limit") {
		t.Errorf("too large: %v", err)
	}
}

func FuzzParseOSV(f *testing.F) {
	f.Add([]byte(wholeRecord))
	f.Add([]byte(`{"id":"A","affected":[{"package":{"ecosystem":"npm","name":"a"},"versions":["1"]}]}`))
	f.Add([]byte(`{"id":"\ud83d\ude00"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := ParseOSV(data)
		if err != nil {
			var broken *RecordError
			if !errors.As(err, &broken) {
				t.Fatalf("%v is no RecordError", err)
			}
			return
		}
		// What is read can be stored and is found again.
		ecosystem := "npm"
		if len(a.Affected) > 0 {
			ecosystem = a.Affected[0].Ecosystem
		}
		var file bytes.Buffer
		if err := Write(&file, Header{Ecosystem: ecosystem}, sequence(a)); err != nil {
			if len(ecosystem) > 1<<15 {
				return
			}
			t.Fatal(err)
		}
		db := openBytes(t, file.Bytes())
		for i, entry := range a.Affected {
			if entry.Ecosystem == ecosystem && usable(&a.Affected[i]) && len(lookup(t, db, Key{ecosystem, entry.Name})) != 1 {
				t.Fatalf("%q is not found again", entry.Name)
			}
		}
	})
}

// FuzzSegment reads segments whose check sums are right but some bytes of
// whose content are anything: two bytes of an edit are the place, one the value.
func FuzzSegment(f *testing.F) {
	good := written(f, sampleHeader, sampleAdvisories()...)
	var l layout
	if err := l.unmarshal(good); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{0, 0, 7})
	f.Add([]byte{0, 90, 255, 0, 91, 255})
	f.Fuzz(func(t *testing.T, edits []byte) {
		file := bytes.Clone(good)
		for edit := range slices.Chunk(edits, 3) {
			if len(edit) == 3 {
				at := (int64(edit[0])<<8 | int64(edit[1])) % l.body.length
				file[l.body.offset+at] = edit[2]
			}
		}
		if _, err := answers(resum(file, &l)); err != nil && !errors.Is(err, ErrFormat) {
			t.Fatalf("%v is no ErrFormat", err)
		}
	})
}

// FuzzRecord reads what may come out of a compressed block.
func FuzzRecord(f *testing.F) {
	w := newRecordWriter(nil)
	for i, a := range sampleAdvisories() {
		w.add(&a, []int{i, i + 3})
		f.Add(appendReferences(nil, a.References, ownIDs(&a)))
	}
	f.Add(w.block(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, ok := newRecordReader(data); ok {
			for range min(r.left/2, 100) {
				r.skip()
			}
			for r.left > 0 && !r.bad() {
				r.read()
			}
		}
		readReferences(&reader{data: data}, []string{"CVE-1"})
		plainText(data, []string{"CVE-1"})
	})
}

// FuzzEntries reads what may be said about a package.
func FuzzEntries(f *testing.F) {
	for _, a := range sampleAdvisories() {
		for i := range a.Affected {
			f.Add(appendMentions(nil, []mention{{3, []*Affected{&a.Affected[i]}}}))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := entryReader{reader: reader{data: data}}
		for r.open(); r.left > 0 && !r.bad; {
			r.next()
		}
	})
}

// resum makes the check sums of a changed file right again.
func resum(file []byte, l *layout) []byte {
	w := segmentWriter{layout: *l}
	for i, s := range l.sections {
		w.sections[i] = file[s.offset : s.offset+s.length]
	}
	w.records, w.names = make([]*Advisory, l.advisories), make([]string, l.packages)
	out, err := w.assemble()
	if err != nil {
		return nil
	}
	return out
}
