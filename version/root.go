package version

import "strings"

// Rebuilders such as Root.io and Echo ship an upstream version with a counter
// of their own behind it: "1.0.0.root.io.1", "1.0.0+root.io.1", "1.2-r20071",
// "2.14.2+echo.1". The rebuilt version sorts right after the version it was
// built from and before the next one; the counter orders rebuilds.

// rebuildMarks are the texts between a version and the rebuilder's counter.
var rebuildMarks = [...]string{".root.io.", "+root.io.", "-root.io.", "+echo.", "-r2007"}

// cutRebuild splits a version into what was rebuilt and the counter, which is
// empty when v is no rebuild.
func cutRebuild(v string) (base, counter string) {
	for _, mark := range rebuildMarks {
		if i := strings.LastIndex(v, mark); i >= 0 && isNumber(v[i+len(mark):]) {
			return v[:i], v[i+len(mark):]
		}
	}
	return v, ""
}

// rebuiltOf is the scheme of versions that compare orders and valid knows, as a
// rebuilder ships them.
func rebuiltOf(name, doc string, compare func(a, b string) (int, error), valid func(v string) error) Scheme {
	compare = rootOf(compare)
	return Scheme{Name: name, Doc: doc, Compare: compare, Valid: valid, Satisfies: exprOf(compare)}
}

// rootOf is compare made aware of a rebuilder's counter.
func rootOf(compare func(a, b string) (int, error)) func(a, b string) (int, error) {
	return func(a, b string) (int, error) {
		baseA, countA := cutRebuild(a)
		baseB, countB := cutRebuild(b)
		if c, err := compare(baseA, baseB); c != 0 || err != nil {
			return c, err
		}
		if (countA == "") != (countB == "") {
			return order(countA == ""), nil
		}
		return compareNumbers(countA, countB), nil
	}
}
