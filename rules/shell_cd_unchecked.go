package rules

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

// shellCdUnchecked is quiet in a script that switches on set -e anywhere, or that
// a shell runs with -e, and for paths that are always there.
func shellCdUnchecked() rule.Rule {
	return rule.Rule{
		ID:    "shell-cd-unchecked",
		Title: "cd may fail unnoticed",
		Why: "When cd fails, the commands behind it work in the wrong directory, where rm or tar can do harm. " +
			"Join them with &&, write cd … || exit 1, or begin the script with set -e.",
		Bad:      "FROM debian:12\nRUN cd /build; rm -rf *.o\n",
		Good:     "FROM debian:12\nRUN cd /build && rm -rf ./*.o\n",
		Severity: finding.Medium,
		Aliases:  []string{"SC2164"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellScripts(d, func(s *rule.Script) {
				if shellStopsOnError(s) {
					return
				}
				unchecked := map[*syntax.CallExpr]bool{}
				nodes := s.Nodes()
				for i := range nodes {
					if c, ok := nodes[i].Node.(*syntax.CallExpr); ok {
						unchecked[c] = !shellChecked(&nodes[i])
					}
				}
				for _, c := range s.Commands {
					if !c.Nested && c.Call != nil && unchecked[c.Call] && shellMayNotEnter(c) {
						d.Report(rule.Problem{Span: s.Span(c)})
					}
				}
			})
		},
	}
}

// shellStopsOnError tells whether a script ends at a failure, on some way at
// least.
func shellStopsOnError(s *rule.Script) bool {
	for _, c := range s.Commands {
		if c.Errexit && !c.Nested {
			return true
		}
		if c.Name == "set" && (c.Has("-e") || strings.Contains(shellText(c), " -o errexit")) {
			return true
		}
	}
	return false
}

// shellText is a command's words with blanks between them.
func shellText(c *shell.Command) string {
	words := make([]string, len(c.Words))
	for i, w := range c.Words {
		words[i] = w.Text
	}
	return strings.Join(words, " ")
}

// shellMayNotEnter tells whether a command changes the directory to one that may
// not be there.
func shellMayNotEnter(c *shell.Command) bool {
	for _, w := range c.Wrapper {
		if w != "command" && w != "builtin" {
			return false
		}
	}
	switch c.Name {
	case "cd", "popd":
	case "pushd":
		if c.Has("-n") {
			return false
		}
	default:
		return false
	}
	if len(c.Words) != 2 {
		return true
	}
	for part := range strings.SplitSeq(c.Words[1].Text, "/") {
		if part != "" && part != "." && part != ".." {
			return true
		}
	}
	return c.Words[1].Text == ""
}
