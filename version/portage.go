package version

import "strings"

// Gentoo versions are digits{.digits}[letter]{_suffix[digits]}[-r digits], ordered
// by the Package Manager Specification, section "Version Comparison": the first
// number by value; a later one by value too, unless one of the two begins with 0,
// then as text without trailing zeros; more numbers are higher; then the letter;
// then suffixes, _alpha < _beta < _pre < _rc < none < _p; then the revision, 0 when
// missing. What follows the grammar's end is not compared.
var portage = Scheme{
	Name:      "portage",
	Doc:       "Gentoo packages, ordered as Portage orders them",
	Compare:   comparePortage,
	Valid:     validPortage,
	Satisfies: exprOf(comparePortage),
}

// portageSuffixes are the suffixes from lowest to highest; the empty one stands
// for none.
var portageSuffixes = [...]string{"alpha", "beta", "pre", "rc", "", "p"}

// portagePlain is the rank of having no suffix.
const portagePlain = 4

// comparePortage orders two Gentoo versions.
func comparePortage(a, b string) (int, error) {
	x, y := strings.TrimSpace(a), strings.TrimSpace(b)
	if a == b {
		return 0, nil
	}
	if digits(x) == 0 {
		return 0, malformed("portage", a, "does not begin with a number")
	}
	if digits(y) == 0 {
		return 0, malformed("portage", b, "does not begin with a number")
	}
	nx, ny := coreLength(x), coreLength(y)
	if c := comparePortageNumbers(x[:nx], y[:ny]); c != 0 {
		return c, nil
	}
	lx, x := cutPortageLetter(x[nx:])
	ly, y := cutPortageLetter(y[ny:])
	if lx != ly {
		return order(lx < ly), nil
	}
	for {
		var rx, ry int
		var mx, my string
		rx, mx, x = cutPortageSuffix(x)
		ry, my, y = cutPortageSuffix(y)
		if rx != ry {
			return order(rx < ry), nil
		}
		if rx == portagePlain {
			break
		}
		if c := compareNumbers(mx, my); c != 0 {
			return c, nil
		}
	}
	return compareNumbers(portageRevision(x), portageRevision(y)), nil
}

// comparePortageNumbers orders the dotted numbers.
func comparePortageNumbers(a, b string) int {
	for first := true; a != "" && b != ""; first = false {
		na, nb := digits(a), digits(b)
		x, y := a[:na], b[:nb]
		c := 0
		if first || x[0] != '0' && y[0] != '0' {
			c = compareNumbers(x, y)
		} else {
			c = strings.Compare(strings.TrimRight(x, "0"), strings.TrimRight(y, "0"))
		}
		if c != 0 {
			return c
		}
		a, b = a[min(na+1, len(a)):], b[min(nb+1, len(b)):]
	}
	switch {
	case a == "" && b == "":
		return 0
	case a == "":
		return -1
	}
	return 1
}

// cutPortageLetter splits the letter behind the numbers off; none is 0.
func cutPortageLetter(s string) (letter byte, rest string) {
	if s != "" && 'a' <= s[0] && s[0] <= 'z' {
		return s[0], s[1:]
	}
	return 0, s
}

// cutPortageSuffix splits the next suffix off; without one the rank is
// portagePlain.
func cutPortageSuffix(s string) (rank int, number, rest string) {
	if s == "" || s[0] != '_' {
		return portagePlain, "", s
	}
	n := run(s[1:], false)
	for rank, name := range portageSuffixes {
		if name != "" && name == s[1:1+n] {
			rest = s[1+n:]
			d := digits(rest)
			return rank, rest[:d], rest[d:]
		}
	}
	return portagePlain, "", s
}

// portageRevision is the number of a revision; none is "".
func portageRevision(s string) string {
	rest, ok := strings.CutPrefix(s, "-r")
	if !ok {
		return ""
	}
	return rest[:digits(rest)]
}

// validPortage accepts the grammar of the Package Manager Specification.
func validPortage(v string) error {
	s := v[coreLength(v):]
	if len(s) == len(v) {
		return malformed("portage", v, "does not begin with a number")
	}
	_, s = cutPortageLetter(s)
	for rank := 0; rank != portagePlain; {
		rank, _, s = cutPortageSuffix(s)
	}
	if s != "" && (!strings.HasPrefix(s, "-r") || !isNumber(s[2:])) {
		return malformed("portage", v, "not of the form 1.2.3a_p1-r1")
	}
	return nil
}
