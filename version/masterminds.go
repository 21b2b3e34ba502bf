package version

import "strings"

// Masterminds/semver and aquasecurity/go-version read the same syntax as
// node-semver with other meanings: a version with missing numbers is compared
// number by number as far as it goes (">11" needs 12), and a prerelease is
// admitted for every comparison that names a prerelease itself. Masterminds
// extends that to the whole alternative and knows "~0.0.0" as everything;
// go-version refuses a partial version with a prerelease, and can be told to
// read missing numbers as zero.

// looseClause is a clause with its version read.
type looseClause struct {
	op string
	partial
}

// How many numbers a partial version gives.
const (
	givesMajor = 1
	givesMinor = 2
	givesAll   = 3
)

// checkMasterminds reports whether version is inside constraint as Masterminds
// or go-version, whichever d names, read it.
func checkMasterminds(version, constraint string, d Dialect) (bool, error) {
	v, err := parseTriple(version)
	if err != nil {
		return false, err
	}
	return anyOf(constraint, func(alternative string) (bool, error) {
		list, err := readClauses(alternative, "<>=!~^")
		if err != nil {
			return false, err
		}
		var clauses []looseClause
		anyPre := false
		for _, c := range joinHyphens(list) {
			read, err := readLoose(c, d)
			if err != nil {
				return false, err
			}
			clauses = append(clauses, read...)
			for _, r := range read {
				anyPre = anyPre || r.pre != ""
			}
		}
		for _, c := range clauses {
			admit := d.Prerelease || c.pre != "" || anyPre && d.Name == "masterminds"
			if v.pre != "" && !admit {
				return false, nil
			}
			ok, err := c.holds(v, d)
			if !ok || err != nil {
				return false, err
			}
		}
		return len(clauses) > 0 || v.pre == "" || d.Prerelease, nil
	})
}

// readLoose reads one clause; a hyphen range becomes two.
func readLoose(c clause, d Dialect) ([]looseClause, error) {
	if c.op == "-" {
		from, err := readLoose(clause{op: ">=", text: c.text}, d)
		if err != nil {
			return nil, err
		}
		to, err := readLoose(clause{op: "<=", text: c.to}, d)
		return append(from, to...), err
	}
	p, err := parsePartial(c.text, false)
	if err != nil {
		return nil, err
	}
	if d.Zeropad && !p.stars && !strings.ContainsAny(c.op, "~^") {
		p.given = givesAll
	}
	return []looseClause{{c.op, p}}, nil
}

// holds reports whether v meets the clause; prereleases are admitted already.
func (c looseClause) holds(v triple, d Dialect) (bool, error) {
	if d.Name == "go-version" && c.pre != "" && c.given < givesAll {
		return false, nil
	}
	below := v.compare(c.triple) < 0
	switch c.op {
	case "", "=", "==":
		if c.given == givesAll {
			return v.compare(c.triple) == 0, nil
		}
		return c.tilde(v), nil
	case "!=":
		return c.differs(v), nil
	case ">":
		return c.exceeded(v), nil
	case "<":
		return below, nil
	case ">=", "=>":
		return !below, nil
	case "<=", "=<":
		return c.reached(v), nil
	case "~", "~>":
		return c.tilde(v), nil
	case "^":
		return c.caret(v), nil
	}
	return false, unreadable(c.op, "unknown operator")
}

// shares reports whether v has the first n numbers of c.
func (c looseClause) shares(v triple, n int) bool {
	for i := range n {
		if v.core[i] != c.core[i] {
			return false
		}
	}
	return true
}

// differs is "!=": a partial version excludes all that share its numbers.
func (c looseClause) differs(v triple) bool {
	switch {
	case c.given == givesAll:
		return v.compare(c.triple) != 0
	case !c.shares(v, c.given):
		return true
	case c.given == givesMinor:
		return comparePre(v.pre, c.pre) != 0
	}
	return false
}

// exceeded is ">": v is above everything that shares the numbers of c.
func (c looseClause) exceeded(v triple) bool {
	if c.given == givesAll {
		return v.compare(c.triple) > 0
	}
	return !c.shares(v, c.given) && v.compare(c.triple) > 0
}

// reached is "<=": v is below, or shares the numbers of c.
func (c looseClause) reached(v triple) bool {
	if c.given == givesAll {
		return v.compare(c.triple) <= 0
	}
	return c.shares(v, c.given) || v.compare(c.triple) < 0
}

// tilde keeps major and minor number, as far as they are given.
func (c looseClause) tilde(v triple) bool {
	if v.compare(c.triple) < 0 {
		return false
	}
	if c.given == givesAll && c.core == [3]uint64{} {
		return true
	}
	return c.shares(v, min(c.given, givesMinor))
}

// caret keeps the first number that is not zero, as far as they are given.
func (c looseClause) caret(v triple) bool {
	if v.compare(c.triple) < 0 {
		return false
	}
	keep := min(c.given, givesMajor)
	for keep > 0 && keep < c.given && c.core[keep-1] == 0 {
		keep++
	}
	return c.shares(v, keep)
}
