package version

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Python versions are ordered by PEP 440 (now the "Version specifiers"
// specification of packaging.python.org): epoch, release numbers with trailing
// zeros dropped, then dev, a, b, rc, final, post, then the local version, with
// every spelling that the normalization rules allow.
//
// Decided: what PEP 440 refuses ("2013-01-21T20:33:09+0100") is still in
// advisories; like setuptools before PEP 440 was enforced, Compare puts it below
// every valid version and orders it by setuptools' old rule.
var (
	pep440 = Scheme{
		Name:       "pep440",
		Doc:        "Python packages, PEP 440",
		Compare:    comparePEP440,
		Valid:      validPEP440,
		ValidRange: validPEP440Range,
		Satisfies:  checkPEP440,
	}
	pep440Root = Scheme{
		Name:       "pep440:root",
		Doc:        "Python packages rebuilt by Root.io; the rebuild is a local version",
		Compare:    comparePEP440,
		Valid:      validPEP440,
		ValidRange: validPEP440Range,
		Satisfies:  checkPEP440,
	}
	pep440Echo = Scheme{
		Name:       "pep440:echo",
		Doc:        "Python packages rebuilt by Echo; the rebuild is a local version",
		Compare:    comparePEP440,
		Valid:      validPEP440,
		ValidRange: validPEP440Range,
		Satisfies:  checkPEP440,
	}
)

// pyVersion is a PEP 440 version taken apart; all fields are slices of the
// text, so that parsing allocates nothing.
type pyVersion struct {
	epoch   string
	release string // dotted numbers, as written
	pre     byte   // 'a', 'b', 'r' (rc) or 0
	preN    string
	hasPost bool
	postN   string
	hasDev  bool
	devN    string
	local   string
}

// prerelease reports whether PEP 440 calls v a pre-release.
func (v pyVersion) prerelease() bool { return v.pre != 0 || v.hasDev }

// parsePEP440 reads v in any spelling that normalization allows.
func parsePEP440(v string) (pyVersion, bool) {
	var p pyVersion
	s := strings.TrimFunc(v, isPySpace)
	if s != "" && s[0]|0x20 == 'v' {
		s = s[1:]
	}
	n := digits(s)
	if n > 0 && n < len(s) && s[n] == '!' {
		p.epoch, s = s[:n], s[n+1:]
	}
	n = coreLength(s)
	if n == 0 {
		return p, false
	}
	p.release, s = s[:n], s[n:]
	if i := strings.IndexByte(s, '+'); i >= 0 {
		p.local, s = s[i+1:], s[:i]
		if !isPyLocal(p.local) {
			return p, false
		}
	}
	s = p.parsePre(s)
	s = p.parsePost(s)
	if rest, ok := cutPyWord(s, "dev"); ok {
		p.hasDev = true
		p.devN, s = cutPyNumber(rest)
	}
	return p, s == ""
}

// String is the version in PEP 440's normal form.
func (v pyVersion) String() string {
	var b strings.Builder
	if epoch := bare(v.epoch); epoch != "0" {
		b.WriteString(epoch + "!")
	}
	for i, part := range strings.Split(v.release, ".") {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(bare(part))
	}
	switch v.pre {
	case 0:
	case 'r':
		b.WriteString("rc" + bare(v.preN))
	default:
		b.WriteString(string(v.pre) + bare(v.preN))
	}
	if v.hasPost {
		b.WriteString(".post" + bare(v.postN))
	}
	if v.hasDev {
		b.WriteString(".dev" + bare(v.devN))
	}
	sep := byte('+')
	for local := v.local; local != ""; sep = '.' {
		var part string
		part, local = cutPyLocal(local)
		if isNumber(part) {
			part = bare(part)
		}
		b.WriteByte(sep)
		b.WriteString(strings.ToLower(part))
	}
	return b.String()
}

// bare is a number without leading zeros.
func bare(number string) string {
	if s := strings.TrimLeft(number, "0"); s != "" {
		return s
	}
	return "0"
}

// isPySpace reports whether r is white space to Python's \s.
func isPySpace(r rune) bool {
	return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f
}

// parsePre reads a pre-release part and returns what follows.
func (v *pyVersion) parsePre(s string) string {
	for _, word := range [...]string{"alpha", "a", "beta", "b", "preview", "pre", "c", "rc"} {
		if rest, ok := cutPyWord(s, word); ok {
			v.pre = word[0]
			if v.pre == 'p' || v.pre == 'c' {
				v.pre = 'r'
			}
			v.preN, rest = cutPyNumber(rest)
			return rest
		}
	}
	return s
}

// parsePost reads a post-release part and returns what follows; a hyphen and a
// number alone are one too.
func (v *pyVersion) parsePost(s string) string {
	if len(s) > 1 && s[0] == '-' && isDigit(s[1]) {
		n := 1 + digits(s[1:])
		v.hasPost, v.postN = true, s[1:n]
		return s[n:]
	}
	for _, word := range [...]string{"post", "rev", "r"} {
		if rest, ok := cutPyWord(s, word); ok {
			v.hasPost = true
			v.postN, rest = cutPyNumber(rest)
			return rest
		}
	}
	return s
}

// cutPyWord splits off one optional separator and word in any case.
func cutPyWord(s, word string) (rest string, ok bool) {
	s = trimPySeparator(s)
	if len(s) < len(word) || compareFold(s[:len(word)], word) != 0 {
		return "", false
	}
	return s[len(word):], true
}

// cutPyNumber splits off one optional separator and a number; no number counts
// as zero.
func cutPyNumber(s string) (number, rest string) {
	s = trimPySeparator(s)
	n := digits(s)
	return s[:n], s[n:]
}

// trimPySeparator drops one dot, hyphen or underscore.
func trimPySeparator(s string) string {
	if s != "" && (s[0] == '.' || s[0] == '-' || s[0] == '_') {
		return s[1:]
	}
	return s
}

// isPyLocal checks a local version: letters and digits with single separators.
func isPyLocal(s string) bool {
	word := false
	for i := range len(s) {
		switch c := s[i]; {
		case isDigit(c) || isLetter(c):
			word = true
		case strings.IndexByte(".-_", c) >= 0 && word:
			word = false
		default:
			return false
		}
	}
	return word
}

// comparePEP440 orders two Python versions, also ones that PEP 440 refuses.
func comparePEP440(a, b string) (int, error) {
	x, okX := parsePEP440(a)
	y, okY := parsePEP440(b)
	switch {
	case okX && okY:
		if c := comparePyPublic(x, y); c != 0 {
			return c, nil
		}
		return comparePyLocal(x.local, y.local), nil
	case okX != okY:
		return order(okY), nil
	case len(a) > maxVersion || len(b) > maxVersion:
		return 0, malformed("pep440", a, "longer than 4 KiB")
	}
	return compareLegacy(a, b), nil
}

// comparePyPublic orders everything but the local version.
func comparePyPublic(x, y pyVersion) int {
	if c := compareNumbers(x.epoch, y.epoch); c != 0 {
		return c
	}
	if c := compareDotted(x.release, y.release); c != 0 {
		return c
	}
	if i, j := x.preRank(), y.preRank(); i != j {
		return order(i < j)
	}
	if c := compareNumbers(x.preN, y.preN); c != 0 {
		return c
	}
	if x.hasPost != y.hasPost {
		return order(y.hasPost)
	}
	if c := compareNumbers(x.postN, y.postN); c != 0 {
		return c
	}
	if x.hasDev != y.hasDev {
		return order(x.hasDev)
	}
	return compareNumbers(x.devN, y.devN)
}

// preRank orders a bare dev release, a, b, rc and no pre-release.
func (v pyVersion) preRank() int {
	switch {
	case v.pre != 0:
		return int(v.pre)
	case v.hasDev && !v.hasPost:
		return 0
	}
	return 'z'
}

// comparePyLocal orders local versions: none is lowest, numbers are above
// words, a longer one is above its beginning.
func comparePyLocal(a, b string) int {
	for a != "" && b != "" {
		var x, y string
		x, a = cutPyLocal(a)
		y, b = cutPyLocal(b)
		nx, ny := isNumber(x), isNumber(y)
		c := 0
		switch {
		case nx && ny:
			c = compareNumbers(x, y)
		case nx != ny:
			c = order(ny)
		default:
			c = compareFold(x, y)
		}
		if c != 0 {
			return c
		}
	}
	return strings.Compare(a, b) // one is empty, or both are
}

// cutPyLocal splits off the next segment of a local version.
func cutPyLocal(s string) (segment, rest string) {
	if i := strings.IndexAny(s, ".-_"); i >= 0 {
		return s[:i], s[i+1:]
	}
	return s, ""
}

// compareFold orders ASCII text without regard to case.
func compareFold(a, b string) int {
	for i := range min(len(a), len(b)) {
		if x, y := a[i]|0x20, b[i]|0x20; x != y {
			return order(x < y)
		}
	}
	if len(a) != len(b) {
		return order(len(a) < len(b))
	}
	return 0
}

// compareLegacy orders two versions by the rule of setuptools before PEP 440.
func compareLegacy(a, b string) int {
	x, y := legacyParts(a), legacyParts(b)
	for i := range min(len(x), len(y)) {
		if c := compareLegacyPart(x[i], y[i]); c != 0 {
			return c
		}
	}
	if len(x) != len(y) {
		return order(len(x) < len(y))
	}
	return 0
}

// compareLegacyPart orders two parts; words, marked by "*", are below numbers.
func compareLegacyPart(a, b string) int {
	if isDigit(a[0]) && isDigit(b[0]) {
		return compareNumbers(a, b)
	}
	return strings.Compare(a, b)
}

// legacyParts cuts v at dots, hyphens and changes between digits, letters and
// the rest; words get a "*" so that they sort below numbers.
func legacyParts(v string) []string {
	var parts []string
	add := func(part string) {
		if part[0] == '*' {
			for part < "*final" && len(parts) > 0 && parts[len(parts)-1] == "*final-" {
				parts = parts[:len(parts)-1]
			}
			for len(parts) > 0 && strings.Trim(parts[len(parts)-1], "0") == "" {
				parts = parts[:len(parts)-1]
			}
		}
		parts = append(parts, part)
	}
	for s := strings.ToLower(v); s != ""; {
		n := legacyRun(s)
		if word := s[:n]; isDigit(word[0]) {
			add(word)
		} else if word != "." {
			add("*" + legacyWord(word))
		}
		s = s[n:]
	}
	add("*final")
	return parts
}

// legacyRun is the length of the part that s begins with.
func legacyRun(s string) int {
	if n := digits(s); n > 0 {
		return n
	}
	if n := run(s, false); n > 0 {
		return n
	}
	if s[0] == '.' || s[0] == '-' {
		return 1
	}
	n := 0
	for n < len(s) && !isDigit(s[n]) && !isLetter(s[n]) && s[n] != '.' && s[n] != '-' {
		_, size := utf8.DecodeRuneInString(s[n:])
		n += size
	}
	return n
}

// legacyWord maps the words that setuptools gave a place of their own.
func legacyWord(word string) string {
	switch word {
	case "pre", "preview", "rc":
		return "c"
	case "-":
		return "final-"
	case "dev":
		return "@"
	}
	return word
}

// validPEP440 accepts every spelling that PEP 440 can normalize.
func validPEP440(v string) error {
	if _, ok := parsePEP440(v); !ok {
		return malformed("pep440", v, "not a PEP 440 version")
	}
	return nil
}
