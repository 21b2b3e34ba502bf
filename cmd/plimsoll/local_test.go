package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/match"
	"github.com/plimsoll/plimsoll/vulndb"
)

// TestRanges writes what entries say of versions.
func TestRanges(t *testing.T) {
	run := func(kind string, events ...vulndb.Event) vulndb.Range {
		return vulndb.Range{Type: kind, Events: events}
	}
	for _, c := range []struct {
		entry       vulndb.Affected
		want, fixed string
	}{
		{vulndb.Affected{}, "", ""},
		{vulndb.Affected{Ranges: []vulndb.Range{run("SEMVER", vulndb.Event{Introduced: "0"})}}, "all versions", ""},
		{vulndb.Affected{Ranges: []vulndb.Range{run("SEMVER", vulndb.Event{Introduced: "0"}, vulndb.Event{Fixed: "2.0"})}}, "< 2.0", "2.0"},
		{vulndb.Affected{Ranges: []vulndb.Range{run("SEMVER", vulndb.Event{Introduced: "1.0"}, vulndb.Event{LastAffected: "1.9"}, vulndb.Event{Introduced: "2.0"})}}, "≥ 1.0, ≤ 1.9 or ≥ 2.0", ""},
		{vulndb.Affected{Ranges: []vulndb.Range{run("ECOSYSTEM", vulndb.Event{Introduced: "1"}, vulndb.Event{Introduced: "2"}, vulndb.Event{Fixed: "3"}, vulndb.Event{Fixed: "4"})}}, "≥ 1 or ≥ 2, < 3", "3, 4"},
		{vulndb.Affected{Ranges: []vulndb.Range{run("ECOSYSTEM", vulndb.Event{Introduced: "0"}, vulndb.Event{Limit: "3"})}}, "< 3", ""},
		{vulndb.Affected{Ranges: []vulndb.Range{run("GIT", vulndb.Event{Introduced: "0"}, vulndb.Event{Fixed: "abc"})}, Versions: []string{"1", "2"}}, "1, 2", ""},
		{vulndb.Affected{Versions: strings.Fields("1 2 3 4 5 6")}, "1, 2, 3, 4 and 2 more versions", ""},
		{vulndb.Affected{Ranges: []vulndb.Range{run("SEMVER", vulndb.Event{Fixed: "1"})}}, "", "1"},
	} {
		if got := ranges(&c.entry); got != c.want {
			t.Errorf("%+v: %q, want %q", c.entry, got, c.want)
		}
		if got := fixedIn(&c.entry); got != c.fixed {
			t.Errorf("%+v: fixed in %q, want %q", c.entry, got, c.fixed)
		}
	}
}

// TestSame tells ids that mean one vulnerability from those of announcements.
func TestSame(t *testing.T) {
	for _, c := range []struct {
		record vulndb.Advisory
		want   []string
	}{
		{vulndb.Advisory{ID: "GHSA-a", Aliases: []string{"CVE-2020-0001"}}, []string{"GHSA-a", "CVE-2020-0001"}},
		{vulndb.Advisory{ID: "DEBIAN-CVE-2020-0001", Upstream: []string{"CVE-2020-0001"}}, []string{"DEBIAN-CVE-2020-0001", "CVE-2020-0001"}},
		{vulndb.Advisory{ID: "DSA-1-1", Upstream: []string{"CVE-2020-0001", "CVE-2020-0002"}}, nil},
		{vulndb.Advisory{ID: "DSA-1-1", Upstream: []string{"CVE-2020-0001"}}, []string{"DSA-1-1"}},
		{vulndb.Advisory{ID: "GLAD-CVE-2020-0001-abcdef", Aliases: []string{"CVE-2020-0001"}}, []string{"GLAD-CVE-2020-0001-abcdef", "CVE-2020-0001"}},
	} {
		if diff := cmp.Diff(c.want, same(&c.record)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.record.ID, diff)
		}
	}
	related := vulndb.Advisory{ID: "GHSA-a", Related: []string{"CVE-2020-0001"}}
	if means(&related, "CVE-2020-0001") {
		t.Error("what is only related is the same")
	}
	related.ID = "ALSA-2020:1"
	if !means(&related, "CVE-2020-0001") {
		t.Error("AlmaLinux lists the CVEs of an announcement as related")
	}
}

// TestAdvisoryName writes ids as their databases do.
func TestAdvisoryName(t *testing.T) {
	for in, want := range map[string]string{
		"cve-2021-44228": "CVE-2021-44228", "GHSA-JF85-CPCP-J695": "GHSA-jf85-cpcp-j695", "ghsa-jf85-cpcp-j695": "GHSA-jf85-cpcp-j695",
		"dsa-1-1": "DSA-1-1", "Debian-CVE-2020-0001": "DEBIAN-CVE-2020-0001",
	} {
		if got := advisoryName(in); got != want || !advisoryID.MatchString(in) {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	for _, id := range []string{"apt-pin-version", "DL3008", "DS-0029", "CKV_DOCKER_3", "CIS-DI-0001", "go-mod", "SC2086"} {
		if advisoryID.MatchString(id) {
			t.Errorf("%s is taken for an advisory", id)
		}
	}
}

// TestCompared writes the comparisons that decided.
func TestCompared(t *testing.T) {
	for in, want := range map[string]string{
		"<1.2.0": "1.0 ≥ 0 and < 1.2.0", ">=2.0.0, <=2.5.0": "1.0 ≥ 2.0.0 and ≤ 2.5.0", ">=3.0.0": "1.0 ≥ 3.0.0",
		"in every version": "1.0: every version is affected", "version 1.0": "1.0 = 1.0, which the record lists",
	} {
		if got := compared(match.Step{Version: "1.0", Range: in}); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	f := explainedFinding{Compared: []comparison{{Fixed: ""}, {Fixed: "1.2"}, {Fixed: "1.3"}}}
	f.Fixed = "1.3"
	if got := mend(&f); got != "upgrade to 1.3, which none of these records calls affected" {
		t.Error(got)
	}
	f.Compared = f.Compared[:2]
	if got := mend(&f); got != "upgrade to 1.3" {
		t.Error(got)
	}
}
