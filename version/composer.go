package version

import (
	"regexp"
	"strings"
)

// PHP packages of Composer: a version is first normalized to four numbers and a
// stability (1.0-b2 is 1.0.0.0-beta2, 2.x-dev is 2.9999999.9999999.9999999-dev, dates
// keep their count of numbers), then ordered by PHP's version_compare
// (composer/semver, VersionParser::normalize). Branches ("dev-main") are below
// every number.
//
// Decided: what Composer refuses ("4.3-2RC1") is compared by version_compare as
// it is. Where Composer and other readers differ, as on "v3.0" and "v3.0.0-beta"
// or on "1.0-ALPHA1" and "1.0-BETA1", Composer is right.
var composer = Scheme{
	Name:       "composer",
	Doc:        "PHP packages of Packagist, ordered as Composer orders them",
	Compare:    compareComposer,
	Valid:      validComposer,
	ValidRange: validComposerRange,
	Satisfies:  checkComposer,
}

// composerStability is how Composer writes the stabilities that it reads.
var composerStability = [...]struct{ text, normal string }{
	{"stable", ""}, {"beta", "-beta"}, {"b", "-beta"}, {"rc", "-RC"}, {"alpha", "-alpha"}, {"a", "-alpha"},
	{"patch", "-patch"}, {"pl", "-patch"}, {"p", "-patch"},
}

// composerDate is the beginning of a version made of a date or a time.
var composerDate = regexp.MustCompile(`^\d{4}(?:[.:-]?\d{2}){1,6}(?:[.:-]?\d{1,3}){0,2}`)

// compareComposer orders two versions of PHP packages.
func compareComposer(a, b string) (int, error) {
	if a == b {
		return 0, nil
	}
	if len(a) > maxVersion || len(b) > maxVersion {
		return 0, malformed("composer", a, "longer than 4 KiB")
	}
	var bufferA, bufferB [64]byte
	x, okX := normalizeComposer(bufferA[:0], a)
	y, okY := normalizeComposer(bufferB[:0], b)
	if okX && okY {
		return versionCompare(string(x), string(y)), nil
	}
	return versionCompare(trimPHP(a), trimPHP(b)), nil
}

// normalizeComposer appends the normal form of v to to.
func normalizeComposer(to []byte, v string) (normal []byte, ok bool) {
	s := strings.TrimSpace(v)
	if i := strings.Index(s, " as "); i >= 0 {
		s = strings.TrimRight(s[:i], " ")
	}
	if i := strings.LastIndexByte(s, '@'); i >= 0 && isStability(s[i+1:]) {
		s = s[:i]
	}
	if s == "master" || s == "trunk" || s == "default" {
		return append(append(to, "dev-"...), s...), true
	}
	if len(s) >= len("dev-") && compareFold(s[:3], "dev") == 0 && s[3] == '-' {
		return append(append(to, "dev-"...), s[len("dev-"):]...), true
	}
	if i := strings.IndexByte(s, '+'); i > 0 && i+1 < len(s) && !strings.ContainsAny(s, ", \t") {
		s = s[:i]
	}
	rest := s
	if rest != "" && rest[0]|0x20 == 'v' {
		rest = rest[1:]
	}
	if out, ok := normalizeClassic(to, rest); ok {
		return out, true
	}
	if out, ok := normalizeDate(to, rest); ok {
		return out, true
	}
	return normalizeBranch(to, rest)
}

// isStability reports whether s is a flag that follows "@".
func isStability(s string) bool {
	for _, name := range [...]string{"stable", "rc", "beta", "alpha", "dev"} {
		if compareFold(s, name) == 0 {
			return true
		}
	}
	return false
}

// normalizeClassic appends one to four numbers, filled up with zeros, and the
// modifier.
func normalizeClassic(to []byte, s string) ([]byte, bool) {
	const mostDigits = 5
	n := digits(s)
	if n == 0 || n > mostDigits {
		return to, false
	}
	out := append(to, s[:n]...)
	s = s[n:]
	for range 3 {
		d := 0
		if s != "" && s[0] == '.' {
			d = digits(s[1:])
		}
		if d == 0 {
			out = append(out, ".0"...)
			continue
		}
		out = append(out, s[:1+d]...)
		s = s[1+d:]
	}
	return appendModifier(out, s)
}

