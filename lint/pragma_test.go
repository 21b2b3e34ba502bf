package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// marks is a linter that reports every word "bad" of the text, so that places
// are easy to see.
func marks() *Linter {
	report := func(aliases ...string) func(*rule.Dockerfile) {
		return func(d *rule.Dockerfile) {
			for at := 0; ; {
				n := strings.Index(string(d.Source[at:]), "bad")
				if n < 0 {
					return
				}
				at += n
				before := string(d.Source[:at])
				pos := dockerfile.Pos{Offset: at, Line: strings.Count(before, "\n") + 1, Column: at - strings.LastIndex(before, "\n")}
				end := pos
				end.Offset, end.Column = end.Offset+3, end.Column+3
				d.Report(rule.Problem{Span: dockerfile.Span{Start: pos, End: end}, Aliases: aliases, Fix: &rule.Fix{
					Title: "say good", Edits: []rule.Edit{{Start: at, End: at + 3, New: "good"}},
				}})
				at += 3
			}
		}
	}
	return &Linter{Rules: []rule.Rule{{
		ID: "never", Title: "It is bad", Severity: finding.Medium, Aliases: []string{"DL3002", "DL3004", "CKV_1", "JSONArgsRecommended"}, Dockerfile: report(),
	}}}
}

func lines(r Result) []int {
	out := []int{}
	for _, f := range r.Findings {
		if f.ID != SyntaxID {
			out = append(out, f.At.Line)
		}
	}
	return out
}

func TestPragmas(t *testing.T) {
	const file = "FROM scratch\n%s\nRUN bad \\\n  && bad\nRUN bad\nFROM scratch\nRUN bad\n"
	all, none, first := []int{3, 4, 5, 7}, []int{}, []int{5, 7}
	tests := []struct {
		comment string
		want    []int
	}{
		{"# nothing", all},
		{"# hadolint ignore=DL3002", first},
		{"# hadolint ignore = DL3002 , DL3003", first},
		{"#hadolint ignore=DL3002 # because", first},
		{"# hadolint ignore=DL3003", all},
		{"# hadolint ignore=never", all},
		{"# hadolint ignore=DL3002,never", all},
		{"# hadolint ignore=DL3002\n", all},
		{"# hadolint global ignore=DL3002", none},
		{"# hadolint stage ignore=DL3002", all},
		{"# hadolint ignore DL3002", all},
		{"# plimsoll ignore=never", first},
		{"# plimsoll ignore=NEVER", first},
		{"# plimsoll ignore=ckv_1", first},
		{"# plimsoll ignore=never\n\n# more", first},
		{"# plimsoll ignore=other", all},
		{"# plimsoll global ignore=never # always", none},
		{"# plimsoll stage ignore=never", []int{3, 4, 5}},
		{"# check=skip=JSONArgsRecommended", first},
		{"# check=skip=JSONArgsRecommended // here only", first},
		{"# check=skip=all\n# and more", first},
		{"# check=skip=all\n", all},
		{"# check=skip=Other", all},
	}
	for _, tt := range tests {
		text := fmt.Sprintf(file, tt.comment)
		moved := strings.Count(tt.comment, "\n")
		var want []int
		for _, n := range tt.want {
			want = append(want, n+moved)
		}
		got := lines(marks().Lint(t.Context(), Source{Path: "Dockerfile", Text: []byte(text)}))
		if !slices.Equal(got, want) {
			t.Errorf("%q: findings in lines %v, want %v", tt.comment, got, want)
		}
		l := marks()
		l.NoPragmas = true
		if got := lines(l.Lint(t.Context(), Source{Text: []byte(text)})); len(got) != len(all) {
			t.Errorf("%q without pragmas: findings in lines %v", tt.comment, got)
		}
	}
}

func TestPragmaPlaces(t *testing.T) {
	tests := []struct {
		name, text string
		args       map[string]string
		want       []int
	}{
		{"stage", "# hadolint stage ignore=DL3002\nFROM a\nRUN bad\nFROM b\nRUN bad\n", nil, []int{5}},
		{"between continuation lines", "FROM a\nRUN bad \\\n# plimsoll ignore=never\n\n bad && \\\n bad\n", nil, []int{2, 6}},
		{"directive", "# check=skip=JSONArgsRecommended\nFROM a\nRUN bad\n", nil, []int{}},
		{"build argument instead", "# check=skip=JSONArgsRecommended\nFROM a\nRUN bad\n", map[string]string{checkArg: ""}, []int{3}},
		{"build argument", "FROM a\nRUN bad\n", map[string]string{checkArg: "skip=all"}, []int{}},
	}
	for _, tt := range tests {
		got := lines(marks().Lint(t.Context(), Source{Text: []byte(tt.text), BuildArgs: tt.args}))
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
	}
}

func TestCheckError(t *testing.T) {
	r := marks().Lint(t.Context(), Source{Text: []byte("# check=error=true\nFROM a\nRUN bad\n")})
	if len(r.Findings) != 1 || r.Findings[0].Severity != finding.High {
		t.Errorf("check=error=true: %+v", r.Findings)
	}
}

func TestNarrowed(t *testing.T) {
	r := rule.Rule{ID: "x", Aliases: []string{"DL3006", "DL3007", "CKV_7", "DS-0001"}}
	tests := []struct {
		aliases []string
		id      string
		want    bool
	}{
		{nil, "DL3006", true},
		{[]string{"DL3007"}, "DL3006", false},
		{[]string{"DL3007"}, "DL3007", true},
		{[]string{"CKV_7"}, "DL3006", true},
		{[]string{"CKV_7"}, "X", true},
		{[]string{"CKV_7"}, "DL3008", false},
	}
	for _, tt := range tests {
		p := Problem{&r, rule.Problem{Aliases: tt.aliases}}
		if got := p.called(tt.id); got != tt.want {
			t.Errorf("%v called %s: %v", tt.aliases, tt.id, got)
		}
	}
}
