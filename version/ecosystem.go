package version

import "strings"

// ecosystems are the ecosystems that the OSV schema defines and the schemes of
// their versions. Without one are GIT and OSS-Fuzz, whose versions are commits and
// tags of any shape, and Linux distributions that OSV does not know.
var ecosystems = [...]struct{ name, scheme string }{
	{"AlmaLinux", "rpm:epoch-zero"},
	{"Alpaquita", "apk"},
	{"Alpine", "apk"},
	{"Android", "fuzzy"}, // "12L:2023-05-01"
	{"Azure Linux", "rpm:epoch-zero"},
	{"BellSoft Hardened Containers", "apk"},
	{"Bioconductor", "bioconductor"},
	{"Bitnami", "bitnami"},
	{"CRAN", "cran"},
	{"Chainguard", "apk"},
	{"CleanStart", "apk"},
	{"ConanCenter", "conan"},
	{"DHI", "semver"},
	{"Debian", "deb"},
	{"Echo", "deb"},
	{"Echo:Maven", "maven:echo"},
	{"Echo:PyPI", "pep440:echo"},
	{"Echo:npm", "npm:echo"},
	{"GHC", "semver"},
	{"GitHub Actions", "semver"},
	{"Go", "go"},
	{"Hackage", "hackage"},
	{"Hex", "hex"},
	{"Homebrew", "fuzzy"}, // "2.39_1"
	{"Julia", "julia"},
	{"Kubernetes", "semver"},
	{"Linux", "semver"},
	{"Mageia", "rpm:epoch-zero"},
	{"Maven", "maven"},
	{"MinimOS", "apk"},
	{"NuGet", "nuget"},
	{"Packagist", "composer"},
	{"Photon OS", "rpm:epoch-zero"},
	{"Pub", "pub"},
	{"PyPI", "pep440"},
	{"Red Hat", "rpm:epoch-zero"},
	{"Rocky Linux", "rpm:epoch-zero"},
	{"Root:Alpine", "apk:root"},
	{"Root:Debian", "deb:root"},
	{"Root:PyPI", "pep440:root"},
	{"Root:Ubuntu", "deb:root"},
	{"Root:npm", "npm:root"},
	{"RubyGems", "gem"},
	{"SUSE", "rpm:epoch-zero"},
	{"SwiftURL", "semver"},
	{"Ubuntu", "deb"},
	{"VSCode", "semver"},
	{"Wolfi", "apk"},
	{"crates.io", "cargo"},
	{"kubernetes", "semver"}, // as Kubernetes' own feed spells it
	{"npm", "npm"},
	{"openEuler", "rpm:epoch-zero"},
	{"openSUSE", "rpm:epoch-zero"},
	{"opam", "deb"}, // opam orders as Debian does
}

// ForEcosystem is the scheme of an ecosystem as the OSV schema names it, with or
// without a release behind it: "deb" of "Debian:12". Vendors who rebuild the
// packages of others ("TuxCare:Alpine:v3.16", "Docker Hardened Images:Debian:trixie")
// have those others' schemes.
func ForEcosystem(osvName string) (scheme string, ok bool) {
	for _, vendor := range [...]string{"TuxCare:", "Docker Hardened Images:"} {
		if inner, ok := strings.CutPrefix(osvName, vendor); ok {
			osvName = inner
			break
		}
	}
	family, rest, _ := strings.Cut(osvName, ":")
	part, _, _ := strings.Cut(rest, ":")
	whole := family + ":" + part
	for _, e := range ecosystems {
		switch e.name {
		case whole:
			return e.scheme, true
		case family:
			scheme = e.scheme // a longer name may follow
		}
	}
	return scheme, scheme != ""
}
