package version

import "strings"

// PHP's version_compare cuts a version at dots, hyphens, underscores and plus
// signs and between digits and anything else, and compares part by part: numbers
// by value, words by kind: any other word < dev < alpha < beta < RC < a number <
// pl. Missing parts are neither (1.0 < 1.0.0, 1.0-rc1 < 1.0 < 1.0-pl1). Kinds are
// recognized by their beginning, capital letters only in RC.
//
// The letters v and V in front are dropped and numbers may have any length,
// unlike in PHP. A part "#" is equal to any number, PHP's sign for one.
var php = Scheme{
	Name:      "php",
	Doc:       "versions as PHP's version_compare orders them",
	Compare:   comparePHP,
	Valid:     validPHP,
	Satisfies: exprOf(comparePHP),
}

// phpKinds are the words with a rank, from which rank phpKind counts down.
var phpKinds = [...]struct {
	prefix string
	rank   int
}{{"dev", 1}, {"alpha", 2}, {"a", 2}, {"beta", 3}, {"b", 3}, {"RC", 4}, {"rc", 4}, {"#", phpNumber}, {"pl", 6}, {"p", 6}}

// phpNumber is the rank of a number among the words.
const phpNumber = 5

// phpKind ranks a part among the words.
func phpKind(part string) int {
	if part == "" || isDigit(part[0]) {
		return phpNumber
	}
	for _, k := range phpKinds {
		if strings.HasPrefix(part, k.prefix) {
			return k.rank
		}
	}
	return 0
}

// isPHPSeparator reports whether c stands between two parts.
func isPHPSeparator(c byte) bool { return c == '.' || c == '-' || c == '_' || c == '+' }

// cutPHP splits the next part off; at the end it is "".
func cutPHP(s string) (part, rest string) {
	for s != "" && isPHPSeparator(s[0]) {
		s = s[1:]
	}
	if s == "" {
		return "", ""
	}
	n, numeric := 1, isDigit(s[0])
	for n < len(s) && !isPHPSeparator(s[n]) && isDigit(s[n]) == numeric {
		n++
	}
	return s[:n], s[n:]
}

// trimPHP drops white space and one leading v.
func trimPHP(v string) string {
	v = strings.TrimSpace(v)
	if v != "" && v[0]|0x20 == 'v' {
		v = v[1:]
	}
	return v
}

// comparePHP orders two versions as version_compare.
func comparePHP(a, b string) (int, error) {
	return versionCompare(trimPHP(a), trimPHP(b)), nil
}

// versionCompare orders two versions without a leading v.
func versionCompare(a, b string) int {
	if a == "" || b == "" {
		switch {
		case a == b:
			return 0
		case a == "":
			return -1
		}
		return 1
	}
	for {
		var x, y string
		x, a = cutPHP(a)
		y, b = cutPHP(b)
		switch {
		case x == "" && y == "":
			return 0
		case x == "":
			return -comparePHPRest(y, b)
		case y == "":
			return comparePHPRest(x, a)
		case isDigit(x[0]) && isDigit(y[0]):
			if c := compareNumbers(x, y); c != 0 {
				return c
			}
		default:
			if i, j := phpKind(x), phpKind(y); i != j {
				return order(i < j)
			}
		}
	}
}

// comparePHPRest orders what one version has more, which begins with part,
// against nothing: a number is higher, a word is compared with a number.
func comparePHPRest(part, rest string) int {
	for part != "" {
		if isDigit(part[0]) {
			return 1
		}
		if k := phpKind(part); k != phpNumber {
			return order(k < phpNumber)
		}
		part, rest = cutPHP(rest)
	}
	return 0
}

// validPHP accepts versions that begin with a number.
func validPHP(v string) error {
	if digits(trimPHP(v)) == 0 {
		return malformed("php", v, "does not begin with a number")
	}
	return nil
}
