package rules

import (
	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func shellAssignmentSpace() rule.Rule {
	return rule.Rule{
		ID:    "shell-assignment-space",
		Title: "blank around = in an assignment",
		Why: "With a blank behind the = the variable is empty and the rest is run as a command; with one before it the name itself is run as a command. " +
			"Write name=value, or name='' where it is to be empty.",
		Bad:      "FROM debian:12\nRUN VERSION= 1.2 && echo \"$VERSION\"\n",
		Good:     "FROM debian:12\nRUN VERSION=1.2 && echo \"$VERSION\"\n",
		Severity: finding.Medium,
		Aliases:  []string{"SC1007", "SC2283"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellWalk(d, func(s *rule.Script, n *shell.Node) {
				call, ok := n.Node.(*syntax.CallExpr)
				if !ok || len(call.Args) == 0 {
					return
				}
				for _, a := range call.Assigns {
					end := int(a.End().Offset())
					if a.Value == nil && a.Array == nil && a.Name.Value != "IFS" {
						d.Report(rule.Problem{Span: s.Place(end, end+1), Aliases: []string{"SC1007"}})
						return
					}
				}
				if len(call.Args) > 1 && call.Args[1].Lit() == "=" {
					d.Report(rule.Problem{Span: s.Span(call.Args[1]), Aliases: []string{"SC2283"}})
				}
			})
		},
	}
}
