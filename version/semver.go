package version

import "strings"

// Semantic versions are ordered by semver.org 2.0.0, section 11: numbers by
// value, a prerelease below its release, prerelease identifiers left to right,
// numeric ones by value and below the others, build metadata not at all.
//
// Compare also takes what OSV data and tags hold: a leading "v" or "=", fewer
// or more than three numbers (missing ones are zero), leading zeros, numbers of
// any length, and a prerelease without its hyphen ("1.2.3beta"). Valid is the
// grammar of the specification and nothing else.
var (
	semver = Scheme{
		Name:      "semver",
		Doc:       "semantic versions of semver.org 2.0.0",
		Compare:   compareSemver,
		Valid:     validSemver,
		Satisfies: checkSemver,
	}
	semverLoose = Scheme{
		Name:      "semver-loose",
		Doc:       "semantic versions with an optional v and up to three numbers",
		Compare:   compareSemver,
		Valid:     validSemverLoose,
		Satisfies: checkSemver,
	}
)

// cutSemver splits v into numbers and prerelease; build metadata is dropped.
func cutSemver(v string) (core, pre string, err error) {
	s := strings.TrimSpace(v)
	s = strings.TrimLeft(strings.TrimPrefix(s, "="), " \t")
	if s != "" && s[0]|0x20 == 'v' {
		s = strings.TrimLeft(s[1:], " \t")
	}
	n := coreLength(s)
	if n == 0 {
		return "", "", malformed("semver", v, "does not begin with a number")
	}
	core, pre = s[:n], s[n:]
	if i := strings.IndexByte(pre, '+'); i >= 0 {
		pre = pre[:i]
	}
	if pre != "" && (pre[0] == '-' || pre[0] == '.') {
		pre = pre[1:]
	}
	return core, pre, nil
}

// coreLength is the length of the dotted numbers that s begins with.
func coreLength(s string) int {
	n := digits(s)
	for n > 0 && n+1 < len(s) && s[n] == '.' && isDigit(s[n+1]) {
		n += 1 + digits(s[n+1:])
	}
	return n
}

// compareSemver orders two semantic versions; the same text twice is equal
// whatever it is.
func compareSemver(a, b string) (int, error) {
	if a == b {
		return 0, nil
	}
	ca, pa, err := cutSemver(a)
	if err != nil {
		return 0, err
	}
	cb, pb, err := cutSemver(b)
	if err != nil {
		return 0, err
	}
	if c := compareDotted(ca, cb); c != 0 {
		return c, nil
	}
	return comparePre(pa, pb), nil
}

// compareDotted orders dotted numbers; missing ones are zero.
func compareDotted(a, b string) int {
	for a != "" || b != "" {
		na, nb := digits(a), digits(b)
		if c := compareNumbers(a[:na], b[:nb]); c != 0 {
			return c
		}
		a, b = a[min(na+1, len(a)):], b[min(nb+1, len(b)):]
	}
	return 0
}

// comparePre orders prereleases; none at all is the highest.
func comparePre(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	}
	return compareIdentifiers(a, b)
}

// compareIdentifiers orders dotted prerelease identifiers, section 11.4.
func compareIdentifiers(a, b string) int {
	for moreA, moreB := true, true; moreA || moreB; {
		if !moreA || !moreB {
			return order(!moreA)
		}
		var x, y string
		x, a, moreA = strings.Cut(a, ".")
		y, b, moreB = strings.Cut(b, ".")
		nx, ny := isNumber(x), isNumber(y)
		c := 0
		switch {
		case nx && ny:
			c = compareNumbers(x, y)
		case nx != ny:
			c = order(nx)
		default:
			c = strings.Compare(x, y)
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// validSemver accepts the grammar of semver.org 2.0.0 only.
func validSemver(v string) error {
	core, pre, build, ok := splitSemver(v)
	if !ok || strings.Count(core, ".") != 2 {
		return malformed("semver", v, "not of the form 1.2.3-pre+build")
	}
	for part := range strings.SplitSeq(core, ".") {
		if len(part) > 1 && part[0] == '0' {
			return malformed("semver", v, "a number begins with 0")
		}
	}
	return validSuffixes(v, pre, build)
}

// validSemverLoose also accepts a leading v, fewer than three numbers and
// leading zeros in them.
func validSemverLoose(v string) error {
	core, pre, build, ok := splitSemver(strings.TrimPrefix(v, "v"))
	if !ok || strings.Count(core, ".") > 2 {
		return malformed("semver", v, "not of the form v1.2.3-pre+build")
	}
	return validSuffixes(v, pre, build)
}

// splitSemver takes v apart; pre and build keep their leading sign.
func splitSemver(v string) (core, pre, build string, ok bool) {
	n := coreLength(v)
	core, pre = v[:n], v[n:]
	if i := strings.IndexByte(pre, '+'); i >= 0 {
		pre, build = pre[:i], pre[i:]
	}
	return core, pre, build, n > 0 && (pre == "" || pre[0] == '-')
}

// validSuffixes checks the identifiers of prerelease and build metadata.
func validSuffixes(v, pre, build string) error {
	for _, part := range [...]string{pre, build} {
		if part == "" {
			continue
		}
		for id := range strings.SplitSeq(part[1:], ".") {
			if !isIdentifier(id) {
				return malformed("semver", v, "an identifier is empty or has an odd character")
			}
			if part[0] == '-' && len(id) > 1 && id[0] == '0' && isNumber(id) {
				return malformed("semver", v, "a numeric identifier begins with 0")
			}
		}
	}
	return nil
}

// isIdentifier reports whether s is one or more of [0-9A-Za-z-].
func isIdentifier(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isDigit(c) && !isLetter(c) && c != '-' {
			return false
		}
	}
	return s != ""
}
