package version

import "strings"

// Java runtimes wrote 1.8.0_302-b08 before JEP 223 and write 8.0.302+8 since; the
// same release must be equal in both spellings. A leading "1." is dropped, the
// update becomes the third number ("1.8.0_302", "1.8.0-update302", "8.0-update302"
// are 8.0.302), a build does not count, and a prerelease ("-ea") is below its
// release, as in grype, whose scheme this is.
var jvm = Scheme{
	Name:      "jvm",
	Doc:       "Java runtimes, before and since JEP 223",
	Compare:   compareJVM,
	Valid:     validJVM,
	Satisfies: exprOf(compareJVM),
}

// jvmVersion is a runtime's version taken apart.
type jvmVersion struct{ core, update, pre string }

// cutJVM reads a version in either spelling.
func cutJVM(v string) (jvmVersion, error) {
	var j jvmVersion
	s := strings.TrimSpace(v)
	if rest, ok := strings.CutPrefix(s, "1."); ok && rest != "" && isDigit(rest[0]) {
		s = rest
	}
	s, _, _ = strings.Cut(s, "+")
	n := coreLength(s)
	if n == 0 {
		return j, malformed("jvm", v, "does not begin with a number")
	}
	j.core, s = s[:n], s[n:]
	if s != "" && (s[0] == '_' || s[0] == '-') {
		update := strings.TrimPrefix(strings.TrimPrefix(s[1:], "update"), "_")
		if n := digits(update); n > 0 {
			j.update, s = update[:n], update[n:]
		}
	}
	for s != "" {
		var part string
		part, s, _ = strings.Cut(strings.TrimLeft(s, "-"), "-")
		if part == "" || part[0] == 'b' && isNumber(part[1:]) {
			continue
		}
		if j.pre == "" {
			j.pre = part
		}
	}
	return j, nil
}

// compareJVM orders two versions of Java runtimes.
func compareJVM(a, b string) (int, error) {
	x, err := cutJVM(a)
	if err != nil {
		return 0, err
	}
	y, err := cutJVM(b)
	if err != nil {
		return 0, err
	}
	for i := range 3 {
		if c := compareNumbers(x.number(i), y.number(i)); c != 0 {
			return c, nil
		}
	}
	if c := compareDotted(afterDots(x.core, 3), afterDots(y.core, 3)); c != 0 {
		return c, nil
	}
	return comparePre(x.pre, y.pre), nil
}

// number is the version's number at i; an update is the third where that is
// missing or zero.
func (j jvmVersion) number(i int) string {
	s := afterDots(j.core, i)
	s = s[:digits(s)]
	if i == 2 && strings.Trim(s, "0") == "" {
		return j.update
	}
	return s
}

// afterDots is what follows the first n dotted numbers.
func afterDots(s string, n int) string {
	for range n {
		_, s, _ = strings.Cut(s, ".")
	}
	return s
}

// validJVM accepts both spellings.
func validJVM(v string) error {
	_, err := cutJVM(v)
	return err
}
