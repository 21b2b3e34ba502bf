package oracle

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"github.com/plimsoll/plimsoll/dockerfile"
	"pgregory.net/rapid"
)

// comparable tells whether BuildKit reads a text as characters: it replaces
// bytes that are not UTF-8, says on stderr that it dislikes NUL, drops a byte
// order mark inside, and takes bytes for characters in flags and HEALTHCHECK.
func comparable(s string) bool {
	if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\uFEFF") || len(s) > 8<<10 {
		return false
	}
	if strings.Contains(s, "--") || strings.Contains(strings.ToUpper(s), "HEALTHCHECK") {
		for n := range len(s) {
			if s[n] >= utf8.RuneSelf {
				return false
			}
		}
	}
	return true
}

func FuzzParse(f *testing.F) {
	if name := "cases/lint/parser-cases/cases"; casesPresent(name) {
		readCases(f, name, func(_, source string) { f.Add(source) })
	}
	f.Add("FROM image\nLABEL mscape =")
	f.Add("FROM a\nRUN x \\\n # c\n\n y\n")
	f.Add("#escape=`\nFROM a AS b\nRUN <<A <<-'B' cat `\n 3<<\"C\"\nx\nA\n\tB\nC\nONBUILD COPY --from=b <<E /\nE\n")
	f.Add("# syntax=x\n# check=skip=all\nARG a=1 b\nFROM a\nENV a b c\nLABEL \"a b\"='c' d=\\ e\nHEALTHCHECK --interval=3s CMD [\"a\"]\nCMD [\"a\\n\"]")
	f.Fuzz(func(t *testing.T, src string) {
		if !comparable(src) {
			t.Skip("BuildKit reads it otherwise")
		}
		if diff := compare([]byte(src)); diff != "" {
			t.Errorf("%q: %s", src, diff)
		}
	})
}

// values are the variables of the comparison.
type values map[string]string

func (v values) Get(name string) (string, bool) { s, ok := v[name]; return s, ok }

func (v values) Keys() []string { return nil }

var env = values{"x": "foo-bar.tar.gz", "y": "", "PATH": "/usr/bin:/bin", "p": "a*b?c", "_1": "one two"}

// compareExpansion expands a word both ways and tells what differs.
func compareExpansion(word string, escape byte) string {
	lex := shell.NewLex(rune(escape))
	want, unset, wantErr := lex.ProcessWord(word, env)
	got, ours, err := dockerfile.Expand(word, escape, env.Get)
	if (err == nil) != (wantErr == nil) {
		return cmp.Diff([]error{wantErr}, []error{err}, cmp.Transformer("text", func(e error) string {
			if e == nil {
				return ""
			}
			return e.Error()
		}))
	}
	if err != nil {
		return ""
	}
	names := map[string]struct{}{}
	for _, n := range ours {
		names[n] = struct{}{}
	}
	if unset == nil {
		unset = map[string]struct{}{}
	}
	return cmp.Diff(want, got) + cmp.Diff(unset, names)
}

func TestExpandBuildKit(t *testing.T) {
	part := rapid.SampledFrom([]string{
		"$", "${", "}", "x", "y", "PATH", "p", "_1", "none", ":", "-", "+", "?", "#", "##", "%", "%%", "/", "//", "*", "?",
		"\\", "`", "'", `"`, " ", "<", "<<", "é", "1", "$x", "${x}", "${none:-", "${x%", "${x#", "${x/", "${y:+", "${x:?", "a", "b", ".", "[", "$1", "$$", "!", "@",
	})
	compared := 0
	rapid.Check(t, func(t *rapid.T) {
		for range 40 {
			word := strings.Join(rapid.SliceOfN(part, 0, 14).Draw(t, "word"), "")
			for _, escape := range []byte{'\\', '`'} {
				if escape == '`' && strings.Contains(word, "%") && strings.Contains(word, `\`) {
					continue // see FuzzExpand
				}
				if diff := compareExpansion(word, escape); diff != "" {
					t.Fatalf("%q with %c: %s", word, escape, diff)
				}
				compared++
			}
		}
	})
	t.Logf("expansion: agree %d of %d", compared, compared)
}

func FuzzExpand(f *testing.F) {
	for _, word := range []string{
		"$x", "${x:-a}", "${y:+b}", "${none:?c}", "${x#*-}", "${x##*.}", "${x%.*}", "${x%%.*}", "${x/o/0}", "${x//o/0}",
		`"a\"$x" '$x' \$x`, "${x/\\//b}", "${x%'*'}", "${x:-${y:-${PATH}}}", "${x/${y}/\"a\"}", "<<EOF ${x", "$1 $* ${!}",
	} {
		f.Add(word, true)
		f.Add(word, false)
	}
	f.Fuzz(func(t *testing.T, word string, backquote bool) {
		if !comparable(word) || len(word) > 500 {
			t.Skip("BuildKit reads it otherwise")
		}
		escape := byte('\\')
		if backquote {
			escape = '`'
		}
		if backquote && strings.Contains(word, "%") && strings.Contains(word, `\`) {
			t.Skip("BuildKit reads the pattern of a suffix backwards, and takes a lone backslash at its end for part of the next pair")
		}
		if diff := compareExpansion(word, escape); diff != "" {
			t.Errorf("%q with %c: %s", word, escape, diff)
		}
	})
}
