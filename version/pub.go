package version

import (
	"strconv"
	"strings"
)

// Dart packages have semantic versions whose build metadata counts: it orders
// like a prerelease, above none (pub_semver). Constraints are comparisons that must
// all hold, "any", or "^1.2.3"; "<1.2.3" leaves out the prereleases of 1.2.3 unless
// the lower bound is one of them too.
//
// Compare also takes a leading v and fewer or more than three numbers.
var pub = Scheme{
	Name:       "pub",
	Doc:        "Dart and Flutter packages of pub.dev",
	Compare:    comparePub,
	Valid:      validPub,
	ValidRange: validPubRange,
	Satisfies:  checkPub,
}

// pubBuild is the build metadata of a version, "" without one.
func pubBuild(v string) string {
	_, build, _ := strings.Cut(v, "+")
	return strings.TrimSpace(build)
}

// comparePub orders two versions of Dart packages.
func comparePub(a, b string) (int, error) {
	if a == b {
		return 0, nil
	}
	if c, err := compareSemver(a, b); c != 0 || err != nil {
		return c, err
	}
	x, y := pubBuild(a), pubBuild(b)
	switch {
	case x == y:
		return 0, nil
	case x == "":
		return -1, nil
	case y == "":
		return 1, nil
	}
	return compareIdentifiers(x, y), nil
}

// validPub accepts what pub_semver accepts: leading zeros, but three numbers.
func validPub(v string) error {
	core, pre, build, ok := splitSemver(v)
	if !ok || strings.Count(core, ".") != 2 {
		return malformed("pub", v, "not of the form 1.2.3-pre+build")
	}
	for _, part := range [...]string{pre, build} {
		if part == "" {
			continue
		}
		for id := range strings.SplitSeq(part[1:], ".") {
			if !isIdentifier(id) {
				return malformed("pub", v, "an identifier is empty or has an odd character")
			}
		}
	}
	return nil
}

// checkPub reports whether version meets a constraint.
func checkPub(version, constraint string, d Dialect) (bool, error) {
	if d.Name == "expr" {
		return exprOf(comparePub)(version, constraint, d)
	}
	list, err := parsePub(constraint)
	if err != nil {
		return false, err
	}
	v, err := parseTriple(version)
	if err != nil {
		return false, err
	}
	low, high := "", "" // the tightest bounds
	for _, c := range list {
		order, err := comparePub(version, c.text)
		if err != nil {
			return false, err
		}
		ok, err := c.accepts(order)
		if !ok || err != nil {
			return false, err
		}
		switch {
		case c.op == "<" && (high == "" || pubBelow(c.text, high)):
			high = c.text
		case strings.HasPrefix(c.op, ">") && (low == "" || pubBelow(low, c.text)):
			low = c.text
		}
	}
	return v.pre == "" || high == "" || !pubHides(v, low, high), nil
}

// pubBelow reports whether a is below b; both compare.
func pubBelow(a, b string) bool {
	c, err := comparePub(a, b)
	return err == nil && c < 0
}

// pubHides reports whether v, a prerelease, is one of those that an upper bound
// which is a release leaves out.
func pubHides(v triple, low, high string) bool {
	top, err := parseTriple(high)
	if err != nil || top.pre != "" || pubBuild(high) != "" || top.core != v.core {
		return false
	}
	bottom, err := parseTriple(low)
	return err != nil || bottom.pre == "" || bottom.core != top.core
}

// validPubRange is nil when pub can read the constraint.
func validPubRange(constraint string) error {
	_, err := parsePub(constraint)
	return err
}

// parsePub reads a constraint; "any" has no clauses.
func parsePub(constraint string) ([]clause, error) {
	if len(constraint) > maxConstraint {
		return nil, unreadable(constraint, "longer than 64 KiB")
	}
	s := strings.TrimSpace(constraint)
	if s == "any" {
		return nil, nil
	}
	if rest, ok := strings.CutPrefix(s, "^"); ok {
		return caretPub(strings.TrimSpace(rest))
	}
	var list []clause
	for s != "" {
		n := 0
		for n < len(s) && strings.IndexByte("<>=", s[n]) >= 0 {
			n++
		}
		c := clause{op: s[:n]}
		s = strings.TrimLeft(s[n:], " \t\r\n")
		if n = strings.IndexAny(s, " \t\r\n<>="); n < 0 {
			n = len(s)
		}
		c.text, s = s[:n], strings.TrimLeft(s[n:], " \t\r\n")
		if err := validPub(c.text); err != nil {
			return nil, unreadable(constraint, err.Error())
		}
		switch c.op {
		case "", "<", "<=", ">", ">=":
			list = append(list, c)
		default:
			return nil, unreadable(constraint, "unknown operator")
		}
	}
	if len(list) == 0 {
		return nil, unreadable(constraint, "empty")
	}
	return list, nil
}

// caretPub is the range of versions compatible with v: below the next major, or
// the next minor when the major is 0, and no prerelease of that.
func caretPub(v string) ([]clause, error) {
	if err := validPub(v); err != nil {
		return nil, unreadable("^"+v, err.Error())
	}
	t, err := parseTriple(v)
	if err != nil {
		return nil, err
	}
	next := strconv.FormatUint(t.core[0]+1, 10) + ".0.0-0"
	if t.core[0] == 0 {
		next = "0." + strconv.FormatUint(t.core[1]+1, 10) + ".0-0"
	}
	return []clause{{op: ">=", text: v}, {op: "<", text: next}}, nil
}
