package lint_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/internal/cases"
	"github.com/plimsoll/plimsoll/lint"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/rules"
)

// lintCase is one record of a cases file; which fields it has depends on the
// file, as the README beside them says.
type lintCase struct {
	ID           string
	Rule         string
	Rules        []string
	Dockerfile   string
	Dockerignore *string
	Expect       json.RawMessage
	AllStages    json.RawMessage `json:"expect_lint_all_stages"`
	Count        *int
	MinCount     *int              `json:"min_count"`
	TextCheck    string            `json:"text_check"`
	Attrs        map[string]string `json:"frontend_attrs"`
	Note         string
	Config       json.RawMessage
	Kind         string
	BuildKit     *[][]any            `json:"buildkit"`
	Instructions [][]json.RawMessage // [name, first line, last line]
}

func readCases(t testing.TB, name string) []lintCase {
	t.Helper()
	var all []lintCase
	cases.Each(t, filepath.Join(cases.Dir(t, "cases", "lint"), name+".jsonl"), func(c lintCase) { all = append(all, c) })
	return all
}

// lintAll gives the findings of a case with every rule in force.
func lintAll(t *testing.T, c *lintCase) []finding.Finding {
	t.Helper()
	l := &lint.Linter{
		Rules: rules.All(), Severities: map[string]finding.Severity{},
		Settings: rule.Settings{LabelSchema: map[string]string{}, BuildArgs: map[string]string{}},
	}
	if len(c.Config) > 0 && c.Kind == "" {
		path := filepath.Join(t.TempDir(), ".hadolint.yaml")
		if err := os.WriteFile(path, c.Config, 0o644); err != nil {
			t.Fatal(err)
		}
		config, err := lint.ReadHadolintConfig(path)
		if err != nil {
			t.Fatalf("%s: %v", c.ID, err)
		}
		config.Apply(l)
	}
	for key, value := range c.Attrs {
		if name, ok := strings.CutPrefix(key, "build-arg:"); ok {
			l.Settings.BuildArgs[name] = value
		}
	}
	s := lint.Source{Path: "Dockerfile", Text: []byte(c.Dockerfile)}
	if c.Dockerignore != nil {
		i, err := lint.ParseIgnore([]byte(*c.Dockerignore))
		if err != nil {
			t.Fatalf("%s: %v", c.ID, err)
		}
		s.Ignore = i
	}
	return l.Lint(t.Context(), s).Findings
}

func called(f finding.Finding, id string) bool { return f.ID == id || slices.Contains(f.Aliases, id) }

func withID(findings []finding.Finding, id string) []finding.Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f finding.Finding) bool { return !called(f, id) })
}

func withAlias(findings []finding.Finding, pattern *regexp.Regexp) []finding.Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f finding.Finding) bool {
		return !slices.ContainsFunc(f.Aliases, pattern.MatchString)
	})
}

// agreement counts the cases of a file on which we agree, and fails below a share of them, in
// thousandths.
func agreement(t *testing.T, name string, least int, agree func(*lintCase) (ok bool, told string)) {
	t.Helper()
	list := readCases(t, name)
	good, all, shown := 0, 0, 0
	for i := range list {
		c := &list[i]
		ok, told := agree(c)
		if told == skip {
			continue
		}
		all++
		if ok {
			good++
		} else if shown++; shown <= 20 {
			t.Logf("%s: want %s, got %s", c.ID, want(c), told)
		}
	}
	cases.Agree(t, "cases/lint/"+name, good, all)
	if good*1000 < all*least {
		t.Errorf("that is %.1f %%, want %.1f %%", float64(good)*100/float64(all), float64(least)/10)
	}
}

// skip marks a case that is none of a harness.
const skip = "\x00"

func want(c *lintCase) string {
	text := fmt.Sprintf("%s%v %s", c.Rule, c.Rules, c.Expect)
	if c.Count != nil {
		text += fmt.Sprintf(" %d times", *c.Count)
	}
	return text
}

func told(findings []finding.Finding) string {
	var out []string
	for _, f := range findings[:min(len(findings), 8)] {
		out = append(out, fmt.Sprintf("%s:%d", f.ID, f.At.Line))
	}
	return strings.Join(out, " ")
}

func catch(c *lintCase) bool { return string(c.Expect) == `"catch"` }

func TestCasesHadolint(t *testing.T) {
	known, shellCheck := regexp.MustCompile(`^(DL|SC)\d+$`), regexp.MustCompile(`^SC\d+$`)
	agreement(t, "hadolint-cases", 990, func(c *lintCase) (bool, string) {
		if strings.Contains(c.Note, "vacuous_upstream") {
			return false, skip
		}
		findings := lintAll(t, c)
		hits := withID(findings, c.Rule)
		switch c.Rule {
		case "*":
			hits = withAlias(findings, known)
		case "SC*":
			hits = withAlias(findings, shellCheck)
		}
		switch {
		case !catch(c):
			return len(hits) == 0, told(findings)
		case c.Count != nil:
			return len(hits) == *c.Count, told(findings)
		case c.MinCount != nil:
			return len(hits) >= *c.MinCount, told(findings)
		}
		return len(hits) > 0, told(findings)
	})
}

// buildKitRules are the names of BuildKit's rules.
func buildKitRules(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(cases.Dir(t, "cases", "lint"), "buildkit-lint-rules.json"))
	if err != nil {
		t.Skipf("no cases: %v", err)
	}
	var document struct{ Rules []struct{ Rule string } }
	if err := json.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range document.Rules {
		names = append(names, r.Rule)
	}
	return names
}

