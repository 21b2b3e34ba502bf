package oracle

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/plimsoll/plimsoll/dockerfile"
)

// casesFile is a file of cases: under $PLIMSOLL_CASES, else under ../shared
// beside the repository.
func casesFile(name string) string {
	dir := os.Getenv("PLIMSOLL_CASES")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	return filepath.Join(dir, filepath.FromSlash(name)+".jsonl")
}

func casesPresent(name string) bool {
	_, err := os.Stat(casesFile(name))
	return err == nil
}

// readCases calls f with each record of a cases file.
func readCases(t testing.TB, name string, f func(id, source string)) {
	t.Helper()
	file, err := os.Open(casesFile(name))
	if err != nil {
		t.Skipf("no cases: %v", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var c struct{ ID, Dockerfile string }
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		f(c.ID, c.Dockerfile)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

func TestCasesBuildKit(t *testing.T) {
	for _, name := range []string{
		"cases/lint/real-dockerfiles", "cases/lint/parser-cases/cases",
		"cases/lint/hadolint-cases", "cases/lint/buildkit-lint-cases", "cases/lint/kics-cases",
		"cases/lint/trivy-docker-cases", "cases/lint/checkov-cases",
	} {
		t.Run(name, func(t *testing.T) {
			agree, all := 0, 0
			readCases(t, name, func(id, source string) {
				all++
				if diff := compare([]byte(source)); diff == "" {
					agree++
				} else if all-agree <= 20 {
					t.Errorf("%s: %s", id, diff)
				}
			})
			t.Logf("%s: agree %d of %d", name, agree, all)
		})
	}
}

// compare parses with BuildKit and with package dockerfile and tells what
// differs.
func compare(src []byte) string {
	file := dockerfile.Parse(src)
	result, err := parser.Parse(bytes.NewReader(src))
	if err != nil {
		if len(file.Problems) == 0 {
			return fmt.Sprintf("BuildKit refuses it, we see no problem: %v", err)
		}
		return ""
	}
	var want, got []string
	for _, n := range result.AST.Children {
		if n.Value != "" { // a lone continuation character
			want = append(want, showNode(n)...)
		}
	}
	for _, i := range file.Instructions {
		got = append(got, show(i)...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		return diff
	}
	if rune(file.Escape) != result.EscapeToken {
		return fmt.Sprintf("escape character %c, BuildKit has %c", file.Escape, result.EscapeToken)
	}
	return compareProblems(result.AST, file)
}

// compareProblems demands a problem where BuildKit makes no instructions of the
// tree, and none where it does.
func compareProblems(tree *parser.Node, file *dockerfile.File) string {
	quiet := linter.New(&linter.Config{Warn: func(string, string, string, string, []parser.Range) {}})
	stages, _, err := instructions.Parse(tree, quiet)
	switch {
	case err != nil && strings.Contains(err.Error(), " flag"):
		return "" // flags are not judged
	case err != nil && len(file.Problems) == 0:
		return fmt.Sprintf("BuildKit refuses it, we see no problem: %v", err)
	case err == nil && len(stages) > 0:
		for _, p := range file.Problems {
			if !tolerated(p, file) {
				return fmt.Sprintf("BuildKit takes it, we say %q", p.Message)
			}
		}
	}
	return ""
}

// tolerated are the problems that BuildKit does not have: a RUN without a
// command, and what it looks at only when an ONBUILD fires.
func tolerated(p dockerfile.Problem, file *dockerfile.File) bool {
	if p.Message == "RUN has no arguments" {
		return true
	}
	for _, i := range file.Instructions {
		if i.OnBuild != nil && i.Span.Start.Offset <= p.Span.Start.Offset && p.Span.Start.Offset < i.Span.End.Offset {
			return true
		}
	}
	return false
}

// showNode writes an instruction of BuildKit's tree: head, arguments, then an
// instruction inside.
func showNode(n *parser.Node) []string {
	var head strings.Builder
	fmt.Fprintf(&head, "%s %d-%d json=%v flags=%q line=%q", strings.ToUpper(strings.ToLower(n.Value)), n.StartLine, n.EndLine, n.Attributes["json"], n.Flags, n.Original)
	for _, h := range n.Heredocs {
		fmt.Fprintf(&head, " heredoc=%q fd=%d expand=%v chomp=%v %q", h.Name, h.FileDescriptor, h.Expand, h.Chomp, h.Content)
	}
	if strings.EqualFold(n.Value, "onbuild") {
		out := []string{head.String()}
		if n.Next != nil && len(n.Next.Children) > 0 {
			inner := showNode(n.Next.Children[0])
			out = append(out, "  "+withoutLines(inner[0]))
			out = append(out, inner[1:]...)
		}
		return out
	}
	args := []string{}
	for a := n.Next; a != nil; a = a.Next {
		args = append(args, a.Value)
	}
	return []string{head.String(), fmt.Sprintf("  %q", args)}
}

// withoutLines drops line numbers, which BuildKit does not keep inside ONBUILD,
// and here-documents, which only the outer one has there.
func withoutLines(head string) string {
	name, rest, _ := strings.Cut(head, " ")
	_, rest, _ = strings.Cut(rest, " ")
	rest, _, _ = strings.Cut(rest, " heredoc=")
	rest, _, _ = strings.Cut(rest, " line=")
	return name + " " + rest
}

func show(i *dockerfile.Instruction) []string {
	var head strings.Builder
	flags := []string{}
	for _, f := range i.Flags {
		if f.HasValue {
			flags = append(flags, "--"+f.Name+"="+f.Value)
		} else {
			flags = append(flags, "--"+f.Name)
		}
	}
	fmt.Fprintf(&head, "%s %d-%d json=%v flags=%q line=%q", i.Name, i.Span.Start.Line, i.Span.End.Line, i.Form == dockerfile.JSONForm, flags, i.Line())
	for _, h := range i.Heredocs {
		fmt.Fprintf(&head, " heredoc=%q fd=%d expand=%v chomp=%v %q", h.Name, h.FD, h.Expand, h.Chomp, h.Content)
	}
	out := []string{head.String()}
	if i.Name == "ONBUILD" {
		if i.OnBuild != nil {
			inner := show(i.OnBuild)
			out = append(out, "  "+withoutLines(inner[0]))
			out = append(out, inner[1:]...)
		}
		return out
	}
	return append(out, fmt.Sprintf("  %q", arguments(i)))
}

// arguments are those of an instruction as BuildKit's tree has them.
func arguments(i *dockerfile.Instruction) []string {
	args := []string{}
	switch i.Name {
	case "ENV", "LABEL":
		for _, w := range i.Args {
			if !strings.Contains(i.Args[0].Text, "=") {
				args = append(args, w.Text)
				continue
			}
			key, value, _ := strings.Cut(w.Text, "=")
			args = append(args, key, value, "=")
		}
		if len(args) == 2 {
			args = append(args, "")
		}
	case "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "EXPOSE", "FROM", "HEALTHCHECK", "MAINTAINER", "RUN", "SHELL",
		"STOPSIGNAL", "USER", "VOLUME", "WORKDIR":
		for _, w := range i.Args {
			args = append(args, w.Text)
		}
	default:
		args = append(args, "") // BuildKit does not read those of an unknown instruction
	}
	return args
}
