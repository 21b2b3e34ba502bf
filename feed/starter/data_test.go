package starter_test

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// record is the part of the OSV schema that the starter data uses. Reading it
// strictly shows a misspelt field.
type record struct {
	SchemaVersion    string          `json:"schema_version"`
	ID               string          `json:"id"`
	Published        time.Time       `json:"published"`
	Modified         time.Time       `json:"modified"`
	Aliases          []string        `json:"aliases"`
	Upstream         []string        `json:"upstream"`
	Summary          string          `json:"summary"`
	Details          string          `json:"details"`
	Severity         []typed         `json:"severity"`
	Affected         []affected      `json:"affected"`
	References       []reference     `json:"references"`
	DatabaseSpecific databaseSection `json:"database_specific"`
}

type typed struct {
	Type  string `json:"type"`
	Score string `json:"score"`
}

type reference struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

type databaseSection struct {
	Source   string `json:"source"`
	Severity string `json:"severity"`
}

type affected struct {
	Package struct {
		Ecosystem string `json:"ecosystem"`
		Name      string `json:"name"`
	} `json:"package"`
	Ranges []struct {
		Type   string              `json:"type"`
		Events []map[string]string `json:"events"`
	} `json:"ranges"`
	EcosystemSpecific struct {
		Urgency string `json:"urgency"`
	} `json:"ecosystem_specific"`
}

// ecosystem is the first affected package's ecosystem without its release.
func (r record) ecosystem() string {
	name, _, _ := strings.Cut(r.Affected[0].Package.Ecosystem, ":")
	return name
}

func readRecords(t *testing.T) []record {
	t.Helper()
	data, err := os.ReadFile("advisories.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.ContainsRune(data, '\r') || !bytes.HasSuffix(data, []byte("\n")) {
		t.Error("lines must end in LF, the last one too")
	}
	var records []record
	for n, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		dec := json.NewDecoder(strings.NewReader(line))
		dec.DisallowUnknownFields()
		var r record
		if err := dec.Decode(&r); err != nil {
			t.Fatalf("line %d: %v", n+1, err)
		}
		if dec.More() {
			t.Fatalf("line %d: more than one object", n+1)
		}
		if len(r.Affected) == 0 {
			t.Fatalf("line %d: %s affects nothing", n+1, r.ID)
		}
		records = append(records, r)
	}
	return records
}

func TestOrderAndSpread(t *testing.T) {
	records := readRecords(t)
	if len(records) < 150 {
		t.Errorf("%d records, want 150 or more", len(records))
	}
	seen := map[string]bool{}
	count := map[string]int{}
	for _, r := range records {
		if seen[r.ID] {
			t.Errorf("%s occurs twice", r.ID)
		}
		seen[r.ID] = true
		count[r.ecosystem()]++
	}
	for _, eco := range []string{"Alpine", "Debian", "Go", "Maven", "PyPI", "npm"} {
		if count[eco] < 20 {
			t.Errorf("%s has %d records, want 20 or more", eco, count[eco])
		}
	}
	if !slices.IsSortedFunc(records, func(a, b record) int {
		if c := strings.Compare(a.ecosystem(), b.ecosystem()); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	}) {
		t.Error("records are not in the order of ecosystem and id")
	}
}

// idForm matches the ids that the public data of an ecosystem uses.
func idForm(ecosystem string) *regexp.Regexp {
	switch ecosystem {
	case "Debian":
		return regexp.MustCompile(`^DEBIAN-CVE-\d{4}-\d{4,}$`)
	case "Alpine":
		return regexp.MustCompile(`^ALPINE-CVE-\d{4}-\d{4,}$`)
	case "Go":
		return regexp.MustCompile(`^GO-\d{4}-\d{4}$`)
	}
	return regexp.MustCompile(`^(GHSA(-[2-9cfghjmpqrvwx]{4}){3}|CVE-\d{4}-\d{4,})$`)
}

func TestFields(t *testing.T) {
	vector := regexp.MustCompile(`^CVSS:3\.[01]/AV:[NALP]/AC:[LH]/PR:[NLH]/UI:[NR]/S:[UC]/C:[NLH]/I:[NLH]/A:[NLH]$`)
	for _, r := range readRecords(t) {
		bad := func(format string, args ...any) {
			t.Helper()
			t.Errorf(r.ID+": "+format, args...)
		}
		if !idForm(r.ecosystem()).MatchString(r.ID) {
			bad("is no id of %s", r.ecosystem())
		}
		if n := utf8.RuneCountInString(r.Summary); n == 0 || n > 100 || strings.Contains(r.Summary, "\n") {
			bad("summary of %d characters", n)
		}
		if !strings.HasSuffix(r.Details, ".") {
			bad("details %q are no sentence", r.Details)
		}
		if r.Published.IsZero() || r.Modified.Before(r.Published) {
			bad("published %v, modified %v", r.Published, r.Modified)
		}
		if len(r.Severity) == 0 && r.DatabaseSpecific.Severity == "" {
			bad("has no severity")
		}
		for _, s := range r.Severity {
			if s.Type != "CVSS_V3" || !vector.MatchString(s.Score) {
				bad("severity %+v", s)
			}
		}
		if len(r.References) != 1 || r.References[0].Type != "ADVISORY" || !strings.HasPrefix(r.References[0].URL, "https://") {
			bad("references %+v", r.References)
		}
		if r.DatabaseSpecific.Source != "plimsoll-starter" {
			bad("source %q", r.DatabaseSpecific.Source)
		}
		if r.SchemaVersion == "" || slices.Contains(r.Aliases, r.ID) {
			bad("schema_version %q, aliases %q", r.SchemaVersion, r.Aliases)
		}
	}
}

// rangeType is the type of range that an ecosystem's advisories have in OSV.
func rangeType(ecosystem string) string {
	if ecosystem == "Go" || ecosystem == "npm" {
		return "SEMVER"
	}
	return "ECOSYSTEM"
}

func TestAffected(t *testing.T) {
	release := regexp.MustCompile(`^(Debian:1[1-3]|Alpine:v3\.\d+|Go|Maven|PyPI|npm)$`)
	for _, r := range readRecords(t) {
		for _, a := range r.Affected {
			p := a.Package
			if !release.MatchString(p.Ecosystem) || !strings.HasPrefix(p.Ecosystem, r.ecosystem()) || p.Name == "" {
				t.Errorf("%s: package %+v", r.ID, p)
			}
			if len(a.Ranges) != 1 || a.Ranges[0].Type != rangeType(r.ecosystem()) {
				t.Errorf("%s: ranges of %s: %+v", r.ID, p.Name, a.Ranges)
				continue
			}
			checkEvents(t, r.ID+" "+p.Name, a.Ranges[0].Events)
		}
	}
}

// checkEvents wants introduced and an end by turns, and only the last
// introduced may stay open.
func checkEvents(t *testing.T, where string, events []map[string]string) {
	t.Helper()
	if len(events) == 0 {
		t.Errorf("%s: no events", where)
	}
	for i, e := range events {
		if len(e) != 1 {
			t.Errorf("%s: event %v has %d keys", where, e, len(e))
		}
		for kind, version := range e {
			want := []string{"introduced"}
			if i%2 == 1 {
				want = []string{"fixed", "last_affected"}
			}
			if !slices.Contains(want, kind) || version == "" || strings.TrimSpace(version) != version {
				t.Errorf("%s: event %d is %s %q", where, i, kind, version)
			}
		}
	}
}
