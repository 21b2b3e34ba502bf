package rules

import (
	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func shellSudoRedirect() rule.Rule {
	return rule.Rule{
		ID:    "shell-sudo-redirect",
		Title: "sudo does not reach the redirection",
		Why: "The shell opens the file before it starts sudo, with its own rights. " +
			"Let a program behind sudo open it: … | sudo tee file, or sudo sh -c '… > file'.",
		Bad:      "FROM debian:12\nRUN sudo echo 1 > /etc/flag\n",
		Good:     "FROM debian:12\nRUN echo 1 | sudo tee /etc/flag\n",
		Severity: finding.Low,
		Aliases:  []string{"SC2024"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellWalk(d, func(s *rule.Script, n *shell.Node) {
				st, ok := n.Node.(*syntax.Stmt)
				if !ok {
					return
				}
				call, ok := st.Cmd.(*syntax.CallExpr)
				if !ok || len(call.Args) == 0 || lastElement(call.Args[0].Lit()) != "sudo" {
					return
				}
				for _, r := range st.Redirs {
					if (r.Op == syntax.RdrOut || r.Op == syntax.AppOut || r.Op == syntax.RdrIn) && (r.N == nil || r.N.Value != "2") && r.Word.Lit() != "/dev/null" {
						at := int(r.OpPos.Offset())
						d.Report(rule.Problem{Span: s.Place(at, at+len(r.Op.String()))})
						return
					}
				}
			})
		},
	}
}
