package version_test

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/plimsoll/plimsoll/version"
)

// alphabets are the pieces that random versions of a scheme are made of.
var alphabets = map[string][]string{
	"deb":      {"0", "1", "9", "10", "01", "a", "z", "~", "+", "-", ".", ":", "Z", "_"},
	"rpm":      {"0", "1", "9", "10", "01", "a", "z", "~", "^", "-", ".", ":", "_", "α"},
	"apk":      {"0", "1", "9", "10", "01", "a", "z", "_alpha", "_p", "_rc1", "~ab", "-r1", ".", "-"},
	"semver":   {"0", "1", "9", "10", ".", ".", "-", "alpha", "rc", "+", "x"},
	"npm":      {"0", "1", "9", "10", ".", ".", "-", "alpha", "rc", "+", "v"},
	"pep440":   {"0", "1", "10", "01", ".", "!", "a", "rc", ".post", ".dev", "+", "-", "x"},
	"maven":    {"0", "1", "10", "01", ".", "-", "a", "alpha", "sp", "ga", "x", "final", "rc"},
	"go":       {"0", "1", "9", "10", ".", ".", "-", "rc", "v", "go", "+", "pre"},
	"alpm":     {"0", "1", "9", "10", "01", "a", "rc", "~", "..", "-1", ".", "1:", "+"},
	"portage":  {"0", "1", "9", "10", "01", "010", "a", "_alpha", "_p", "_rc1", "-r1", "."},
	"cargo":    {"0", "1", "9", "10", ".", ".", "-", "alpha", "rc", "+", "011"},
	"gem":      {"0", "1", "10", ".0", ".", "a", "b2", "-", "rc", "-x86", "v"},
	"hex":      {"0", "1", "9", "10", ".", ".", "-", "alpha", "rc", "+"},
	"nuget":    {"0", "1", "9", "10", ".", ".", "-", "Alpha", "alpha", "rc", "+", "2147483648"},
	"pub":      {"0", "1", "9", "10", ".", ".", "-", "alpha", "rc", "+", "+1", "+a"},
	"composer": {"0", "1", "10", ".0", ".", "-", "beta", "RC", "p1", "dev", "dev-", "-dev", "x"},
	"php":      {"0", "1", "10", ".0", ".", "-", "beta", "RC", "p1", "dev", "foo", "+"},
	"cran":     {"0", "1", "10", "01", ".", "-", ".", "a"},
	"hackage":  {"0", "1", "10", "01", ".", ".", "-", "a"},
	"openssl":  {"0", "1", "10", ".", "a", "z", "za", "-pre1", "-beta1"},
	"jvm":      {"0", "1", "10", ".", "_", "-", "ea", "-b1", "update", "+"},
	"generic":  {"0", "1", "10", ".", ".", "-", "alpha", "rc", "+", "~"},
	"default":  {"0", "1", "9", "10", "01", ".", "-", "a", "~", "+", "_", ":", "rc"},
}

// draw makes a version for a scheme: half of the time well-formed numbers with
// something behind them, else any mixture.
func draw(t *rapid.T, name, label string) string {
	pieces, ok := alphabets[name]
	if !ok {
		pieces = alphabets["default"]
	}
	list := rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 6).Draw(t, label)
	v := strings.Join(list, "")
	if rapid.Bool().Draw(t, label+" numbered") {
		v = rapid.SampledFrom([]string{"1.0", "1.0.0", "0", "2.1", "v1.0.0", "1"}).Draw(t, label+" start") + v
	}
	return v
}

// intransitive are the schemes that do not promise a transitive order, and why.
var intransitive = map[string]string{
	"rpm":             "an epoch that one side leaves out is not compared",
	"rpm:epoch-auto":  "an epoch that one side leaves out is not compared",
	"rpm:epoch-unset": "an epoch that one side leaves out is not compared",
	"deb:epoch-auto":  "an epoch that one side leaves out is not compared",
	"maven":           "the specification pads with nulls that depend on the other version",
	"maven:echo":      "the specification pads with nulls that depend on the other version",
	"conan":           "a number and a word compare as text, two numbers by value",
	"alpm":            "pacman's own rule is not: a separator before nothing is no separator",
	"composer":        "what Composer refuses is compared as it is written, the rest normalized",
	"fuzzy":           "a guess; numbers are padded to the length of the other version's",
}

