package version

import (
	"errors"
	"fmt"
	"strings"
)

// ErrConstraint says that a constraint is not written in its dialect.
var ErrConstraint = errors.New("malformed constraint")

// maxConstraint bounds the constraints that are read, in bytes.
const maxConstraint = 1 << 16

// clause is one comparison of a constraint: an operator, possibly empty, and
// what it compares with. A hyphen range has the operator "-" and two texts.
type clause struct{ op, text, to string }

// unreadable is the error for a constraint that cannot be read.
func unreadable(constraint, why string) error {
	return fmt.Errorf("%w %q: %s", ErrConstraint, clip(constraint), why)
}

// readClauses reads the comparisons of one alternative. Commas and white space
// join; an operator may stand apart from its version. The letters of the
// operators are those in ops.
func readClauses(alternative, ops string) ([]clause, error) {
	var list []clause
	s := alternative
	for {
		s = strings.TrimLeft(s, " \t\r\n,")
		if s == "" {
			return list, nil
		}
		n := 0
		for n < len(s) && strings.IndexByte(ops, s[n]) >= 0 {
			n++
		}
		op := s[:n]
		s = strings.TrimLeft(s[n:], " \t\r\n")
		n = strings.IndexAny(s, " \t\r\n,")
		if n < 0 {
			n = len(s)
		}
		if n == 0 {
			return nil, unreadable(alternative, "an operator without a version")
		}
		list = append(list, clause{op: op, text: s[:n]})
		s = s[n:]
	}
}

// joinHyphens turns "a - b" among the clauses into one hyphen range each.
func joinHyphens(list []clause) []clause {
	out := list[:0]
	for i := 0; i < len(list); i++ {
		c := list[i]
		if i+2 < len(list) && list[i+1] == (clause{text: "-"}) {
			c = clause{op: "-", text: c.text, to: list[i+2].text}
			i += 2
		}
		out = append(out, c)
	}
	return out
}

// anyOf reports whether one of the alternatives that || separates holds.
func anyOf(constraint string, holds func(alternative string) (bool, error)) (bool, error) {
	if len(constraint) > maxConstraint {
		return false, unreadable(constraint, "longer than 64 KiB")
	}
	found := false
	for alternative := range strings.SplitSeq(constraint, "||") {
		ok, err := holds(alternative)
		if err != nil {
			return false, err
		}
		found = found || ok
	}
	return found, nil
}

// exprOf is the Satisfies of a scheme whose constraints are plain comparisons:
// "> 1.0, < 2.0 || = 3.1". Commas and spaces join, || separates alternatives, no
// operator means equality, an empty constraint holds for every version.
func exprOf(compare func(a, b string) (int, error)) func(version, constraint string, d Dialect) (bool, error) {
	return func(version, constraint string, _ Dialect) (bool, error) {
		return anyOf(constraint, func(alternative string) (bool, error) {
			return allHold(compare, version, alternative)
		})
	}
}

// allHold reports whether every comparison of an alternative holds.
func allHold(compare func(a, b string) (int, error), version, alternative string) (bool, error) {
	list, err := readClauses(alternative, "<>=!")
	if err != nil {
		return false, err
	}
	all := true
	for _, c := range list {
		order, err := compare(version, c.text)
		if err != nil {
			return false, err
		}
		ok, err := c.accepts(order)
		if err != nil {
			return false, err
		}
		all = all && ok
	}
	return all, nil
}

// accepts reports whether the operator accepts that order of the version to the
// clause's own.
func (c clause) accepts(order int) (bool, error) {
	switch c.op {
	case "", "=", "==":
		return order == 0, nil
	case "!=":
		return order != 0, nil
	case "<":
		return order < 0, nil
	case "<=", "=<":
		return order <= 0, nil
	case ">":
		return order > 0, nil
	case ">=", "=>":
		return order >= 0, nil
	}
	return false, unreadable(c.op+c.text, "unknown operator")
}
