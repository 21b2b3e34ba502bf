package rules

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/internal/cases"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

// shellRules are the rules that look at shell scripts as ShellCheck does.
func shellRules() []rule.Rule {
	return []rule.Rule{
		shellAndOr(), shellBashism(), shellCdUnchecked(), shellEchoEscape(), shellGlobDash(), shellMaskedStatus(), shellQuoteNested(),
		shellQuoteSubstitution(), shellQuoteVariable(), shellSyntax(), shellVariableMisspelled(), shellVariableUnset(),
		shellAssignmentSpace(), shellBackquotes(), shellBackslashLost(), shellCatUseless(), shellDoubleNegation(), shellEgrep(),
		shellFindPath(), shellFindPattern(), shellLoopOnce(), shellPrintfFormat(), shellReadRaw(), shellRedirectOrder(), shellRmRoot(),
		shellSudoRedirect(),
	}
}

// problems are what a rule reports on a Dockerfile.
func shellProblems(r rule.Rule, source string) []rule.Problem {
	var out []rule.Problem
	d := rule.NewDockerfile(dockerfile.Parse([]byte(source)), "Dockerfile", &rule.Settings{}, func(p rule.Problem) { out = append(out, p) })
	r.Dockerfile(d)
	return out
}

func TestShellRuleExamples(t *testing.T) {
	for _, r := range shellRules() {
		if len(shellProblems(r, r.Bad)) == 0 {
			t.Errorf("%s says nothing of its bad example", r.ID)
		}
		for _, p := range shellProblems(r, r.Good) {
			t.Errorf("%s reports on its good example: %+v", r.ID, p)
		}
	}
}

