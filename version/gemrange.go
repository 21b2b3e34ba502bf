package version

import "strings"

// Requirements of gems (Gem::Requirement) are comparisons that must all hold;
// "~> 1.2.3" means at least 1.2.3 and below 1.3, whatever follows the letters of a
// prerelease. Commas join in a Gemfile, and white space does as well here. The
// dialect "expr" knows alternatives besides.

// checkGem reports whether version meets a requirement.
func checkGem(version, constraint string, _ Dialect) (bool, error) {
	return anyOf(constraint, func(alternative string) (bool, error) {
		list, err := readClauses(alternative, "<>=!~")
		if err != nil {
			return false, err
		}
		all := true
		for _, c := range list {
			ok, err := c.holdsGem(version)
			if err != nil {
				return false, err
			}
			all = all && ok
		}
		return all, nil
	})
}

// holdsGem reports whether version meets one clause.
func (c clause) holdsGem(version string) (bool, error) {
	order, err := compareGem(version, c.text)
	if err != nil {
		return false, err
	}
	if c.op != "~>" {
		return c.accepts(order)
	}
	if order < 0 {
		return false, nil
	}
	return sharesGem(version, c.text), nil
}

// sharesGem reports whether version, without its prerelease, is below the bump
// of text: text without its letters and its last number, the then last number
// one higher. As version is not below text, that is sharing those numbers.
func sharesGem(version, text string) bool {
	want := gemNumbers(text)
	if len(want) > 1 {
		want = want[:len(want)-1]
	}
	have := gemNumbers(version)
	for i, n := range want {
		m := ""
		if i < len(have) {
			m = have[i]
		}
		if compareNumbers(m, n) != 0 {
			return false
		}
	}
	return true
}

// gemNumbers are the segments before the first letter.
func gemNumbers(v string) []string {
	g := gemSegments{rest: cutPlatform(v)}
	var list []string
	for {
		s := g.scan()
		if s == "" || isLetter(s[0]) {
			return list
		}
		list = append(list, s)
	}
}

// validGemRange is nil when RubyGems can read the requirement.
func validGemRange(constraint string) error {
	for part := range strings.SplitSeq(constraint, ",") {
		list, err := readClauses(part, "<>=!~")
		if err != nil {
			return err
		}
		if len(list) != 1 {
			return unreadable(constraint, "not one comparison between commas")
		}
		switch list[0].op {
		case "", "=", "!=", "<", "<=", ">", ">=", "~>":
		default:
			return unreadable(constraint, "unknown operator")
		}
		if err := validGem(list[0].text); err != nil {
			return unreadable(constraint, err.Error())
		}
	}
	return nil
}
