package match

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/version"
	"github.com/plimsoll/plimsoll/vulndb"
	"pgregory.net/rapid"
)

// events reads "introduced 0, fixed 1.2, last 3, limit 4".
func events(text string) []vulndb.Event {
	var out []vulndb.Event
	for part := range strings.SplitSeq(text, ",") {
		kind, v, _ := strings.Cut(strings.TrimSpace(part), " ")
		var e vulndb.Event
		switch kind {
		case "introduced":
			e.Introduced = v
		case "fixed":
			e.Fixed = v
		case "last":
			e.LastAffected = v
		case "limit":
			e.Limit = v
		}
		out = append(out, e)
	}
	return out
}

func orderFor(t testing.TB, scheme string) order {
	t.Helper()
	s, ok := version.For(scheme)
	if !ok {
		t.Fatalf("no scheme %s", scheme)
	}
	return orderOf(s)
}

// TestJudge follows the examples of the OSV schema and the traps of real data.
func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name, scheme, kind, events string
		versions                   string
		in, out                    string // versions that are and are not affected
		because                    string // for the first of in
	}{
		{"unfixed", "npm", "SEMVER", "introduced 0", "", "0.0.0 0.0.0-alpha 99.0.0", "", "in every version"},
		{"fixed", "npm", "SEMVER", "introduced 0, fixed 1.0.2", "", "1.0.1 0.0.0 1.0.2-rc.1", "1.0.2 1.0.3", "<1.0.2"},
		{"fixed before 0.0.0", "npm", "SEMVER", "introduced 0, fixed 0.0.0-alpha.5", "", "0.0.0-alpha.4", "0.0.0-alpha.7 0.0.0 1.0.0", "<0.0.0-alpha.5"},
		{"several runs in one range", "npm", "SEMVER", "introduced 1.0.0, fixed 1.0.2, introduced 3.0.0, fixed 3.2.5", "", "1.0.0 1.0.1 3.2.4", "0.9.9 1.0.2 2.0.0 3.2.5", ">=1.0.0, <1.0.2"},
		{"events out of order", "npm", "ECOSYSTEM", "fixed 3.2.5, introduced 1.0.0, introduced 3.0.0, fixed 1.0.2", "", "3.0.0 1.0.1", "0.9.9 1.0.2 2.0.0 3.2.5", ">=3.0.0, <3.2.5"},
		{"last affected", "maven", "ECOSYSTEM", "introduced 0, last 2.1.214", "", "2.1.214 1.0", "2.1.215 3", "<=2.1.214"},
		{"one version by last affected", "maven", "ECOSYSTEM", "last 2.0, introduced 2.0", "", "2.0", "1.9 2.0.1", ">=2.0, <=2.0"},
		{"limit", "npm", "SEMVER", "introduced 1.0.0, limit 2.0.0", "", "1.5.0 1.0.0", "0.9.0 2.0.0 3.0.0", ">=1.0.0, <2.0.0"},
		{"several limits", "npm", "SEMVER", "introduced 1.0.0, limit 2.0.0, limit 3.0.0", "", "2.5.0", "3.0.0", ">=1.0.0, <3.0.0"},
		{"unlimited", "npm", "SEMVER", "introduced 1.0.0, limit *", "", "7.0.0", "0.1.0", ">=1.0.0"},
		{"introduced again where fixed", "npm", "SEMVER", "introduced 0, fixed 1.0.0, introduced 1.0.0, fixed 1.5.0", "", "1.0.0 0.9.0", "1.5.0", ">=1.0.0, <1.5.0"},
		{"empty run", "npm", "SEMVER", "introduced 1.0.0, fixed 1.0.0", "", "", "0.9.0 1.0.0 1.0.1", ""},
		{"never affected", "apk", "ECOSYSTEM", "introduced 0, fixed 0", "", "", "1.0-r0 0", ""},
		{"no introduced", "npm", "SEMVER", "fixed 1.0.0", "", "", "0.9.0 1.0.0", ""},
		{"commits", "npm", "GIT", "introduced 0", "1.0.0", "1.0.0", "1.0.1", "version 1.0.0"},
		{"list only", "pep440", "", "", "1.0 2.0.0", "1.0 1.0.0 2.0", "1.1", "version 1.0"},
		{"list beside range is exact", "pep440", "ECOSYSTEM", "introduced 5", "1.0", "1.0 5", "1.0.0", "version 1.0"},
		{"deb", "deb", "ECOSYSTEM", "introduced 0, fixed 3.0.11-1~deb12u2", "", "3.0.9-1 3.0.11-1~deb12u1", "3.0.11-1~deb12u2 1:1.0-1", "<3.0.11-1~deb12u2"},
		{"apk", "apk", "ECOSYSTEM", "introduced 0, fixed 1.36.1-r2", "", "1.36.1-r1 1.36.1_rc1-r5", "1.36.1-r2 1.36.1-r10", "<1.36.1-r2"},
		{"rpm", "rpm", "ECOSYSTEM", "introduced 0, fixed 1:3.0.7-27.el9", "", "1:3.0.7-6.el9", "1:3.0.7-27.el9 1:3.0.7-28.el9", "<1:3.0.7-27.el9"},
		{"go", "go", "SEMVER", "introduced 0, fixed 0.17.0", "", "v0.0.0-20210921155107-089bfa567519 v0.16.0", "v0.17.0 v0.17.1-0.20231101000000-abcdefabcdef", "<0.17.0"},
		{"go incompatible", "go", "SEMVER", "introduced 0, fixed 20.10.9", "", "v20.10.8+incompatible", "v20.10.9+incompatible v23.0.0+incompatible", "<20.10.9"},
		{"go toolchain", "go", "SEMVER", "introduced 1.22.0-0, fixed 1.22.3", "", "1.22.2 go1.22rc1 go1.22.0", "1.21.9 go1.22.3", ">=1.22.0-0, <1.22.3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := orderFor(t, c.scheme)
			a := vulndb.Affected{Versions: strings.Fields(c.versions)}
			if c.kind != "" {
				a.Ranges = []vulndb.Range{{Type: c.kind, Events: events(c.events)}}
			}
			for i, v := range strings.Fields(c.in) {
				got := o.judge(v, &a)
				if !got.affected {
					t.Errorf("%s is not affected", v)
				}
				if i == 0 && got.because != c.because {
					t.Errorf("because %q, want %q", got.because, c.because)
				}
			}
			for _, v := range strings.Fields(c.out) {
				if got := o.judge(v, &a); got.affected {
					t.Errorf("%s is affected: %s", v, got.because)
				}
			}
		})
	}
}

