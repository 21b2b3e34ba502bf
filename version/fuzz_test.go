package version_test

import (
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/version"
)

// fuzz checks the laws on whatever the fuzzer finds, for a scheme and all of its
// variants, and that no reader panics.
func fuzz(f *testing.F, scheme string, seeds ...string) {
	for i, a := range seeds {
		f.Add(a, seeds[(i+1)%len(seeds)])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, name := range version.Names() {
			if name != scheme && !strings.HasPrefix(name, scheme+":") && !strings.HasPrefix(name, scheme+"-") {
				continue
			}
			s, _ := version.For(name)
			checkPair(t, s, a, b)
			for _, dialect := range []string{"", "native", "expr", "masterminds", "go-version", "deps.dev", "hashicorp", "hex", "plain"} {
				for _, option := range []bool{false, true} {
					d := version.Dialect{Name: dialect, Prerelease: option, Zeropad: option, Loose: option}
					_, _ = s.Satisfies(a, b, d)
					_, _ = s.Satisfies("1.0.0", b, d)
				}
			}
			if s.ValidRange != nil {
				_ = s.ValidRange(a)
			}
		}
	})
}

func FuzzDeb(f *testing.F) { fuzz(f, "deb", "1:2.3~rc1-1", "2.3-1+b1", ">= 1.0, < 2", "") }
func FuzzRPM(f *testing.F) {
	fuzz(f, "rpm", "0:1.2^git1-3.el8.0.0", "n-1:1.2~rc-3.noarch", "> 1 || = 2")
}
func FuzzAPK(f *testing.F) { fuzz(f, "apk", "1.2.3a_p1~ab-r0", "1.02_foo-r", "<~3.6") }
func FuzzSemver(f *testing.F) {
	fuzz(f, "semver", "1.2.3-rc.1+b", "v1.2", "^1.2.x || 1 - 2", ">=1.1, <2, !=1.2.3", "~>2.0")
}
func FuzzNPM(f *testing.F) { fuzz(f, "npm", "1.2.3-rc.1+b", "= v1.2.3", "^1.2 ~0.x <*", "1.x - 2.3") }
func FuzzPEP440(f *testing.F) {
	fuzz(f, "pep440", "1!2.0rc1.post2.dev3+l.4", "2013-01-21T20", "~=2.2, !=1.* || ===x")
}
func FuzzMaven(f *testing.F) {
	fuzz(f, "maven", "1.0.0.Final-jre8", "1-a1-ga", "(,1.0],[1.2.*]", "< 2")
}
func FuzzGo(f *testing.F) { fuzz(f, "go", "v0.0.0-2018-5a71", "go1.22rc1", "v", "<=3.2.0") }

func FuzzALPM(f *testing.F)    { fuzz(f, "alpm", "1:3.0.7+8-4", "1.0~rc1", "> 1.0") }
func FuzzPortage(f *testing.F) { fuzz(f, "portage", "1.2.3a_rc1_p2-r1", "1.010", "<= 1.2_p") }
func FuzzCargo(f *testing.F)   { fuzz(f, "cargo", "1.2.3-rc.011+b", "^1.2, <3", "1.*.3", "~0") }
func FuzzGem(f *testing.F) {
	fuzz(f, "gem", "5.0.0.rc2", "1.0-x86_64-linux", "~> 5.a", "!= 1, > 0.0.a || 3")
}
func FuzzHex(f *testing.F) { fuzz(f, "hex", "1.2.3-dev", "~> 1.2 and !=1.2.9 or 2.0.0", "!1.0.0") }
func FuzzNuGet(f *testing.F) {
	fuzz(f, "nuget", "1.2.3.4-Alpha.1+m", "[1.0,2.0-b)", "1.*-*", "(,1]", "1.0.0-rc.*")
}
func FuzzPub(f *testing.F) { fuzz(f, "pub", "1.2.3-a+1", "^0.1.2", "any", ">1.0.0<2.0.0") }
func FuzzComposer(f *testing.F) {
	fuzz(f, "composer", "v1.0.0-beta.2", "2020-01-02.1-dev", "1.x-dev", "~1.2@beta || ^0.3 | 1.* - 2", "dev-x as 1.0")
}
func FuzzPHP(f *testing.F)          { fuzz(f, "php", "1.0rc1", "1.0-#.p2", "V1.0", "< 2") }
func FuzzCRAN(f *testing.F)         { fuzz(f, "cran", "0.10-2", "1.0.0", "a", "> 1.0") }
func FuzzBioconductor(f *testing.F) { fuzz(f, "bioconductor", "1.18.0", "1.20") }
func FuzzHackage(f *testing.F)      { fuzz(f, "hackage", "0.11.3.0", "1-2", "0") }
func FuzzConan(f *testing.F)        { fuzz(f, "conan", "1.0.0-pre1.0+b-1", "cci.2020", "1.a", "+-") }
func FuzzBitnami(f *testing.F)      { fuzz(f, "bitnami", "2.3.1-4", "1.2", "> 2, < 3") }
func FuzzOpenSSL(f *testing.F)      { fuzz(f, "openssl", "1.0.2zb", "1.1.0-pre1", "3.0.0") }
func FuzzJVM(f *testing.F)          { fuzz(f, "jvm", "1.8.0_302-b08", "8.0-update_302", "9.0.0-ea+19") }
func FuzzKB(f *testing.F)           { fuzz(f, "kb", "4012598", "KB1 || base", "!= 2") }
func FuzzJulia(f *testing.F)        { fuzz(f, "julia", "1.2.3+0", "1.2.3", "< 2") }
func FuzzGeneric(f *testing.F) {
	fuzz(f, "generic", "v1.2.3.4-rc~1+b", "~> 1.9.9", "^0.0 || ~1.2", ">= 2.1.0-a, < 3")
}
func FuzzFuzzy(f *testing.F) { fuzz(f, "fuzzy", "5-1.2+beta-3", "98SP1", "'4.5.1' || v2", "1.0.2k") }

// FuzzVers reads VERS strings and translates native ranges into them; what it
// writes it must be able to read.
func FuzzVers(f *testing.F) {
	f.Add("npm", "^1.2.3-b || 1.x - 2 || >= v2.0", "1.5.0")
	f.Add("conan", "~1.2- <2 || *, include_prerelease=True", "1")
	f.Add("nginx", "1.1.4-1.2.8, 1.4.1+", "1.2.0")
	f.Add("maven", "[1.0,2.0),[3]", "1.5")
	f.Add("gem", "~>2.0.8", "vers:gem/>=1|<2|!=1.5")
	f.Fuzz(func(t *testing.T, kind, native, v string) {
		_, _ = version.Satisfies("vers", v, native)
		_, _ = version.Satisfies("vers", native, v)
		written, err := version.Vers(kind, native)
		if err != nil {
			return
		}
		if _, err := version.Satisfies("vers", v, written); err != nil && strings.Contains(err.Error(), "vers:type") {
			t.Fatalf("Vers(%q, %q) = %q, which is no VERS string: %v", kind, native, written, err)
		}
	})
}
