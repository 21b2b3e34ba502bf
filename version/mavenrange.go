package version

import "strings"

// Maven ranges are intervals, "[1.0,2.0)" or "[1.0]", joined by commas; a missing
// end is open, and a plain version is only a wish that any version satisfies
// (Maven POM reference, "Dependency Version Requirement Specification").
// "[1.2.*]" is every version that begins with 1.2, as Maven's resolver reads it;
// "(1.0)" is read like "[1.0]", which some writers mean.

// checkMaven reads native ranges, and plain comparisons when the dialect is expr
// or the text has an operator.
func checkMaven(version, constraint string, d Dialect) (bool, error) {
	s := strings.TrimSpace(constraint)
	switch {
	case len(s) > maxConstraint || len(version) > maxVersion:
		return false, unreadable(s, "longer than 64 KiB, or its version longer than 4 KiB")
	case s != "" && (s[0] == '[' || s[0] == '('):
	case d.Name == "expr" || strings.ContainsAny(s, "<>=!|"):
		return exprOf(compareMaven)(version, s, d)
	default:
		return true, nil
	}
	found := false
	for s != "" {
		interval, rest, err := cutMavenInterval(s)
		if err != nil {
			return false, err
		}
		ok, err := interval.holds(version)
		if err != nil {
			return false, err
		}
		found = found || ok
		s = rest
	}
	return found, nil
}

// mavenInterval is one interval; an empty end is open.
type mavenInterval struct {
	low, high       string
	hasLow, hasHigh bool // the end itself is inside
	single          bool
}

// cutMavenInterval reads the interval that s begins with and returns what
// follows its comma.
func cutMavenInterval(s string) (mavenInterval, string, error) {
	var iv mavenInterval
	end := strings.IndexAny(s, "])")
	if end < 0 || s[0] != '[' && s[0] != '(' {
		return iv, "", unreadable(s, "an interval is not bracketed")
	}
	ends := strings.Split(s[1:end], ",")
	iv.low = strings.TrimSpace(ends[0])
	iv.hasLow, iv.hasHigh = s[0] == '[', s[end] == ']'
	switch len(ends) {
	case 1:
		iv.single, iv.high = true, iv.low
		if iv.low == "" {
			return iv, "", unreadable(s, "an interval is empty")
		}
	case 2:
		iv.high = strings.TrimSpace(ends[1])
	default:
		return iv, "", unreadable(s, "an interval has more than two ends")
	}
	if strings.ContainsAny(s[1:end], "[(") {
		return iv, "", unreadable(s, "a bracket inside an interval")
	}
	rest := strings.TrimSpace(s[end+1:])
	if rest == "" {
		return iv, "", nil
	}
	rest, ok := strings.CutPrefix(rest, ",")
	rest = strings.TrimSpace(rest)
	if !ok || rest == "" {
		return iv, "", unreadable(s, "intervals are joined by a comma")
	}
	return iv, rest, nil
}

// holds reports whether version lies in the interval.
func (iv mavenInterval) holds(version string) (bool, error) {
	if prefix, ok := strings.CutSuffix(iv.low, ".*"); ok && iv.single {
		return beginsMaven(version, prefix), nil
	}
	if iv.low != "" {
		c, err := compareMaven(version, iv.low)
		if err != nil || iv.single || c < 0 || c == 0 && !iv.hasLow {
			return iv.single && c == 0 && err == nil, err
		}
	}
	if iv.high == "" {
		return true, nil
	}
	c, err := compareMaven(version, iv.high)
	return err == nil && (c < 0 || c == 0 && iv.hasHigh), err
}

// beginsMaven reports whether version's first tokens are those of prefix, so
// that prefix.* holds it.
func beginsMaven(version, prefix string) bool {
	x, y := parseMaven(nil, version), parseMaven(nil, prefix)
	for i := range y {
		t := padMaven(y[i])
		if i < len(x) {
			t = x[i]
		}
		if t.compare(y[i]) != 0 {
			return false
		}
	}
	return true
}

// validMavenRange accepts bracketed intervals only.
func validMavenRange(constraint string) error {
	s := strings.TrimSpace(constraint)
	if s == "" {
		return unreadable(constraint, "no interval")
	}
	for s != "" {
		_, rest, err := cutMavenInterval(s)
		if err != nil {
			return err
		}
		s = rest
	}
	return nil
}