func TestOrderLaws(t *testing.T) {
	for _, name := range version.Names() {
		t.Run(name, func(t *testing.T) {
			s, _ := version.For(name)
			rapid.Check(t, func(t *rapid.T) {
				a, b, c := draw(t, name, "a"), draw(t, name, "b"), draw(t, name, "c")
				checkPair(t, s, a, b)
				if intransitive[name] != "" {
					return
				}
				ab, err1 := s.Compare(a, b)
				bc, err2 := s.Compare(b, c)
				ac, err3 := s.Compare(a, c)
				if err1 != nil || err2 != nil || err3 != nil {
					return
				}
				if ab <= 0 && bc <= 0 && (ac > 0 || ac == 0 && ab+bc < 0) {
					t.Fatalf("%q %d %q %d %q, but first to last is %d", a, ab, b, bc, c, ac)
				}
			})
		})
	}
}

// failer is what the laws need of a test, a fuzz test or a rapid test.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkPair checks that every version equals itself and that the order of two
// does not depend on which is first.
func checkPair(t failer, s version.Scheme, a, b string) {
	t.Helper()
	ab, err := s.Compare(a, b)
	ba, errBack := s.Compare(b, a)
	if (err == nil) != (errBack == nil) {
		t.Fatalf("%s: Compare(%q, %q): %v, and back: %v", s.Name, a, b, err, errBack)
	}
	if ab != -ba || ab < -1 || ab > 1 {
		t.Fatalf("%s: Compare(%q, %q) = %d, and back %d", s.Name, a, b, ab, ba)
	}
	if aa, err := s.Compare(a, a); aa != 0 {
		t.Fatalf("%s: Compare(%q, itself) = %d, %v", s.Name, a, aa, err)
	}
	if s.Valid(a) == nil {
		if _, err := s.Compare(a, a); err != nil {
			t.Fatalf("%s: %q is valid but does not compare: %v", s.Name, a, err)
		}
	}
}

func TestValidVersionsCompare(t *testing.T) {
	for _, c := range []struct{ scheme, a, b string }{
		{"deb", "1:2.3~rc1-1", "2.3-1+deb12u1"},
		{"rpm", "0:1.2^git1-3.el9", "1.2-3.el9"},
		{"apk", "1.2.3_p1-r0", "1.2.3-r1"},
		{"semver", "1.2.3-rc.1+b", "1.2.3"},
		{"npm", "v1.2.3", "1.2.4-0"},
		{"pep440", "1!2.0rc1.post2.dev3+local.4", "2.0"},
		{"maven", "1.0.0.Final", "1.0.0-SNAPSHOT"},
		{"go", "v0.0.0-20180116102854-5a71ef0e047d", "go1.22rc1"},
	} {
		for _, v := range []string{c.a, c.b} {
			if err := version.Valid(c.scheme, v); err != nil {
				t.Errorf("Valid(%s, %q): %v", c.scheme, v, err)
			}
		}
		if _, err := version.Compare(c.scheme, c.a, c.b); err != nil {
			t.Errorf("Compare(%s, %q, %q): %v", c.scheme, c.a, c.b, err)
		}
	}
}

func TestDecisions(t *testing.T) {
	for _, c := range []struct {
		scheme, a, b string
		want         int
	}{
		{"deb", "<end-of-life>", "9999:1", -1},
		{"deb", "invalid", "12-1", 1},
		{"deb", "", "0", 0},
		{"rpm", "1:1.0", "2.0", -1},
		{"rpm:epoch-zero", "1:1.0", "2.0", 1},
		{"apk", "1.2_alpha", "1.2", -1},
		{"apk", "1.2_p1", "1.2", 1},
		{"semver", "1.2.3beta", "1.2.3", -1},
		{"pep440", "trunk", "0.0.dev0", -1},
		{"maven", "1.0.jre11", "1.0", 0},
		{"maven", "2-1", "2.0.a", -1},
		{"go", "go1.22rc1", "1.22.0", -1},
		{"go", "go1.22rc2", "1.22.0-rc.10", -1},
		{"go", "go1.22", "v1.22.0", 0},
		{"npm:root", "1.0.0", "1.0.0.root.io.1", -1},
		{"deb:root", "1.2-6-r20071", "1.2-6", 1},
		{"deb:root", "1.2-6-r20071", "1.2-7", -1},
	} {
		got, err := version.Compare(c.scheme, c.a, c.b)
		if err != nil || got != c.want {
			t.Errorf("Compare(%s, %q, %q) = %d, %v, want %d", c.scheme, c.a, c.b, got, err, c.want)
		}
	}
}

