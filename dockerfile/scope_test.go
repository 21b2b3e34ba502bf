package dockerfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const scoped = `ARG VERSION=1.2 NAME
ARG IMAGE=alpine:${VERSION}
FROM --platform=$BUILDPLATFORM $IMAGE AS Base
ARG VERSION
ARG NAME
ARG DEBUG="a b" COPYOF=$DEBUG
ENV A=1 B=$A C=${UNKNOWN:-x}
ENV A=2 D=$PATH:/x
ONBUILD ENV T=1
ONBUILD ENV U=${T}2
SHELL ["/bin/bash", "-c"]
RUN base
FROM base
ARG VERSION=9
RUN child
FROM mcr.microsoft.com/windows/nanoserver:1809
RUN windows
FROM base-$NAME
RUN other
`

func find(t *testing.T, f *File, text string) *Instruction {
	t.Helper()
	for _, i := range f.Instructions {
		if i.Text == text {
			return i
		}
	}
	t.Fatalf("no instruction %q", text)
	return nil
}

func TestScope(t *testing.T) {
	f := Parse([]byte(scoped))
	show := func(text string) string {
		s := f.Scope(find(t, f, text))
		var out []string
		for _, name := range s.Names() {
			b, _ := s.Lookup(name)
			if b.By == nil {
				continue
			}
			kind := "ENV"
			if b.Arg {
				kind = "ARG"
			}
			out = append(out, fmt.Sprintf("%s %s=%s %v %d", kind, b.Name, b.Value, b.Set, b.By.Span.Start.Line))
		}
		return strings.Join(out, "\n")
	}
	tests := []struct{ at, want string }{
		{"IMAGE=alpine:${VERSION}", "ARG NAME= false 1\nARG VERSION=1.2 true 1"},
		{"$IMAGE AS Base", "ARG IMAGE=alpine:1.2 true 2\nARG NAME= false 1\nARG VERSION=1.2 true 1"},
		{"base", "ENV A=2 true 8\nENV B=$A true 7\nENV C=x true 7\nARG COPYOF=a b true 6\nENV D=$PATH:/x true 8\n" +
			"ARG DEBUG=a b true 6\nARG NAME= false 5\nARG VERSION=1.2 true 4"},
		{"child", "ENV A=2 true 8\nENV B=$A true 7\nENV C=x true 7\nARG COPYOF=a b true 6\nENV D=$PATH:/x true 8\n" +
			"ARG DEBUG=a b true 6\nARG NAME= false 5\nENV T=1 true 9\nENV U=12 true 10\nARG VERSION=9 true 14"},
		{"windows", ""},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, show(test.at)); diff != "" {
			t.Errorf("%s: %s", test.at, diff)
		}
	}
	got, unset, err := f.Scope(find(t, f, "child")).Expand("$VERSION-${NAME}-$NONE-'$A'$A")
	if got != "9---$A2" || cmp.Diff(unset, []string{"NAME", "NONE"}) != "" || err != nil {
		t.Errorf("%q %q %v", got, unset, err)
	}
}

