package oracle

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/lint"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/rules"
)

// TestCasesFixed mends every real Dockerfile, also with all packages pinned, and
// demands that BuildKit makes the same kinds of instructions of it as before, but
// for those that fixes are there to change.
func TestCasesFixed(t *testing.T) {
	l := &lint.Linter{Rules: rules.All()}
	pin := func(*dockerfile.File, *rule.Unpinned) string { return "v1:2.3~rc1-4+b1" }
	for _, options := range []lint.FixOptions{{}, {Unsafe: true}, {Version: pin}} {
		unsafe, pinned := options.Unsafe, options.Version != nil
		agree, all := 0, 0
		readCases(t, "cases/lint/real-dockerfiles", func(id, source string) {
			before, err := kinds([]byte(source))
			if err != nil {
				return
			}
			all++
			fixed := l.Fix(t.Context(), lint.Source{Path: "Dockerfile", Text: []byte(source)}, options)
			after, err := kinds(fixed.Text)
			if err == nil && (unsafe || same(before, after)) {
				agree++
			} else if all-agree <= 20 {
				t.Errorf("%s: unsafe %v, pinned %v: %v\n%s", id, unsafe, pinned, err, lint.Diff(id, []byte(source), fixed.Text))
			}
		})
		t.Logf("cases/lint/real-dockerfiles, mended (unsafe: %v, pinned: %v): BuildKit takes %d of %d", unsafe, pinned, agree, all)
	}
}

// kinds are the names of the instructions that BuildKit makes of a file.
func kinds(src []byte) ([]string, error) {
	result, err := parser.Parse(bytes.NewReader(src))
	if err != nil {
		return nil, err
	}
	quiet := linter.New(&linter.Config{Warn: func(string, string, string, string, []parser.Range) {}})
	stages, args, err := instructions.Parse(result.AST, quiet)
	if err != nil {
		return nil, err
	}
	names := []string{fmt.Sprintf("ARG %d", len(args))}
	for _, s := range stages {
		names = append(names, "FROM")
		for _, c := range s.Commands {
			names = append(names, strings.ToUpper(c.Name()))
		}
	}
	return names, nil
}

// same compares the kinds of instructions: MAINTAINER may have become LABEL, ADD
// COPY; a SHELL may be new, for pipefail; and RUNs that follow each other may
// have been joined.
func same(before, after []string) bool { return slices.Equal(plain(before), plain(after)) }

func plain(names []string) []string {
	var out []string
	for _, name := range names {
		switch name {
		case "SHELL":
			continue
		case "MAINTAINER":
			name = "LABEL"
		case "ADD":
			name = "COPY"
		}
		if name != "RUN" || len(out) == 0 || out[len(out)-1] != name {
			out = append(out, name)
		}
	}
	return out
}