func TestSatisfies(t *testing.T) {
	for _, c := range []struct {
		scheme, version, constraint string
		want                        bool
	}{
		{"deb", "1.2-1", ">= 1.0, < 1.2-1+deb12u1", true},
		{"deb", "1.2-1", "< 1.0 || > 2", false},
		{"apk", "3.6.1-r0", "~3.6", true},
		{"npm", "1.2.9", "^1.2.3", true},
		{"npm", "1.3.0-rc.1", "^1.2.3", false},
		{"pep440", "2.2.post3", "~=2.2", true},
		{"pep440", "2.0rc1", "<2.0", false},
		{"pep440", "lolwat", "===LOLWAT", true},
		{"pep440", "v1.0", "===1.0", true},
		{"maven", "1.5", "[1.0,2.0)", true},
		{"maven", "2.0", "[1.0,2.0),[3,)", false},
		{"go", "v1.2.3", "<1.2.4", true},
	} {
		got, err := version.Satisfies(c.scheme, c.version, c.constraint)
		if err != nil || got != c.want {
			t.Errorf("Satisfies(%s, %q, %q) = %v, %v, want %v", c.scheme, c.version, c.constraint, got, err, c.want)
		}
	}
}

func TestErrors(t *testing.T) {
	if _, err := version.Compare("nosuch", "1", "2"); !errors.Is(err, version.ErrScheme) {
		t.Errorf("unknown scheme: %v", err)
	}
	if err := version.Valid("nosuch", "1"); !errors.Is(err, version.ErrScheme) {
		t.Errorf("unknown scheme: %v", err)
	}
	for _, c := range [][3]string{
		{"deb", "1", ">"}, {"deb", "1", "<> 2"}, {"npm", "1.0.0", "foo"}, {"maven", "1", "[1,2,3]"},
		{"pep440", "1.0", "~=1"}, {"npm", "1.0.0", strings.Repeat("1 ", 1<<16)},
	} {
		if _, err := version.Satisfies(c[0], c[1], c[2]); !errors.Is(err, version.ErrConstraint) {
			t.Errorf("Satisfies(%s, %s, %.20s): %v", c[0], c[1], c[2], err)
		}
	}
	if _, err := version.Compare("deb", "x:1", "2"); err == nil || !strings.Contains(err.Error(), `"x:1"`) {
		t.Errorf("a bad epoch: %v", err)
	}
}

