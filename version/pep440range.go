package version

import "strings"

// Version specifiers of PEP 440: "==" with an optional ".*" prefix match, "!=",
// "~=" (the release without its last number is kept), "===" (the same text), and
// the ordered comparisons, in which the exclusive ones leave out pre-releases
// ("<") or post-releases and local versions (">") of the version itself. Commas
// join. Beyond the specification "||" separates alternatives, spaces join, "=" or
// no operator is "==" and "*" is everything, as advisories write it.
//
// Decided: pypa's packaging, asked about a single version, admits pre-releases;
// so does this scheme. The dialect "deps.dev" leaves pre-releases out unless one
// of ==, >=, <=, ~= names one, and local versions unless they are named.

// pyClause is one specifier.
type pyClause struct {
	op     string
	text   string
	prefix bool // ends in ".*"
	pyVersion
}

// readPyClauses reads the specifiers of one alternative.
func readPyClauses(alternative string) ([]pyClause, error) {
	list, err := readClauses(alternative, "<>=!~")
	if err != nil {
		return nil, err
	}
	var out []pyClause
	for _, c := range list {
		if c.text == "*" && c.op == "" {
			continue
		}
		p, err := readPyClause(c)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// readPyClause reads one specifier and checks what its operator allows.
func readPyClause(c clause) (pyClause, error) {
	p := pyClause{op: c.op, text: c.text}
	if c.op == "===" {
		return p, nil
	}
	if c.op == "" || c.op == "=" {
		p.op = "=="
	}
	text, star := strings.CutSuffix(c.text, ".*")
	v, ok := parsePEP440(text)
	if !ok {
		return p, unreadable(c.op+c.text, "not a PEP 440 version")
	}
	p.pyVersion, p.prefix = v, star
	switch p.op {
	case "==", "!=":
		if star && (v.local != "" || v.hasDev || v.pre != 0) {
			return p, unreadable(c.op+c.text, "only a release may be matched by prefix")
		}
		return p, nil
	case "~=":
		if strings.IndexByte(v.release, '.') < 0 {
			return p, unreadable(c.op+c.text, "~= needs two numbers")
		}
	case "<", "<=", ">", ">=":
	default:
		return p, unreadable(c.op+c.text, "unknown operator")
	}
	if star || v.local != "" {
		return p, unreadable(c.op+c.text, "only == and != take a prefix or a local version")
	}
	return p, nil
}

// checkPEP440 reads version specifiers; in the dialect expr all comparisons are
// plain ones that ignore a local version where the constraint has none.
func checkPEP440(version, constraint string, d Dialect) (bool, error) {
	if d.Name == "expr" {
		return exprOf(comparePyExpr)(version, constraint, d)
	}
	v, valid := parsePEP440(version)
	return anyOf(constraint, func(alternative string) (bool, error) {
		list, err := readPyClauses(alternative)
		if err != nil {
			return false, err
		}
		if !valid {
			return holdsText(version, list)
		}
		strict := d.Name == "deps.dev"
		if strict && !admittedPy(v, list, d.Prerelease) {
			return false, nil
		}
		for _, c := range list {
			if !c.holds(v, strict) {
				return false, nil
			}
		}
		return true, nil
	})
}

// holdsText judges a version that PEP 440 refuses, which only "===" can name.
func holdsText(version string, list []pyClause) (bool, error) {
	all := len(list) > 0
	for _, c := range list {
		if c.op != "===" {
			return false, malformed("pep440", version, "not a PEP 440 version")
		}
		all = all && strings.EqualFold(strings.TrimSpace(version), c.text)
	}
	return all, nil
}

// comparePyExpr orders a version and the version of a constraint.
func comparePyExpr(a, b string) (int, error) {
	x, okX := parsePEP440(a)
	y, okY := parsePEP440(b)
	if okX && okY && y.local == "" {
		return comparePyPublic(x, y), nil
	}
	return comparePEP440(a, b)
}

// admittedPy reports whether the dialect deps.dev looks at v at all.
func admittedPy(v pyVersion, list []pyClause, all bool) bool {
	named, local := all, v.local == ""
	for _, c := range list {
		named = named || c.prerelease() && c.op != "<" && c.op != ">" && c.op != "!="
		local = local || c.local != ""
	}
	return local && (named || !v.prerelease())
}

// holds reports whether v meets the specifier; strict is deps.dev's reading of
// the exclusive comparisons.
func (c pyClause) holds(v pyVersion, strict bool) bool {
	if c.op == "===" {
		return strings.EqualFold(v.String(), c.text)
	}
	order := comparePyPublic(v, c.pyVersion)
	switch c.op {
	case "==":
		return c.equal(v, order)
	case "!=":
		return !c.equal(v, order)
	case "<=":
		return order <= 0
	case ">=":
		return order >= 0
	case "~=":
		keep := c.release[:strings.LastIndexByte(c.release, '.')]
		return order >= 0 && sharesRelease(v, c.epoch, keep)
	case "<":
		own := !strict && v.prerelease() && !c.prerelease() && sameBase(v, c.pyVersion)
		return order < 0 && !own
	}
	own := v.hasPost && !c.hasPost && sameBase(v, c.pyVersion)
	if own && !strict {
		bare := v
		bare.hasPost, bare.postN, bare.hasDev, bare.devN = false, "", false, ""
		own = comparePyPublic(bare, c.pyVersion) == 0
	}
	return order > 0 && !own
}

// equal is "==": by prefix, or all parts, the local version only if named.
func (c pyClause) equal(v pyVersion, order int) bool {
	if !c.prefix {
		return order == 0 && (c.local == "" || comparePyLocal(v.local, c.local) == 0)
	}
	if !sharesRelease(v, c.epoch, c.release) {
		return false
	}
	return !c.hasPost || v.pre == 0 && v.hasPost && compareDotted(v.release, c.release) == 0 &&
		compareNumbers(v.postN, c.postN) == 0
}

// sharesRelease reports whether v's epoch and first release numbers are those.
func sharesRelease(v pyVersion, epoch, release string) bool {
	if compareNumbers(v.epoch, epoch) != 0 {
		return false
	}
	mine := v.release
	for release != "" {
		n, m := digits(release), digits(mine)
		if compareNumbers(release[:n], mine[:m]) != 0 {
			return false
		}
		release, mine = release[min(n+1, len(release)):], mine[min(m+1, len(mine)):]
	}
	return true
}

// sameBase reports whether two versions have the same epoch and release.
func sameBase(v, w pyVersion) bool {
	return compareNumbers(v.epoch, w.epoch) == 0 && compareDotted(v.release, w.release) == 0
}

// validPEP440Range accepts what the specification defines: operators are
// required, and only commas join.
func validPEP440Range(constraint string) error {
	for part := range strings.SplitSeq(constraint, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		list, err := readClauses(part, "<>=!~")
		if err != nil {
			return err
		}
		if len(list) != 1 || list[0].op == "" || list[0].op == "=" {
			return unreadable(constraint, "each specifier is one operator and one version")
		}
		if _, err := readPyClause(list[0]); err != nil {
			return err
		}
	}
	return nil
}
