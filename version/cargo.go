package version

import (
	"strconv"
	"strings"
)

// Rust crates have semantic versions (semver.org 2.0.0, the semver crate).
// Requirements are comma-separated comparators that must all hold; a bare version
// means "^", "1.*" leaves numbers open, and a prerelease is admitted only where a
// comparator names a prerelease of the same three numbers
// (https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html).
//
// Decided: prereleases like "rc.011" are refused by crates.io but occur in data;
// the semver crate orders numeric identifiers by length, then as text, which is
// their value where there are no leading zeros.
var cargo = Scheme{
	Name:       "cargo",
	Doc:        "Rust crates",
	Compare:    compareCargo,
	Valid:      validSemver,
	ValidRange: validCargoRange,
	Satisfies:  checkCargo,
}

// compareCargo orders two versions of crates.
func compareCargo(a, b string) (int, error) {
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
	return compareCargoPre(pa, pb), nil
}

// compareCargoPre orders prereleases; none at all is the highest.
func compareCargoPre(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	}
	for moreA, moreB := true, true; moreA || moreB; {
		if !moreA || !moreB {
			return order(!moreA)
		}
		var x, y string
		x, a, moreA = strings.Cut(a, ".")
		y, b, moreB = strings.Cut(b, ".")
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
	return 0
}

// cargoComparator is one comparator of a requirement: 0 to 3 numbers are given.
type cargoComparator struct {
	op    string
	given int
	triple
}

// checkCargo reports whether version meets a requirement.
func checkCargo(version, constraint string, d Dialect) (bool, error) {
	list, err := parseCargoRange(constraint)
	if err != nil {
		return false, err
	}
	v, err := parseTriple(version)
	if err != nil {
		return false, err
	}
	admitted := v.pre == "" || d.Prerelease
	for _, c := range list {
		ok, err := c.holds(v)
		if !ok || err != nil {
			return false, err
		}
		admitted = admitted || c.pre != "" && c.core == v.core
	}
	return admitted, nil
}

// validCargoRange is nil when Cargo can read the requirement.
func validCargoRange(constraint string) error {
	if strings.TrimSpace(constraint) == "" {
		return unreadable(constraint, "empty")
	}
	_, err := parseCargoRange(constraint)
	return err
}

// parseCargoRange reads the comparators; none at all holds for every release.
func parseCargoRange(constraint string) ([]cargoComparator, error) {
	if len(constraint) > maxConstraint {
		return nil, unreadable(constraint, "longer than 64 KiB")
	}
	var list []cargoComparator
	if strings.TrimSpace(constraint) == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(constraint, ",") {
		text := strings.TrimSpace(part)
		n := 0
		for n < len(text) && strings.IndexByte("<>=~^", text[n]) >= 0 {
			n++
		}
		c := cargoComparator{op: text[:n]}
		if err := c.parse(strings.TrimSpace(text[n:])); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// parse reads the version of a comparator; "x", "X" and "*" leave the rest open.
func (c *cargoComparator) parse(s string) error {
	text := s
	if i := strings.IndexByte(s, '+'); i >= 0 {
		s = s[:i]
	}
	for i := range 3 {
		n := digits(s)
		if n == 0 && s != "" && strings.IndexByte("xX*", s[0]) >= 0 {
			if c.op == "" {
				c.op = "="
			}
			return nil
		}
		number, err := strconv.ParseUint(s[:n], 10, 63)
		if err != nil {
			return unreadable(text, "a number is missing or too large")
		}
		c.core[i], s = number, s[n:]
		c.given++
		if !strings.HasPrefix(s, ".") {
			break
		}
		if i == 2 {
			return unreadable(text, "more than three numbers")
		}
		s = s[1:]
	}
	if s == "" {
		return nil
	}
	if s[0] != '-' || c.given < 3 || len(s) == 1 {
		return unreadable(text, "not a version")
	}
	c.pre = s[1:]
	return nil
}

// holds reports whether v meets the comparator, prereleases apart.
func (c cargoComparator) holds(v triple) (bool, error) {
	low := c.compareGiven(v)
	switch c.op {
	case "=":
		return low == 0, nil
	case ">":
		return low > 0, nil
	case ">=":
		return low >= 0, nil
	case "<":
		return low < 0, nil
	case "<=":
		return low <= 0, nil
	case "~":
		return c.shares(v, min(c.given, 2)) && (c.given < 3 || low >= 0), nil
	case "", "^":
		return c.shares(v, c.caretKeeps()) && low >= 0, nil
	}
	return false, unreadable(c.op, "unknown operator")
}

// compareGiven orders v against the numbers that the comparator gives, and the
// prerelease when it gives all three.
func (c cargoComparator) compareGiven(v triple) int {
	for i := range c.given {
		if v.core[i] != c.core[i] {
			return order(v.core[i] < c.core[i])
		}
	}
	if c.given < 3 {
		return 0
	}
	return compareCargoPre(v.pre, c.pre)
}

// shares reports whether v has the first n numbers of c.
func (c cargoComparator) shares(v triple, n int) bool {
	for i := range n {
		if v.core[i] != c.core[i] {
			return false
		}
	}
	return true
}

// caretKeeps counts the numbers up to the first that is not zero.
func (c cargoComparator) caretKeeps() int {
	n := min(c.given, 1)
	for n > 0 && n < c.given && c.core[n-1] == 0 {
		n++
	}
	return n
}
