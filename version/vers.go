package version

import (
	"slices"
	"strings"
)

// Version ranges as VERS strings (the package-url project's version range
// specifier): "vers:npm/>=1.0.0|<2.0.0". The type names the scheme; the constraints
// are points on its line of versions, sorted, between which a version is in or out:
// it is in when it equals a point that includes it, or when the next lower point is
// a lower bound and the next higher one an upper bound. "*" is every version.
//
// The scheme "vers" only knows such constraints: versions by themselves are of
// the type that the constraint names, and have no order here.
var vers = Scheme{
	Name:       "vers",
	Doc:        "constraints written as VERS strings, for versions of the type that they name",
	Compare:    compareVers,
	Valid:      validFuzzy,
	ValidRange: validVers,
	Satisfies:  checkVers,
}

// versTypes are the types of VERS strings and the schemes that order them.
var versTypes = [...]struct {
	kind   string
	scheme *Scheme
}{
	{"alpm", &alpm}, {"alpine", &apk}, {"apache", &semver}, {"apk", &apk}, {"bitnami", &bitnami}, {"cargo", &cargo},
	{"composer", &composer}, {"conan", &conan}, {"cran", &cran}, {"deb", &deb}, {"ebuild", &portage}, {"gem", &gem},
	{"generic", &generic}, {"github", &semver}, {"golang", &golang}, {"hackage", &hackage}, {"hex", &hex},
	{"maven", &maven}, {"mattermost", &semver}, {"mozilla", &semver}, {"nginx", &semver}, {"npm", &npm},
	{"nuget", &nuget}, {"openssl", &openssl}, {"pub", &pub}, {"pypi", &pep440}, {"rpm", &rpmZero}, {"swift", &semver},
}

// versScheme is the scheme of a type.
func versScheme(kind string) (*Scheme, bool) {
	for _, t := range versTypes {
		if t.kind == kind {
			return t.scheme, true
		}
	}
	return nil, false
}

// compareVers finds two texts equal or fails.
func compareVers(a, b string) (int, error) {
	if a == b {
		return 0, nil
	}
	return 0, malformed("vers", a, "versions of no type have no order")
}

// maxPoints bounds the constraints of one VERS string.
const maxPoints = 1 << 12

// parseVers reads a VERS string; every version has no points.
func parseVers(text string) (*Scheme, []clause, error) {
	if len(text) > maxConstraint {
		return nil, nil, unreadable(text, "longer than 64 KiB")
	}
	s := strings.Join(strings.Fields(text), "")
	kind, list, ok := strings.Cut(s, "/")
	if len(kind) < 5 || compareFold(kind[:4], "vers") != 0 || kind[4] != ':' || !ok {
		return nil, nil, unreadable(text, "not of the form vers:type/constraints")
	}
	scheme, ok := versScheme(strings.ToLower(kind[5:]))
	if !ok {
		return nil, nil, unreadable(text, "unknown type")
	}
	if list == "*" {
		return scheme, nil, nil
	}
	var points []clause
	for part := range strings.SplitSeq(strings.Trim(list, "|"), "|") {
		n := 0
		for n < len(part) && strings.IndexByte("<>=!", part[n]) >= 0 {
			n++
		}
		c := clause{op: part[:n], text: part[n:]}
		switch c.op {
		case "", "=", "!=", "<", "<=", ">", ">=":
		default:
			return nil, nil, unreadable(text, "unknown operator")
		}
		if c.text == "" || len(points) == maxPoints {
			return nil, nil, unreadable(text, "a version is missing, or too many of them")
		}
		points = append(points, c)
	}
	return scheme, points, sortPoints(scheme, points)
}

// sortPoints orders points by their versions, and those at one version by their
// operators.
func sortPoints(scheme *Scheme, points []clause) error {
	var failed error
	slices.SortStableFunc(points, func(a, b clause) int {
		c, err := scheme.Compare(a.text, b.text)
		if err != nil {
			failed = err
		}
		if c == 0 && a.text == b.text {
			c = strings.Compare(a.sortOp(), b.sortOp())
		}
		return c
	})
	return failed
}

// sortOp is the operator that orders points at one version.
func (c clause) sortOp() string {
	if c.op == "" {
		return "="
	}
	return c.op
}

// validVers is nil when text is a VERS string.
func validVers(text string) error {
	_, _, err := parseVers(text)
	return err
}

// checkVers reports whether version is in the range.
func checkVers(version, constraint string, _ Dialect) (bool, error) {
	scheme, points, err := parseVers(constraint)
	if err != nil {
		return false, err
	}
	var below, above string // the operators of the nearest bounds
	bounds := 0
	for _, p := range points {
		c, err := scheme.Compare(version, p.text)
		if err != nil {
			return false, err
		}
		switch p.op {
		case "", "=":
			if c == 0 {
				return true, nil
			}
			continue
		case "!=":
			if c == 0 {
				return false, nil
			}
			continue
		}
		bounds++
		switch {
		case c == 0 && strings.HasSuffix(p.op, "="):
			return true, nil
		case c == 0: // an excluded bound: the version is in on neither side
			below, above = "<", ">"
		case c > 0:
			below = p.op
		case above == "":
			above = p.op
		}
	}
	return inside(points, bounds, below, above), nil
}

// inside reports whether a version that equals no point is in.
func inside(points []clause, bounds int, below, above string) bool {
	if bounds == 0 {
		for _, p := range points {
			if p.op != "!=" {
				return false
			}
		}
		return true
	}
	lower, upper := strings.HasPrefix(below, ">"), strings.HasPrefix(above, "<")
	return (below == "" || lower) && (above == "" || upper)
}
