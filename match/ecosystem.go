package match

import (
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/version"
	"github.com/plimsoll/plimsoll/vulndb"
)

// languages are the OSV ecosystems of the types of package URLs, for packages
// that no cataloger of this program describes: those of an SBOM.
var languages = [...]struct{ kind, ecosystem string }{
	{"bitnami", "Bitnami"}, {"brew", "Homebrew"}, {"cargo", "crates.io"}, {"composer", "Packagist"}, {"conan", "ConanCenter"},
	{"cran", "CRAN"}, {"gem", "RubyGems"}, {"githubactions", "GitHub Actions"}, {"golang", "Go"}, {"hackage", "Hackage"},
	{"hex", "Hex"}, {"julia", "Julia"}, {"maven", "Maven"}, {"npm", "npm"}, {"nuget", "NuGet"}, {"opam", "opam"},
	{"pub", "Pub"}, {"pypi", "PyPI"}, {"swift", "SwiftURL"}, {"vscode", "VSCode"},
}

// OfLanguage tells whether an OSV ecosystem is one of packages that no
// distribution makes: "npm", not "Debian:12".
func OfLanguage(ecosystem string) bool {
	family := vulndb.Family(ecosystem)
	for _, l := range languages {
		if l.ecosystem == family {
			return true
		}
	}
	return false
}

// describe says how packages of a purl type are named and compared: as their
// cataloger states, else by the tables.
func (m *Matcher) describe(kind string) (inventory.Ecosystem, bool) {
	if i := slices.IndexFunc(m.Ecosystems, func(e inventory.Ecosystem) bool { return e.Type == kind }); i >= 0 {
		return m.Ecosystems[i], true
	}
	for _, l := range languages {
		if l.kind == kind {
			scheme, ok := version.ForEcosystem(l.ecosystem)
			return inventory.Ecosystem{Type: kind, Advisories: l.ecosystem, Scheme: scheme}, ok
		}
	}
	switch kind {
	case "deb", "apk":
		return inventory.Ecosystem{Type: kind, Scheme: kind}, true
	case "rpm":
		return inventory.Ecosystem{Type: kind, Scheme: "rpm:epoch-zero"}, true
	}
	return inventory.Ecosystem{}, false
}

// repositoriesOf are the ecosystems of other repositories that an ecosystem's
// packages come from, too. OSV files Drupal's modules under their own.
func repositoriesOf(ecosystem string) []string {
	if ecosystem == "Packagist" {
		return []string{"Packagist:https://packages.drupal.org/8"}
	}
	return nil
}

// sourceVersion is the version of the source that a package was built from.
// Debian numbers rebuilds of an unchanged source behind a plus ("1.2-3+b1"); the
// packages of a database say what their source was then, those of an SBOM may not.
func sourceVersion(pkg *inventory.Package) string {
	v := pkg.SourceVer()
	if pkg.Ecosystem != "deb" || pkg.SourceVersion != "" {
		return v
	}
	if at := strings.LastIndex(v, "+b"); at > 0 && at+2 < len(v) && strings.Trim(v[at+2:], "0123456789") == "" {
		return v[:at]
	}
	return v
}
