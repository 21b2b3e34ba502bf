package version

import "strings"

// Elixir and Erlang packages have strict semantic versions, and requirements as
// Elixir's Version module reads them: comparisons joined by "and" and, less tightly,
// "or"; "~> 2.1" is >= 2.1.0 and < 3.0.0, "~> 2.1.2" is >= 2.1.2 and < 2.2.0, never a
// prerelease of the upper bound; "!" is "!=".
//
// Elixir admits prereleases by default; Hex, resolving, admits them only where
// the operand is one, which the dialect "hex" does.
var hex = Scheme{
	Name:       "hex",
	Doc:        "Elixir and Erlang packages of Hex",
	Compare:    compareSemver,
	Valid:      validSemver,
	ValidRange: validHexRange,
	Satisfies:  checkHex,
}

// hexClause is one comparison: or tells that "or" follows it, last that nothing does; partial that "~>" was given two numbers only.
type hexClause struct {
	or, last, partial bool
	op                string
	triple
}

// checkHex reports whether version meets a requirement.
func checkHex(version, constraint string, d Dialect) (bool, error) {
	if d.Name == "expr" {
		return exprOf(compareSemver)(version, constraint, d)
	}
	v, err := parseTriple(version)
	if err != nil {
		return false, err
	}
	list, err := parseHex(constraint)
	if err != nil {
		return false, err
	}
	met, all := false, true
	for _, c := range list {
		all = all && c.holds(v, d.Name != "hex" || d.Prerelease)
		if c.or || c.last {
			met, all = met || all, true
		}
	}
	return met, nil
}

// validHexRange is nil when Elixir can read the requirement.
func validHexRange(constraint string) error {
	_, err := parseHex(constraint)
	return err
}

// parseHex reads a requirement.
func parseHex(constraint string) ([]hexClause, error) {
	if len(constraint) > maxConstraint {
		return nil, unreadable(constraint, "longer than 64 KiB")
	}
	var list []hexClause
	for words := strings.Fields(spaceOperators(constraint)); ; {
		c := hexClause{op: "=="}
		if len(words) > 0 && strings.IndexByte("<>=!~", words[0][0]) >= 0 {
			c.op, words = words[0], words[1:]
		}
		if len(words) == 0 {
			return nil, unreadable(constraint, "a version is missing")
		}
		if err := c.parse(words[0]); err != nil {
			return nil, err
		}
		words = words[1:]
		c.last = len(words) == 0
		c.or = !c.last && words[0] == "or"
		list = append(list, c)
		if c.last {
			return list, nil
		}
		if words[0] != "and" && words[0] != "or" {
			return nil, unreadable(constraint, "neither \"and\" nor \"or\" between two comparisons")
		}
		words = words[1:]
	}
}

// spaceOperators puts white space around operators.
func spaceOperators(s string) string {
	var b strings.Builder
	in := false
	for i := range len(s) {
		is := strings.IndexByte("<>=!~", s[i]) >= 0
		if is != in {
			b.WriteByte(' ')
			in = is
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// parse reads the operand; only "~>" takes one of two numbers.
func (c *hexClause) parse(text string) error {
	switch c.op {
	case "==", "!=", "!", "<", "<=", ">", ">=", "~>":
	default:
		return unreadable(c.op+" "+text, "unknown operator")
	}
	full := text
	if core, pre, build, ok := splitSemver(text); ok && c.op == "~>" && strings.Count(core, ".") == 1 {
		c.partial = true
		full = core + ".0" + pre + build
	}
	if err := validSemver(full); err != nil {
		return unreadable(text, err.Error())
	}
	var err error
	c.triple, err = parseTriple(full)
	return err
}

// holds reports whether v meets the comparison.
func (c hexClause) holds(v triple, prereleases bool) bool {
	admitted := prereleases || v.pre == "" || c.pre != ""
	order := v.compare(c.triple)
	switch c.op {
	case "==":
		return order == 0
	case "!=", "!":
		return order != 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0 && admitted
	case ">=":
		return order >= 0 && admitted
	}
	upper := triple{pre: "0", core: [3]uint64{c.core[0], c.core[1] + 1}}
	if c.partial {
		upper.core = [3]uint64{c.core[0] + 1}
	}
	return order >= 0 && v.compare(upper) < 0 && admitted
}
