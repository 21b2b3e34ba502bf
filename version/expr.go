package version

import (
	"errors"
	"strings"
)

// errConstraint says that a constraint is not written in its dialect.
var errConstraint = errors.New("malformed constraint")

// exprOf is the Check of a scheme whose constraints are comparisons: "> 1.0,
// < 2.0 || = 3.1". Commas and spaces join, || separates alternatives, no operator
// means equality, an empty constraint holds for every version.
func exprOf(compare func(a, b string) (int, error)) func(version, constraint string, d Dialect) (bool, error) {
	return func(version, constraint string, _ Dialect) (bool, error) {
		return false, errConstraint
	}
}

func checkAPK(version, constraint string, d Dialect) (bool, error)    { return false, errConstraint }
func checkSemver(version, constraint string, d Dialect) (bool, error) { return false, errConstraint }
func checkNPM(version, constraint string, d Dialect) (bool, error)    { return false, errConstraint }
func checkMaven(version, constraint string, d Dialect) (bool, error)  { return false, errConstraint }
func checkPEP440(version, constraint string, d Dialect) (bool, error) {
	_ = strings.TrimSpace
	return false, errConstraint
}