// normalizeDate appends a date's numbers with dots between, and the modifier: the
// longest date that leaves a readable modifier.
func normalizeDate(to []byte, s string) ([]byte, bool) {
	for n := len(composerDate.FindString(s)); n > 0; n-- {
		if composerDate.FindString(s[:n]) != s[:n] {
			continue
		}
		out := to
		for i := range n {
			if isDigit(s[i]) {
				out = append(out, s[i])
			} else {
				out = append(out, '.')
			}
		}
		if out, ok := appendModifier(out, s[n:]); ok {
			return out, true
		}
	}
	return to, false
}

// appendModifier appends the stability that s, all of what follows the numbers,
// writes: [._-]?(word numbers?)?([.-]?dev)?.
func appendModifier(to []byte, s string) ([]byte, bool) {
	if s == "" {
		return to, true
	}
	if out, ok := appendDev(to, s); ok {
		return out, true
	}
	if strings.IndexByte("._-", s[0]) >= 0 {
		s = s[1:]
	}
	for _, st := range composerStability {
		if len(s) < len(st.text) || compareFold(s[:len(st.text)], st.text) != 0 {
			continue
		}
		rest := s[len(st.text):]
		n := modifierNumbers(rest)
		out := to
		if st.normal != "" {
			out = append(append(out, st.normal...), strings.TrimLeft(rest[:n], ".-")...)
		}
		if st.normal == "" && rest[n:] != "" {
			if _, ok := appendDev(to, rest[n:]); ok {
				return out, true // Composer forgets the -dev of a "stable"
			}
			continue
		}
		if out, ok := appendDev(out, rest[n:]); ok {
			return out, true
		}
	}
	return appendDev(to, s)
}

// modifierNumbers is the length of the numbers behind a stability.
func modifierNumbers(s string) int {
	n := 0
	for n < len(s) {
		k := n
		if s[k] == '.' || s[k] == '-' {
			k++
		}
		d := digits(s[k:])
		if d == 0 {
			break
		}
		n = k + d
	}
	return n
}

// appendDev appends "-dev" when that is what s writes, nothing when s is empty.
func appendDev(to []byte, s string) ([]byte, bool) {
	if s == "" {
		return to, true
	}
	if s[0] == '.' || s[0] == '-' {
		s = s[1:]
	}
	if compareFold(s, "dev") == 0 {
		return append(to, "-dev"...), true
	}
	return to, false
}

// normalizeBranch appends the normal form of a numeric branch such as "2.x-dev".
func normalizeBranch(to []byte, s string) ([]byte, bool) {
	if len(s) < len("dev") || compareFold(s[len(s)-3:], "dev") != 0 {
		return to, false
	}
	s = s[:len(s)-3]
	if s != "" && (s[len(s)-1] == '.' || s[len(s)-1] == '-') {
		s = s[:len(s)-1]
	}
	n := digits(s)
	if n == 0 {
		return to, false
	}
	out := append(to, s[:n]...)
	s = s[n:]
	for range 3 {
		switch d := digits(strings.TrimPrefix(s, ".")); {
		case s == "":
			out = append(out, ".9999999"...)
		case s[0] == '.' && d > 0:
			out, s = append(out, s[:1+d]...), s[1+d:]
		case s[0] == '.' && len(s) > 1 && strings.IndexByte("xX*", s[1]) >= 0:
			out, s = append(out, ".9999999"...), s[2:]
		default:
			return to, false
		}
	}
	if s != "" {
		return to, false
	}
	return append(out, "-dev"...), true
}

// validComposer accepts what Composer can normalize.
func validComposer(v string) error {
	if len(v) > maxVersion {
		return malformed("composer", v, "longer than 4 KiB")
	}
	if _, ok := normalizeComposer(nil, v); !ok {
		return malformed("composer", v, "Composer cannot read it")
	}
	return nil
}