func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range version.Names() {
		s, ok := version.For(name)
		if !ok || s.Name != name || s.Doc == "" || seen[name] {
			t.Errorf("For(%q) = %q, %v; doc %q, seen before %v", name, s.Name, ok, s.Doc, seen[name])
		}
		seen[name] = true
	}
	want := []string{"deb", "rpm", "apk", "semver", "npm", "pep440", "maven", "go"}
	var got []string
	for _, name := range want {
		if seen[name] {
			got = append(got, name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestAgainstDpkg compares random pairs with dpkg itself.
func TestAgainstDpkg(t *testing.T) {
	dpkg, err := exec.LookPath("dpkg")
	if err != nil {
		t.Skip("dpkg is not installed: its order cannot be asked")
	}
	if testing.Short() {
		t.Skip("starts dpkg some hundred times; left out with -short")
	}
	relation := func(a, op, b string) bool { return exec.Command(dpkg, "--compare-versions", a, op, b).Run() == nil }
	part := rapid.SampledFrom([]string{"0", "1", "9", "10", "01", "a", "z", "~", "~~", "+", ".", "rc"})
	gen := rapid.Custom(func(t *rapid.T) string {
		v := rapid.SampledFrom([]string{"", "", "0:", "1:"}).Draw(t, "epoch")
		v += "1" + strings.Join(rapid.SliceOfN(part, 0, 4).Draw(t, "upstream"), "")
		if rapid.Bool().Draw(t, "revised") {
			v += "-" + strings.Join(rapid.SliceOfN(part, 1, 3).Draw(t, "revision"), "")
		}
		return v
	})
	const pairs = 300
	for seed := range pairs {
		a, b := gen.Example(2*seed), gen.Example(2*seed+1)
		want := 1
		if relation(a, "lt", b) {
			want = -1
		} else if relation(a, "eq", b) {
			want = 0
		}
		if got, err := version.Compare("deb", a, b); err != nil || got != want {
			t.Errorf("Compare(deb, %q, %q) = %d, %v; dpkg says %d", a, b, got, err, want)
		}
	}
}

// pairs are the versions that the benchmarks compare; they differ late.
var pairs = []struct{ scheme, a, b string }{
	{"deb", "1:9.18.19-1~deb12u1", "1:9.18.24-1~deb12u1"},
	{"rpm", "3:2.1.10-1.module_el8.10.0+3845+87b84552", "3:2.1.10-1.module_el8.10.0+3858+6ad51f9f"},
	{"apk", "4.2.52_p2-r1", "4.2.52_p2-r2"},
	{"semver", "1.2.3-alpha.10", "1.2.3-alpha.9"},
	{"npm", "4.17.20", "4.17.21"},
	{"pep440", "1.0.post456.dev34", "1.0.post456.dev35"},
	{"maven", "5.2.25.RELEASE", "5.2.26.RELEASE"},
	{"go", "v0.0.0-20180116102854-5a71ef0e047d", "v0.0.0-20180216102854-5a71ef0e047d"},
	{"alpm", "1:3.0.7+8+ga957a90b-4", "1:3.0.7+8+ga957a90b-5"},
	{"portage", "1.2.3a_rc1-r1", "1.2.3a_rc1-r2"},
	{"cargo", "1.2.3-alpha.10", "1.2.3-alpha.9"},
	{"gem", "5.0.0.beta1.1", "5.0.0.beta1.2"},
	{"hex", "1.2.3-alpha.10", "1.2.3-alpha.9"},
	{"nuget", "4.2.0.1-Nightly.10", "4.2.0.1-nightly.9"},
	{"pub", "1.2.3-alpha.1+10", "1.2.3-alpha.1+9"},
	{"composer", "v5.4.0-BETA2", "5.4.0-beta3"},
	{"cran", "0.10-2", "0.10-3"},
	{"hackage", "0.11.3.0", "0.11.3.1"},
	{"conan", "1.1.1-pre1+b1", "1.1.1-pre1+b2"},
	{"bitnami", "2.3.1-1", "2.3.2-1"},
	{"openssl", "1.0.2za", "1.0.2zb"},
	{"jvm", "1.8.0_302-b08", "8.0.303"},
	{"generic", "1.2.3.4-rc.1", "1.2.3.4-rc.2"},
	{"fuzzy", "1.8.0_456-b1", "1.8.0_456-b2"},
}

// TestNoAllocations holds the schemes of large distributions and feeds to
// comparing without garbage, as matching compares millions of times.
func TestNoAllocations(t *testing.T) {
	for _, p := range pairs {
		s, _ := version.For(p.scheme)
		n := testing.AllocsPerRun(100, func() { _, _ = s.Compare(p.a, p.b) })
		if n > 0 && p.scheme != "maven" {
			t.Errorf("%s: %v allocations to compare %q and %q", p.scheme, n, p.a, p.b)
		}
	}
}

func BenchmarkCompare(b *testing.B) {
	for _, p := range pairs {
		b.Run(p.scheme, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = version.Compare(p.scheme, p.a, p.b)
			}
		})
	}
}

func BenchmarkSatisfies(b *testing.B) {
	for _, p := range pairs {
		b.Run(p.scheme, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = version.Satisfies(p.scheme, p.a, "< "+p.b)
			}
		})
	}
}
