package version

// Haskell packages have dotted numbers, ordered as lists by the Haskell Package
// Versioning Policy: 1.0 < 1.0.0. Any other text sorts above every version, as in
// OSV's own service.
var hackage = Scheme{
	Name:      "hackage",
	Doc:       "Haskell packages of Hackage",
	Compare:   compareHackage,
	Valid:     validHackage,
	Satisfies: exprOf(compareHackage),
}

// compareHackage orders two versions of Haskell packages.
func compareHackage(a, b string) (int, error) {
	return compareNumberLists(a, b, "."), nil
}

// validHackage accepts dotted numbers without leading zeros, as Cabal does.
func validHackage(v string) error {
	if !isNumberList(v, ".") {
		return malformed("hackage", v, "not dotted numbers")
	}
	for s := v; s != ""; {
		n := digits(s)
		if n > 1 && s[0] == '0' {
			return malformed("hackage", v, "a number begins with 0")
		}
		s = s[min(n+1, len(s)):]
	}
	return nil
}
