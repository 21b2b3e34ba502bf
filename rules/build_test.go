package rules

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
)

// found are the lines that a rule reports, each with the aliases in force.
func found(r rule.Rule, source string) map[int][]string {
	lines := map[int][]string{}
	view := rule.NewDockerfile(dockerfile.Parse([]byte(source)), "Dockerfile", &rule.Settings{}, func(p rule.Problem) {
		aliases := p.Aliases
		if aliases == nil {
			aliases = r.Aliases
		}
		lines[p.Span.Start.Line] = append(lines[p.Span.Start.Line], aliases...)
	})
	r.Dockerfile(view)
	return lines
}

// count is how many problems a rule has with a file.
func count(r rule.Rule, source string) int {
	n := 0
	r.Dockerfile(rule.NewDockerfile(dockerfile.Parse([]byte(source)), "Dockerfile", &rule.Settings{}, func(rule.Problem) { n++ }))
	return n
}

func TestBuilt(t *testing.T) {
	source := "FROM debian:12 AS base\n" + // 0
		"FROM golang:1.26 AS unused\n" + // 1
		"FROM base AS tools\n" + // 2
		"FROM alpine:3.22 AS cache\n" + // 3
		"FROM scratch\n" + // 4
		"COPY --from=2 /a /a\n" +
		"RUN --mount=type=bind,from=Cache,target=/x true\n"
	d := rule.NewDockerfile(dockerfile.Parse([]byte(source)), "Dockerfile", &rule.Settings{}, nil)
	var got []int
	for s := range built(d) {
		got = append(got, s.Index)
	}
	slices.Sort(got)
	if d := cmp.Diff([]int{0, 2, 3, 4}, got); d != "" {
		t.Error(d)
	}
}

// TestDispatched checks that what BuildKit does not look at keeps the finding
// and loses BuildKit's name for it.
func TestDispatched(t *testing.T) {
	for _, c := range []struct {
		name, source string
		want         map[int][]string
	}{
		{"built", "FROM debian:12\nENV A b\n", map[int][]string{2: {"LegacyKeyValueFormat"}}},
		{"not built", "FROM debian:12\nENV A b\nFROM scratch\n", map[int][]string{2: nil}},
		{"no image", "ARG X\nFROM $X\nENV A b\n", map[int][]string{3: nil}},
		{"broken ARG", "ARG X=${Y:Z}\nFROM debian:12\nENV A b\n", map[int][]string{3: nil}},
	} {
		if d := cmp.Diff(c.want, found(pairLegacy(), c.source)); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// TestLoop checks that stages which refer to one another end.
func TestLoop(t *testing.T) {
	source := "FROM a AS a\nCOPY --from=b / /\nFROM a AS b\nCOPY --from=a / /\nFROM b AS a\nWORKDIR x\nCOPY --from=a / /\n"
	for _, r := range All() {
		if r.Dockerfile != nil {
			found(r, source)
		}
	}
}

func TestOverridden(t *testing.T) {
	all := []string{"DL4003", "MultipleInstructionsDisallowed", "DS-0016", "multiple_cmd_instructions_listed"}
	source := "FROM debian:12 AS a\nCMD [\"x\"]\nCMD [\"y\"]\nFROM debian:12\nCMD [\"x\"]\nCMD [\"y\"]\nCMD [\"z\"]\n"
	want := map[int][]string{2: {"DL4003", "DS-0016"}, 5: all, 6: all}
	if d := cmp.Diff(want, found(cmdDuplicate(), source)); d != "" {
		t.Error(d)
	}
}

func TestPorts(t *testing.T) {
	source := "FROM debian:12\nENV P=22\nEXPOSE $P 20-25/tcp 22/udp [::1]:80:22 2200 99999-100000\n"
	if d := cmp.Diff(3, count(exposeSSH(), source)); d != "" {
		t.Error("ssh:", d)
	}
	if d := cmp.Diff(1, len(found(exposeMapping(), source)[3])); d != "" {
		t.Error("mapping:", d)
	}
	if d := cmp.Diff(3, len(found(exposeRange(), source)[3])); d != "" {
		t.Error("range:", d)
	}
}

func TestArrayFix(t *testing.T) {
	for command, want := range map[string]string{
		"serve":                   `["serve"]`,
		"serve --port 8080":       `["serve", "--port", "8080"]`,
		"serve 'a b' \"c<d\"":     `["serve", "a b", "c<d"]`,
		"serve $PORT":             "",
		"serve *.conf":            "",
		"serve ~/x":               "",
		"serve > /log":            "",
		"serve && done":           "",
		"serve | log":             "",
		"serve &":                 "",
		"! serve":                 "",
		"PORT=1 serve":            "",
		"exec serve":              "",
		"cd /x":                   "",
		"if true; then serve; fi": "",
		"serve `id`":              "",
		"serve {a,b}":             "",
	} {
		d := rule.NewDockerfile(dockerfile.Parse([]byte("FROM debian:12\nCMD "+command+"\n")), "Dockerfile", &rule.Settings{}, nil)
		fix := arrayFix(d, d.Stages[0].Instructions[1])
		got := ""
		if fix != nil {
			got = fix.Edits[0].New
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", command, got, want)
		}
	}
}

// TestPairFix checks that a pair means the same after its fix.
func TestPairFix(t *testing.T) {
	for pair, want := range map[string]string{
		"A b":         "A=b",
		"A b c":       `A="b c"`,
		"A  $B/c d":   `A="$B/c d"`,
		`A "b c"`:     `A="b c"`,
		`A 'b c'`:     `A='b c'`,
		`A b"c d"`:    "",
		`A it\'s so`:  "",
		`A = b`:       "",
		`A "b" "c d"`: "",
		"A \\\n  b":   "",
		"A b \\\n  c": "A=\"b \\\n  c\"",
	} {
		source := "FROM debian:12\nENV " + pair + "\n"
		d := rule.NewDockerfile(dockerfile.Parse([]byte(source)), "Dockerfile", &rule.Settings{}, func(p rule.Problem) {
			got := ""
			if p.Fix != nil {
				got = mend(t, source, []rule.Problem{p})[len("FROM debian:12\nENV "):]
				got = got[:len(got)-1]
			}
			if got != want {
				t.Errorf("%s: got %q, want %q", pair, got, want)
			}
		})
		pairLegacy().Dockerfile(d)
	}
}

func TestDescription(t *testing.T) {
	source := "# about this file\n\nARG A=1\n# B is the second\nARG B=2\n# something\n#\nARG C=3\n# base is it\nFROM scratch AS base\n# other\nARG D E\n"
	if d := cmp.Diff(map[int][]string{12: nil}, found(descriptionFormat(), source)); d != "" {
		t.Error(d)
	}
	alias := []string{"InvalidDefinitionDescription"}
	source = "# check=experimental=InvalidDefinitionDescription\n" + source
	if d := cmp.Diff(map[int][]string{4: alias, 13: alias}, found(descriptionFormat(), source)); d != "" {
		t.Error(d)
	}
}
