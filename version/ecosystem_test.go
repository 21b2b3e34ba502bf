package version_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/version"
)

func TestForEcosystem(t *testing.T) {
	for name, want := range map[string]string{
		"Debian": "deb", "Debian:12": "deb", "Ubuntu:22.04:LTS": "deb", "Ubuntu:Pro:18.04:LTS": "deb",
		"Alpine:v3.20": "apk", "Red Hat:enterprise_linux:9::appstream": "rpm:epoch-zero",
		"npm": "npm", "crates.io": "cargo", "RubyGems": "gem", "Packagist": "composer", "NuGet": "nuget",
		"Echo": "deb", "Echo:PyPI": "pep440:echo", "Root:Alpine:3.18": "apk:root", "Root:npm": "npm:root",
		"TuxCare:Alpine:v3.16": "apk", "TuxCare:npm": "npm", "Docker Hardened Images:Debian:trixie": "deb",
		"openSUSE:Leap 15.6": "rpm:epoch-zero", "opam": "deb", "Julia": "julia",
		"GIT": "", "OSS-Fuzz": "", "": "", "debian": "", "TuxCare": "", "Root": "", ":": "", "nosuch:npm": "",
	} {
		got, ok := version.ForEcosystem(name)
		if got != want || ok != (want != "") {
			t.Errorf("ForEcosystem(%q) = %q, %v, want %q", name, got, ok, want)
		}
		if _, known := version.For(got); ok && !known {
			t.Errorf("ForEcosystem(%q): there is no scheme %q", name, got)
		}
	}
}

// TestDocumented holds docs/versions.md to the table of schemes.
func TestDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "versions.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range version.Names() {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/versions.md does not name the scheme %q", name)
		}
	}
}
