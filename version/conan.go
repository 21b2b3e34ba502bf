package version

import "strings"

// Conan packages have dotted items with an optional "-prerelease" and an optional
// "+build", each of them dotted items again (Conan 2, conans/model/version.py).
// Items compare as numbers when both are numbers, else as text; trailing zeros do
// not count; a prerelease is below its release and a build above it.
//
// Text beats number only by its characters, so the order is not transitive
// where items of both kinds meet ("10" < "9a" as text, 9 < 10 as numbers).
var conan = Scheme{
	Name:      "conan",
	Doc:       "C and C++ packages of ConanCenter",
	Compare:   compareConan,
	Valid:     validConan,
	Satisfies: exprOf(compareConan),
}

// conanVersion is a version taken apart; a part that is missing is not the
// same as an empty one.
type conanVersion struct {
	items, pre, build string
	hasPre, hasBuild  bool
}

// cutConan takes a version apart at its last plus and its last hyphen.
func cutConan(v string) conanVersion {
	var c conanVersion
	c.items = v
	if i := strings.LastIndexByte(c.items, '+'); i >= 0 {
		c.items, c.build, c.hasBuild = c.items[:i], c.items[i+1:], true
	}
	if i := strings.LastIndexByte(c.items, '-'); i >= 0 {
		c.items, c.pre, c.hasPre = c.items[:i], c.items[i+1:], true
	}
	return c
}

// compareConan orders two versions of Conan packages.
func compareConan(a, b string) (int, error) {
	return compareConanAt(a, b), nil
}

// compareConanAt orders two versions or two parts of them. A part holds no plus
// and a prerelease no hyphen either, so this nests at most three deep.
func compareConanAt(a, b string) int {
	x, y := cutConan(a), cutConan(b)
	if c := compareConanItems(x.items, y.items); c != 0 {
		return c
	}
	if x.hasPre != y.hasPre {
		return order(x.hasPre)
	}
	if x.hasPre {
		if c := compareConanAt(x.pre, y.pre); c != 0 {
			return c
		}
	}
	if x.hasBuild != y.hasBuild {
		return order(y.hasBuild)
	}
	if !x.hasBuild {
		return 0
	}
	return compareConanAt(x.build, y.build)
}

// compareConanItems orders dotted items after dropping trailing zeros.
func compareConanItems(a, b string) int {
	a, b = trimConan(a), trimConan(b)
	for a != "" && b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		c := 0
		if isNumber(x) && isNumber(y) {
			c = compareNumbers(x, y)
		} else {
			c = strings.Compare(bareItem(x), bareItem(y))
		}
		if c != 0 {
			return c
		}
	}
	switch {
	case a == "" && b == "":
		return 0
	case a == "":
		return -1
	}
	return 1
}

// bareItem is the text that an item compares by against one that is no number.
func bareItem(item string) string {
	if isNumber(item) {
		return bare(item)
	}
	return item
}

// trimConan drops trailing items that are zero.
func trimConan(s string) string {
	for {
		rest, last := "", s
		if i := strings.LastIndexByte(s, '.'); i >= 0 {
			rest, last = s[:i], s[i+1:]
		}
		if !isNumber(last) || strings.Trim(last, "0") != "" {
			return s
		}
		s = rest
	}
}

// validConan accepts what a Conan 2 recipe may declare: lower-case letters,
// digits and the characters of a reference, at most 101 bytes.
func validConan(v string) error {
	const most = 101
	if v == "" || len(v) > most {
		return malformed("conan", v, "empty or longer than 101 bytes")
	}
	for i := range len(v) {
		c := v[i]
		plain := isDigit(c) || 'a' <= c && c <= 'z' || c == '_'
		if !plain && (i == 0 || strings.IndexByte("+.-", c) < 0) {
			return malformed("conan", v, "a character that a version may not hold")
		}
	}
	return nil
}
