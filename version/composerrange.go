package version

import (
	"strconv"
	"strings"
)

// Constraints of Composer (VersionParser::parseConstraints): white space and commas
// join, | and || separate alternatives; "~1.2" is >= 1.2 and < 2.0, "^0.3" keeps the
// first number that is not zero, "1.2.*" and "1.0 - 2.0" are ranges. A bound without a
// stability lies below all of its own prereleases (1.2 is 1.2.0.0-dev there), so
// that <1.2 leaves 1.2-beta out. The dialect "plain" is Composer's Comparator: one
// comparison by version_compare, of texts that are not normalized.

// composerBound is a comparison with a normalized version.
type composerBound struct{ op, version string }

// checkComposer reports whether version meets a constraint.
func checkComposer(version, constraint string, d Dialect) (bool, error) {
	switch d.Name {
	case "expr":
		return exprOf(compareComposer)(version, constraint, d)
	case "plain":
		return plainComposer(version, constraint)
	}
	buffer, ok := normalizeComposer(nil, version)
	if !ok {
		return false, malformed("composer", version, "Composer cannot read it")
	}
	v := string(buffer)
	return anyOf(strings.ReplaceAll(strings.ReplaceAll(constraint, "||", "|"), "|", "||"), func(alternative string) (bool, error) {
		bounds, err := parseComposer(alternative)
		if err != nil {
			return false, err
		}
		for _, b := range bounds {
			if ok, err := b.holds(v); !ok || err != nil {
				return false, err
			}
		}
		return true, nil
	})
}

// plainComposer reports whether one comparison holds. Branches are equal or not
// and otherwise below every number.
func plainComposer(version, constraint string) (bool, error) {
	list, err := readClauses(constraint, "<>=!")
	if err != nil || len(list) != 1 {
		return false, unreadable(constraint, "not one comparison")
	}
	c := list[0]
	if strings.HasPrefix(version, "dev-") && strings.HasPrefix(c.text, "dev-") {
		return composerBound{c.op, c.text}.holds(version)
	}
	if c.op == "<>" {
		c.op = "!="
	}
	return c.accepts(versionCompare(version, c.text))
}

// validComposerRange is nil when Composer can read the constraint.
func validComposerRange(constraint string) error {
	for alternative := range strings.SplitSeq(strings.ReplaceAll(constraint, "||", "|"), "|") {
		if strings.TrimSpace(alternative) == "" {
			return unreadable(constraint, "an alternative is empty")
		}
		if _, err := parseComposer(alternative); err != nil {
			return err
		}
	}
	return nil
}

// holds reports whether v, normalized, meets the bound; branches are only
// equal or not.
func (b composerBound) holds(v string) (bool, error) {
	if strings.HasPrefix(v, "dev-") || strings.HasPrefix(b.version, "dev-") {
		switch b.op {
		case "", "=", "==":
			return v == b.version, nil
		case "!=", "<>":
			return v != b.version, nil
		}
		return false, nil
	}
	if b.op == "<>" {
		b.op = "!="
	}
	return clause{op: b.op}.accepts(versionCompare(v, b.version))
}

// parseComposer reads the comparisons of one alternative.
func parseComposer(alternative string) ([]composerBound, error) {
	list, err := readClauses(stripAlias(alternative), "<>=!~^")
	if err != nil {
		return nil, err
	}
	var bounds []composerBound
	for _, c := range joinHyphens(list) {
		read, err := c.composer()
		if err != nil {
			return nil, err
		}
		bounds = append(bounds, read...)
	}
	return bounds, nil
}

// stripAlias drops the " as 1.0" of an inline alias.
func stripAlias(s string) string {
	before, after, ok := strings.Cut(s, " as ")
	if !ok {
		return s
	}
	_, rest, _ := strings.Cut(strings.TrimLeft(after, " "), " ")
	return before + " " + rest
}

// composerPartial is a version of a range: numbers given, then a suffix.
type composerPartial struct {
	numbers [4]string
	given   int
	star    bool
	suffix  string // a stability and what follows it
}

// parseComposerPartial reads "v1.2.x" or "1.2-beta+build".
func parseComposerPartial(text string) (composerPartial, bool) {
	var p composerPartial
	s := text
	if s != "" && s[0]|0x20 == 'v' {
		s = s[1:]
	}
	if i := strings.IndexByte(s, '+'); i > 0 {
		s = s[:i]
	}
	for p.given < len(p.numbers) {
		n := digits(s)
		if n == 0 {
			break
		}
		p.numbers[p.given], s = s[:n], s[n:]
		p.given++
		if len(s) < 2 || s[0] != '.' || !isDigit(s[1]) {
			break
		}
		s = s[1:]
	}
	if p.given == 0 {
		return p, false
	}
	for len(s) > 1 && s[0] == '.' && strings.IndexByte("xX*", s[1]) >= 0 {
		p.star, s = true, s[2:]
	}
	p.suffix = s
	if s == "" {
		return p, true
	}
	_, ok := appendModifier(nil, s)
	return p, ok
}

