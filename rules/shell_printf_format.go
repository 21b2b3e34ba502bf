package rules

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func shellPrintfFormat() rule.Rule {
	return rule.Rule{
		ID:    "shell-printf-format",
		Title: "variable in the format of printf",
		Why: "A % or a backslash in the value is taken for a part of the format, which garbles the output. " +
			"Write printf '%s' \"$name\".",
		Bad:      "FROM debian:12\nRUN printf \"$PATH\"\n",
		Good:     "FROM debian:12\nRUN printf '%s' \"$PATH\"\n",
		Severity: finding.Low,
		Aliases:  []string{"SC2059"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellWalk(d, func(s *rule.Script, n *shell.Node) {
				call, ok := n.Node.(*syntax.CallExpr)
				if !ok || len(call.Args) < 2 || call.Args[0].Lit() != "printf" {
					return
				}
				format := call.Args[1]
				switch {
				case format.Lit() == "--" && len(call.Args) > 2:
					format = call.Args[2]
				case format.Lit() == "-v" && len(call.Args) > 3:
					format = call.Args[3]
				}
				if _, expands := shellEmptied(format.Parts); expands && !strings.Contains(shellLiteral(format.Parts, false), "%") {
					d.Report(rule.Problem{Span: s.Span(format)})
				}
			})
		},
	}
}
