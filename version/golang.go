package version

import "strings"

// Go versions are module versions (golang.org/x/mod/semver: a leading v, one to
// three numbers, semantic ordering, so pseudo-versions such as
// v0.0.0-20180116102854-5a71ef0e047d order by their time) and toolchain versions
// (go1.21.3, go1.22rc1), which order as the Go vulnerability database maps them:
// go1.22rc1 is 1.22.0-rc.1 and go1.22 is 1.22.0. The prefixes "v" and "go" are
// optional, because advisories leave them out; "+incompatible" and other
// metadata do not count. A bare "v" is the lowest version.
//
// Decided: numeric prerelease identifiers with a leading zero, which x/mod calls
// invalid, order as x/mod's comparison does, by length first (006 is above 6).
var golang = Scheme{
	Name:      "go",
	Doc:       "Go modules and toolchains",
	Compare:   compareGo,
	Valid:     validGo,
	Satisfies: exprOf(compareGo),
}

// cutGo splits v into numbers and prerelease.
func cutGo(v string) (core, pre string, err error) {
	s := strings.TrimSpace(v)
	if s == "v" {
		return "", "", nil
	}
	s = strings.TrimPrefix(strings.TrimPrefix(s, "go"), "v")
	n := coreLength(s)
	if n == 0 {
		return "", "", malformed("go", v, "does not begin with a number")
	}
	core, pre = s[:n], s[n:]
	if i := strings.IndexAny(pre, "+ "); i >= 0 {
		pre = pre[:i]
	}
	return core, pre, nil
}

// compareGo orders two Go versions.
func compareGo(a, b string) (int, error) {
	ca, pa, err := cutGo(a)
	if err != nil {
		return 0, err
	}
	cb, pb, err := cutGo(b)
	if err != nil {
		return 0, err
	}
	if ca == "" || cb == "" {
		return strings.Compare(ca, cb), nil
	}
	if c := compareDotted(ca, cb); c != 0 {
		return c, nil
	}
	switch {
	case pa == pb:
		return 0, nil
	case pa == "":
		return 1, nil
	case pb == "":
		return -1, nil
	}
	return compareGoPre(pa, pb), nil
}

// compareGoPre orders prereleases that still have their leading hyphen, or
// none where a toolchain has a bare "rc1".
func compareGoPre(a, b string) int {
	for a != "" && b != "" {
		var x, y string
		x, a = cutGoIdentifier(a)
		y, b = cutGoIdentifier(b)
		nx, ny := isNumber(x), isNumber(y)
		switch {
		case x == y:
			continue
		case nx != ny:
			return order(nx)
		case nx && len(x) != len(y):
			return order(len(x) < len(y))
		}
		return strings.Compare(x, y)
	}
	return strings.Compare(a, b) // one is empty, or both are
}

// cutGoIdentifier splits off the next identifier. Toolchain versions write
// "rc1" without hyphen or dot; that is the two identifiers rc and 1.
func cutGoIdentifier(s string) (id, rest string) {
	start := 0
	if s[0] == '-' || s[0] == '.' {
		start = 1
	} else if n := run(s, false); n > 0 && n < len(s) && isDigit(s[n]) {
		return s[:n], s[n:]
	}
	if i := strings.IndexByte(s[start:], '.'); i >= 0 {
		return s[start : start+i], s[start+i:]
	}
	return s[start:], ""
}

// validGo accepts what golang.org/x/mod/semver accepts, and toolchain versions.
func validGo(v string) error {
	if rest, ok := strings.CutPrefix(v, "go"); ok {
		n := coreLength(rest)
		pre := rest[n:]
		kind := run(pre, false)
		if n == 0 || pre != "" && (kind == 0 || !isNumber(pre[kind:])) {
			return malformed("go", v, "not of the form go1.22.3 or go1.22rc1")
		}
		return nil
	}
	rest, ok := strings.CutPrefix(v, "v")
	if !ok {
		return malformed("go", v, "does not begin with v")
	}
	core, pre, build, ok := splitSemver(rest)
	dots := strings.Count(core, ".")
	if !ok || dots > 2 || dots < 2 && pre+build != "" {
		return malformed("go", v, "not of the form v1.2.3-pre+build")
	}
	for part := range strings.SplitSeq(core, ".") {
		if len(part) > 1 && part[0] == '0' {
			return malformed("go", v, "a number begins with 0")
		}
	}
	return validSuffixes(v, pre, build)
}
