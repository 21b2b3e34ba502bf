package lint

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
)

func TestFix(t *testing.T) {
	wide := func(s string) string {
		out := "\xff\xfe"
		for _, u := range utf16.Encode([]rune(s)) {
			out += string([]byte{byte(u), byte(u >> 8)})
		}
		return out
	}
	tests := []struct{ name, before, after string }{
		{"plain", "FROM a\nRUN bad # bad\n", "FROM a\nRUN good # good\n"},
		{"line ends", "FROM a\r\nRUN bad\r\n", "FROM a\r\nRUN good\r\n"},
		{"byte order mark", "\xef\xbb\xbfFROM a\nRUN bad", "\xef\xbb\xbfFROM a\nRUN good"},
		{"UTF-16", wide("FROM a\nRUN bad ü\n"), wide("FROM a\nRUN good ü\n")},
		{"nothing", "FROM a\n", "FROM a\n"},
	}
	for _, tt := range tests {
		got := marks().Fix(t.Context(), Source{Text: []byte(tt.before)}, FixOptions{})
		if string(got.Text) != tt.after || got.Changed() != (tt.before != tt.after) || len(got.Result.Findings) > 0 {
			t.Errorf("%s: %q, want %q", tt.name, got.Text, tt.after)
		}
	}
}

// fixer is a linter with one rule that makes edits as long as it likes.
func fixer(fix func(*dockerfile.File) []*rule.Fix) *Linter {
	return &Linter{Rules: []rule.Rule{{ID: "x", Dockerfile: func(d *rule.Dockerfile) {
		for _, f := range fix(d.File) {
			d.Report(rule.Problem{Span: d.Instructions[0].Span, Fix: f})
		}
	}}}}
}

func TestFixBadRules(t *testing.T) {
	const text = "FROM a\nRUN one\n"
	edit := func(start, end int, text string) *rule.Fix {
		return &rule.Fix{Title: text, Edits: []rule.Edit{{Start: start, End: end, New: text}}}
	}
	replace := func(from, to string) func(*dockerfile.File) []*rule.Fix {
		return func(f *dockerfile.File) []*rule.Fix {
			if n := strings.Index(string(f.Source), from); n >= 0 {
				return []*rule.Fix{edit(n, n+len(from), to)}
			}
			return nil
		}
	}
	once := func(fixes ...*rule.Fix) func(*dockerfile.File) []*rule.Fix {
		return func(f *dockerfile.File) []*rule.Fix {
			if string(f.Source) != text {
				return nil
			}
			return fixes
		}
	}
	unsafe := edit(11, 14, "two")
	unsafe.Unsafe = true
	tests := []struct {
		name string
		fix  func(*dockerfile.File) []*rule.Fix
		want string
	}{
		{"outside", once(edit(-1, 0, "x"), edit(99, 100, "x"), edit(5, 4, "x"), &rule.Fix{}), text},
		{"overlap", once(edit(11, 14, "two"), edit(12, 13, "x")), "FROM a\nRUN two\n"},
		{"insert at one place", once(edit(11, 11, "1 "), edit(11, 11, "2 ")), "FROM a\nRUN 1 one\n"},
		{"breaks the file", once(edit(7, 10, "NUR"), edit(11, 14, "two")), "FROM a\nRUN two\n"},
		{"removes a stage", once(edit(0, 7, "")), text},
		{"unsafe", once(unsafe), text},
		{"there and back", func(f *dockerfile.File) []*rule.Fix {
			return append(replace("one", "two")(f), replace("two", "one")(f)...)
		}, "FROM a\nRUN two\n"},
		{"rounds", replace("one", "two"), "FROM a\nRUN two\n"},
	}
	for _, tt := range tests {
		got := fixer(tt.fix).Fix(t.Context(), Source{Text: []byte(text)}, FixOptions{})
		if string(got.After) != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got.After, tt.want)
		}
	}
}

func TestPin(t *testing.T) {
	const sum = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	file := dockerfile.Parse([]byte("ARG V=1\nFROM alpine:3.20 AS base\nFROM base\nFROM scratch\nFROM x:$V\nFROM y@" + sum + "\nFROM alpine:3.20 AS b\nFROM gone\n"))
	var failed []string
	asked := 0
	fixes := Pin(file, func(image string) (string, error) {
		asked++
		if image == "gone" {
			return "", os.ErrNotExist
		}
		return sum, nil
	}, func(image string, _ error) { failed = append(failed, image) })
	got := string(apply(file.Source, fixes))
	if want := strings.ReplaceAll(string(file.Source), "alpine:3.20", "alpine:3.20@"+sum); got != want || asked != 2 || len(failed) != 1 {
		t.Errorf("%s\nasked %d times, failed %v", got, asked, failed)
	}
}

// TestDiff applies diffs with patch(1).
func TestDiff(t *testing.T) {
	if _, err := exec.LookPath("patch"); err != nil {
		t.Skip("patch is not on PATH: diffs cannot be applied")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.Custom(func(t *rapid.T) string {
			s := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", " e", ""}), 0, 25).Draw(t, "lines"), "\n")
			if rapid.Bool().Draw(t, "end") {
				s += "\n"
			}
			return s
		})
		before, after := text.Draw(t, "before"), text.Draw(t, "after")
		diff := Diff("f", []byte(before), []byte(after))
		if before == after {
			if diff != "" {
				t.Fatalf("a diff of nothing: %s", diff)
			}
			return
		}
		if err := os.WriteFile(path, []byte(before), 0o644); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("patch", "-s", "-p1", "--no-backup-if-mismatch", "-F0")
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(diff)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s\n%q → %q\n%s", err, out, before, after, diff)
		}
		got, err := os.ReadFile(path)
		if err != nil && after != "" {
			t.Fatal(err)
		}
		if string(got) != after {
			t.Fatalf("%q, want %q\n%s", got, after, diff)
		}
	})
}

// TestBounded lints and mends a file with more instructions than rules look at.
func TestBounded(t *testing.T) {
	l := marks()
	text := "FROM a\n" + strings.Repeat("RUN x\n", maxInstructions-2) + "RUN bad\nRUN bad\n"
	r := l.Lint(t.Context(), Source{Text: []byte(text)})
	if got := lines(r); len(got) != 1 || got[0] != maxInstructions || len(r.Findings) != 2 || r.Findings[1].ID != SyntaxID {
		t.Errorf("findings in %v: %+v", got, r.Findings)
	}
	fixed := l.Fix(t.Context(), Source{Text: []byte(text)}, FixOptions{})
	if want := strings.Replace(text, "bad", "good", 1); string(fixed.Text) != want {
		t.Errorf("mended to %d bytes, want %d", len(fixed.Text), len(want))
	}
	text = "FROM a\nRUN " + strings.Repeat("bad ", maxFindings+5)
	if r := l.Lint(t.Context(), Source{Text: []byte(text)}); len(r.Findings) != maxFindings || r.Dropped != 5 {
		t.Errorf("%d findings, %d dropped", len(r.Findings), r.Dropped)
	}
}

// TestLintAll gives results in the order of the sources.
func TestLintAll(t *testing.T) {
	var sources []Source
	for i := range 100 {
		sources = append(sources, Source{Path: strings.Repeat("x", i), Text: []byte("FROM a\n" + strings.Repeat("RUN bad\n", i))})
	}
	for i, r := range marks().LintAll(t.Context(), sources) {
		if len(r.Findings) != i || i > 0 && r.Findings[0].At.Path != sources[i].Path {
			t.Fatalf("result %d: %d findings", i, len(r.Findings))
		}
	}
}
