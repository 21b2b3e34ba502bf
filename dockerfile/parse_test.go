package dockerfile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDirectives(t *testing.T) {
	tests := []struct {
		name, src string
		escape    byte
		want      []string
		comments  []string
		problems  int
	}{
		{"all", "# syntax = docker/dockerfile:1 \n#ESCAPE=`\n# check=skip=a,b;error=true\nFROM a\n", '`',
			[]string{"syntax docker/dockerfile:1", "escape `", "check skip=a,b;error=true"}, nil, 0},
		{"after a comment", "# hello\n# escape=`\nFROM a\n", '\\', nil, []string{"hello", "escape=`"}, 0},
		{"after an empty line", "\n# escape=`\nFROM a\n", '\\', nil, []string{"escape=`"}, 0},
		{"unknown", "# foo=bar\n# escape=`\nFROM a\n", '\\', nil, []string{"foo=bar", "escape=`"}, 0},
		{"twice", "# escape=`\n# escape=\\\nFROM a\n", '`', []string{"escape `"}, nil, 1},
		{"wrong", "# escape=x\nFROM a\n", '\\', []string{"escape x"}, nil, 1},
		{"empty", "# escape=\nFROM a\n", '\\', nil, []string{"escape="}, 0},
		{"blank", "  #\tescape= \nFROM a\n", '\\', []string{"escape "}, nil, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := Parse([]byte(test.src))
			var got, comments []string
			for _, d := range f.Directives {
				got = append(got, d.Name+" "+d.Value)
			}
			for _, c := range f.Comments {
				comments = append(comments, c.Text)
			}
			if diff := cmp.Diff(test.want, got) + cmp.Diff(test.comments, comments); diff != "" {
				t.Error(diff)
			}
			if f.Escape != test.escape || len(f.Problems) != test.problems {
				t.Errorf("escape %c, problems %v", f.Escape, f.Problems)
			}
		})
	}
}

// at writes a span as line:column-line:column.
func at(s Span) string {
	return fmt.Sprintf("%d:%d-%d:%d", s.Start.Line, s.Start.Column, s.End.Line, s.End.Column)
}

