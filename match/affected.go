package match

import (
	"strings"

	"github.com/plimsoll/plimsoll/version"
	"github.com/plimsoll/plimsoll/vulndb"
)

// order compares the versions of one ecosystem.
type order struct {
	// own compares as the ecosystem does.
	own func(a, b string) (int, error)
	// semver compares ranges of type SEMVER.
	semver func(a, b string) (int, error)
}

// orderOf is the order of a version scheme. Ecosystems whose own order is an
// extension of semantic versioning read SEMVER ranges by their own order: it
// knows Go's pseudo-versions and npm's sloppy spellings.
func orderOf(s version.Scheme) order {
	o := order{own: s.Compare, semver: s.Compare}
	switch s.Name {
	case "go", "npm", "semver", "semver:loose":
	default:
		if semver, ok := version.For("semver"); ok {
			o.semver = semver.Compare
		}
	}
	return o
}

// of is the comparison for a type of range, nil where versions cannot decide
// it (commits of GIT ranges).
func (o order) of(kind string) func(a, b string) (int, error) {
	switch kind {
	case "ECOSYSTEM":
		return o.own
	case "SEMVER":
		return o.semver
	}
	return nil
}

// verdict is what an affected entry says about a version.
type verdict struct {
	affected bool
	because  string // the range or list that says so, as a phrase after the package name
	broken   int    // ranges that could not be compared
}

// judge evaluates an affected entry as the OSV schema's section "Evaluation"
// demands: a version is affected if one of the ranges holds it or the list of
// versions names it. Where no range could be compared, a listed version also
// counts if it is only spelled differently ("1.0" for "1.0.0").
func (o order) judge(v string, a *vulndb.Affected) verdict {
	var out verdict
	compared := false
	for i := range a.Ranges {
		r := &a.Ranges[i]
		compare := o.of(r.Type)
		if compare == nil {
			continue
		}
		in, err := inRange(compare, v, r.Events)
		if err != nil {
			out.broken++
			continue
		}
		compared = true
		if in {
			out.affected = true
			out.because = span(compare, v, r.Events)
			return out
		}
	}
	for _, listed := range a.Versions {
		if listed == v || !compared && same(o.own, listed, v) {
			out.affected = true
			out.because = "version " + listed
			return out
		}
	}
	return out
}

// same tells whether two spellings are one version.
func same(compare func(a, b string) (int, error), a, b string) bool {
	c, err := compare(a, b)
	return err == nil && c == 0
}

// inRange tells whether v lies in the range that events describe: the highest
// event at or below v decides. That is the schema's walk over the sorted
// events, without sorting. Of events at one version the later in the record
// decides, but last_affected, which takes effect just above its version, comes
// after all others.
func inRange(compare func(a, b string) (int, error), v string, events []vulndb.Event) (bool, error) {
	var top *vulndb.Event
	limited, before := false, false
	for i := range events {
		e := &events[i]
		at := eventVersion(e)
		c := 1 // introduced "0" is before every version
		if e.Introduced != "0" && e.Limit != "*" {
			var err error
			if c, err = compare(v, at); err != nil {
				return false, err
			}
		}
		if e.Limit != "" {
			limited = true
			before = before || e.Limit == "*" || c < 0
			continue
		}
		if c < 0 || c == 0 && e.LastAffected != "" {
			continue
		}
		later, err := supersedes(compare, e, top)
		if err != nil {
			return false, err
		}
		if later {
			top = e
		}
	}
	return top != nil && top.Introduced != "" && (!limited || before), nil
}

// supersedes tells whether e, which comes after top in the record, also comes
// after it in the order of events.
func supersedes(compare func(a, b string) (int, error), e, top *vulndb.Event) (bool, error) {
	switch {
	case top == nil || top.Introduced == "0":
		return true, nil
	case e.Introduced == "0":
		return false, nil
	}
	c, err := compare(eventVersion(e), eventVersion(top))
	if err != nil {
		return false, err
	}
	return c > 0 || c == 0 && (e.LastAffected != "" || top.LastAffected == ""), nil
}

// eventVersion is the version that an event is about.
func eventVersion(e *vulndb.Event) string {
	switch {
	case e.Introduced != "":
		return e.Introduced
	case e.Fixed != "":
		return e.Fixed
	case e.LastAffected != "":
		return e.LastAffected
	}
	return e.Limit
}

// span writes the part of a range that holds v: ">=2.0, <2.1.3". It is only
// asked about ranges that hold v, so every comparison succeeds.
func span(compare func(a, b string) (int, error), v string, events []vulndb.Event) string {
	var low, high *vulndb.Event
	for i := range events {
		e := &events[i]
		if e.Introduced == "0" || e.Limit == "*" {
			continue
		}
		c, _ := compare(v, eventVersion(e))
		switch {
		case e.Introduced != "":
			if c >= 0 && (low == nil || after(compare, e, low)) {
				low = e
			}
		case c < 0 || c == 0 && e.LastAffected != "":
			if high == nil || after(compare, high, e) {
				high = e
			}
		}
	}
	var parts []string
	if low != nil {
		parts = append(parts, ">="+low.Introduced)
	}
	switch {
	case high == nil && low == nil:
		return "in every version"
	case high == nil:
	case high.LastAffected != "":
		parts = append(parts, "<="+high.LastAffected)
	default:
		parts = append(parts, "<"+eventVersion(high))
	}
	return strings.Join(parts, ", ")
}

// after tells whether event a is at a higher version than b.
func after(compare func(a, b string) (int, error), a, b *vulndb.Event) bool {
	c, err := compare(eventVersion(a), eventVersion(b))
	return err == nil && c > 0
}

// fixesAbove are the fixed versions of an entry that are higher than v, in the
// order of the record. Some records write fixed "0" for "never affected"; it is
// above nothing.
func (o order) fixesAbove(v string, a *vulndb.Affected) []string {
	var fixes []string
	for i := range a.Ranges {
		compare := o.of(a.Ranges[i].Type)
		if compare == nil {
			continue
		}
		for _, e := range a.Ranges[i].Events {
			if e.Fixed == "" || e.Fixed == "0" {
				continue
			}
			if c, err := compare(e.Fixed, v); err == nil && c > 0 {
				fixes = append(fixes, e.Fixed)
			}
		}
	}
	return fixes
}
