package version

import "strings"

// Ruby gems have dotted segments of digits or letters, ordered as
// Gem::Version#<=> of RubyGems does: a segment of letters is below any number and
// below nothing, so that it makes a prerelease; "1.0b2" is 1.0.b.2 and a hyphen
// stands for ".pre."; zeros at the end, and those before the first letter, do not
// count.
//
// Decided: lock files and advisories write the platform behind the version
// ("1.15.4-x86_64-linux"); it is not compared, as in grype. What does not begin
// with a digit ("v3.1.1") is no version to RubyGems; it sorts above every version, as
// in OSV's own service. Inside a version odd characters only separate.
var gem = Scheme{
	Name:       "gem",
	Doc:        "Ruby gems",
	Compare:    compareGem,
	Valid:      validGem,
	ValidRange: validGemRange,
	Satisfies:  checkGem,
}

// gemPlatforms are the beginnings of the platform names that RubyGems knows.
var gemPlatforms = [...]string{
	"x86", "x64", "i386", "i486", "i586", "i686", "universal", "arm", "aarch64", "java", "jruby", "dalvik",
	"dotnet", "powerpc", "ppc", "sparc", "s390", "riscv", "loongarch", "mswin", "mingw", "wasm",
}

// cutPlatform drops a platform and the white space around the version.
func cutPlatform(v string) string {
	v = strings.TrimSpace(v)
	for i := 1; i < len(v); i++ {
		if v[i] != '-' {
			continue
		}
		for _, name := range gemPlatforms {
			if strings.HasPrefix(v[i+1:], name) {
				return v[:i]
			}
		}
	}
	return v
}

// gemSegments walks over the canonical segments of a version.
type gemSegments struct {
	rest    string
	zeros   int  // zeros that count only if a number follows
	letters bool // a segment of letters was seen
	pending string
}

// next is the next segment, "" at the end.
func (g *gemSegments) next() string {
	for {
		if g.zeros > 0 && g.pending != "" {
			g.zeros--
			return "0"
		}
		if s := g.pending; s != "" {
			g.pending = ""
			return s
		}
		s := g.scan()
		switch {
		case s == "":
			return ""
		case isLetter(s[0]):
			g.zeros, g.letters = 0, true
			return s
		case !g.letters && strings.Trim(s, "0") == "":
			g.zeros++
		default:
			g.pending = s
		}
	}
}

// scan is the next segment as it is written; a hyphen is the segment "pre".
func (g *gemSegments) scan() string {
	s := g.rest
	for s != "" && s[0] != '-' && !isDigit(s[0]) && !isLetter(s[0]) {
		s = s[1:]
	}
	if s == "" {
		g.rest = ""
		return ""
	}
	if s[0] == '-' {
		g.rest = s[1:]
		return "pre"
	}
	n := run(s, isDigit(s[0]))
	g.rest = s[n:]
	return s[:n]
}

// compareGem orders two versions of gems.
func compareGem(a, b string) (int, error) {
	if len(a) > maxVersion || len(b) > maxVersion {
		return 0, malformed("gem", a, "longer than 4 KiB")
	}
	a, b = cutPlatform(a), cutPlatform(b)
	if okA, okB := a == "" || isDigit(a[0]), b == "" || isDigit(b[0]); !okA || !okB {
		if okA != okB {
			return order(okA), nil
		}
		return strings.Compare(a, b), nil
	}
	x, y := gemSegments{rest: a}, gemSegments{rest: b}
	for {
		s, t := x.next(), y.next()
		if s == "" && t == "" {
			return 0, nil
		}
		if c := compareGemSegments(s, t); c != 0 {
			return c, nil
		}
	}
}

// compareGemSegments orders two segments; a missing one is zero.
func compareGemSegments(s, t string) int {
	ls, lt := s != "" && isLetter(s[0]), t != "" && isLetter(t[0])
	switch {
	case ls && lt:
		return strings.Compare(s, t)
	case ls != lt:
		return order(ls)
	}
	return compareNumbers(s, t)
}

// validGem accepts what Gem::Version.correct? accepts; blank text means 0 there.
func validGem(v string) error {
	s := strings.TrimSpace(v)
	if s == "" {
		return nil
	}
	main, pre, has := strings.Cut(s, "-")
	first := true
	for part := range strings.SplitSeq(main, ".") {
		if !isAlphanumeric(part) || first && !isNumber(part) {
			return malformed("gem", v, "a segment is empty or has an odd character")
		}
		first = false
	}
	if !has {
		return nil
	}
	for part := range strings.SplitSeq(pre, ".") {
		if !isIdentifier(part) {
			return malformed("gem", v, "a segment is empty or has an odd character")
		}
	}
	return nil
}

// isAlphanumeric reports whether s is one or more ASCII letters and digits.
func isAlphanumeric(s string) bool { return isIdentifier(s) && strings.IndexByte(s, '-') < 0 }
