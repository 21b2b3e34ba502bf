package version

// Julia packages have semantic versions whose build number counts, as
// Base.VersionNumber orders them: v"1.0.0" < v"1.0.0+0" < v"1.0.0+1". The packages that
// wrap foreign libraries (JLLs) count their rebuilds there. That is also how
// Dart orders build metadata.
var julia = Scheme{
	Name:      "julia",
	Doc:       "Julia packages, whose build numbers count",
	Compare:   comparePub,
	Valid:     validSemver,
	Satisfies: exprOf(comparePub),
}
