package version

import (
	"strconv"
	"strings"
)

// Ranges of semantic versions. This file holds what the dialects share and
// node-semver's own: x-ranges ("1.2.x", "1.2"), tilde, caret and hyphen ranges are
// rewritten into comparisons, all comparisons of an alternative must hold, and a
// prerelease is admitted only where a comparison names a prerelease of the same
// three numbers (https://github.com/npm/node-semver, "Ranges").

// triple is a semantic version of three numbers, as ranges need it.
type triple struct {
	core [3]uint64
	pre  string
}

// compare orders two triples.
func (t triple) compare(u triple) int {
	for i := range t.core {
		if t.core[i] != u.core[i] {
			return order(t.core[i] < u.core[i])
		}
	}
	return comparePre(t.pre, u.pre)
}

// parseTriple reads a version with up to three numbers.
func parseTriple(v string) (triple, error) {
	var t triple
	core, pre, err := cutSemver(v)
	if err != nil {
		return t, err
	}
	t.pre = pre
	i := 0
	for part := range strings.SplitSeq(core, ".") {
		if i == len(t.core) {
			return t, malformed("semver", v, "more than three numbers")
		}
		if t.core[i], err = strconv.ParseUint(part, 10, 63); err != nil {
			return t, malformed("semver", v, "a number is too large")
		}
		i++
	}
	return t, nil
}

// partial is the version of a range: given counts the numbers before the first
// that is missing or a wildcard, stars tells whether a wildcard was written.
type partial struct {
	triple
	given int
	stars bool
}

// parsePartial reads "1", "1.2.x", "*", "v1.2.3-pre+build"; with loose also a
// prerelease without hyphen.
func parsePartial(text string, loose bool) (partial, error) {
	var p partial
	s := strings.TrimLeft(text, "vV= \t")
	open := true
	for i := range 3 {
		n := digits(s)
		switch {
		case n > 0 && open:
			number, err := strconv.ParseUint(s[:n], 10, 62)
			if err != nil {
				return p, unreadable(text, "a number is too large")
			}
			p.core[i] = number
			p.given++
		case n > 0:
		case s != "" && strings.IndexByte("xX*", s[0]) >= 0:
			n, open, p.stars = 1, false, true
		case i == 0:
			return p, unreadable(text, "does not begin with a number")
		default:
			return p, unreadable(text, "a number is missing")
		}
		s = s[n:]
		if !strings.HasPrefix(s, ".") {
			break
		}
		if i == 2 && !loose {
			return p, unreadable(text, "more than three numbers")
		}
		s = s[1:]
	}
	if i := strings.IndexByte(s, '+'); i >= 0 {
		s = s[:i]
	}
	switch {
	case s == "":
	case s[0] == '-':
		p.pre = s[1:]
	case loose:
		p.pre = s
	default:
		return p, unreadable(text, "a prerelease needs a hyphen")
	}
	return p, nil
}

// bump is the first version, with its prereleases, above all that share p's
// first n numbers.
func (p partial) bump(n int) triple {
	t := triple{pre: "0"}
	copy(t.core[:n], p.core[:n])
	t.core[n-1]++
	return t
}

// bound is one plain comparison with a triple.
type bound struct {
	op string
	triple
}

// holds reports whether t is on the right side of b.
func (b bound) holds(t triple) bool {
	ok, err := clause{op: b.op}.accepts(t.compare(b.triple))
	return ok && err == nil
}

// nothing is a bound that no version meets.
var nothing = bound{op: "<", triple: triple{pre: "0"}}

// nodeRange rewrites clauses as node-semver does.
type nodeRange struct {
	prereleases bool // all prereleases are admitted
	loose       bool
	pessimistic bool // "~>" keeps all but the last number, as in Ruby
	bounds      []bound
}

// low adds ">= t"; when all prereleases are admitted and t was partial (open),
// those of t itself are too.
func (r *nodeRange) low(t triple, open bool) {
	if r.prereleases && open && t.pre == "" {
		t.pre = "0"
	}
	r.bounds = append(r.bounds, bound{">=", t})
}

// high adds "< t".
func (r *nodeRange) high(t triple) { r.bounds = append(r.bounds, bound{"<", t}) }

// add rewrites one clause.
func (r *nodeRange) add(c clause) error {
	if c.op == "-" {
		return r.addHyphen(c)
	}
	p, err := parsePartial(c.text, r.loose)
	if err != nil {
		return err
	}
	if p.given < 3 {
		p.pre = ""
	}
	switch c.op {
	case "~", "~>", "~=":
		if p.given > 0 {
			r.low(p.triple, p.given < 3)
			keep := min(p.given, 2)
			if r.pessimistic && c.op == "~>" {
				keep = max(p.given-1, 1)
			}
			r.high(p.bump(keep))
		}
	case "^":
		r.addCaret(p)
	case "", "=", "==", "<", "<=", "=<", ">", ">=", "=>":
		r.addCompare(c.op, p)
	default:
		return unreadable(c.op+c.text, "unknown operator")
	}
	return nil
}

