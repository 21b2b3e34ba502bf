package rules

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// TestExamples holds every rule against its own examples, and the examples
// against the language.
func TestExamples(t *testing.T) {
	for _, r := range All() {
		t.Run(r.ID, func(t *testing.T) {
			for _, example := range []string{r.Bad, r.Good} {
				if !strings.HasSuffix(example, "\n") {
					t.Errorf("example does not end in a line end:\n%s", example)
				}
			}
			if r.Dockerfile == nil {
				return // see TestListedExamples
			}
			if p := dockerfile.Parse([]byte(r.Good)).Problems; len(p) > 0 {
				t.Errorf("the good example is not understood: %v", p)
			}
			if len(problems(r, r.Bad)) == 0 {
				t.Errorf("nothing reported on the bad example:\n%s", r.Bad)
			}
			if p := problems(r, r.Good); len(p) > 0 {
				t.Errorf("reported on the good example: %q\n%s", p[0].Message, r.Good)
			}
		})
	}
}

// TestExampleFixes applies the fixes of the bad examples: the problem is then
// gone, and what is fixed once needs no more.
func TestExampleFixes(t *testing.T) {
	for _, r := range All() {
		t.Run(r.ID, func(t *testing.T) {
			source := r.Bad
			for range 10 {
				fixed := mend(t, source, problems(r, source))
				if fixed == source {
					break
				}
				if p := dockerfile.Parse([]byte(fixed)).Problems; len(p) > 0 && len(dockerfile.Parse([]byte(r.Bad)).Problems) == 0 {
					t.Fatalf("the fix breaks the file: %v\n%s", p, fixed)
				}
				source = fixed
			}
			for _, p := range problems(r, source) {
				if p.Fix != nil {
					t.Errorf("%q still wants a fix after ten of them:\n%s", p.Message, source)
				}
				if source != r.Bad {
					t.Errorf("still reported after its fix:\n%s", source)
				}
			}
		})
	}
}

// mend applies the first fix of some problems.
func mend(t *testing.T, source string, found []rule.Problem) string {
	t.Helper()
	for _, p := range found {
		if p.Fix == nil {
			continue
		}
		if p.Fix.Title == "" || len(p.Fix.Edits) == 0 {
			t.Fatalf("fix without a title or edits: %+v", p.Fix)
		}
		edits := slices.Clone(p.Fix.Edits)
		slices.SortStableFunc(edits, func(a, b rule.Edit) int { return b.Start - a.Start })
		for _, e := range edits {
			if e.Start < 0 || e.Start > e.End || e.End > len(source) {
				t.Fatalf("edit %+v is outside of %d bytes", e, len(source))
			}
			source = source[:e.Start] + e.New + source[e.End:]
		}
		return source
	}
	return source
}

// TestFacts checks what rules say of themselves.
func TestFacts(t *testing.T) {
	word := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	level := regexp.MustCompile(`^\d{4}\.\d+$`)
	seen := map[string]bool{}
	titles := map[string]string{}
	for _, r := range All() {
		if !word.MatchString(r.ID) {
			t.Errorf("%q is no plain id", r.ID)
		}
		if seen[r.ID] {
			t.Errorf("two rules are called %q", r.ID)
		}
		seen[r.ID] = true
		if other := titles[r.Title]; other != "" {
			t.Errorf("%s and %s have the same title", r.ID, other)
		}
		titles[r.Title] = r.ID
		if !line(r.Title) || strings.HasSuffix(r.Title, ".") {
			t.Errorf("%s: title %q: want one line without a full stop", r.ID, r.Title)
		}
		if !line(r.Why) || strings.Count(r.Why, ". ") < 1 || !strings.HasSuffix(r.Why, ".") && !strings.HasSuffix(r.Why, "…") {
			t.Errorf("%s: why %q: want two sentences or more", r.ID, r.Why)
		}
		if r.Severity == finding.Unknown || !level.MatchString(r.Since) {
			t.Errorf("%s: severity %v, since %q", r.ID, r.Severity, r.Since)
		}
		aliases := slices.Clone(r.Aliases)
		slices.Sort(aliases)
		if len(slices.Compact(aliases)) != len(r.Aliases) || slices.Contains(r.Aliases, "") || slices.Contains(r.Aliases, r.ID) {
			t.Errorf("%s: aliases %q are empty, twice there, or its own id", r.ID, r.Aliases)
		}
	}
}

func line(s string) bool { return s != "" && s == strings.TrimSpace(s) && !strings.Contains(s, "\n") }

// TestProblems checks what every rule says about all examples: that it points
// into the file and names only its own aliases.
func TestProblems(t *testing.T) {
	all := All()
	for _, r := range all {
		for _, source := range []string{r.Bad, r.Good} {
			holdAll(t, all, source)
		}
	}
}

// holdAll holds all rules against one file.
func holdAll(t *testing.T, all []rule.Rule, source string) {
	t.Helper()
	file := dockerfile.Parse([]byte(source))
	view := rule.NewDockerfile(file, "Dockerfile", exampleSettings(), nil)
	for _, r := range all {
		if r.Dockerfile == nil {
			continue
		}
		r.Dockerfile(view.WithReport(func(p rule.Problem) {
			checkProblem(t, r, p, string(file.Source))
			if p.Fix != nil {
				mend(t, string(file.Source), []rule.Problem{p})
			}
		}))
	}
}

func checkProblem(t *testing.T, r rule.Rule, p rule.Problem, source string) {
	t.Helper()
	start, end := p.Span.Start, p.Span.End
	if start.Line < 1 || start.Column < 1 || start.Offset < 0 || start.Offset > end.Offset || end.Offset > len(source) || end.Line < start.Line {
		t.Errorf("%s: a problem at %+v, outside of\n%s", r.ID, p.Span, source)
	} else if line := 1 + strings.Count(source[:start.Offset], "\n"); line != start.Line {
		t.Errorf("%s: offset %d is in line %d, not %d, of\n%s", r.ID, start.Offset, line, start.Line, source)
	}
	if m := p.Message; m != "" && !line(m) {
		t.Errorf("%s: message %q is no single line", r.ID, m)
	}
	for _, a := range p.Aliases {
		if !slices.Contains(r.Aliases, a) {
			t.Errorf("%s: alias %q of a problem is not the rule's", r.ID, a)
		}
	}
}

// TestDoc checks that all rules are in the table, once.
func TestDoc(t *testing.T) {
	doc := string(Doc())
	for _, r := range All() {
		if n := strings.Count(doc, "| `"+r.ID+"` |"); n != 1 {
			t.Errorf("%s is in the table %d times", r.ID, n)
		}
	}
	if d := cmp.Diff(doc, string(Doc())); d != "" {
		t.Errorf("two tables: %s", d)
	}
}

// FuzzRules holds all rules against anything: none may panic, and every problem
// and every edit lies in the file.
func FuzzRules(f *testing.F) {
	for _, r := range All() {
		f.Add(r.Bad)
		f.Add(r.Good)
	}
	all := All()
	f.Fuzz(func(t *testing.T, source string) { holdAll(t, all, source) })
}