// ruleLines are "rule line" of all findings that have a name as their alias.
func ruleLines(findings []finding.Finding, names []string) []string {
	var out []string
	for _, f := range findings {
		for _, a := range f.Aliases {
			if slices.Contains(names, a) {
				out = append(out, fmt.Sprintf("%s %d", a, f.At.Line))
			}
		}
	}
	slices.Sort(out)
	return out
}

func TestCasesBuildKit(t *testing.T) {
	names := buildKitRules(t)
	agreement(t, "buildkit-lint-cases", 980, func(c *lintCase) (bool, string) {
		findings := lintAll(t, c)
		var list []struct {
			Rule string
			Line int
		}
		if json.Unmarshal(c.Expect, &list) != nil {
			return len(withID(findings, c.Rules[0])) > 0 == catch(c), told(findings)
		}
		want := []string{}
		for _, w := range list {
			want = append(want, fmt.Sprintf("%s %d", w.Rule, w.Line))
		}
		slices.Sort(want)
		got := ruleLines(findings, names)
		return slices.Equal(got, want), strings.Join(got, ", ")
	})
}

func TestCasesTrivy(t *testing.T) {
	agreement(t, "trivy-docker-cases", 950, func(c *lintCase) (bool, string) {
		if c.TextCheck != "ok" && c.TextCheck != "" {
			return false, skip
		}
		findings := lintAll(t, c)
		return len(withID(findings, c.Rule)) > 0 == catch(c), told(findings)
	})
}

func TestCasesCheckov(t *testing.T) {
	agreement(t, "checkov-cases", 950, func(c *lintCase) (bool, string) {
		findings := lintAll(t, c)
		return len(withID(findings, c.Rule)) > 0 == catch(c), told(findings)
	})
}

func TestCasesKICS(t *testing.T) {
	agreement(t, "kics-cases", 900, func(c *lintCase) (bool, string) {
		query := strings.Split(c.ID, "/")[1]
		findings := lintAll(t, c)
		got := []int{}
		for _, f := range withID(findings, query) {
			got = append(got, f.At.Line)
		}
		slices.Sort(got)
		got = slices.Compact(got)
		var expect struct{ Lines []int }
		if json.Unmarshal(c.Expect, &expect) != nil {
			return len(got) == 0, fmt.Sprint(got)
		}
		slices.Sort(expect.Lines)
		return slices.Equal(got, slices.Compact(expect.Lines)), fmt.Sprint(got)
	})
}

func TestCasesReal(t *testing.T) {
	names := buildKitRules(t)
	agreement(t, "real-dockerfiles", 990, func(c *lintCase) (bool, string) {
		if c.BuildKit == nil {
			return false, skip
		}
		var want, judged []string
		for _, w := range *c.BuildKit {
			name, _ := w[0].(string)
			line, _ := w[1].(float64)
			want, judged = append(want, fmt.Sprintf("%s %d", name, int(line))), append(judged, name)
		}
		for _, n := range names {
			if !slices.Contains([]string{"UndefinedVar", "CopyIgnoredFile", "InvalidBaseImagePlatform"}, n) {
				judged = append(judged, n)
			}
		}
		slices.Sort(want)
		got := slices.Compact(ruleLines(lintAll(t, c), judged))
		want = slices.Compact(want)
		return slices.Equal(got, want), fmt.Sprintf("%s; BuildKit: %s", strings.Join(got, ", "), strings.Join(want, ", "))
	})
}

// TestCasesFixes mends every real Dockerfile with all fixes.
func TestCasesFixes(t *testing.T) {
	for _, unsafe := range []bool{false, true} {
		t.Run(fmt.Sprintf("unsafe=%v", unsafe), func(t *testing.T) { fixReal(t, unsafe) })
	}
}

func fixReal(t *testing.T, unsafe bool) {
	cases := readCases(t, "real-dockerfiles")
	l := &lint.Linter{Rules: rules.All()}
	var good, changed, shown, offered, mended int
	for i := range cases {
		c := &cases[i]
		s := lint.Source{Path: "Dockerfile", Text: []byte(c.Dockerfile)}
		before := l.Lint(t.Context(), s)
		fixed := l.Fix(t.Context(), s, lint.FixOptions{Unsafe: unsafe})
		problem := checkFixed(t.Context(), l, &fixed, unsafe)
		for _, fix := range before.Fixes {
			if fix != nil && (unsafe || !fix.Unsafe) {
				offered++
			}
		}
		mended += len(fixed.Titles)
		if fixed.Changed() {
			changed++
		}
		if problem == "" {
			good++
		} else if shown++; shown <= 20 {
			t.Logf("%s: %s", c.ID, problem)
		}
	}
	t.Logf("%d of %d files mended, %d fixes offered at first, %d made", changed, len(cases), offered, mended)
	t.Logf("cases/lint/real-dockerfiles fixed (unsafe: %v): agree %d of %d", unsafe, good, len(cases))
	if good < len(cases) {
		t.Errorf("%d files are not mended well", len(cases)-good)
	}
}

// checkFixed says what is wrong with a mended file: a fix that is still on
// offer, a second run that changes more, a text that is less understood.
func checkFixed(ctx context.Context, l *lint.Linter, fixed *lint.Fixed, unsafe bool) string {
	for i, fix := range fixed.Result.Fixes {
		if fix != nil && (unsafe || !fix.Unsafe) {
			f := fixed.Result.Findings[i]
			return fmt.Sprintf("%s in line %d is still there after its fix (%s)", f.ID, f.At.Line, fix.Title)
		}
	}
	again := l.Fix(ctx, lint.Source{Path: "Dockerfile", Text: fixed.Text}, lint.FixOptions{Unsafe: unsafe})
	if again.Changed() {
		return fmt.Sprintf("a second run changes it again:\n%s", lint.Diff("Dockerfile", again.Before, again.After))
	}
	return ""
}
