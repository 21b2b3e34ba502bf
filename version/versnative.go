package version

import (
	"strconv"
	"strings"
)

// Vers translates a range in the native syntax of a package type, as advisories
// write it, into a VERS string: Vers("npm", "^1.2.3 || 3.x") is
// "vers:npm/>=1.2.3|<2.0.0|>=3.0.0|<4.0.0". The points are sorted by version. Types of
// semantic versions get three numbers each, in pypi versions take PEP 440's normal
// form, elsewhere they stay as written. It fails on a type or a syntax that it does
// not know, and for what VERS cannot say.
//
// It follows univers, the specification's own library, except that an operator
// before an x-range keeps its meaning to npm (">= 2.2.x" is >=2.2.0).
func Vers(kind, native string) (string, error) {
	scheme, ok := versScheme(kind)
	if !ok {
		return "", unreadable(kind, "unknown type of VERS strings")
	}
	if len(native) > maxConstraint {
		return "", unreadable(native, "longer than 64 KiB")
	}
	every := strings.TrimSpace(native)
	if every == "*" && kind != "conan" || every == "all" && kind == "nginx" {
		return "vers:" + kind + "/*", nil
	}
	points, err := nativePoints(kind, native)
	if err != nil {
		return "", err
	}
	if len(points) == 0 || len(points) > maxPoints {
		return "", unreadable(native, "no constraint, or too many of them")
	}
	if err := sortPoints(scheme, points); err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("vers:" + kind + "/")
	for i, p := range points {
		if i > 0 {
			b.WriteByte('|')
		}
		if p.op != "=" {
			b.WriteString(p.op)
		}
		b.WriteString(p.text)
	}
	return b.String(), nil
}

// nativePoints reads the constraints of a native range.
func nativePoints(kind, native string) ([]clause, error) {
	switch kind {
	case "maven", "nuget":
		return bracketPoints(native)
	case "nginx":
		return nginxPoints(native)
	case "openssl":
		var points []clause
		for part := range strings.SplitSeq(native, ",") {
			points = append(points, clause{op: "=", text: strings.ToLower(strings.TrimSpace(part))})
		}
		return points, nil
	case "conan":
		native, _, _ = strings.Cut(native, ",")
		if strings.TrimSpace(native) == "" {
			native = "*"
		}
	}
	var points []clause
	for alternative := range strings.SplitSeq(native, "||") {
		list, err := readClauses(alternative, "<>=!~^")
		if err != nil {
			return nil, err
		}
		for _, c := range joinHyphens(list) {
			read, err := c.points(kind)
			if err != nil {
				return nil, err
			}
			points = append(points, read...)
		}
	}
	return points, nil
}

// points translates one clause.
func (c clause) points(kind string) ([]clause, error) {
	if kind == "conan" {
		return c.conanPoints()
	}
	switch c.op {
	case "", "==":
		c.op = "="
	case "<<", ">>":
		c.op = c.op[:1]
	case "<>":
		c.op = "!="
	case "=", "!=", "<", "<=", ">", ">=", "-":
	case "~>":
		if kind != "gem" {
			return nil, unreadable(c.op, "unknown operator of the type "+kind)
		}
		return gemPoints(c.text)
	case "~", "^":
		if kind != "npm" {
			return nil, unreadable(c.op, "unknown operator of the type "+kind)
		}
	default:
		return nil, unreadable(c.op+c.text, "VERS has no such operator")
	}
	p, err := parsePartial(c.text, true)
	if kind == "npm" && (strings.ContainsAny(c.op, "~^-") || err == nil && p.stars) {
		return c.npmPoints()
	}
	if c.text, err = normalVersion(kind, c.text); err != nil {
		return nil, err
	}
	return []clause{c}, nil
}

// normalVersion is a version in the form that the type's VERS strings have.
func normalVersion(kind, text string) (string, error) {
	switch kind {
	case "npm", "composer", "golang", "cargo", "hex", "github", "generic", "nginx":
		return coerceSemver(text)
	case "pypi":
		v, ok := parsePEP440(text)
		if !ok {
			return "", malformed("pep440", text, "not a version of PEP 440")
		}
		return v.String(), nil
	}
	return text, nil
}

// coerceSemver makes a semantic version of any text that begins with a number:
// missing numbers are zero, a fourth one becomes build metadata, other text a
// prerelease (as python-semanticversion's coerce).
func coerceSemver(text string) (string, error) {
	s := strings.TrimLeft(text, "vV")
	var core []string
	for len(core) < 3 {
		n := digits(s)
		if n == 0 {
			break
		}
		core, s = append(core, bare(s[:n])), s[n:]
		if len(core) == 3 || len(s) < 2 || s[0] != '.' || !isDigit(s[1]) {
			break
		}
		s = s[1:]
	}
	if len(core) == 0 {
		return "", malformed("semver", text, "does not begin with a number")
	}
	for len(core) < 3 {
		core = append(core, "0")
	}
	rest := strings.Map(func(r rune) rune {
		if r < 0x80 && (isDigit(byte(r)) || isLetter(byte(r)) || strings.ContainsRune("+.-", r)) {
			return r
		}
		return '-'
	}, s)
	pre, build, _ := strings.Cut(rest, "+")
	if strings.HasPrefix(rest, ".") {
		pre, build = "", rest[1:]
	}
	out := strings.Join(core, ".")
	if pre = strings.TrimPrefix(pre, "-"); pre != "" {
		out += "-" + pre
	}
	if build != "" {
		out += "+" + strings.ReplaceAll(build, "+", ".")
	}
	return out, nil
}