// TestShellRules checks codes and places on scripts; what is marked with « » is
// reported. Verdicts are ShellCheck's.
func TestShellRules(t *testing.T) {
	for _, tt := range []struct{ code, run string }{
		{"SC2086", `cat > «$X» «${Y:-a}» «$1» a«$Z» ${#X} $# $? "$X" ${X:+$X}`},
		{"SC2086", `«$X»/bin/a b; $X c; : ${X:=a}; : «$X»`},
		{"SC2086", `x=1; echo $x; x="a b"; echo «$x»; x=$(y); echo «$x»; x=$((1+1)); echo $x`},
		{"SC2086", `if a; then x=1; else exit 1; fi; echo $x`},
		{"SC2086", `if a; then x=1; fi; echo «$x»`},
		{"SC2086", `case "$y" in a) x=1;; *) exit 1;; esac; echo $x`},
		{"SC2086", `for i in a b; do echo $i; done; for i in *; do echo «$i»; done`},
		{"SC2086", `x=1; while a; do echo «$x»; x="b c"; done`},
		{"SC2086", `f() { echo $x; }; x=1; f`},
		{"SC2086", `x=1; f() { x="a b"; }; f; echo «$x»`},
		{"SC2086", `export A=«$X»; [ «$A» = a ]; for i in $X; do :; done; case $X in a) ;; esac; x=$X`},
		{"SC2046", "echo «$(foo)» «`bar`» \"$(baz)\" $(seq 3); x=$(a); for i in $(b); do :; done; $(c)"},
		{"SC2154", `echo "«$foo»" "$foo" "$FOO" "${bar:-$baz}"; read -r a; echo "$a"; [ -n "$b" ] && echo "$b"`},
		{"SC2154", `foo=1 cmd; echo "«$foo»"; echo "$http_proxy"`},
		{"SC2153", `VERSION1=1; echo "«$VERSION2»" "$PATH" "«$HTTP_PROXI»"; ABC=1; echo "$ABD"`},
		{"SC2164", `«cd /x»; cd /y && ls; (cd /z && ls); a && «cd /w»`},
		{"SC2164", `cd ..; cd /; cd /x || exit 1; if cd y; then z; fi; «cd»`},
		{"SC2164", `set -e; cd /x; ls`},
		{"SC2155", `export «A»="x$(foo)" B=1 «C»=` + "`bar`" + `; D=$(baz); export D`},
		{"SC2015", `a «&&» b || c; a && b || echo d; if a && b || c; then d; fi; a && b || x=1`},
		{"SC2026", `echo 'a'«b»'c'; awk '{print '«x»'}'; echo 'a'-'b' "c"d`},
		{"SC2028", `echo «"a\nb"» '\d' -n a\nb; echo -e "a\n"; printf 'a\n'`},
		{"SC2035", `rm «*».txt ./*.a -- *.b; echo *; ls «?»x; cat a*`},
		{"SC3010", `«[[ -f a ]]»`},
		{"SC3014", `[ a «==» b ]; test a == b`},
		{"SC3009", `mkdir -p a/«{b,c}»`},
		{"SC3037", `echo «-e» a`},
		{"SC3040", `set -euo «pipefail»`},
		{"SC3046", `«source ./a»; . ./a`},
		{"SC3001", `diff «<(a)» b`},
		{"SC3011", `cat «<<<» a`},
		{"SC3020", `a «&> b»`},
		{"SC3030", `a=«(1 2)»`},
		{"SC3043", `f() { «local x=1»; }`},
		{"SC3045", `read «-p» a b; read -r c`},
		{"SC3057", `echo "«${x:1:2}»"`},
		{"SC3059", `echo "«${x^^}»"`},
		{"SC3060", `echo "«${x/a/b}»"`},
		{"SC2115", `rm -rf «"$X/"*» «$X/bin» «/usr/$X» "$X" "${X:?}/" "$X/opt" «"$X/$Y"»; rm $X/*`},
		{"SC2006", "echo \"«`foo`»\" \"$(bar)\""},
		{"SC2162", `«read» a; IFS=, «read» b c; read -r d; read -rp x e`},
		{"SC2002", `cat «f» | a; cat f g | a; cat -n f | a; cat < f | a; cat «"$X"» | a; cat $X | a; b | cat f | a`},
		{"SC2059", `printf «"$X\n"» a; printf "%s $X" a; printf '%s' "$X"; printf -- «$X»`},
		{"SC2196", `«egrep» a b; grep -E a b; echo egrep`},
		{"SC2197", `a | «fgrep» b`},
		{"SC2061", `find . -name «*.c» -o -path «"$X"*» -o -name '*.c' -o -name a{b,c} -o -newer a*`},
		{"SC1001", `echo a«\d» "\d" '\d' a\.b a\ b \$x «\-»; \rm a; x/a«\b» c`},
		{"SC1012", `echo a«\n»b "\n"`},
		{"SC1007", `x=« »a; IFS= read -r b; y= ; z=1 w`},
		{"SC2283", `x «=» a; [ x = a ]; test x = a`},
		{"SC2069", `a «2>&1» > b; a > b 2>&1; a 2>&1 > /dev/null | c; x=$(a 2>&1 > b)`},
		{"SC2024", `sudo a «>» b; sudo a > /dev/null; sudo a 2> b; sudo a | c > d`},
		{"SC2236", `[ «!» -z "$X" ]; [ -n "$X" ]; [ ! -f a ]`},
		{"SC2185", `«find» -name a; «find» -L -name a; find . -name a; find "$X" -name a; find -L a`},
		{"SC2043", `for i in «a»; do b; done; for i in a*; do b; done; for i in $X; do b; done; for i in a b; do c; done`},
		{"SC2066", `for i in «"$X"»; do b; done; for i in "$@"; do b; done`},
	} {
		head := "FROM debian:12\nRUN "
		plain := head + strings.NewReplacer("«", "", "»", "").Replace(tt.run) + "\n"
		got := plain
		problems := shellCoded(tt.code, plain)
		slices.SortFunc(problems, func(a, b dockerfile.Span) int { return b.Start.Offset - a.Start.Offset })
		for _, s := range problems {
			got = got[:s.Start.Offset] + "«" + got[s.Start.Offset:s.End.Offset] + "»" + got[s.End.Offset:]
		}
		if d := cmp.Diff(head+tt.run+"\n", got); d != "" {
			t.Errorf("%s: %s", tt.code, d)
		}
	}
}

