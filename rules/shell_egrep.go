package rules

import (
	"fmt"

	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func shellEgrep() rule.Rule {
	return rule.Rule{
		ID:    "shell-egrep",
		Title: "egrep and fgrep are deprecated",
		Why: "GNU grep warns of both on every call and will drop them; POSIX does not have them. " +
			"Write grep -E and grep -F.",
		Bad:      "FROM debian:12\nRUN ls | egrep \"a|b\"\n",
		Good:     "FROM debian:12\nRUN ls | grep -E \"a|b\"\n",
		Severity: finding.Info,
		Aliases:  []string{"SC2196", "SC2197"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellWalk(d, func(s *rule.Script, n *shell.Node) {
				call, ok := n.Node.(*syntax.CallExpr)
				if !ok || len(call.Args) == 0 {
					return
				}
				name := lastElement(call.Args[0].Lit())
				code, flag := "SC2196", "-E"
				switch name {
				case "egrep":
				case "fgrep":
					code, flag = "SC2197", "-F"
				default:
					return
				}
				problem := rule.Problem{Span: s.Span(call.Args[0]), Aliases: []string{code},
					Message: fmt.Sprintf("%s is deprecated: grep %s does the same", name, flag)}
				if s.Verbatim && call.Args[0].Lit() == name {
					problem.Fix = &rule.Fix{Title: "write grep " + flag, Edits: []rule.Edit{
						{Start: problem.Span.Start.Offset, End: problem.Span.End.Offset, New: "grep " + flag}}}
				}
				d.Report(problem)
			})
		},
	}
}
