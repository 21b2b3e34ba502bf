package version

import "strings"

// Arch Linux versions are [epoch:]version[-release], ordered as pacman's vercmp
// orders them (libalpm/version.c): runs of letters and runs of digits compare in
// turn, digits are higher than letters, a longer separator is higher than a
// shorter one, and text left over at the end is lower than nothing when it
// begins with a letter ("1.0rc" < "1.0" < "1.0.a" < "1.0.1"). A missing epoch is 0;
// releases count only when both versions have one.
//
// Decided: grype compares these versions as rpm's, where "~" sorts low and
// "1.0.0" is below "1.0.0alpha". pacman's own rule wins: its manual page says that
// 1.0alpha is older than 1.0, and it has no tilde.
var alpm = Scheme{
	Name:      "alpm",
	Doc:       "Arch Linux packages, ordered as pacman's vercmp orders them",
	Compare:   compareALPM,
	Valid:     validALPM,
	Satisfies: exprOf(compareALPM),
}

// cutALPM splits a version into its parts; hasRelease tells an empty release
// from none.
func cutALPM(v string) (epoch, version, release string, hasRelease bool) {
	v = strings.TrimSpace(v)
	if n := digits(v); n < len(v) && v[n] == ':' {
		epoch, v = v[:n], v[n+1:]
	}
	if i := strings.LastIndexByte(v, '-'); i >= 0 {
		return epoch, v[:i], v[i+1:], true
	}
	return epoch, v, "", false
}

// compareALPM orders two Arch Linux versions.
func compareALPM(a, b string) (int, error) {
	ea, va, ra, hasA := cutALPM(a)
	eb, vb, rb, hasB := cutALPM(b)
	if c := compareNumbers(ea, eb); c != 0 {
		return c, nil
	}
	if c := alpmvercmp(va, vb); c != 0 || !hasA || !hasB {
		return c, nil
	}
	return alpmvercmp(ra, rb), nil
}

// alpmvercmp orders two versions or two releases as libalpm's rpmvercmp.
func alpmvercmp(a, b string) int {
	if a == b {
		return 0
	}
	for a != "" && b != "" {
		sa, sb := separators(a), separators(b)
		a, b = a[sa:], b[sb:]
		if a == "" || b == "" {
			break
		}
		if sa != sb {
			return order(sa < sb)
		}
		numeric := isDigit(a[0])
		na, nb := run(a, numeric), run(b, numeric)
		if nb == 0 {
			return order(!numeric)
		}
		c := strings.Compare(a[:na], b[:nb])
		if numeric {
			c = compareNumbers(a[:na], b[:nb])
		}
		if c != 0 {
			return c
		}
		a, b = a[na:], b[nb:]
	}
	switch {
	case a == "" && b == "":
		return 0
	case a == "" && !isLetter(b[0]):
		return -1
	case a != "" && isLetter(a[0]):
		return -1
	}
	return 1
}

// separators counts the bytes before the next letter or digit.
func separators(s string) int {
	n := 0
	for n < len(s) && !isDigit(s[n]) && !isLetter(s[n]) {
		n++
	}
	return n
}

// validALPM accepts what makepkg accepts: no hyphen, colon, slash or white space
// in the version, and a release of one number or two.
func validALPM(v string) error {
	_, version, release, has := cutALPM(v)
	if version == "" {
		return malformed("alpm", v, "no version")
	}
	if strings.ContainsAny(version, "-:/ \t\r\n") {
		return malformed("alpm", v, "a character that a version may not hold")
	}
	if !has {
		return nil
	}
	major, minor, two := strings.Cut(release, ".")
	if !isNumber(major) || two && !isNumber(minor) {
		return malformed("alpm", v, "the release is not a number")
	}
	return nil
}
