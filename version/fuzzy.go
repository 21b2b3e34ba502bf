package version

import "strings"

// Versions of unknown kind, such as those of NVD's CPE names, compared as grype
// does (after nvdtools): both are cut at punctuation and compared part by part,
// digits at the front of a part padded to one length, a number behind letters ("p9",
// "p15") by value, and if all is equal the longer text is higher. A constraint
// first tries whether both look like semantic versions and then compares them as
// those, so that 1.0-beta is below 1.0 there. The order is not transitive.
var fuzzy = Scheme{
	Name:      "fuzzy",
	Doc:       "versions of unknown kind, ordered by guess",
	Compare:   compareFuzzy,
	Valid:     validFuzzy,
	Satisfies: exprOf(compareFuzzyExpr),
}

// compareFuzzy orders two versions of unknown kind.
func compareFuzzy(a, b string) (int, error) {
	return guess(strings.TrimPrefix(a, "v"), strings.TrimPrefix(b, "v")), nil
}

// compareFuzzyExpr orders a version and a constraint's, which may be quoted.
func compareFuzzyExpr(version, b string) (int, error) {
	b = unquote(b)
	if looksSemver(version) && looksSemver(b) {
		return compareSemverExpr(version, b)
	}
	return compareFuzzy(version, b)
}

// looksSemver reports whether v is close enough to a semantic version: up to
// three numbers without leading zeros, and a prerelease that begins with a hyphen
// or with alpha, beta or rc.
func looksSemver(v string) bool {
	s := strings.TrimPrefix(v, "v")
	n := coreLength(s)
	core := s[:n]
	if n == 0 || strings.Count(core, ".") > 2 {
		return false
	}
	for s := core; s != ""; {
		d := digits(s)
		if d > 1 && s[0] == '0' {
			return false
		}
		s = s[min(d+1, len(s)):]
	}
	pre, build, hasBuild := strings.Cut(s[n:], "+")
	if hasBuild && !areIdentifiers(build) {
		return false
	}
	if pre == "" {
		return true
	}
	for _, word := range [...]string{"-", "alpha", "beta", "rc"} {
		if rest, ok := strings.CutPrefix(pre, word); ok {
			return validSuffixes(v, "-"+rest, "") == nil
		}
	}
	return false
}

// guess orders two texts part by part.
func guess(a, b string) int {
	for s, t := a, b; s != "" && t != ""; {
		var x, y string
		x, s = cutPunctuation(s)
		y, t = cutPunctuation(t)
		if c := compareParts(x, y); c != 0 {
			return c
		}
	}
	if len(a) != len(b) {
		return order(len(a) < len(b))
	}
	return 0
}

// cutPunctuation splits s at its first ASCII punctuation behind leading digits.
func cutPunctuation(s string) (part, rest string) {
	for i := range len(s) {
		c := s[i]
		if '!' <= c && c <= '~' && !isDigit(c) && !isLetter(c) {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// compareParts orders two parts: leading digits by length and text, then letters
// with numbers behind them by value, else as text.
func compareParts(x, y string) int {
	pad := digits(x) - digits(y)
	bx, by := letterDigit(x), letterDigit(y)
	if bx > 0 && by > 0 {
		if c := comparePadded(x[:bx], y[:by], pad); c != 0 {
			return c
		}
		if isNumber(x[bx:]) && isNumber(y[by:]) {
			if c := compareNumbers(x[bx:], y[by:]); c != 0 {
				return c
			}
		}
	}
	return comparePadded(x, y, pad)
}

// comparePadded orders x and y as text after putting zeros before the one that
// has fewer leading digits; pad is how many more x has.
func comparePadded(x, y string, pad int) int {
	for ; pad > 0; pad-- {
		if x == "" || x[0] != '0' {
			return 1
		}
		x = x[1:]
	}
	for ; pad < 0; pad++ {
		if y == "" || y[0] != '0' {
			return -1
		}
		y = y[1:]
	}
	return strings.Compare(x, y)
}

// letterDigit is the place of the first digit that follows a letter, 0 if none.
func letterDigit(s string) int {
	for i := 1; i < len(s); i++ {
		if isDigit(s[i]) && isLetter(s[i-1]) {
			return i
		}
	}
	return 0
}

// validFuzzy accepts any text that is not blank.
func validFuzzy(v string) error {
	if strings.TrimSpace(v) == "" {
		return malformed("fuzzy", v, "empty")
	}
	return nil
}

// unquote drops a pair of quotes around s.
func unquote(s string) string {
	if n := len(s); n >= 2 && s[0] == s[n-1] && (s[0] == '\'' || s[0] == '"') {
		return s[1 : n-1]
	}
	return s
}
