package version

import "strings"

// Debian versions are [epoch:]upstream[-revision], Debian Policy 5.6.12. Runs of
// non-digits compare by character with "~" lowest of all, then the end of the
// run, then letters, then everything else; runs of digits compare by value.
//
// Like dpkg, Compare only insists on a readable epoch. It orders "" (equal to
// itself and to "0"), a version that starts with a letter and one with an odd
// character, because distribution trackers hold such text as "<end-of-life>",
// and any text must sort after real versions rather than stop a scan.
var (
	deb = Scheme{
		Name:      "deb",
		Doc:       "Debian and Ubuntu packages, ordered as dpkg orders them",
		Compare:   func(a, b string) (int, error) { return compareDeb(a, b, false) },
		Valid:     validDeb,
		Satisfies: exprOf(func(a, b string) (int, error) { return compareDeb(a, b, false) }),
	}
	debZero  = debVariant("deb:epoch-zero", "Debian packages; a missing epoch is 0, as Policy says", false)
	debUnset = debVariant("deb:epoch-unset", "Debian packages with the default handling of epochs", false)
	debAuto  = debVariant("deb:epoch-auto", "Debian packages; epochs count only when both versions have one", true)
	debRoot  = rebuiltOf("deb:root", "Debian packages rebuilt by Root.io, whose suffix orders after the original", deb.Compare, validDeb)
)

// debVariant is the Debian scheme under another handling of epochs.
func debVariant(name, doc string, bothEpochs bool) Scheme {
	compare := func(a, b string) (int, error) { return compareDeb(a, b, bothEpochs) }
	return Scheme{Name: name, Doc: doc, Compare: compare, Valid: validDeb, Satisfies: exprOf(compare)}
}

// compareDeb orders two Debian versions; with bothEpochs an epoch that only
// one of them states is left out of the comparison.
func compareDeb(a, b string, bothEpochs bool) (int, error) {
	ea, ra, hasA, err := cutDebEpoch(a)
	if err != nil {
		return 0, err
	}
	eb, rb, hasB, err := cutDebEpoch(b)
	if err != nil {
		return 0, err
	}
	if !bothEpochs || hasA && hasB {
		if c := compareNumbers(ea, eb); c != 0 {
			return c, nil
		}
	}
	ua, va := cutLast(ra, '-')
	ub, vb := cutLast(rb, '-')
	if c := compareDebPart(ua, ub); c != 0 {
		return c, nil
	}
	return compareDebPart(va, vb), nil
}

// cutDebEpoch splits the epoch off; no epoch is "" and counts as zero.
func cutDebEpoch(v string) (epoch, rest string, has bool, err error) {
	v = strings.TrimSpace(v)
	i := strings.IndexByte(v, ':')
	if i < 0 {
		return "", v, false, nil
	}
	if !isNumber(v[:i]) {
		return "", "", false, malformed("deb", v, "the epoch is not a number")
	}
	return v[:i], v[i+1:], true, nil
}

// cutLast splits s at the last sep; without one the second part is empty.
func cutLast(s string, sep byte) (string, string) {
	if i := strings.LastIndexByte(s, sep); i >= 0 {
		return s[:i], s[i+1:]
	}
	return s, ""
}

// compareDebPart orders two upstream versions or two revisions.
func compareDebPart(a, b string) int {
	for a != "" || b != "" {
		for a != "" && !isDigit(a[0]) || b != "" && !isDigit(b[0]) {
			if c := debWeight(a) - debWeight(b); c != 0 {
				return order(c < 0)
			}
			a, b = a[1:], b[1:]
		}
		na, nb := digits(a), digits(b)
		if c := compareNumbers(a[:na], b[:nb]); c != 0 {
			return c
		}
		a, b = a[na:], b[nb:]
	}
	return 0
}

// debWeight ranks the first character of s: tilde, end or digit, letter, other.
func debWeight(s string) int {
	switch {
	case s == "" || isDigit(s[0]):
		return 0
	case s[0] == '~':
		return -1
	case isLetter(s[0]):
		return int(s[0])
	}
	return int(s[0]) + 256
}

// validDeb checks the characters that Policy 5.6.12 allows in each part.
func validDeb(v string) error {
	epoch, rest, has, err := cutDebEpoch(v)
	if err != nil {
		return err
	}
	if has && compareNumbers(epoch, "2147483647") > 0 {
		return malformed("deb", v, "the epoch is too large")
	}
	upstream, revision := cutLast(rest, '-')
	switch {
	case upstream == "":
		return malformed("deb", v, "no upstream version")
	case !isDigit(upstream[0]):
		return malformed("deb", v, "the upstream version does not begin with a digit")
	case revision == "" && strings.HasSuffix(rest, "-"):
		return malformed("deb", v, "the revision is empty")
	}
	for i := range len(upstream) {
		if c := upstream[i]; !isDigit(c) && !isLetter(c) && strings.IndexByte(".+-~:", c) < 0 {
			return malformed("deb", v, "a character that an upstream version may not hold")
		}
	}
	for i := range len(revision) {
		if c := revision[i]; !isDigit(c) && !isLetter(c) && strings.IndexByte(".+~", c) < 0 {
			return malformed("deb", v, "a character that a revision may not hold")
		}
	}
	return nil
}