// shellCoded are the places at which a code of ShellCheck's is reported.
func shellCoded(code, source string) []dockerfile.Span {
	var out []dockerfile.Span
	for _, r := range shellRules() {
		for _, p := range shellProblems(r, source) {
			if slices.Contains(shellAliases(r, p), code) {
				out = append(out, p.Span)
			}
		}
	}
	return out
}

func shellAliases(r rule.Rule, p rule.Problem) []string {
	if p.Aliases != nil {
		return p.Aliases
	}
	return r.Aliases
}

func TestBashismsDependOnTheShell(t *testing.T) {
	const run = "RUN [[ a == b ]] && echo -e a && set -o pipefail && x=(1)\n"
	for _, tt := range []struct {
		head string
		want int
	}{
		{"", 4}, {"SHELL [\"/bin/bash\", \"-c\"]\n", 0}, {"SHELL [\"/bin/dash\", \"-c\"]\n", 3}, {"SHELL [\"/bin/ash\", \"-c\"]\n", 1},
		{"# hadolint shell=bash\n", 0}, {"SHELL [\"pwsh\", \"-c\"]\n", 0},
	} {
		if got := shellProblems(shellBashism(), "FROM a\n"+tt.head+run); len(got) != tt.want {
			t.Errorf("%q: %d problems, want %d: %+v", tt.head, len(got), tt.want, got)
		}
	}
}

// TestShellFixes checks that quotes are put where they belong.
func TestShellFixes(t *testing.T) {
	source := "FROM a\nRUN rm $X/y \\\n  $(z) *\nRUN [\"sh\", \"-c\", \"rm $X\"]\n"
	var edits []rule.Edit
	for _, r := range shellRules() {
		for _, p := range shellProblems(r, source) {
			if p.Fix != nil {
				edits = append(edits, p.Fix.Edits...)
			}
		}
	}
	slices.SortFunc(edits, func(a, b rule.Edit) int { return b.Start - a.Start })
	for _, e := range edits {
		source = source[:e.Start] + e.New + source[e.End:]
	}
	want := "FROM a\nRUN rm \"$X\"/y \\\n  \"$(z)\" ./*\nRUN [\"sh\", \"-c\", \"rm $X\"]\n"
	if d := cmp.Diff(want, source); d != "" {
		t.Error(d)
	}
}

// shellSample is how many Dockerfiles there are to each one that is compared:
// shellcheck is slow.
const shellSample = 4

// shellCase is a place at which a code is or should be reported.
type shellCase struct {
	code   string
	offset int // in the script
}

// TestCasesShellCheck compares the rules with the real shellcheck on the RUN
// instructions of real Dockerfiles.
func TestCasesShellCheck(t *testing.T) {
	if testing.Short() {
		t.Skip("runs shellcheck some thousand times")
	}
	if _, err := exec.LookPath("shellcheck"); err != nil {
		t.Skip("no shellcheck on PATH: apt-get install -y shellcheck")
	}
	var scripts []*rule.Script
	var checked []shell.CheckedScript
	own := map[*rule.Script][]shellCase{}
	known := map[string]bool{}
	for n, source := range realDockerfiles(t) {
		if n%shellSample != 0 {
			continue
		}
		d := rule.NewDockerfile(dockerfile.Parse([]byte(source)), "Dockerfile", &rule.Settings{}, nil)
		shellScripts(d, func(s *rule.Script) {
			c := s.Checked()
			if key := fmt.Sprint(c); !known[key] {
				known[key] = true
				scripts, checked = append(scripts, s), append(checked, c)
			}
		})
		ownCases(d, own)
	}
	check := shell.ShellCheck{Program: "shellcheck", Exclude: []string{"SC2187", "SC1090", "SC1091"}, Timeout: time.Minute}
	remarks, err := check.Check(context.Background(), checked)
	if err != nil {
		t.Fatal(err)
	}
	tally := newShellTally()
	for i, s := range scripts {
		theirs := map[shellCase]bool{}
		broken := false
		for _, r := range remarks[i] {
			theirs[shellCase{r.Code, r.From}] = true
			broken = broken || r.Code == "SC1072" || r.Code == "SC1073"
		}
		if !broken {
			tally.add(s, theirs, own[s])
		}
	}
	tally.log(t)
}

