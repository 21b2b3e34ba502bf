package dockerfile

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// seeds are Dockerfiles with something of everything.
var seeds = []string{
	"FROM a\nRUN x \\\n # c\n\n y\n",
	"#escape=`\nFROM a AS b\nRUN <<A <<-'B' cat `\n 3<<\"C\"\nx\nA\n\tB\nC\nONBUILD COPY --from=b <<E /\nE\n",
	"# syntax=x\n# check=skip=all\nARG a=1 b\nFROM a\nENV a b c\nLABEL \"a b\"='c' d=\\ e\nHEALTHCHECK --interval=3s CMD [\"a\"]\nCMD [\"a\\n\"]",
	"\\\n\\\nRUN a\\\n\\\n\nUSER x:${y:-z}\r\nONBUILD ONBUILD ONBUILD RUN <<E\r\n",
	"\xef\xbb\xbfFROM a\r\nCOPY --from=0 [\"a\", \"b\"]\r\nRUN <<E\r\nx",
	"\xff\xfeF\x00R\x00O\x00M\x00 \x00a\x00\n\x00",
	"FROM \x00\x01\xff\n\xc3(\n",
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		checkFile(t, src)
	})
}

// checkFile parses and demands what holds of every file: places are in it, in
// order, agree with its lines, and what stands there is what was read.
func checkFile(t *testing.T, src []byte) {
	t.Helper()
	f := Parse(src)
	starts := lineStarts(f.Source)
	check := func(what string, s Span) {
		t.Helper()
		for _, p := range []Pos{s.Start, s.End} {
			if p.Offset < 0 || p.Offset > len(f.Source) {
				t.Fatalf("%s: offset %d is not in the file", what, p.Offset)
			}
			if p.Line < 1 || p.Line > len(starts) || starts[p.Line-1]+p.Column-1 != p.Offset {
				t.Fatalf("%s: %+v is not a place of the file", what, p)
			}
		}
		if s.End.Offset < s.Start.Offset {
			t.Fatalf("%s: %+v runs backwards", what, s)
		}
	}
	last := 0
	for _, i := range f.Instructions {
		check(i.Name, i.Span)
		if i.Span.Start.Offset < last {
			t.Fatalf("%s at %+v overlaps the one before", i.Name, i.Span)
		}
		last = i.Span.End.Offset
		checkInstruction(t, f, i, check)
		f.Scope(i).Names()
		f.ShellAt(i)
	}
	for _, c := range f.Comments {
		check("comment", c.Span)
	}
	for _, d := range f.Directives {
		check("directive", d.Span)
	}
	for _, p := range f.Problems {
		check(p.Message, p.Span)
		if !utf8.ValidString(p.Message) {
			t.Fatalf("message %q is not UTF-8", p.Message)
		}
	}
	for _, s := range f.Stages {
		f.Base(s)
	}
	if utf8.Valid(f.Source) && f.Encoding < UTF16LE && !bytes.Equal(f.Encode(f.Source), src) {
		t.Fatal("encoding the source again gives something else")
	}
}

// checkInstruction compares the tokens of an instruction with the file.
func checkInstruction(t *testing.T, f *File, i *Instruction, check func(string, Span)) {
	t.Helper()
	at := func(s Span) string { return string(f.Source[s.Start.Offset:s.End.Offset]) }
	check("name", i.NameSpan)
	order := i.NameSpan.End.Offset
	next := func(what string, s Span) {
		t.Helper()
		check(what, s)
		if s.Start.Offset < order {
			t.Fatalf("%s at %+v overlaps the token before", what, s)
		}
		order = s.End.Offset
	}
	for _, g := range i.Flags {
		next("flag", g.Span)
		check("value of a flag", g.ValueSpan)
	}
	for _, w := range i.Args {
		next("word", w.Span)
		if text := at(w.Span); i.Form == ShellForm && !strings.Contains(text, "\n") && text != w.Text {
			t.Fatalf("word %q stands at %q", w.Text, text)
		}
	}
	for _, h := range i.Heredocs {
		check("here-document", h.Span)
		check("opening", h.Open)
		check("end", h.Close)
		if at(h.Span) != h.Content {
			t.Fatalf("content %q stands at %q", h.Content, at(h.Span))
		}
	}
	for n := range len(i.Text) {
		if p := i.At(n); f.Source[p.Offset] != i.Text[n] {
			t.Fatalf("byte %d of %q stands at %+v", n, i.Text, p)
		}
	}
	for _, p := range i.Pairs() {
		check("pair", p.Span)
		check("key", p.KeySpan)
		check("value", p.ValueSpan)
	}
	for _, v := range i.Variables() {
		check("variable", v.Span)
	}
	i.Copy()
	i.Exec()
	i.User()
	if i.OnBuild != nil {
		checkInstruction(t, f, i.OnBuild, check)
	}
}

func lineStarts(src []byte) []int {
	starts := []int{0}
	for n, c := range src {
		if c == '\n' {
			starts = append(starts, n+1)
		}
	}
	return starts
}

func FuzzExpand(f *testing.F) {
	for _, word := range []string{
		"$x", "${x:-a}", "${x:+b}", "${none:?c}", "${x#*-}", "${x##*.}", "${x%.*}", "${x%%.*}", "${x/o/0}", "${x//o/0}",
		`"a\"$x" '$x' \$x`, "${x/\\//b}", "${x%'*'}", "${x:-${y:-${PATH}}}", "<<EOF ${x", "$1 $* ${!}",
	} {
		f.Add(word, "foo-bar.tar")
	}
	f.Fuzz(func(t *testing.T, word, value string) {
		for _, escape := range []byte{'\\', '`'} {
			got, unset, err := Expand(word, escape, func(name string) (string, bool) { return value, name == "x" })
			if err != nil && got != "" {
				t.Errorf("%q: a result %q with the error %v", word, got, err)
			}
			if slices.Contains(unset, "x") {
				t.Errorf("%q: x is set", word)
			}
			if len(got) > maxExpansion+len(value)+len(word) {
				t.Errorf("%q: %d bytes", word, len(got))
			}
			for _, v := range Variables(word, escape) {
				if v.From < 0 || v.To > len(word) || word[v.From] != '$' || !strings.Contains(word[v.From:v.To], v.Name) {
					t.Errorf("%q: wrong place of %+v", word, v)
				}
			}
		}
	})
}