func TestStages(t *testing.T) {
	f := Parse([]byte(scoped))
	var got []string
	for _, s := range f.Stages {
		image, parent := f.Base(s)
		line := fmt.Sprintf("%s|%s|%s|%s", s.Name, s.Image, s.Platform, image)
		if parent != nil {
			line += fmt.Sprintf(" on %d", parent.Index)
		}
		got = append(got, line)
	}
	want := []string{
		"Base|$IMAGE|$BUILDPLATFORM|alpine:1.2", "|base||base on 0",
		"|mcr.microsoft.com/windows/nanoserver:1809||mcr.microsoft.com/windows/nanoserver:1809", "|base-$NAME||base-$NAME",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for from, want := range map[string]string{"0": "0", "BASE": "0", "3": "3", "4": "image 4", "-1": "image -1", "alpine": "image alpine"} {
		s, image := f.Resolve(from)
		got := "image " + image
		if s != nil {
			got = fmt.Sprint(s.Index)
		}
		if got != want {
			t.Errorf("--from=%s is %s, want %s", from, got, want)
		}
	}
}

func TestShellAt(t *testing.T) {
	f := Parse([]byte(scoped))
	for text, want := range map[string]string{
		"A=1 B=$A C=${UNKNOWN:-x}": "/bin/sh -c", "base": "/bin/bash -c", "child": "/bin/bash -c", "windows": "cmd /S /C", "other": "/bin/sh -c",
		"IMAGE=alpine:${VERSION}": "/bin/sh -c",
	} {
		if got := strings.Join(f.ShellAt(find(t, f, text)), " "); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	f = Parse([]byte("# escape=`\nFROM a\nRUN x\nSHELL [\"powershell\", \"-Command\"]\nRUN y\n"))
	if a, b := f.ShellAt(f.Instructions[1]), f.ShellAt(f.Instructions[3]); a[0] != "cmd" || b[0] != "powershell" {
		t.Errorf("%v %v", a, b)
	}
}

func TestExpand(t *testing.T) {
	env := map[string]string{"x": "foo-bar.tar.gz", "y": ""}
	get := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	tests := []struct{ word, want, unset, err string }{
		{"a$x", "afoo-bar.tar.gz", "", ""},
		{"${x}b", "foo-bar.tar.gzb", "", ""},
		{"$none", "", "none", ""},
		{"${none-d} ${y-d} ${y:-d}", "d  d", "none", ""},
		{"${none+d} ${y+d} ${y:+d} ${x:+d}", " d  d", "none", ""},
		{"${x:?no}", "foo-bar.tar.gz", "", ""},
		{"${y:?is empty}", "", "", "y: is empty"},
		{"${none?}", "", "none", "none must be set"},
		{"${x#*-} ${x##*.} ${x%.*} ${x%%.*}", "bar.tar.gz gz foo-bar.tar foo-bar", "", ""},
		{"${x/o/0} ${x//o/0} ${x/ba?/}", "f0o-bar.tar.gz f00-bar.tar.gz foo-.tar.gz", "", ""},
		{`'$x' "$x\"" \$x`, `$x foo-bar.tar.gz" $x`, "", ""},
		{"${x", "", "", "a } is missing"},
		{"${}", "", "", "${ is not followed by the name of a variable"},
		{"${x@Q}", "", "", "the modifier @ of a variable is not known"},
		{"'a", "", "", "a single quote is not closed"},
		{`"a`, "", "", "a double quote is not closed"},
		{strings.Repeat("${y:-", 200), "", "", "variables are nested too deeply"},
		{strings.Repeat("$x", 20000), "", "", "the value is too long"},
	}
	for _, test := range tests {
		got, unset, err := Expand(test.word, '\\', get)
		message := ""
		if err != nil {
			message = err.Error()
		}
		if got != test.want || strings.Join(unset, " ") != test.unset || message != test.err {
			t.Errorf("%.40q: %q %q %q", test.word, got, unset, message)
		}
	}
}

func TestVariables(t *testing.T) {
	var got []string
	word := `a$x '$no' ${y:-$z} "${w%.*}" \$no $1`
	for _, v := range Variables(word, '\\') {
		got = append(got, fmt.Sprintf("%s %s %s %v", v.Name, word[v.From:v.To], v.Modifier, v.HasDefault()))
	}
	want := []string{"x $x  false", "z $z  false", "y ${y:-$z} :- true", "w ${w%.*} % false", "1 $1  false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	f := Parse([]byte("FROM a\nCOPY --chown=$u $a \\\n  ${b}/c /$d\nRUN $e\nENV \"k\"=\"$v\"\nADD <<-E <<'F' /\n\tx'\n\t$h\nE\n$no\nF\n"))
	got = nil
	for _, i := range f.Instructions {
		for _, v := range i.Variables() {
			got = append(got, v.Name+" "+at(v.Span))
		}
	}
	want = []string{"u 2:14-2:16", "a 2:17-2:19", "b 3:3-3:7", "d 3:11-3:13", "v 5:10-5:12", "h 8:2-8:4"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestViews(t *testing.T) {
	f := Parse([]byte("FROM a\nENV A=\"1 2\" 'B'=x\\ y\nLABEL k some \"value\"\nARG X Y='z'\n" +
		"ADD a <<E b /c/\nE\nEXPOSE 80/tcp $P\nUSER ${U:-a:b}:g\nHEALTHCHECK --retries=1 CMD [\"a\", \"b\"]\nHEALTHCHECK NONE\nSHELL [\"x\"]\n"))
	var pairs []string
	for _, i := range f.Instructions {
		for _, p := range i.Pairs() {
			pairs = append(pairs, fmt.Sprintf("%s|%s|%s %v %v %s %s %s", p.Key, p.Value, p.Raw, p.HasValue, p.Legacy, at(p.Span), at(p.KeySpan), at(p.ValueSpan)))
		}
	}
	want := []string{
		`A|1 2|"1 2" true false 2:5-2:12 2:5-2:6 2:7-2:12`, `B|x y|x\ y true false 2:13-2:21 2:13-2:16 2:17-2:21`,
		`k|some value|some "value" true true 3:7-3:21 3:7-3:8 3:9-3:21`,
		"X|| false false 4:5-4:6 4:5-4:6 4:6-4:6", "Y|z|'z' true false 4:7-4:12 4:7-4:8 4:9-4:12",
	}
	if diff := cmp.Diff(want, pairs); diff != "" {
		t.Error(diff)
	}
	c, ok := f.Instructions[4].Copy()
	if !ok || cmp.Diff(texts(c.Sources), []string{"a", "b"}) != "" || c.Dest.Text != "/c/" {
		t.Errorf("copy: %+v %v", c, ok)
	}
	if p := texts(f.Instructions[5].Ports()); cmp.Diff(p, []string{"80/tcp", "$P"}) != "" {
		t.Errorf("ports: %v", p)
	}
	if u, g, ok := f.Instructions[6].User(); u != "${U:-a:b}" || g != "g" || !ok {
		t.Errorf("user: %q %q", u, g)
	}
	if e := texts(f.Instructions[7].Exec()); cmp.Diff(e, []string{"a", "b"}) != "" {
		t.Errorf("exec: %v", e)
	}
	if h, ok := f.Instructions[8].Healthcheck(); !h.None || !ok {
		t.Errorf("healthcheck: %+v", h)
	}
	if s := f.Instructions[9].Shell(); cmp.Diff(s, []string{"x"}) != "" {
		t.Errorf("shell: %v", s)
	}
}