// npmPoints translates ranges of node-semver that are more than comparisons.
func (c clause) npmPoints() ([]clause, error) {
	if c.op == "=" {
		c.op = ""
	}
	r := nodeRange{loose: true}
	if err := r.add(c); err != nil {
		return nil, err
	}
	var points []clause
	for _, b := range r.bounds {
		text := strconv.FormatUint(b.core[0], 10) + "." + strconv.FormatUint(b.core[1], 10) + "." +
			strconv.FormatUint(b.core[2], 10)
		if b.pre != "" && !(b.op == "<" && b.pre == "0") {
			text += "-" + b.pre
		}
		points = append(points, clause{op: b.op, text: text})
	}
	return points, nil
}

// gemPoints translates "~> text".
func gemPoints(text string) ([]clause, error) {
	numbers := gemNumbers(text)
	if len(numbers) > 1 {
		numbers = numbers[:len(numbers)-1]
	}
	if len(numbers) == 0 {
		return nil, malformed("gem", text, "does not begin with a number")
	}
	last, err := strconv.ParseUint(numbers[len(numbers)-1], 10, 62)
	if err != nil {
		return nil, malformed("gem", text, "a number is too large")
	}
	numbers[len(numbers)-1] = strconv.FormatUint(last+1, 10)
	return []clause{{op: ">=", text: text}, {op: "<", text: strings.Join(numbers, ".")}}, nil
}

// conanPoints translates one expression of Conan; a hyphen behind it only says
// that prereleases are wanted.
func (c clause) conanPoints() ([]clause, error) {
	text := strings.TrimSuffix(c.text, "-")
	if text == "*" || text == "" {
		return []clause{{op: ">=", text: "0.0.0"}}, nil
	}
	switch c.op {
	case "", "=", "==":
		return []clause{{op: "=", text: text}}, nil
	case "<", "<=", ">", ">=":
		return []clause{{op: c.op, text: text}}, nil
	case "~", "^":
	default:
		return nil, unreadable(c.op+c.text, "unknown operator of Conan")
	}
	items := strings.Split(cutConan(text).items, ".")
	at := min(1, len(items)-1)
	if c.op == "^" {
		for at = 0; at < len(items)-1 && strings.Trim(items[at], "0") == ""; {
			at++
		}
	}
	number, err := strconv.ParseUint(items[at], 10, 62)
	if err != nil {
		return nil, unreadable(c.op+c.text, "not a number that can be raised")
	}
	items = append(items[:at], strconv.FormatUint(number+1, 10))
	high := strings.Join(items, ".") + "-"
	return []clause{{op: ">=", text: text}, {op: "<", text: high}}, nil
}

// bracketPoints translates ranges in brackets, of Maven or NuGet.
func bracketPoints(native string) ([]clause, error) {
	s := strings.Join(strings.Fields(native), "")
	if s != "" && s[0] != '[' && s[0] != '(' {
		return []clause{{op: ">=", text: s}}, nil
	}
	var points []clause
	for s = strings.TrimLeft(s, ","); s != ""; s = strings.TrimLeft(s, ",") {
		end := strings.IndexAny(s, "])")
		if end < 1 || s[0] != '[' && s[0] != '(' {
			return nil, unreadable(native, "a bracket is missing")
		}
		low, high, two := strings.Cut(s[1:end], ",")
		switch {
		case !two || low == high:
			points = append(points, clause{op: "=", text: low})
		default:
			if low != "" {
				points = append(points, clause{op: bracketOp('>', s[0] == '['), text: low})
			}
			if high != "" {
				points = append(points, clause{op: bracketOp('<', s[end] == ']'), text: high})
			}
		}
		s = s[end+1:]
	}
	return points, nil
}

// bracketOp is the operator of a bound.
func bracketOp(side byte, included bool) string {
	if included {
		return string(side) + "="
	}
	return string(side)
}

// nginxPoints translates nginx's own notation: "1.1.4-1.2.8" includes both ends,
// "1.4.1+" is that version and what follows in its branch, which for an even,
// stable minor number ends at the next.
func nginxPoints(native string) ([]clause, error) {
	var points []clause
	for part := range strings.SplitSeq(strings.Join(strings.Fields(native), ""), ",") {
		low, high, two := strings.Cut(part, "-")
		low, open := strings.CutSuffix(low, "+")
		from, err := coerceSemver(low)
		if err != nil {
			return nil, err
		}
		t, err := parseTriple(from)
		if err != nil {
			return nil, err
		}
		switch {
		case two:
			to, err := coerceSemver(high)
			if err != nil {
				return nil, err
			}
			points = append(points, clause{op: ">=", text: from}, clause{op: "<=", text: to})
		case open:
			points = append(points, clause{op: ">=", text: from})
			if t.core[1]%2 == 0 {
				next := strconv.FormatUint(t.core[0], 10) + "." + strconv.FormatUint(t.core[1]+1, 10) + ".0"
				points = append(points, clause{op: "<", text: next})
			}
		default:
			points = append(points, clause{op: "=", text: from})
		}
	}
	return points, nil
}