// TestJudgeRanges holds that ranges are alternatives and that one that cannot
// be read hides nothing that another says.
func TestJudgeRanges(t *testing.T) {
	o := orderFor(t, "go")
	a := vulndb.Affected{Ranges: []vulndb.Range{
		{Type: "ECOSYSTEM", Events: events("introduced 0, fixed not-a-version")},
		{Type: "SEMVER", Events: events("introduced 1.0.0, fixed 1.1.0")},
		{Type: "SEMVER", Events: events("introduced 2.0.0, fixed 2.1.0")},
	}, Versions: []string{"9.9.9"}}
	for v, want := range map[string]bool{"1.0.5": true, "2.0.5": true, "1.5.0": false, "9.9.9": true} {
		got := o.judge(v, &a)
		if got.affected != want || got.broken != 1 {
			t.Errorf("%s: affected %v, %d broken; want %v, 1 broken", v, got.affected, got.broken, want)
		}
	}
}

// naive is the schema's pseudocode: walk the sorted events.
func naive(compare func(a, b string) (int, error), v string, all []vulndb.Event) bool {
	at := func(e vulndb.Event) string { return eventVersion(&e) }
	less := func(a, b string) int {
		switch {
		case a == b:
			return 0
		case a == "0":
			return -1
		case b == "0":
			return 1
		}
		c, err := compare(a, b)
		if err != nil {
			panic(err)
		}
		return c
	}
	limited, before := false, false
	for _, e := range all {
		if e.Limit != "" {
			limited = true
			before = before || less(v, e.Limit) < 0
		}
	}
	if limited && !before {
		return false
	}
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b vulndb.Event) int {
		if c := less(at(a), at(b)); c != 0 {
			return c
		}
		switch { // last_affected takes effect just above its version
		case a.LastAffected != "" && b.LastAffected == "":
			return 1
		case a.LastAffected == "" && b.LastAffected != "":
			return -1
		}
		return 0
	})
	vulnerable := false
	for _, e := range sorted {
		switch {
		case e.Introduced != "" && less(v, e.Introduced) >= 0:
			vulnerable = true
		case e.Fixed != "" && less(v, e.Fixed) >= 0:
			vulnerable = false
		case e.LastAffected != "" && less(v, e.LastAffected) > 0:
			vulnerable = false
		}
	}
	return vulnerable
}

