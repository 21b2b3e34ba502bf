package report

import (
	"cmp"
	"strings"
)

// comparison is the order of versions that the options ask for, with the
// natural order behind it.
func (o Options) comparison() func(ecosystem, a, b string) int {
	return func(ecosystem, a, b string) int {
		if o.Compare != nil {
			if n, err := o.Compare(ecosystem, a, b); err == nil {
				return n
			}
		}
		return natural(a, b)
	}
}

// natural orders text with the numbers in it by value: "1.9" before "1.10".
func natural(a, b string) int {
	for a != "" && b != "" {
		n, m := run(a), run(b)
		x, y := a[:n], b[:m]
		if isDigit(x[0]) && isDigit(y[0]) {
			x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
			if c := cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y)); c != 0 {
				return c
			}
		} else if c := cmp.Compare(x, y); c != 0 {
			return c
		}
		a, b = a[n:], b[m:]
	}
	return cmp.Compare(len(a), len(b))
}

// run is the length of the digits, or of the other signs, that s begins with.
func run(s string) int {
	n := 1
	for n < len(s) && isDigit(s[n]) == isDigit(s[0]) {
		n++
	}
	return n
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
