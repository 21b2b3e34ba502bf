package version

import "strings"

// R packages have versions of at least two numbers separated by dots or
// hyphens, ordered number by number as R's package_version does; when one is the
// beginning of the other, the longer one is higher (1.0 < 1.0.0).
//
// Decided: what is no such version sorts above every version, and two of them
// as text, as OSV's own service does.
var (
	cran = Scheme{
		Name:      "cran",
		Doc:       "R packages of CRAN",
		Compare:   compareCRAN,
		Valid:     validCRAN,
		Satisfies: exprOf(compareCRAN),
	}
	bioconductor = Scheme{
		Name:      "bioconductor",
		Doc:       "R packages of Bioconductor, whose versions are R's",
		Compare:   compareCRAN,
		Valid:     validCRAN,
		Satisfies: exprOf(compareCRAN),
	}
)

// compareCRAN orders two versions of R packages.
func compareCRAN(a, b string) (int, error) {
	return compareNumberLists(a, b, ".-"), nil
}

// compareNumberLists orders two lists of numbers that one of the separators
// divides; of two that begin alike the longer one is higher. Any other text is
// above every list.
func compareNumberLists(a, b, separators string) int {
	okA, okB := isNumberList(a, separators), isNumberList(b, separators)
	switch {
	case okA != okB:
		return order(okA)
	case !okA:
		return strings.Compare(a, b)
	}
	for a != "" && b != "" {
		na, nb := digits(a), digits(b)
		if c := compareNumbers(a[:na], b[:nb]); c != 0 {
			return c
		}
		a, b = a[min(na+1, len(a)):], b[min(nb+1, len(b)):]
	}
	switch {
	case a == "" && b == "":
		return 0
	case a == "":
		return -1
	}
	return 1
}

// isNumberList reports whether s is numbers, each two with one separator between.
func isNumberList(s, separators string) bool {
	for {
		n := digits(s)
		if n == 0 {
			return false
		}
		if n == len(s) {
			return true
		}
		if strings.IndexByte(separators, s[n]) < 0 {
			return false
		}
		s = s[n+1:]
	}
}

// validCRAN demands at least two numbers, as R's manual "Writing R Extensions".
func validCRAN(v string) error {
	if !isNumberList(v, ".-") || isNumber(v) {
		return malformed("cran", v, "not two or more numbers with dots or hyphens between")
	}
	return nil
}
