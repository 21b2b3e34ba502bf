package version

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/internal/cases"
)

// record is one line of a cases file; which fields it has depends on the file.
type record struct {
	Scheme     string  `json:"scheme"`
	A          string  `json:"a"`
	B          string  `json:"b"`
	Cmp        *int    `json:"cmp"`
	Version    string  `json:"version"`
	Constraint string  `json:"constraint"`
	Satisfies  *bool   `json:"satisfies"`
	Valid      *bool   `json:"valid"`
	Dialect    string  `json:"dialect"`
	Conflict   bool    `json:"conflict"`
	Opts       options `json:"opts"`
	Peers      []string
	Reference  json.RawMessage `json:"reference"`
}

// options are the settings that a peer's test was run with.
type options struct {
	Prerelease bool `json:"prerelease"`
	Zeropad    bool `json:"zeropad"`
	Loose      bool `json:"loose"`
	// AllowPre is Elixir's option, which is on where it is not given.
	AllowPre *bool `json:"allow_pre"`
	// OpOnly is set where Composer compares without reading the constraint.
	OpOnly bool `json:"op_only"`
}

// readCases reads one file of records.
func readCases(t *testing.T, path string) []record {
	t.Helper()
	var list []record
	cases.Each(t, path, func(r record) { list = append(list, r) })
	return list
}

// TestCasesVersions runs every case file of the shared folder.
func TestCasesVersions(t *testing.T) {
	dir := cases.Dir(t, "cases", "versions")
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	missing := 0
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".jsonl")
		switch name {
		case "oracle-disagreements":
			continue // not cases but a log of references
		case "vers-from-native":
			t.Run(name, func(t *testing.T) { translate(t, path) })
			continue
		case "conflicts":
			t.Run(name, func(t *testing.T) { survive(t, path) })
			continue
		}
		list := readCases(t, path)
		if len(list) > 0 && name != "validity" {
			if _, ok := For(strings.TrimSuffix(list[0].Scheme, "-range")); !ok {
				missing++
				continue
			}
		}
		t.Run(name, func(t *testing.T) { judge(t, name, list) })
	}
	t.Logf("scheme not yet implemented: %d files", missing)
}

// survive runs cases on which peers contradict each other: no answer is wrong,
// a panic is.
func survive(t *testing.T, path string) {
	for _, r := range readCases(t, path) {
		s, ok := For(strings.TrimSuffix(r.Scheme, "-range"))
		if !ok {
			continue
		}
		_, _ = s.Compare(r.A, r.B)
		_ = s.Valid(r.Version)
		_, _ = s.Satisfies(r.Version, r.Constraint, dialectOf(r))
	}
}

// translation is one line of the translations into VERS strings.
type translation struct{ Scheme, Native, Vers string }

// translate runs translations of native ranges into VERS strings.
func translate(t *testing.T, path string) {
	agree, all, decided := 0, 0, 0
	cases.Each(t, path, func(r translation) {
		got, err := Vers(r.Scheme, r.Native)
		all++
		switch {
		case err == nil && got == r.Vers:
			agree++
		case translatedOtherwise(r, got):
			all--
			decided++
		case all-agree <= 20:
			t.Errorf("Vers(%s, %q) = %q, %v, want %q", r.Scheme, r.Native, got, err, r.Vers)
		}
	})
	cases.Agree(t, "cases/versions/vers-from-native", agree, all)
	t.Logf("cases/versions/vers-from-native: %d decided otherwise, see translatedOtherwise", decided)
	if agree < all {
		t.Errorf("vers-from-native: %d disagreements", all-agree)
	}
}

// judge counts the cases of one file that the package agrees with.
func judge(t *testing.T, name string, list []record) {
	agree, all, conflicts, decided, unknown, shown := 0, 0, 0, 0, 0, 0
	for _, r := range list {
		s, ok := For(strings.TrimSuffix(r.Scheme, "-range"))
		if !ok {
			unknown++
			continue
		}
		if r.Conflict {
			conflicts++ // also in conflicts.jsonl: peers contradict each other
			continue
		}
		all++
		complaint := r.run(s)
		if complaint == "" {
			agree++
			continue
		}
		if decidedOtherwise(r) {
			all--
			decided++
			continue
		}
		if shown++; shown <= 20 {
			t.Errorf("%s (%s, reference %s)", complaint, strings.Join(r.Peers, ","), r.Reference)
		}
	}
	cases.Agree(t, "cases/versions/"+name, agree, all)
	if conflicts > 0 {
		t.Logf("cases/versions/%s: %d left out because peers contradict each other", name, conflicts)
	}
	if decided > 0 {
		t.Logf("cases/versions/%s: %d decided otherwise, see decisions in this test", name, decided)
	}
	if unknown > 0 {
		t.Logf("cases/versions/%s: %d of schemes not yet implemented", name, unknown)
	}
	if agree < all {
		t.Errorf("%s: %d disagreements", name, all-agree)
	}
}

// dialectOf is the dialect that a case asks for. Where tools read one syntax in
// different ways, the peer whose test it was names the reading.
func dialectOf(r record) Dialect {
	d := Dialect{Name: r.Dialect, Prerelease: r.Opts.Prerelease, Zeropad: r.Opts.Zeropad, Loose: r.Opts.Loose}
	switch {
	case r.Scheme == "semver-range" && r.Dialect == "expr" && slices.Contains(r.Peers, "go-version"):
		d.Name = "go-version"
	case r.Scheme == "pep440-range" && r.Dialect == "native" && slices.Equal(r.Peers, []string{"deps.dev"}):
		d.Name = "deps.dev"
	case r.Scheme == "nuget-range" && slices.Equal(r.Peers, []string{"deps.dev"}):
		d.Name = "deps.dev"
	case r.Scheme == "hex-range" && r.Opts.AllowPre != nil && !*r.Opts.AllowPre:
		d.Name = "hex"
	case r.Scheme == "composer-range" && r.Opts.OpOnly:
		d.Name = "plain"
	}
	return d
}

// run answers one case and returns "" when the answer is the expected one.
func (r record) run(s Scheme) string {
	switch {
	case r.Cmp != nil:
		c, err := s.Compare(r.A, r.B)
		if err != nil {
			return fmt.Sprintf("Compare(%q, %q): %v, want %d", r.A, r.B, err, *r.Cmp)
		}
		back, err := s.Compare(r.B, r.A)
		if c != *r.Cmp || back != -c || err != nil {
			return fmt.Sprintf("Compare(%q, %q) = %d, and back %d, want %d", r.A, r.B, c, back, *r.Cmp)
		}
	case r.Satisfies != nil:
		ok, err := s.Satisfies(r.Version, r.Constraint, dialectOf(r))
		if err != nil && !*r.Satisfies && string(r.Reference) == `"invalid"` {
			return "" // the reference cannot read it either
		}
		if err != nil || ok != *r.Satisfies {
			return fmt.Sprintf("Satisfies(%q, %q, %+v) = %v, %v, want %v", r.Version, r.Constraint, dialectOf(r), ok, err, *r.Satisfies)
		}
	case r.Valid != nil:
		err := s.Valid(r.Version)
		if strings.HasSuffix(r.Scheme, "-range") {
			err = s.ValidRange(r.Version)
		}
		if (err == nil) != *r.Valid {
			return fmt.Sprintf("%s: Valid(%q) = %v, want valid %v", r.Scheme, r.Version, err, *r.Valid)
		}
	default:
		return "a case without an expectation"
	}
	return ""
}
