package version

import "strings"

// Versions of no known scheme, as hashicorp/go-version reads them: any count of
// dotted numbers, missing ones zero, with a semantic prerelease, whose hyphen may
// be left out before a letter ("1.7rc1"), and build metadata that does not count.
//
// Decided: of two prereleases that begin alike the longer is higher, as in
// semantic versions and aquasecurity/go-version. hashicorp puts 5.4-alpha.beta
// below 5.4-alpha, but 3.2-alpha.1 above 3.2-alpha.
var (
	generic = Scheme{
		Name:       "generic",
		Doc:        "versions of no known scheme: numbers with an optional prerelease",
		Compare:    compareSemver,
		Valid:      validGeneric,
		ValidRange: validGenericRange,
		Satisfies:  checkGeneric,
	}
	semverHashicorp = Scheme{
		Name:      "semver-hashicorp",
		Doc:       "versions of no known scheme whose prerelease has its hyphen",
		Compare:   compareSemver,
		Valid:     validHashicorp,
		Satisfies: checkGeneric,
	}
)

// validGeneric accepts what hashicorp/go-version's NewVersion accepts.
func validGeneric(v string) error { return validLoose(v, false) }

// validHashicorp accepts what hashicorp/go-version's NewSemver accepts.
func validHashicorp(v string) error { return validLoose(v, true) }

// validLoose checks the grammar of hashicorp/go-version; with hyphen a prerelease
// needs one.
func validLoose(v string, hyphen bool) error {
	s := strings.TrimPrefix(v, "v")
	n := coreLength(s)
	pre, build, hasBuild := strings.Cut(s[n:], "+")
	bare, hasPre := strings.CutPrefix(pre, "-")
	if pre != "" && !hasPre && hyphen || hasPre && bare == "" {
		n = 0
	}
	if n == 0 || pre != "" && !areLooseIdentifiers(bare) || hasBuild && !areLooseIdentifiers(build) {
		return malformed("generic", v, "not of the form 1.2.3-pre+build")
	}
	return nil
}

// areLooseIdentifiers reports whether s is dotted identifiers, which may hold a
// tilde.
func areLooseIdentifiers(s string) bool {
	return areIdentifiers(strings.ReplaceAll(s, "~", "-"))
}

// checkGeneric reports whether version meets a constraint: plain comparisons and
// "~>", "~" and "^", which admit prereleases; or, in the dialect "hashicorp",
// comparisons that admit a prerelease only where they name one of the same numbers.
func checkGeneric(version, constraint string, d Dialect) (bool, error) {
	core, pre, err := cutSemver(version)
	if err != nil {
		return false, err
	}
	return anyOf(constraint, func(alternative string) (bool, error) {
		list, err := readClauses(alternative, "<>=!~^")
		if err != nil {
			return false, err
		}
		all := true
		for _, c := range list {
			ok, err := c.holdsGeneric(core, pre, d)
			if err != nil {
				return false, err
			}
			all = all && ok
		}
		return all, nil
	})
}

// holdsGeneric reports whether the version core-pre meets one clause.
func (c clause) holdsGeneric(core, pre string, d Dialect) (bool, error) {
	want, wantPre, err := cutSemver(c.text)
	if err != nil {
		return false, unreadable(c.text, err.Error())
	}
	order := compareDotted(core, want)
	if order == 0 {
		order = comparePre(pre, wantPre)
	}
	strict := d.Name == "hashicorp"
	if strict && pre != "" && strings.ContainsAny(c.op, "<>") &&
		(wantPre == "" || compareDotted(core, want) != 0) {
		return false, nil
	}
	switch c.op {
	case "~>":
		if strict && wantPre != "" && pre == "" || order < 0 {
			return false, nil
		}
		if strict {
			return sharesNumbers(core, want, countNumbers(want)-1), nil
		}
		return belowBump(core, pre, want, max(countNumbers(want)-2, 0)), nil
	case "~":
		last := max(countNumbers(want)-2, 0)
		if countNumbers(want) == 2 {
			last = 1
		}
		return order >= 0 && belowBump(core, pre, want, last), nil
	case "^":
		return order >= 0 && belowBump(core, pre, want, firstNumber(want)), nil
	}
	return c.accepts(order)
}

// countNumbers counts dotted numbers.
func countNumbers(core string) int { return strings.Count(core, ".") + 1 }

// numberAt is the number at i, "" when there is none.
func numberAt(core string, i int) string {
	s := afterDots(core, i)
	return s[:digits(s)]
}

// sharesNumbers reports whether both have the same first n numbers.
func sharesNumbers(a, b string, n int) bool {
	for i := range n {
		if compareNumbers(numberAt(a, i), numberAt(b, i)) != 0 {
			return false
		}
	}
	return true
}

// firstNumber is the index of the first number that is not zero, or the last.
func firstNumber(core string) int {
	n := countNumbers(core)
	for i := range n {
		if strings.Trim(numberAt(core, i), "0") != "" {
			return i
		}
	}
	return n - 1
}

// belowBump reports whether the version core-pre, known to be at least want, is
// below want with its number at i one higher and all after it zero. A prerelease
// of that bound is below it.
func belowBump(core, pre, want string, i int) bool {
	for k := range i {
		if c := compareNumbers(numberAt(core, k), numberAt(want, k)); c != 0 {
			return c < 0
		}
	}
	have, limit := numberAt(core, i), numberAt(want, i)
	if compareNumbers(have, limit) <= 0 {
		return true
	}
	return pre != "" && isNext(have, limit) && strings.Trim(afterDots(core, i+1), "0.") == ""
}

// isNext reports whether a is b plus one, both of any length.
func isNext(a, b string) bool {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	keep := len(strings.TrimRight(b, "9"))
	nines := len(b) - keep
	if a == "" || strings.Trim(a[max(len(a)-nines, 0):], "0") != "" {
		return false
	}
	head := a[:max(len(a)-nines, 0)]
	if keep == 0 {
		return head == "1"
	}
	return len(head) == keep && head[:keep-1] == b[:keep-1] && head[keep-1] == b[keep-1]+1
}

// validGenericRange is nil when hashicorp/go-version can read the constraint.
func validGenericRange(constraint string) error {
	for part := range strings.SplitSeq(constraint, ",") {
		list, err := readClauses(part, "<>=!~")
		if err != nil {
			return err
		}
		if len(list) != 1 || validGeneric(list[0].text) != nil {
			return unreadable(constraint, "not one comparison between commas")
		}
		switch list[0].op {
		case "", "=", "!=", "<", "<=", ">", ">=", "~>":
		default:
			return unreadable(constraint, "unknown operator")
		}
	}
	return nil
}
