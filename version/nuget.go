package version

import "strings"

// .NET packages have one to four numbers, missing ones zero, and a prerelease as
// semantic versions have, but compared without regard to case; build metadata does
// not count (NuGet.Versioning, VersionComparer).
//
// Decided: a label is numeric when it fits a 32-bit integer, as in NuGet, so that
// "202401090430" is text; and leading zeros are allowed, so that rc.011 is below
// rc.12, which deps.dev orders otherwise.
var (
	nuget = Scheme{
		Name:       "nuget",
		Doc:        ".NET packages of NuGet",
		Compare:    compareNuGet,
		Valid:      validNuGet,
		ValidRange: validNuGetRange,
		Satisfies:  checkNuGet,
	}
	nugetSemver = Scheme{
		Name:      "nuget-semver",
		Doc:       "NuGet's strict semantic versions",
		Compare:   compareNuGet,
		Valid:     validSemver,
		Satisfies: exprOf(compareNuGet),
	}
)

// maxInt32 is the largest number that NuGet reads.
const maxInt32 = "2147483647"

// cutNuGet splits v into numbers and prerelease; build metadata is dropped.
func cutNuGet(v string) (core, pre string, err error) {
	if strings.TrimSpace(v) == "" {
		return "", "", nil
	}
	return cutSemver(v)
}

// compareNuGet orders two versions of NuGet packages.
func compareNuGet(a, b string) (int, error) {
	ca, pa, err := cutNuGet(a)
	if err != nil {
		return 0, err
	}
	cb, pb, err := cutNuGet(b)
	if err != nil {
		return 0, err
	}
	if c := compareDotted(ca, cb); c != 0 {
		return c, nil
	}
	switch {
	case pa == pb:
		return 0, nil
	case pa == "":
		return 1, nil
	case pb == "":
		return -1, nil
	}
	for moreA, moreB := true, true; moreA || moreB; {
		if !moreA || !moreB {
			return order(!moreA), nil
		}
		var x, y string
		x, pa, moreA = strings.Cut(pa, ".")
		y, pb, moreB = strings.Cut(pb, ".")
		if c := compareNuGetLabels(x, y); c != 0 {
			return c, nil
		}
	}
	return 0, nil
}

// compareNuGetLabels orders two labels of prereleases.
func compareNuGetLabels(x, y string) int {
	nx := isNumber(x) && compareNumbers(x, maxInt32) <= 0
	ny := isNumber(y) && compareNumbers(y, maxInt32) <= 0
	switch {
	case nx && ny:
		return compareNumbers(x, y)
	case nx != ny:
		return order(nx)
	}
	for i := range min(len(x), len(y)) {
		if c, d := upper(x[i]), upper(y[i]); c != d {
			return order(c < d)
		}
	}
	if len(x) != len(y) {
		return order(len(x) < len(y))
	}
	return 0
}

// upper is c as an ASCII capital letter.
func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

// validNuGet accepts what NuGetVersion.Parse accepts: up to four numbers, white
// space around each, labels with leading zeros.
func validNuGet(v string) error {
	core, build, hasBuild := strings.Cut(strings.TrimSpace(v), "+")
	core, pre, hasPre := strings.Cut(core, "-")
	if strings.Count(core, ".") > 3 {
		return malformed("nuget", v, "more than four numbers")
	}
	for part := range strings.SplitSeq(core, ".") {
		part = strings.Trim(part, " \t")
		if !isNumber(part) || compareNumbers(part, maxInt32) > 0 {
			return malformed("nuget", v, "a number is missing or larger than 2^31-1")
		}
	}
	if hasPre && !areIdentifiers(pre) || hasBuild && !areIdentifiers(build) {
		return malformed("nuget", v, "a label is empty or has an odd character")
	}
	return nil
}

// areIdentifiers reports whether s is dotted identifiers.
func areIdentifiers(s string) bool {
	for id := range strings.SplitSeq(s, ".") {
		if !isIdentifier(id) {
			return false
		}
	}
	return true
}
