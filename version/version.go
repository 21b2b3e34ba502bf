// Package version orders versions the way their own ecosystem orders them and
// tells whether a version lies inside a constraint.
//
// Each scheme is one file that states its rule and the rule's source. A scheme
// is a value; adding one is its file and one line in the table of version.go. Comparing
// is lenient where real package data is untidy and Valid is strict: a version
// that Valid refuses may still have a well-defined place in the order.
package version

import (
	"errors"
	"fmt"
)

// ErrScheme says that no scheme has the asked name.
var ErrScheme = errors.New("unknown version scheme")

// Scheme is one ecosystem's idea of a version.
type Scheme struct {
	// Name is the scheme's name as users and advisories write it, such as
	// "deb"; a variant carries its option after a colon, as "deb:epoch-auto".
	Name string
	// Doc says in one sentence whose versions these are.
	Doc string
	// Compare orders a and b: -1, 0 or +1. It fails when one of them has no
	// place in the order.
	Compare func(a, b string) (int, error)
	// Valid is nil when v is written as the scheme's specification demands.
	Valid func(v string) error
	// ValidRange is nil when constraint is written as the scheme's own tool
	// demands; it is nil itself for a scheme without such a syntax.
	ValidRange func(constraint string) error
	// Satisfies reports whether version lies inside constraint, which is written
	// in the given dialect; the zero Dialect is the scheme's usual one.
	Satisfies func(version, constraint string, d Dialect) (bool, error)
}

// Dialect says how a constraint is written and read where tools differ.
type Dialect struct {
	// Name is "" for the scheme's usual dialect, "native" for the ecosystem's
	// own syntax, "expr" for comparisons joined by commas and ||, or the name
	// of a tool whose reading differs: "masterminds" and "go-version" for
	// semver, "hashicorp" for generic, "deps.dev" for pep440 and nuget, "hex" for
	// hex, "plain" for composer.
	Name string
	// Prerelease admits prereleases where the dialect leaves them out by
	// default.
	Prerelease bool
	// Zeropad reads missing numbers of a constraint as zero, so that "=1.2"
	// means 1.2.0 and nothing else.
	Zeropad bool
	// Loose accepts sloppy spelling as the ecosystem's own tool does when asked.
	Loose bool
}

// schemes is the table of all schemes, in the order that Names gives.
var schemes = [...]*Scheme{
	&deb, &debAuto, &debZero, &debUnset, &debRoot,
	&rpm, &rpmAuto, &rpmZero, &rpmUnset, &rpmNEVRA,
	&apk, &apkRoot,
	&semver, &semverLoose,
	&npm, &npmLoose, &npmRoot, &npmEcho,
	&pep440, &pep440Root, &pep440Echo,
	&maven, &mavenEcho,
	&golang,
	&alpm, &portage,
	&cargo, &gem, &hex, &nuget, &nugetSemver, &pub, &julia,
	&composer, &php,
	&cran, &bioconductor, &hackage, &conan, &bitnami,
	&openssl, &jvm, &kb,
	&generic, &semverHashicorp, &fuzzy, &vers,
}

// For returns the scheme of that name. Callers that compare often keep the
// result instead of naming the scheme each time.
func For(name string) (Scheme, bool) {
	for _, s := range schemes {
		if s.Name == name {
			return *s, true
		}
	}
	return Scheme{}, false
}

// Names lists every scheme's name in the order of the table.
func Names() []string {
	names := make([]string, len(schemes))
	for i, s := range schemes {
		names[i] = s.Name
	}
	return names
}

// Compare orders two versions under a scheme: -1 when a is lower, 0 when they
// are equal, +1 when a is higher. It fails when the scheme is unknown or a
// version has no place in its order.
func Compare(scheme, a, b string) (int, error) {
	for _, s := range schemes {
		if s.Name == scheme {
			return s.Compare(a, b)
		}
	}
	return 0, fmt.Errorf("%w %q", ErrScheme, scheme)
}

// Satisfies reports whether version is inside constraint, written in the
// scheme's usual dialect.
func Satisfies(scheme, version, constraint string) (bool, error) {
	s, ok := For(scheme)
	if !ok {
		return false, fmt.Errorf("%w %q", ErrScheme, scheme)
	}
	return s.Satisfies(version, constraint, Dialect{})
}

// Valid is nil when v is a well-written version of the scheme, else it says
// what is wrong. It is stricter than Compare.
func Valid(scheme, v string) error {
	s, ok := For(scheme)
	if !ok {
		return fmt.Errorf("%w %q", ErrScheme, scheme)
	}
	return s.Valid(v)
}

// malformed is the one shape of a complaint about a version or constraint.
func malformed(scheme, text, why string) error {
	return fmt.Errorf("%s version %q: %s", scheme, clip(text), why)
}

// clip keeps hostile text out of error messages.
func clip(s string) string {
	const most = 80
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
