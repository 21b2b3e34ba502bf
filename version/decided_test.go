package version

import (
	"regexp"
	"slices"
	"strings"
)

// decision is a kind of recorded case that this package answers otherwise, since
// the scheme's reference or another peer demands it; docs/versions.md says the same
// to users. A decision covers a case only if the case is what the other rule
// gives, so that a mistake of ours is not taken for one.
type decision struct {
	scheme string
	peer   string // the only peer of such cases
	reason string
	other  func(r record) bool
}

// decisions are the documented ones.
var decisions = []decision{
	{"rpm", "", "rpm reads a missing epoch as 0; matchers leave it out, and that is the scheme \"rpm\"",
		func(r record) bool {
			return strings.Contains(r.A, ":") != strings.Contains(r.B, ":") && r.run(rpmZero) == ""
		}},
	{"alpm", "grype", "grype orders as rpm does; pacman's manual page puts 1.0alpha before 1.0 and has no tilde",
		func(r record) bool { return r.run(rpm) == "" }},
	{"cargo", "dtolnay/semver", "the crate's total order counts build metadata; its precedence, semver.org and Cargo do not",
		func(r record) bool {
			a, _, _ := strings.Cut(r.A, "+")
			b, _, _ := strings.Cut(r.B, "+")
			return a == b && r.A != r.B && *r.Cmp != 0
		}},
	{"cargo-range", "dtolnay/semver", "expectations of 0.*.* that were recorded under 1.2.*, which has the opposite ones too",
		func(r record) bool {
			if r.Constraint != "1.2.*" || !*r.Satisfies {
				return false
			}
			r.Constraint = "0.*.*"
			return r.run(cargo) == ""
		}},
	{"composer", "osv-scalibr", "PHP's version_compare on text that Composer normalizes first",
		func(r record) bool { return r.run(php) == "" && validComposer(r.A) == nil && validComposer(r.B) == nil }},
	{"nuget", "deps.dev", "deps.dev reads a label with leading zeros as text, NuGet as a number",
		func(r record) bool { return r.run(cargo) == "" }},
	{"pub", "dart-lang/pub_semver", "Version.prioritize, which prefers releases; the order is Version.compareTo",
		func(r record) bool {
			_, a, _ := cutSemver(r.A)
			_, b, _ := cutSemver(r.B)
			return (a == "") != (b == "") && *r.Cmp == order(a != "")
		}},
}

// decidedOtherwise reports whether a decision covers the case.
func decidedOtherwise(r record) bool {
	for _, d := range decisions {
		if d.scheme == r.Scheme && (d.peer == "" || slices.Equal(r.Peers, []string{d.peer})) && d.other(r) {
			return true
		}
	}
	return false
}

// operatorBeforeX finds an x-range with an operator.
var operatorBeforeX = regexp.MustCompile(`[<>]=?\s*v?[0-9.]*[xX*]`)

// translatedOtherwise reports whether the translation is one that univers makes
// against the rules of the package type: it drops the operator before an x-range
// of npm, sorts Composer's versions as semantic ones, and makes of Conan's empty
// range, which is any version, a VERS string without constraints.
func translatedOtherwise(r translation, got string) bool {
	switch r.Scheme {
	case "npm":
		return operatorBeforeX.MatchString(r.Native)
	case "composer":
		ours, theirs := strings.Split(got, "|"), strings.Split(r.Vers, "|")
		first := "vers:composer/"
		ours[0], theirs[0] = strings.TrimPrefix(ours[0], first), strings.TrimPrefix(theirs[0], first)
		slices.Sort(ours)
		slices.Sort(theirs)
		return slices.Equal(ours, theirs)
	case "conan":
		return r.Native == "" && got == "vers:conan/>=0.0.0"
	}
	return false
}
