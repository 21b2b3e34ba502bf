package rules

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func shellReadRaw() rule.Rule {
	return rule.Rule{
		ID:    "shell-read-raw",
		Title: "read without -r drops backslashes",
		Why: "read takes a backslash in what it reads as an escape and drops it, and joins lines that end in one. " +
			"With -r it takes lines as they are.",
		Bad:      "FROM debian:12\nRUN while read line; do echo \"$line\"; done < /etc/fstab\n",
		Good:     "FROM debian:12\nRUN while read -r line; do echo \"$line\"; done < /etc/fstab\n",
		Severity: finding.Low,
		Aliases:  []string{"SC2162"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellWalk(d, func(s *rule.Script, n *shell.Node) {
				call, ok := n.Node.(*syntax.CallExpr)
				if !ok || len(call.Args) == 0 || call.Args[0].Lit() != "read" {
					return
				}
				for _, w := range call.Args[1:] {
					if flag := w.Lit(); strings.HasPrefix(flag, "-") && strings.Contains(flag, "r") {
						return
					}
				}
				d.Report(rule.Problem{Span: s.Span(call.Args[0])})
			})
		},
	}
}
