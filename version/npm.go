package version

import "strings"

// npm versions are semantic versions as node-semver reads them: ordered like
// semver.org 2.0.0, with a leading "v" or "=" allowed, no build metadata in the
// order, and numbers up to 2^53-1. Sloppy spelling ("1", "1.2.3beta") still has a
// place in Compare, because advisories contain it; Valid refuses it unless the
// scheme is "npm-loose".
var (
	npm = Scheme{
		Name:      "npm",
		Doc:       "npm packages, ordered as node-semver orders them",
		Compare:   compareSemver,
		Valid:     validNPM,
		Satisfies: checkNPM,
	}
	npmLoose = Scheme{
		Name:      "npm-loose",
		Doc:       "npm packages, spelled as loosely as node-semver allows when asked",
		Compare:   compareSemver,
		Valid:     validNPMLoose,
		Satisfies: checkNPM,
	}
	npmRoot = rebuiltOf("npm:root", "npm packages rebuilt by Root.io, whose suffix orders after the original", compareSemver, validNPMLoose)
	npmEcho = rebuiltOf("npm:echo", "npm packages rebuilt by Echo, whose +echo.N orders after the original", compareSemver, validNPM)
)

// maxNPMNumber is JavaScript's largest safe integer, node-semver's limit.
const maxNPMNumber = "9007199254740991"

// trimNPM drops the prefix that node-semver ignores.
func trimNPM(v string) string {
	return strings.TrimLeft(strings.TrimSpace(v), "v= \t")
}

// validNPM accepts what node-semver's strict parser accepts.
func validNPM(v string) error {
	s := trimNPM(v)
	if err := validSemver(s); err != nil {
		return err
	}
	core := s[:coreLength(s)]
	for part := range strings.SplitSeq(core, ".") {
		if compareNumbers(part, maxNPMNumber) > 0 {
			return malformed("npm", v, "a number is larger than 2^53-1")
		}
	}
	return nil
}

// validNPMLoose accepts any version that begins with a number.
func validNPMLoose(v string) error {
	if coreLength(trimNPM(v)) == 0 {
		return malformed("npm", v, "does not begin with a number")
	}
	return nil
}
