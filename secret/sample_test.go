package secret

import (
	"math/rand/v2"
	"regexp/syntax"
	"strings"
	"testing"
)

// sample writes a random string that an expression matches.
func sample(r *rand.Rand, re *syntax.Regexp, to *strings.Builder) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, c := range re.Rune {
			to.WriteRune(c)
		}
	case syntax.OpCharClass:
		n := 0
		for i := 0; i+1 < len(re.Rune); i += 2 {
			n += max(0, int(min(re.Rune[i+1], '~')-max(re.Rune[i], ' '))+1)
		}
		if n <= 0 {
			to.WriteRune(re.Rune[0])
			return
		}
		k := r.IntN(n)
		for i := 0; i+1 < len(re.Rune); i += 2 {
			size := int(min(re.Rune[i+1], '~')-max(re.Rune[i], ' ')) + 1
			if size > 0 && k < size {
				to.WriteRune(max(re.Rune[i], ' ') + rune(k))
				return
			}
			k -= max(size, 0)
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		to.WriteByte('x')
	case syntax.OpCapture:
		sample(r, re.Sub[0], to)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			sample(r, sub, to)
		}
	case syntax.OpAlternate:
		sample(r, re.Sub[r.IntN(len(re.Sub))], to)
	case syntax.OpQuest:
		if r.IntN(2) == 0 {
			sample(r, re.Sub[0], to)
		}
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		lo, hi := re.Min, re.Max
		switch re.Op {
		case syntax.OpStar:
			lo, hi = 0, 3
		case syntax.OpPlus:
			lo, hi = 1, 12
		}
		if hi < 0 {
			hi = lo + 8
		}
		for range lo + r.IntN(hi-lo+1) {
			sample(r, re.Sub[0], to)
		}
	}
}

// TestKindsFindThemselves writes what each pattern describes, in a line of a
// settings file, and expects most of it to be found as its kind or one of the
// same provider.
func TestKindsFindThemselves(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	f := finder(t)
	const tries = 20
	for _, k := range Kinds() {
		for n, p := range k.Patterns {
			if p.Form == File || p.Form == Reader || k.Path != "" || k.Generic {
				continue // these have tests of their own
			}
			if strings.Contains(p.Expression, "[^;") || strings.Contains(p.Expression, "azurecr") {
				continue // hosts and the like are no random strings
			}
			if p.Check == "jwt" || p.Check == "jwt-base64" || p.Check == "base64-json" {
				continue // a random string has not that structure
			}
			tree, err := syntax.Parse(p.Expression, syntax.Perl)
			if err != nil {
				t.Fatal(err)
			}
			found := 0
			last := ""
			for range tries {
				var text strings.Builder
				sample(r, tree, &text)
				last = "setting = " + text.String() + "\n"
				if p.Form == Value {
					word := strings.Trim(p.Keywords[r.IntN(len(p.Keywords))], "_-. ")
					last = word + "_token = \"" + text.String() + "\"\n"
				}
				for _, m := range f.Find([]byte(last)) {
					if m.Kind.ID == k.ID || m.Kind.Provider == k.Provider {
						found++
						break
					}
				}
			}
			if found < tries/2 {
				t.Errorf("%s, pattern %d: found %d of %d, as %s", k.ID, n+1, found, tries, last)
			}
		}
	}
}