// bumped is the first version above all that share the first n numbers; with
// nothing to add it is the first that does share them.
func (p composerPartial) bumped(n, add int) (string, error) {
	out := make([]string, len(p.numbers))
	for i := range out {
		out[i] = "0"
		if i < n && i < p.given {
			out[i] = p.numbers[i]
		}
	}
	number, err := strconv.ParseUint(out[n-1], 10, 62)
	if err != nil {
		return "", unreadable(p.numbers[n-1], "a number is too large")
	}
	out[n-1] = strconv.FormatUint(number+uint64(add), 10)
	return strings.Join(out, ".") + "-dev", nil
}

// composer rewrites one clause as bounds.
func (c clause) composer() ([]composerBound, error) {
	text, flag := c.text, ""
	if i := strings.LastIndexByte(text, '@'); i >= 0 && isStability(text[i+1:]) {
		text, flag = text[:i], text[i+1:]
		if text == "" {
			text = "*"
		}
	}
	if strings.Trim(strings.TrimPrefix(text, "v"), "xX*.") == "" && c.op != "-" {
		return nil, nil
	}
	switch c.op {
	case "-":
		return hyphenComposer(c.text, c.to)
	case "~", "^":
		return c.composerRange(text)
	}
	if p, ok := parseComposerPartial(text); ok && p.star && p.suffix == "" && c.op == "" {
		n := min(p.given, 3)
		return between(p, n, p, n)
	}
	buffer, ok := normalizeComposer(nil, text)
	version := string(buffer)
	if !ok {
		branch, is := strings.CutSuffix(text, "-dev") // "foo-dev" is the branch dev-foo
		if !is || !areIdentifiers(strings.NewReplacer(".", "-", "/", "-").Replace(branch)) {
			return nil, unreadable(text, "Composer cannot read it")
		}
		version = "dev-" + branch
	}
	switch c.op {
	case "<", ">=", ">", "<=", "!=", "<>":
		if flag != "" && flag != "stable" && !strings.Contains(version, "-") {
			version += "-" + flag
			break
		}
		if (c.op == "<" || c.op == ">=") && isStable(version) && !strings.HasSuffix(text, "-stable") {
			version += "-dev"
		}
	case "", "=", "==":
	default:
		return nil, unreadable(c.op+c.text, "unknown operator")
	}
	return []composerBound{{c.op, version}}, nil
}

// isStable reports whether a normalized version is neither a branch nor has a
// stability.
func isStable(normal string) bool { return strings.IndexByte(normal, '-') < 0 }

// composerRange rewrites "~" and "^".
func (c clause) composerRange(text string) ([]composerBound, error) {
	p, ok := parseComposerPartial(text)
	if !ok || p.star && p.suffix == "" {
		return nil, unreadable(c.op+c.text, "not a version")
	}
	low, ok := normalizeComposer(nil, text)
	if !ok {
		return nil, unreadable(c.op+c.text, "Composer cannot read it")
	}
	if p.suffix == "" {
		low = append(low, "-dev"...)
	}
	keep := max(p.given-1, 1)
	if p.star {
		keep = p.given
	}
	if c.op == "^" {
		keep = 1
		for keep < min(p.given, 3) && strings.Trim(p.numbers[keep-1], "0") == "" {
			keep++
		}
	}
	high, err := p.bumped(keep, 1)
	return []composerBound{{">=", string(low)}, {"<", high}}, err
}

// between is the range from p's first n numbers up to q's first m, bumped.
func between(p composerPartial, n int, q composerPartial, m int) ([]composerBound, error) {
	low, err := p.bumped(n, 0)
	if err != nil {
		return nil, err
	}
	high, err := q.bumped(m, 1)
	return []composerBound{{">=", low}, {"<", high}}, err
}

// hyphenComposer rewrites "from - to": a partial end takes in all that share its
// numbers.
func hyphenComposer(from, to string) ([]composerBound, error) {
	p, okP := parseComposerPartial(from)
	q, okQ := parseComposerPartial(to)
	low, okLow := normalizeComposer(nil, from)
	high, okHigh := normalizeComposer(nil, to)
	if !okP || !okQ || !okLow || !okHigh {
		return nil, unreadable(from+" - "+to, "Composer cannot read it")
	}
	if p.suffix == "" {
		low = append(low, "-dev"...)
	}
	if q.given >= 3 || q.suffix != "" {
		return []composerBound{{">=", string(low)}, {"<=", string(high)}}, nil
	}
	top, err := q.bumped(q.given, 1)
	return []composerBound{{">=", string(low)}, {"<", top}}, err
}
