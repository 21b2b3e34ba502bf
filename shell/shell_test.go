package shell

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// lines shows the commands of a script one a line.
func lines(s *Script) []string {
	var out []string
	for _, c := range s.Commands {
		var b strings.Builder
		if c.Joined != "" {
			fmt.Fprintf(&b, "%s ", c.Joined)
		}
		for _, a := range c.Assigns {
			fmt.Fprintf(&b, "%s=%s ", a.Name, a.Value)
		}
		if len(c.Wrapper) > 0 {
			fmt.Fprintf(&b, "(%s) ", strings.Join(c.Wrapper, " "))
		}
		var words []string
		for _, w := range c.Words {
			t := w.Text
			if !w.Literal {
				t = "<" + t + ">"
			}
			if w.Quoted {
				t = "'" + t + "'"
			}
			words = append(words, t)
		}
		b.WriteString(c.Name + ": " + strings.Join(words, " "))
		if c.Pipe != nil {
			b.WriteString(" |")
			if c.Last {
				b.WriteString("last")
			}
		}
		if c.Depth > 0 {
			fmt.Fprintf(&b, " @%d", c.Depth)
		}
		if c.Errexit {
			b.WriteString(" e")
		}
		if c.Pipefail {
			b.WriteString(" pipefail")
		}
		out = append(out, b.String())
	}
	return out
}

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		argv       []string
		want       []string
	}{
		{"sequence", "apt-get update && apt-get install -y a || true; rm -rf /x &\nls", nil, []string{
			"apt-get: apt-get update", "&& apt-get: apt-get install -y a", "|| true: true", "; rm: rm -rf /x", "& ls: ls"}},
		{"quotes", `echo "a b" 'c $d' e\ f "g$h" $i`, nil, []string{
			`echo: echo 'a b' 'c $d' 'e f' '<g$h>' <$i>`}},
		{"wrappers", "sudo -u root -E X=1 nice -n 5 /usr/bin/env -i A=b apt-get install x", nil, []string{
			"X=1 A=b (sudo nice env) apt-get: apt-get install x"}},
		{"wrapper alone", "env; sudo -v; command -v curl; exec 2>&1", nil, []string{
			"env: env", "; sudo: sudo -v", "; command: command -v curl", "; exec: exec"}},
		{"timeout and gosu", "timeout -k 5 10 curl x; gosu app ls; time make; xargs -n 1 rm -f", nil, []string{
			"(timeout) curl: curl x", "; (gosu) ls: ls", "; (time) make: make", "; (xargs) rm: rm -f"}},
		{"pipeline", "curl x | tee y | sh", nil, []string{
			"curl: curl x |", "| tee: tee y |", "| sh: sh |last"}},
		{"pipeline with a subshell", "(a; b) | c", nil, []string{
			"a: a | @1", "; b: b | @1", "| c: c |last"}},
		{"nested", `sh -c 'cd /x && make'; bash -euo pipefail -c "a | b"`, nil, []string{
			"sh: sh -c 'cd /x && make'", "cd: cd /x @1", "&& make: make @1",
			"; bash: bash -euo pipefail -c 'a | b'", "a: a | @1 e pipefail", "| b: b |last @1 e pipefail"}},
		{"substitution", "x=$(curl y) make \"`date`\"", nil, []string{
			"x=$(curl y) make: make '<`date`>'", "curl: curl y @1", "date: date @1"}},
		{"options", "a; set -ex; b; (set +e; c); set -o pipefail; d", []string{"/bin/bash", "-c"}, []string{
			"a: a", "; set: set -ex", "; b: b e", "set: set +e @1 e", "; c: c @1", "; set: set -o pipefail e", "; d: d e pipefail"}},
		{"shell's options", "a", []string{"/bin/bash", "-eo", "pipefail", "-c"}, []string{"a: a e pipefail"}},
		{"export", "export A=1 B=$C D; readonly E", nil, []string{
			"A=1 B=$C export: export A=1 <B=$C> D", "; readonly: readonly E"}},
		{"compound", "if a; then b; elif c; then d; else e; fi; for f in $(g); do h; done; while i; do j; done; case k in l) m;; esac; n() { o; }", nil, []string{
			"a: a", "b: b", "c: c", "d: d", "e: e", "g: g @1", "h: h", "i: i", "j: j", "m: m", "o: o"}},
		{"bash in sh", "[[ -f a ]] && diff <(b) c &> /dev/null", []string{"/bin/sh", "-c"}, []string{
			"&& diff: diff <<(b)> c", "b: b @1"}},
		{"posix only", "a() (b); c=d e", []string{"dash", "-c"}, []string{"b: b @1", "; c=d e: e"}},
		{"conda", "a", []string{"conda", "run", "-n", "x", "/bin/bash", "-c"}, []string{"a: a"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := Parse(tt.text, tt.argv)
			if s == nil || s.Err != nil {
				t.Fatalf("Parse: %+v", s)
			}
			if d := cmp.Diff(tt.want, lines(s)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestParseLeavesOthersAlone(t *testing.T) {
	for _, argv := range [][]string{
		{"powershell", "-Command"}, {`C:\Windows\System32\cmd.exe`, "/S", "/C"}, {"pwsh", "-c"}, {"/usr/bin/python3", "-c"},
	} {
		if s := Parse("echo a", argv); s != nil {
			t.Errorf("%q: got a script", argv)
		}
	}
}

func TestParseBroken(t *testing.T) {
	s := Parse("a b; c d\ne \"f", nil)
	if s.Err == nil {
		t.Fatal("no error")
	}
	if d := cmp.Diff([]string{"a: a b", "; c: c d"}, lines(s)); d != "" {
		t.Error(d)
	}
}

func TestParseBounds(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("(", 1<<19), strings.Repeat("$(", 1<<18), strings.Repeat("if ", 1<<18), strings.Repeat("a|", 1<<18),
		strings.Repeat("a() ", 1<<17), strings.Repeat("! ", 1<<18), "echo $((" + strings.Repeat("- ", 1<<18), strings.Repeat("a", MaxText+1),
		strings.Repeat("echo \"", 1001), strings.Repeat("(", 30000), strings.Repeat("if ", 10000), "$((" + strings.Repeat("- ", 15000),
		strings.Repeat("a() ", 8000), "[[ " + strings.Repeat("a && ", 6000),
	} {
		if s := Parse(text, nil); s.Err == nil {
			t.Errorf("%.10s…: no error", text)
		}
	}
	if s := Parse(strings.Repeat("eval ", 100_000)+"a", nil); s.Err != nil {
		t.Error(s.Err)
	}
}

// TestNestedPlaces checks that the words of a script in plain quotes stand where
// the outer text has them.
func TestNestedPlaces(t *testing.T) {
	const text = `echo x; sudo sh -c 'cd /src && make "all $X"'`
	s := Parse(text, nil)
	got := map[string]string{}
	for _, c := range s.Commands {
		for _, w := range c.Words {
			got[w.Text] = text[w.Pos().Offset():w.End().Offset()]
		}
	}
	want := map[string]string{"echo": "echo", "x": "x", "sh": "sh", "-c": "-c", "cd": "cd", "/src": "/src", "make": "make",
		"all $X": `"all $X"`, `cd /src && make "all $X"`: `'cd /src && make "all $X"'`}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestFlags(t *testing.T) {
	c := Parse(`apt-get -qy -o Dir=x install --root=/y -t stable a "b c" -- -d`, nil).Commands[0]
	for _, f := range []struct {
		flag string
		want bool
	}{{"-y", true}, {"-q", true}, {"--yes", false}, {"--root", true}, {"-d", false}, {"-x", false}} {
		if got := c.Has(f.flag); got != f.want {
			t.Errorf("Has(%q) = %v", f.flag, got)
		}
	}
	if v, ok := c.Value("--root"); v != "/y" || !ok {
		t.Errorf("Value(--root) = %q, %v", v, ok)
	}
	if v, ok := c.Value("-o"); v != "Dir=x" || !ok {
		t.Errorf("Value(-o) = %q, %v", v, ok)
	}
	if got := c.Subcommand("-o"); got != "install" {
		t.Errorf("Subcommand = %q", got)
	}
	var args []string
	for _, w := range c.Args("-o", "-t") {
		args = append(args, w.Text)
	}
	if d := cmp.Diff([]string{"install", "a", "b c", "-d"}, args); d != "" {
		t.Error(d)
	}
}

func TestSplits(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"echo $a \"$b\" ${#c} $? $HOME", []string{"$a"}},
		{"a=1; echo $a; a='b c'; echo $a", []string{"$a"}},
		{"a=$(b); (a=1; echo $a); echo $a", []string{"$a"}},
		{"while b; do echo $a; a=1; done", []string{"$a"}},
		{"for a in 1 2; do for b in $a x; do echo $a$b; done; done", []string{"$b"}},
		{"case $a in b) c=1;; *) exit;; esac; echo $c", nil},
		{"f() { echo $a; }; g() { echo $b; }; a=1; f", []string{"$b"}},
		{"f() { f; echo $a; }; f", []string{"$a"}},
		{"export a=$b", []string{"$b"}},
		{"cat <<E\n$a\nE\n", nil},
		{"if a; then b=1; elif c; then b=2; else return; fi; echo $b", nil},
	} {
		var got []string
		for _, p := range Parse(tt.text, nil).Splits([]string{"HOME"}).Variables {
			got = append(got, tt.text[p.Pos().Offset():p.End().Offset()])
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s: %s", tt.text, d)
		}
	}
}

// TestAnalysesBounds feeds scripts that would take long without bounds.
func TestAnalysesBounds(t *testing.T) {
	var names strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&names, "v%d=1; a && b%d=$v%d\n", i, i, i+1)
	}
	for _, text := range []string{
		strings.Repeat("for i in 1; do ", 60) + ":" + strings.Repeat("; done", 60),
		strings.Repeat("while a; do ", 1000) + ":" + strings.Repeat("; done", 1000),
		strings.Repeat("f() { f; f; f; }; f\n", 2000),
		names.String(),
	} {
		s := Parse(text, nil)
		if s.Err != nil {
			t.Fatal(s.Err)
		}
		start := time.Now()
		s.Splits(nil)
		s.Unset(nil)
		s.Bashisms()
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("%.20s…: took %v", text, d)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"apt-get update && apt-get install -y a", "sh -c 'a \"$b\"'", "cat <<E\n$(x)\nE\n", "a=(1 2) b[1]=2 ${a[@]/x/y}", "if a; then b; fi",
		"sudo -u", "env -S", "x() { y; }; z | ! w", "[[ a =~ (b|c) ]]", "$'\\n'", "for ((i=0;i<3;i++)); do :; done", "`a \\`b\\``", "su -c",
	} {
		f.Add(s, "/bin/sh")
		f.Add(s, "/bin/bash")
	}
	f.Fuzz(func(t *testing.T, text, program string) {
		s := Parse(text, []string{program, "-c"})
		if s == nil {
			return
		}
		for _, n := range s.Splits([]string{"HOME"}).Variables {
			if n.Pos().Offset() > n.End().Offset() {
				t.Fatal("a variable ends before it begins")
			}
		}
		for _, b := range s.Bashisms() {
			if b.From > b.To || b.To > len(text) {
				t.Fatalf("%s at %d to %d of %d", b.What, b.From, b.To, len(text))
			}
		}
		s.Unset([]string{"HOME"})
		for _, c := range s.Commands {
			for _, n := range append([]Word{}, c.Words...) {
				if from, to := n.Pos().Offset(), n.End().Offset(); from > to || int(to) > len(text) {
					t.Fatalf("word %q at %d to %d of %d", n.Text, from, to, len(text))
				}
			}
			c.Args("-o")
			c.Subcommand("-t")
			c.Has("-y", "--yes")
			c.Value("-t")
		}
	})
}
