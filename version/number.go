package version

import "strings"

// maxVersion bounds, in bytes, the versions of those schemes that need memory
// to compare; no package has one near as long.
const maxVersion = 1 << 12

// isDigit reports whether c is an ASCII digit.
func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isLetter reports whether c is an ASCII letter.
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// isNumber reports whether s is one or more ASCII digits.
func isNumber(s string) bool { return s != "" && digits(s) == len(s) }

// digits counts the ASCII digits that s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// compareNumbers orders two runs of ASCII digits of any length by value; an
// empty run is zero.
func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return order(len(a) < len(b))
	}
	for i := range len(a) { // strings.Compare would make its arguments escape
		if a[i] != b[i] {
			return order(a[i] < b[i])
		}
	}
	return 0
}

// order is -1 when less holds and +1 when it does not.
func order(less bool) int {
	if less {
		return -1
	}
	return 1
}
