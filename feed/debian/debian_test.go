package debian

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/feed/feedtest"
	"github.com/plimsoll/plimsoll/vulndb"
)

const path = "/tracker/data/json"

const first = `{
"libone": {
 "CVE-2024-1": {"description": "A flaw in one.", "scope": "remote", "releases": {
  "bookworm": {"status": "resolved", "repositories": {"bookworm": "1.0-1"}, "fixed_version": "1.0-2+deb12u1", "urgency": "not yet assigned"},
  "trixie": {"status": "resolved", "fixed_version": "0", "urgency": "unimportant"},
  "sid": {"status": "resolved", "fixed_version": "1.1-1", "urgency": "not yet assigned"},
  "bullseye": {"status": "open", "urgency": "end-of-life"}}},
 "TEMP-0000000-ABCDEF": {"releases": {"bookworm": {"status": "undetermined", "urgency": "low**"}}}},
"libtwo": {
 "CVE-2024-1": {"releases": {
  "bookworm": {"status": "open", "urgency": "medium", "nodsa": "Minor issue", "nodsa_reason": ""},
  "trixie": {"status": "open", "urgency": "low", "nodsa": "No patch", "nodsa_reason": "ignored"},
  "bullseye": {"status": "open", "urgency": "low", "nodsa": "Later", "nodsa_reason": "postponed"}}},
 "CVE-2024-2": {"releases": {"bookworm": {"status": "open", "urgency": "not yet assigned"}}}}}`

// said is an entry in one line.
type line struct{ Release, Name, Fixed, Status, Severity string }

func lines(a vulndb.Advisory) []line {
	var out []line
	for _, e := range a.Affected {
		l := line{Release: e.Ecosystem, Name: e.Name, Status: e.Status}
		for _, event := range e.Ranges[0].Events {
			l.Fixed += event.Fixed
		}
		for _, s := range e.Severities {
			l.Severity += s.Score
		}
		out = append(out, l)
	}
	return out
}

// TestStates holds what becomes of each state of the tracker.
func TestStates(t *testing.T) {
	all, broken := feedtest.Fetched(t, Feed(), "Debian", map[string]string{path: first})
	if len(broken) > 0 {
		t.Errorf("broken: %v", broken)
	}
	want := []line{
		{"Debian:11", "libone", "", "end-of-life", "end-of-life"},
		{"Debian:12", "libone", "1.0-2+deb12u1", "", ""},
		{"Debian:13", "libone", "0", "not-affected", "unimportant"},
		{"Debian:11", "libtwo", "", "postponed", "low"},
		{"Debian:12", "libtwo", "", "no-dsa", "medium"},
		{"Debian:13", "libtwo", "", "ignored", "low"},
	}
	one := all["DEBIAN-CVE-2024-1"]
	if diff := cmp.Diff(want, lines(one)); diff != "" {
		t.Errorf("CVE-2024-1 (-want +got):\n%s", diff)
	}
	if one.Details != "A flaw in one." || !cmp.Equal(one.Upstream, []string{"CVE-2024-1"}) {
		t.Errorf("record %+v", one)
	}
	if diff := cmp.Diff([]line{{"Debian:12", "libone", "", "undetermined", "low"}}, lines(all["DEBIAN-TEMP-0000000-ABCDEF"])); diff != "" {
		t.Errorf("TEMP (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]line{{"Debian:12", "libtwo", "", "", ""}}, lines(all["DEBIAN-CVE-2024-2"])); diff != "" {
		t.Errorf("CVE-2024-2 (-want +got):\n%s", diff)
	}
}

// TestBroken holds that one bad entry hides no other.
func TestBroken(t *testing.T) {
	all, broken := feedtest.Fetched(t, Feed(), "Debian", map[string]string{path: `{"a": {
		"CVE-2024-1": [1], "": {},
		"CVE-2024-2": {"releases": {"trixie": {"status": "resolved"}, "bookworm": {"status": "what"}, "bullseye": {"status": "open"}}}}}`})
	if len(all) != 1 || len(broken) != 4 {
		t.Errorf("%d records and %d broken: %v", len(all), len(broken), broken)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(first))
	f.Add([]byte(`{"a": {"CVE-1": {"releases": {"trixie": null}}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := feedtest.Kept(t, file, data)
		for a, err := range parse(t.Context(), os.DirFS(dir)) {
			if err == nil && (a.ID == "" || len(a.Affected) == 0) {
				t.Errorf("record %+v", a)
			}
		}
	})
}