// ownCases runs the rules on a Dockerfile and files what they report under the
// script and the offset in it.
func ownCases(d *rule.Dockerfile, own map[*rule.Script][]shellCase) {
	places := map[int]*rule.Script{}
	offsets := map[int]int{}
	shellScripts(d, func(s *rule.Script) {
		for o := range len(s.Text) {
			at := s.Pos(o).Offset
			if _, ok := places[at]; !ok {
				places[at], offsets[at] = s, o
			}
		}
	})
	for _, r := range shellRules() {
		r.Dockerfile(d.WithReport(func(p rule.Problem) {
			at := p.Span.Start.Offset
			if s := places[at]; s != nil {
				own[s] = append(own[s], shellCase{shellAliases(r, p)[0], offsets[at]})
			}
		}))
	}
}

// realDockerfiles are those of the shared cases.
func realDockerfiles(t *testing.T) []string {
	t.Helper()
	type source struct{ Dockerfile string }
	var out []string
	path := filepath.Join(cases.Dir(t, "cases", "lint"), "real-dockerfiles.jsonl")
	cases.Each(t, path, func(s source) { out = append(out, s.Dockerfile) })
	return out
}

// shellTally counts agreement by code.
type shellTally struct {
	both, only, missed map[string]int
	examples           []string
	spared             int // differences that are meant
}

func newShellTally() *shellTally {
	return &shellTally{both: map[string]int{}, only: map[string]int{}, missed: map[string]int{}}
}

func (c *shellTally) add(s *rule.Script, theirs map[shellCase]bool, own []shellCase) {
	seen := map[shellCase]bool{}
	for _, o := range own {
		if seen[o] {
			continue
		}
		seen[o] = true
		if theirs[o] {
			c.both[o.code]++
		} else {
			c.only[o.code]++
			c.example("only here", s, o)
		}
	}
	for o := range theirs {
		if seen[o] {
			continue
		}
		// Our rule spares a= b=, two empty variables without a command.
		if o.code == "SC1007" && shellOnlyAssigns(s, o.offset) {
			c.spared++
			continue
		}
		if shellOurs(o.code) {
			c.missed[o.code]++
			c.example("missed", s, o)
		}
	}
}

// shellOnlyAssigns tells whether a command that consists of assignments alone
// covers an offset.
func shellOnlyAssigns(s *rule.Script, offset int) bool {
	for _, c := range s.Commands {
		if len(c.Words) == 0 && int(c.Pos().Offset()) <= offset && offset < int(c.End().Offset()) {
			return true
		}
	}
	return false
}

func (c *shellTally) example(what string, s *rule.Script, o shellCase) {
	from, to := max(0, o.offset-60), min(len(s.Text), o.offset+60)
	c.examples = append(c.examples, fmt.Sprintf("%s %s: …%q ⟨here⟩ %q…", o.code, what, s.Text[from:o.offset], s.Text[o.offset:to]))
}

// shellOurs tells whether one of the rules is to report a code.
func shellOurs(code string) bool {
	for _, r := range shellRules() {
		if slices.Contains(r.Aliases, code) {
			return true
		}
	}
	return false
}

func (c *shellTally) log(t *testing.T) {
	codes := map[string]bool{}
	for _, m := range []map[string]int{c.both, c.only, c.missed} {
		for code := range m {
			codes[code] = true
		}
	}
	var sorted []string
	for code := range codes {
		sorted = append(sorted, code)
	}
	slices.Sort(sorted)
	agree, all := 0, 0
	for _, code := range sorted {
		b, o, m := c.both[code], c.only[code], c.missed[code]
		t.Logf("%s: agree %d of %d (%d missed, %d only here)", code, b, b+o+m, m, o)
		agree, all = agree+b, all+b+o+m
	}
	t.Logf("real RUN scripts beside shellcheck: agree %d of %d, %d different on purpose", agree, all, c.spared)
	slices.Sort(c.examples)
	for _, e := range c.examples[:min(len(c.examples), 20)] {
		t.Log(e)
	}
	if agree*100 < all*95 {
		t.Errorf("agree %d of %d, less than 95 %%", agree, all)
	}
}
