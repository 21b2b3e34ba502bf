package version

import "strings"

// Alpine versions are digits{.digits}{letter}{_suffix{digits}}{~hash}{-r digits},
// ordered as apk-tools 3 does (src/version.c): numbers by value, but a number
// after a dot that begins with 0 as text; _alpha < _beta < _pre < _rc < nothing
// < _cvs < _svn < _git < _hg < _p; on a common start the longer one is higher
// unless it goes on with a pre-release suffix.
//
// Decided: apk refuses versions outside that grammar, old indexes and other
// tools' data have them ("1.0bc", "1.9.5p2"). Compare reads as far as the
// grammar goes; with something left the version is below the same one without,
// and leftovers order as text, but for what follows the revision. A hyphen always
// begins the revision, which is 0 unless it has a number.
var (
	apk = Scheme{
		Name:      "apk",
		Doc:       "Alpine, Wolfi and Chainguard packages, ordered as apk orders them",
		Compare:   compareAPK,
		Valid:     validAPK,
		Satisfies: checkAPK,
	}
	apkRoot = Scheme{
		Name:      "apk:root",
		Doc:       "Alpine packages rebuilt by Root.io, whose suffix orders after the original",
		Compare:   compareAPK,
		Valid:     validAPK,
		Satisfies: checkAPK,
	}
)

// The kinds of token in the order that the grammar demands.
const (
	apkFirst = iota
	apkNumber
	apkLetter
	apkSuffix
	apkSuffixNumber
	apkHash
	apkRevision
	apkEnd
	apkOdd
)

// apkSuffixes are the known suffixes from lowest to highest; the empty one
// stands for no suffix at all.
var apkSuffixes = [...]string{"alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p"}

// apkPlain is the rank of having no suffix.
const apkPlain = 4

// apkToken walks over a version token by token.
type apkToken struct {
	kind int
	text string
	rank int
	rest string
	bad  bool // a revision outside the grammar
}

// firstAPK is the first token of v.
func firstAPK(v string) apkToken {
	n := digits(v)
	if n == 0 {
		return apkToken{kind: apkOdd, text: v}
	}
	return apkToken{kind: apkFirst, text: v[:n], rest: v[n:]}
}

// next is the token after t.
func (t apkToken) next() apkToken {
	s := t.rest
	if t.kind == apkOdd || s == "" {
		return apkToken{kind: apkEnd}
	}
	odd := apkToken{kind: apkOdd, text: s}
	switch c := s[0]; {
	case t.kind == apkRevision:
		return apkToken{kind: apkOdd}
	case c == '.' && t.kind <= apkNumber:
		return oneAPK(apkNumber, s[1:], odd)
	case 'a' <= c && c <= 'z' && t.kind <= apkNumber:
		return apkToken{kind: apkLetter, text: s[:1], rest: s[1:]}
	case isDigit(c) && t.kind == apkSuffix:
		return oneAPK(apkSuffixNumber, s, odd)
	case c == '_' && t.kind <= apkSuffixNumber:
		n := run(s[1:], false)
		for rank, name := range apkSuffixes {
			if name != "" && name == s[1:1+n] {
				return apkToken{kind: apkSuffix, rank: rank, rest: s[1+n:]}
			}
		}
	case c == '~' && t.kind < apkHash:
		n := 1
		for n < len(s) && (isDigit(s[n]) || 'a' <= s[n] && s[n] <= 'f') {
			n++
		}
		if n > 1 {
			return apkToken{kind: apkHash, text: s[1:n], rest: s[n:]}
		}
	case c == '-':
		digitsFrom := strings.TrimPrefix(s[1:], "r")
		n := digits(digitsFrom)
		return apkToken{kind: apkRevision, text: digitsFrom[:n], rest: digitsFrom[n:], bad: n == 0 || s[1] != 'r'}
	}
	return odd
}

// oneAPK is the token of the digits that s begins with.
func oneAPK(kind int, s string, odd apkToken) apkToken {
	n := digits(s)
	if n == 0 {
		return odd
	}
	return apkToken{kind: kind, text: s[:n], rest: s[n:]}
}

// compare orders two tokens of one kind.
func (t apkToken) compare(u apkToken) int {
	switch t.kind {
	case apkNumber:
		if t.text[0] == '0' || u.text[0] == '0' {
			return strings.Compare(t.text, u.text)
		}
		return compareNumbers(t.text, u.text)
	case apkFirst, apkSuffixNumber, apkRevision:
		return compareNumbers(t.text, u.text)
	case apkSuffix:
		if t.rank != u.rank {
			return order(t.rank < u.rank)
		}
		return 0
	}
	return strings.Compare(t.text, u.text)
}

// compareAPK orders two Alpine versions.
func compareAPK(a, b string) (int, error) {
	c, _ := compareAPKPrefix(a, b)
	return c, nil
}

// compareAPKPrefix orders a and b and also reports whether b ended, with all
// its tokens equal to the beginning of a: apk's fuzzy match.
func compareAPKPrefix(a, b string) (c int, prefix bool) {
	t, u := firstAPK(a), firstAPK(b)
	for t.kind == u.kind && t.kind != apkEnd {
		if c := t.compare(u); c != 0 {
			return c, false
		}
		t, u = t.next(), u.next()
	}
	prefix = u.kind == apkEnd
	switch {
	case t.kind == u.kind:
		return 0, prefix
	case t.kind == apkOdd || u.kind == apkOdd:
		return order(t.kind == apkOdd), prefix
	case t.kind == apkSuffix && t.rank < apkPlain:
		return -1, prefix
	case u.kind == apkSuffix && u.rank < apkPlain:
		return 1, prefix
	}
	return order(t.kind > u.kind), prefix
}

// validAPK checks v against the grammar of apk-tools.
func validAPK(v string) error {
	for t := firstAPK(v); ; t = t.next() {
		if t.kind == apkOdd || t.bad {
			return malformed("apk", v, "not of the form 1.2.3a_p1-r0")
		}
		if t.kind == apkEnd {
			return nil
		}
	}
}

// checkAPK reads apk's own dependency syntax and plain comparisons alike: "~3.6"
// holds for 3.6 and all that begins with it, "<~" and ">~" also for what is below
// or above.
func checkAPK(version, constraint string, _ Dialect) (bool, error) {
	return anyOf(constraint, func(alternative string) (bool, error) {
		list, err := readClauses(alternative, "<>=!~")
		if err != nil {
			return false, err
		}
		all := true
		for _, c := range list {
			order, prefix := compareAPKPrefix(version, c.text)
			if op, fuzzy := strings.CutSuffix(strings.Replace(c.op, "~=", "~", 1), "~"); fuzzy {
				c.op = op
				if prefix {
					continue
				}
				if op == "" || op == "=" {
					all = false
					continue
				}
			}
			ok, err := c.accepts(order)
			if err != nil {
				return false, err
			}
			all = all && ok
		}
		return all, nil
	})
}