func TestPlaces(t *testing.T) {
	src := "FROM --platform=linux/amd64 alpine AS b\n" +
		"  run --mount=type=cache,target=/x \\\n" +
		"    # why\n" +
		"\n" +
		"    apk add \\  \n" +
		"      cu\\\n" +
		"rl\r\n" +
		"ENV A=\"1 2\" B=3\n" +
		"CMD [\"a\\tb\", \"c\"]\n"
	f := Parse([]byte(src))
	var got []string
	for _, i := range f.Instructions {
		line := fmt.Sprintf("%s %s %s", i.Name, at(i.Span), at(i.NameSpan))
		for _, g := range i.Flags {
			line += fmt.Sprintf(" [%s|%s %s %s]", g.Name, g.Value, at(g.Span), at(g.ValueSpan))
		}
		for _, w := range i.Args {
			line += fmt.Sprintf(" {%s %s}", w.Text, at(w.Span))
		}
		got = append(got, line)
	}
	want := []string{
		"FROM 1:1-1:40 1:1-1:5 [platform|linux/amd64 1:6-1:28 1:17-1:28] {alpine 1:29-1:35} {AS 1:36-1:38} {b 1:39-1:40}",
		"RUN 2:3-7:3 2:3-2:6 [mount|type=cache,target=/x 2:7-2:35 2:15-2:35] {apk add       curl 5:5-7:3}",
		"ENV 8:1-8:16 8:1-8:4 {A=\"1 2\" 8:5-8:12} {B=3 8:13-8:16}",
		"CMD 9:1-9:18 9:1-9:4 {a\tb 9:6-9:12} {c 9:14-9:17}",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	run := f.Instructions[1]
	if p := run.At(strings.Index(run.Text, "rl")); p != (Pos{strings.Index(src, "rl\r"), 7, 1}) {
		t.Errorf("At: %+v", p)
	}
	if len(run.Blank) != 1 || run.Blank[0].Start.Line != 4 {
		t.Errorf("blank lines %v", run.Blank)
	}
	if len(f.Comments) != 1 || at(f.Comments[0].Span) != "3:5-3:10" {
		t.Errorf("comments %v", f.Comments)
	}
	if len(f.Problems) > 0 {
		t.Errorf("problems %v", f.Problems)
	}
}

func TestProblems(t *testing.T) {
	tests := []struct{ src, want string }{
		{"", "1:1 the file has no instructions"},
		{"# only\n", "1:1 the file has no instructions"},
		{"ARG a\n", "1:1 the file has no FROM"},
		{"RUN a\nRUN b\nFROM c\n", "1:1 RUN stands before the first FROM; only ARG may"},
		{"FROM a\n FOO bar\nRUN b\n", "2:2 FOO is no instruction"},
		{"FROM\n", "1:1 FROM has no arguments"},
		{"FROM a b\n", "1:8 FROM takes an image, or an image, AS and a name"},
		{"FROM a as 1b\n", "1:11 1b cannot be the name of a stage"},
		{"FROM a\nENV x\n", "2:1 ENV needs a name and a value"},
		{"FROM a\nENV x=1 y\n", `2:9 y has no "=": write name=value`},
		{"FROM a\nLABEL =1\n", `2:7 a name is missing before the "="`},
		{"FROM a\nCOPY x\n", "2:6 COPY needs a source and a destination"},
		{"FROM a\nCOPY x <<E\nE\n", "2:8 a here-document cannot be the destination of COPY"},
		{"FROM a\nRUN\n", "2:1 RUN has no arguments"},
		{"FROM a\nCMD [1]\n", "2:5 the JSON array of CMD may hold strings only"},
		{"FROM a\nSHELL bash -c\n", `2:7 SHELL wants a JSON array: ["program", "argument"]`},
		{"FROM a\nHEALTHCHECK curl x\n", "2:13 HEALTHCHECK takes CMD or NONE, not curl"},
		{"FROM a\nHEALTHCHECK NONE x\n", "2:18 HEALTHCHECK NONE takes no arguments"},
		{"FROM a\nHEALTHCHECK CMD\n", "2:13 HEALTHCHECK CMD has no command"},
		{"FROM a\nHEALTHCHECK --interval=30 CMD x\n", "2:24 30 is no length of time, as 30s, of a millisecond or more"},
		{"FROM a\nHEALTHCHECK --retries=x CMD x\n", "2:23 x is no number of retries"},
		{"FROM a\nVOLUME [\"\"]\n", "2:9 the path of a VOLUME is empty"},
		{"FROM a\nONBUILD ONBUILD RUN x\n", "2:9 ONBUILD may not stand in an ONBUILD"},
		{"FROM a\n\\\n", "2:1 a continuation character without an instruction"},
		{"FROM a\nRUN <<E\nx\n", "2:5 the here-document E has no end"},
		{"FROM a\nRUN \x00\nFOO\n", "2:5 this is no text file: it has a NUL byte"},
		{"FROM a\nRUN " + strings.Repeat("x", 1<<16) + "\n", "2:1 the line is longer than the 65535 bytes that BuildKit takes"},
	}
	for _, test := range tests {
		f := Parse([]byte(test.src))
		var got []string
		for _, p := range f.Problems {
			got = append(got, fmt.Sprintf("%d:%d %s", p.Span.Start.Line, p.Span.Start.Column, p.Message))
		}
		if diff := cmp.Diff([]string{test.want}, got); diff != "" {
			t.Errorf("%.40q: %s", test.src, diff)
		}
	}
}

func TestNoProblem(t *testing.T) {
	for _, src := range []string{
		"FROM a\nCMD\n", "FROM a\nENTRYPOINT []\n", "FROM a\nRUN --new-flag=x y\n", "FROM a\nRUN [ -f x ] && y\n",
		"FROM a\nCMD ['x']\n", "from a as B.c-1\n", "FROM a\nLABEL a =\n", "FROM a\nHEALTHCHECK --interval=1m30s CMD x\n",
		"FROM a\nRUN echo don't <<E\n", "FROM a\nCOPY <<E /x\nFROM b\nE\n", "FROM a\nONBUILD RUN x\n",
	} {
		if p := Parse([]byte(src)).Problems; len(p) > 0 {
			t.Errorf("%q: %v", src, p)
		}
	}
}

func TestUnterminatedHeredoc(t *testing.T) {
	f := Parse([]byte("FROM a\nRUN <<E\nx\nRUN y\nCOPY <<E /z\nE\n"))
	if got := f.Instructions[1].Heredocs[0]; got.Content != "x\nRUN y\nCOPY <<E /z\n" || at(got.Close) != "6:1-6:2" {
		t.Errorf("%q %s", got.Content, at(got.Close))
	}
	f = Parse([]byte("FROM a\nRUN <<E\nx\nRUN y\nUSER z\n"))
	names := []string{}
	for _, i := range f.Instructions {
		names = append(names, i.Name)
	}
	if diff := cmp.Diff([]string{"FROM", "RUN", "RUN", "USER"}, names); diff != "" {
		t.Error(diff)
	}
	if h := f.Instructions[1].Heredocs[0]; h.Content != "x\n" || f.Instructions[1].Span.End.Line != 3 {
		t.Errorf("%+v", h)
	}
}

func TestOnBuild(t *testing.T) {
	f := Parse([]byte("FROM a\nONBUILD --x COPY --from=b \\\n <<E /c\nE\n"))
	i := f.Instructions[1].OnBuild
	if i == nil || i.Name != "COPY" || at(i.NameSpan) != "2:13-2:17" || i.Stage != f.Stages[0] || len(i.Heredocs) != 1 || i.Span.End.Line != 4 {
		t.Fatalf("%+v", i)
	}
	if from, ok := i.Flag("from"); !ok || from != "b" || at(i.Args[1].Span) != "3:6-3:8" {
		t.Errorf("%+v", i)
	}
}

func TestEncodings(t *testing.T) {
	text := "FROM é\r\nRUN 𝄞\n"
	for _, e := range []Encoding{UTF8, UTF8BOM, UTF16LE, UTF16BE} {
		src := (&File{Encoding: e}).Encode([]byte(text))
		f := Parse(src)
		if f.Encoding != e || string(f.Source) != text || len(f.Problems) > 0 {
			t.Errorf("%d: %d %q %v", e, f.Encoding, f.Source, f.Problems)
		}
		if got := f.Encode(f.Source); !slices.Equal(got, src) {
			t.Errorf("%d: written as % x, was % x", e, got, src)
		}
	}
	if f := Parse([]byte("\xff\xfeF\x00\x00\xd8x")); string(f.Source) != "F\uFFFD\uFFFD" {
		t.Errorf("broken UTF-16: %q", f.Source)
	}
}

// TestHostile parses files that would take long or much memory if anything in
// the parser were not bounded or not linear.
func TestHostile(t *testing.T) {
	const size = 8 << 20
	fill := func(head, s string) string { return head + strings.Repeat(s, size/len(s)) }
	for name, src := range map[string]string{
		"blank lines":      fill("FROM a\n", "\n"),
		"instructions":     fill("FROM a\n", "RUN x\n"),
		"stages":           fill("", "FROM a AS a\n"),
		"words":            fill("FROM a\nCOPY ", "a "),
		"quoted words":     fill("FROM a\nARG ", "a='b' "),
		"flags":            fill("FROM a\nRUN ", "--a "),
		"strings":          fill("FROM a\nCMD [", `"a",`),
		"onbuild":          fill("FROM a\n", "ONBUILD "),
		"continuations":    fill("FROM a\nRUN ", "a\\\n"),
		"blank continued":  fill("FROM a\nRUN \\\n", "\n"),
		"comments":         fill("FROM a\nRUN \\\n", "#\n"),
		"no end":           fill("FROM a\n", "RUN <<A\n"),
		"nested variables": fill("FROM a\nUSER ", "${a:-"),
		"nested heredoc":   fill("FROM a\nRUN <<A ", "${a:-"),
		"doubling":         "FROM a\nENV a=aaaaaaaa\n" + strings.Repeat("ENV a=$a$a$a$a\n", 10000),
		"brackets":         fill("FROM a\nCMD ", "["),
		"noise":            fill("", "\x00\xff \n"),
	} {
		t.Run(name, func(t *testing.T) {
			f := Parse([]byte(src))
			for _, i := range f.Instructions[:min(len(f.Instructions), 1000)] {
				f.Scope(i).Lookup("a")
				f.ShellAt(i)
				i.Variables()
				i.Pairs()
			}
			if len(f.Problems) > maxProblems+maxRecoveries+1 {
				t.Errorf("%d problems", len(f.Problems))
			}
		})
	}
}

func BenchmarkReal(b *testing.B) {
	var all [][]byte
	readLines(b, "cases/lint/real-dockerfiles", func(line []byte) {
		all = append(all, dockerfileOf(b, line))
	})
	b.ReportAllocs()
	for b.Loop() {
		for _, src := range all {
			Parse(src)
		}
	}
}