// addCaret adds the range that keeps the first number that is not zero.
func (r *nodeRange) addCaret(p partial) {
	if p.given == 0 {
		return
	}
	r.low(p.triple, p.given < 3)
	keep := 1
	for keep < p.given && p.core[keep-1] == 0 {
		keep++
	}
	r.high(p.bump(keep))
}

// addCompare adds a plain comparison or, of a partial version, an x-range.
func (r *nodeRange) addCompare(op string, p partial) {
	switch {
	case p.given == 3:
		if op == "" {
			op = "="
		}
		r.bounds = append(r.bounds, bound{op, p.triple})
	case p.given == 0:
		if op == "<" || op == ">" {
			r.bounds = append(r.bounds, nothing)
		}
	case op == ">":
		t := p.bump(p.given)
		t.pre = ""
		r.low(t, true)
	case op == ">=" || op == "=>":
		r.low(p.triple, true)
	case op == "<":
		p.pre = "0"
		r.high(p.triple)
	case op == "<=" || op == "=<":
		r.high(p.bump(p.given))
	default:
		r.low(p.triple, true)
		r.high(p.bump(p.given))
	}
}

// addHyphen adds "from - to".
func (r *nodeRange) addHyphen(c clause) error {
	from, err := parsePartial(c.text, r.loose)
	if err != nil {
		return err
	}
	to, err := parsePartial(c.to, r.loose)
	if err != nil {
		return err
	}
	if from.given > 0 {
		r.low(from.triple, true)
	}
	switch {
	case to.given == 0:
	case to.given < 3:
		r.high(to.bump(to.given))
	case to.pre == "" && r.prereleases:
		r.high(to.bump(3))
	default:
		r.bounds = append(r.bounds, bound{"<=", to.triple})
	}
	return nil
}

// holds reports whether t meets all bounds and, being a prerelease, is admitted.
func (r *nodeRange) holds(t triple) bool {
	admitted := t.pre == "" || r.prereleases
	for _, b := range r.bounds {
		if !b.holds(t) {
			return false
		}
		admitted = admitted || b.pre != "" && b.core == t.core
	}
	return admitted
}

// checkNPM reads a range as node-semver does, and also accepts the commas that
// other tools write.
func checkNPM(version, constraint string, d Dialect) (bool, error) {
	if d.Name == "expr" {
		return exprOf(compareSemver)(version, constraint, d)
	}
	t, err := parseTriple(version)
	if err != nil {
		return false, err
	}
	return anyOf(constraint, func(alternative string) (bool, error) {
		ok, err := nodeHolds(t, alternative, nodeRange{prereleases: d.Prerelease, loose: d.Loose})
		if err != nil && d.Loose {
			return false, nil // node-semver drops what it cannot read when loose
		}
		return ok, err
	})
}

// nodeHolds reports whether t meets one alternative, read into r.
func nodeHolds(t triple, alternative string, r nodeRange) (bool, error) {
	list, err := readClauses(alternative, "<>=!~^")
	if err != nil {
		return false, err
	}
	for _, c := range joinHyphens(list) {
		if err := r.add(c); err != nil {
			return false, err
		}
	}
	return r.holds(t), nil
}

// checkSemver reads comparisons with missing numbers as zero (expr), the ranges
// of two Go libraries (masterminds, go-version), or else ranges as node-semver
// but with "~>" as in Ruby.
func checkSemver(version, constraint string, d Dialect) (bool, error) {
	switch d.Name {
	case "masterminds", "go-version":
		return checkMasterminds(version, constraint, d)
	case "expr":
		return exprOf(compareSemverExpr)(version, constraint, d)
	}
	t, err := parseTriple(version)
	if err != nil {
		return false, err
	}
	return anyOf(constraint, func(alternative string) (bool, error) {
		return nodeHolds(t, alternative, nodeRange{prereleases: d.Prerelease, loose: d.Loose, pessimistic: true})
	})
}

// compareSemverExpr compares after writing Ruby's spelling of prereleases
// (1.0.0.alpha.beta) as a single identifier, as grype does.
func compareSemverExpr(a, b string) (int, error) {
	return compareSemver(hyphenate(a), hyphenate(b))
}

// hyphenate replaces the dots before alpha, beta and rc when the first of them
// stands where a hyphen belongs.
func hyphenate(v string) string {
	i := strings.IndexAny(v, "-+")
	dot := strings.IndexFunc(v, func(r rune) bool { return r >= 'a' && r <= 'z' && r != 'v' })
	if dot < 1 || v[dot-1] != '.' || i >= 0 && i < dot {
		return v
	}
	for _, word := range [...]string{"alpha", "beta", "rc"} {
		v = strings.ReplaceAll(v, "."+word, "-"+word)
	}
	return v
}
