package version

import "strings"

// Bitnami packages carry the version of the software that they hold and, behind
// a hyphen, Bitnami's own revision ("2.3.1-4"). A revision repackages the same
// sources, so it can neither have nor mend a vulnerability, and is not compared, as
// in grype. Everything else behind the hyphen is a semantic prerelease, as in
// Bitnami's own advisories ("2.6.0-rc1"), which grype leaves out too.
var bitnami = Scheme{
	Name:      "bitnami",
	Doc:       "Bitnami packages; the packaging revision is not compared",
	Compare:   compareBitnami,
	Valid:     validBitnami,
	Satisfies: exprOf(compareBitnami),
}

// compareBitnami orders two Bitnami versions; a revision does not count.
func compareBitnami(a, b string) (int, error) {
	x, preX, err := cutSemver(a)
	if err != nil {
		return 0, err
	}
	y, preY, err := cutSemver(b)
	if err != nil {
		return 0, err
	}
	if c := compareDotted(x, y); c != 0 {
		return c, nil
	}
	if isNumber(preX) {
		preX = ""
	}
	if isNumber(preY) {
		preY = ""
	}
	return comparePre(preX, preY), nil
}

// validBitnami accepts one to three numbers with an optional revision, and
// semantic versions.
func validBitnami(v string) error {
	if validSemver(v) == nil {
		return nil
	}
	core, revision, has := strings.Cut(strings.TrimPrefix(v, "v"), "-")
	if coreLength(core) != len(core) || core == "" || strings.Count(core, ".") > 2 || has && !isNumber(revision) {
		return malformed("bitnami", v, "not of the form 1.2.3-4")
	}
	return nil
}
