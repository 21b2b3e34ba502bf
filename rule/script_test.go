package rule_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
)

// words are the words of all scripts of a Dockerfile, and the source at the place
// that each word claims.
func words(t *testing.T, source string) (texts, places []string) {
	t.Helper()
	f := dockerfile.Parse([]byte(source))
	d := rule.NewDockerfile(f, "Dockerfile", &rule.Settings{}, nil)
	for _, i := range f.Instructions {
		for _, s := range d.Scripts(i) {
			if s.Err != nil {
				t.Errorf("%s: %v", source, s.Err)
			}
			for _, c := range s.Commands {
				for _, w := range c.Words {
					span := s.Span(w)
					texts = append(texts, w.Text)
					places = append(places, source[span.Start.Offset:span.End.Offset])
					checkPos(t, source, span.Start)
					checkPos(t, source, span.End)
				}
			}
		}
	}
	return texts, places
}

func checkPos(t *testing.T, source string, p dockerfile.Pos) {
	t.Helper()
	before := source[:p.Offset]
	line := strings.Count(before, "\n") + 1
	column := p.Offset - strings.LastIndexByte(before, '\n')
	if p.Line != line || p.Column != column {
		t.Errorf("%q: %+v is in line %d, column %d", source, p, line, column)
	}
}

func TestScripts(t *testing.T) {
	for _, tt := range []struct {
		name, source  string
		texts, places []string // places nil: as texts
	}{
		{"plain", "FROM a\nRUN apt-get  install b\n", []string{"apt-get", "install", "b"}, nil},
		{"flags", "FROM a\nRUN --mount=type=cache,target=/x --network=none ls -l\n", []string{"ls", "-l"}, nil},
		{"continued", "FROM a\nRUN a \\\n  # note\n\n  && b \\\n\tc\n", []string{"a", "b", "c"}, nil},
		{"word over lines", "FROM a\nRUN ab\\\ncd e\n", []string{"abcd", "e"}, []string{"ab\\\ncd", "e"}},
		{"windows line ends", "FROM a\r\nRUN a \\\r\n  b\r\nRUN c\r\n", []string{"a", "b", "c"}, nil},
		{"here-document", "FROM a\nRUN <<EOF\nset -e\nls b\nEOF\nRUN c\n", []string{"set", "-e", "ls", "b", "c"}, nil},
		{"tabs", "FROM a\nRUN <<-EOF\n\tls b\n\t\tif c; then d; fi\n\tEOF\n", []string{"ls", "b", "c", "d"}, nil},
		{"shebang", "FROM a\nRUN <<EOF\n#!/usr/bin/env bash\nls\nEOF\n", []string{"ls"}, nil},
		{"python", "FROM a\nRUN <<EOF\n#!/usr/bin/python3\nprint(1)\nEOF\n", nil, nil},
		{"here-document of a command", "FROM a\nRUN cat <<EOF > /x && ls y\n$(date -u)\nEOF\n", []string{"cat", "date", "-u", "ls", "y"}, nil},
		{"json shell", `FROM a
RUN ["/bin/bash", "-o", "pipefail", "-c", "ls b | wc"]
`, []string{"ls", "b", "wc"}, nil},
		{"json shell with escapes", `FROM a
RUN ["sh", "-c", "ls \"b\""]
`, []string{"ls", "b"}, []string{`"ls \"b\""`, `"ls \"b\""`}},
		{"json", `FROM a
RUN ["apt-get", "install", "b c"]
`, []string{"apt-get", "install", "b c"}, []string{`"apt-get"`, `"install"`, `"b c"`}},
		{"commands", "FROM a\nCMD ls b\nENTRYPOINT exec c\nHEALTHCHECK --interval=5m CMD curl -f d || exit 1\nHEALTHCHECK NONE\n",
			[]string{"ls", "b", "c", "curl", "-f", "d", "exit", "1"}, nil},
		{"health check in json", "FROM a\nHEALTHCHECK CMD [\"curl\", \"b\"]\n", []string{"curl", "b"}, []string{`"curl"`, `"b"`}},
		{"onbuild", "FROM a\nONBUILD RUN ls b\n", []string{"ls", "b"}, nil},
		{"powershell", "FROM a\nSHELL [\"powershell\", \"-Command\"]\nRUN Get-Item b\n", nil, nil},
		{"comment names the shell", "FROM a\n# hadolint shell = powershell.exe\nRUN Get-Item b\n", nil, nil},
		{"SHELL after the comment", "# plimsoll shell=pwsh\nFROM a\nRUN b\n", nil, nil},
		{"nested", "FROM a\nRUN sh -c 'ls \\\n b'\n", []string{"sh", "-c", "ls  b", "ls", "b"}, []string{"sh", "-c", "'ls \\\n b'", "ls", "b"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			texts, places := words(t, tt.source)
			if d := cmp.Diff(tt.texts, texts); d != "" {
				t.Errorf("texts: %s", d)
			}
			want := tt.places
			if want == nil {
				want = tt.texts
			}
			if d := cmp.Diff(want, places); d != "" {
				t.Errorf("places: %s", d)
			}
		})
	}
}

func TestScriptsAreParsedOnce(t *testing.T) {
	f := dockerfile.Parse([]byte("FROM a\nRUN ls\n"))
	d := rule.NewDockerfile(f, "Dockerfile", &rule.Settings{}, nil)
	if a, b := d.Scripts(f.Instructions[1])[0], d.WithReport(nil).Scripts(f.Instructions[1])[0]; a != b {
		t.Error("parsed twice")
	}
	if s := d.Scripts(f.Instructions[0]); s != nil {
		t.Errorf("FROM has %d scripts", len(s))
	}
}

// FuzzScripts checks that every place in every script is in the file.
func FuzzScripts(f *testing.F) {
	f.Add("FROM a\nRUN a \\\n # b\n c <<E 'd' && sh -c \"e\"\nf\nE\n")
	f.Add("RUN <<-E\n\t$(a\n\tE\nCMD [\"sh\",\"-c\",\"\\u0061 b\"]\nHEALTHCHECK CMD\n")
	f.Fuzz(func(t *testing.T, source string) {
		file := dockerfile.Parse([]byte(source))
		d := rule.NewDockerfile(file, "Dockerfile", &rule.Settings{}, nil)
		for _, i := range file.Instructions {
			for _, s := range d.Scripts(i) {
				if s.Tree == nil {
					continue
				}
				syntax.Walk(s.Tree, func(n syntax.Node) bool {
					if n == nil {
						return true
					}
					if span := s.Span(n); span.Start.Offset < 0 || span.End.Offset > len(file.Source)+1 {
						t.Fatalf("%+v outside the %d bytes of the file", span, len(file.Source))
					}
					return true
				})
			}
		}
	})
}
