package version

import "strings"

// Bitnami packages carry the version of the software that they hold and, behind
// a hyphen, Bitnami's own revision ("2.3.1-4"). A revision repackages the same
// sources, so it can neither have nor mend a vulnerability: only the numbers
// of the software count, missing ones as zero. That is also grype's reading; a
// plain semantic order would take the revision for a prerelease.
var bitnami = Scheme{
	Name:      "bitnami",
	Doc:       "Bitnami packages; the packaging revision is not compared",
	Compare:   compareBitnami,
	Valid:     validBitnami,
	Satisfies: exprOf(compareBitnami),
}

// compareBitnami orders two Bitnami versions by their numbers.
func compareBitnami(a, b string) (int, error) {
	x, _, err := cutSemver(a)
	if err != nil {
		return 0, err
	}
	y, _, err := cutSemver(b)
	if err != nil {
		return 0, err
	}
	return compareDotted(x, y), nil
}

// validBitnami accepts one to three numbers with an optional numeric revision.
func validBitnami(v string) error {
	core, revision, has := strings.Cut(strings.TrimPrefix(v, "v"), "-")
	if coreLength(core) != len(core) || core == "" || strings.Count(core, ".") > 2 || has && !isNumber(revision) {
		return malformed("bitnami", v, "not of the form 1.2.3-4")
	}
	return nil
}