// TestRangeIsNaive holds the evaluation without sorting against the schema's
// pseudocode.
func TestRangeIsNaive(t *testing.T) {
	compare := orderFor(t, "npm").own
	number := rapid.Custom(func(t *rapid.T) string {
		return strconv.Itoa(rapid.IntRange(1, 4).Draw(t, "major")) + "." + strconv.Itoa(rapid.IntRange(0, 2).Draw(t, "minor")) + ".0"
	})
	event := rapid.Custom(func(t *rapid.T) vulndb.Event {
		v := number.Draw(t, "version")
		switch rapid.IntRange(0, 8).Draw(t, "kind") {
		case 0:
			return vulndb.Event{Introduced: "0"}
		case 1, 2, 3:
			return vulndb.Event{Introduced: v}
		case 4, 5:
			return vulndb.Event{Fixed: v}
		case 6, 7:
			return vulndb.Event{LastAffected: v}
		}
		return vulndb.Event{Limit: v}
	})
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(event, 0, 7).Draw(t, "events")
		v := number.Draw(t, "installed")
		got, err := inRange(compare, v, all)
		if err != nil {
			t.Fatal(err)
		}
		if want := naive(compare, v, all); got != want {
			t.Fatalf("%s in %+v: %v, want %v", v, all, got, want)
		}
	})
}

// TestLowestFixClears holds that what is given as the fix is above the
// installed version and affected by no record that knows of a fix.
func TestLowestFixClears(t *testing.T) {
	o := orderFor(t, "npm")
	number := rapid.Custom(func(t *rapid.T) string {
		return "1." + strconv.Itoa(rapid.IntRange(0, 9).Draw(t, "minor")) + ".0"
	})
	rapid.Check(t, func(t *rapid.T) {
		installed := number.Draw(t, "installed")
		var hits []*hit
		for range rapid.IntRange(1, 3).Draw(t, "records") {
			a := &vulndb.Affected{Ranges: []vulndb.Range{{Type: "SEMVER", Events: []vulndb.Event{
				{Introduced: "0"}, {Fixed: number.Draw(t, "fixed")}, {Introduced: number.Draw(t, "again")}, {Fixed: number.Draw(t, "fixed again")},
			}}}}
			if o.judge(installed, a).affected {
				hits = append(hits, &hit{version: installed, entry: a, entries: []*vulndb.Affected{a}})
			}
		}
		fix := o.lowestFix(hits)
		if fix == "" {
			return
		}
		if c, err := o.own(fix, installed); err != nil || c <= 0 {
			t.Fatalf("fix %s for %s", fix, installed)
		}
		for _, h := range hits {
			if len(o.fixesAbove(installed, h.entry)) > 0 && o.judge(fix, h.entry).affected {
				t.Fatalf("fix %s for %s is itself affected by %+v", fix, installed, h.entry.Ranges)
			}
		}
	})
}

// FuzzJudge feeds hostile versions: nothing may panic, and what is called
// affected has a reason.
func FuzzJudge(f *testing.F) {
	for _, s := range version.Names() {
		f.Add(s, "1.2.3", "introduced 0, fixed 1.3", "1.2.3")
	}
	f.Add("deb", "1:2~~-", "introduced , last ~, limit *", "")
	f.Fuzz(func(t *testing.T, scheme, v, text, listed string) {
		s, ok := version.For(scheme)
		if !ok {
			return
		}
		o := orderOf(s)
		a := &vulndb.Affected{Versions: []string{listed}, Ranges: []vulndb.Range{
			{Type: "ECOSYSTEM", Events: events(text)}, {Type: "SEMVER", Events: events(text)},
		}}
		got := o.judge(v, a)
		if got.affected && got.because == "" {
			t.Errorf("no reason: %+v", got)
		}
		o.lowestFix([]*hit{{version: v, entry: a, entries: []*vulndb.Affected{a}}})
	})
}
