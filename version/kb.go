package version

import "strings"

// Microsoft's knowledge base articles are numbers of updates, not versions: two
// are equal or they are not, and neither is higher. "base" stands for a system
// without updates. Comparing two different ones is an error.
var kb = Scheme{
	Name:      "kb",
	Doc:       "Microsoft knowledge base articles, which are equal or not but have no order",
	Compare:   compareKB,
	Valid:     validKB,
	Satisfies: checkKB,
}

// trimKB drops what may stand before the number.
func trimKB(v string) string {
	return strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(v), "KB"), "kb")
}

// compareKB finds two articles equal or fails.
func compareKB(a, b string) (int, error) {
	if trimKB(a) == trimKB(b) {
		return 0, nil
	}
	return 0, malformed("kb", a, "knowledge base articles have no order")
}

// validKB accepts a number, with or without "KB", and "base".
func validKB(v string) error {
	if s := trimKB(v); s != "base" && !isNumber(s) {
		return malformed("kb", v, "neither a number nor \"base\"")
	}
	return nil
}

// checkKB reports whether an article is one of the alternatives; an empty
// constraint, which holds for every version elsewhere, names none.
func checkKB(version, constraint string, _ Dialect) (bool, error) {
	if strings.TrimSpace(constraint) == "" {
		return false, nil
	}
	return anyOf(constraint, func(alternative string) (bool, error) {
		list, err := readClauses(alternative, "<>=!")
		if err != nil {
			return false, err
		}
		all := true
		for _, c := range list {
			same := trimKB(version) == trimKB(c.text)
			switch c.op {
			case "", "=", "==":
				all = all && same
			case "!=":
				all = all && !same
			default:
				return false, unreadable(constraint, "knowledge base articles have no order")
			}
		}
		return all, nil
	})
}
