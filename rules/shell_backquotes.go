package rules

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func shellBackquotes() rule.Rule {
	return rule.Rule{
		ID:    "shell-backquotes",
		Title: "backquotes instead of $( )",
		Why: "Backquotes do not nest without backslashes and change what a backslash means inside. " +
			"$(command) has neither trouble and means the same.",
		Bad:      "FROM debian:12\nRUN echo \"`date`\" > /built\n",
		Good:     "FROM debian:12\nRUN echo \"$(date)\" > /built\n",
		Severity: finding.Info,
		Aliases:  []string{"SC2006"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellWalk(d, func(s *rule.Script, n *shell.Node) {
				c, ok := n.Node.(*syntax.CmdSubst)
				if !ok || !c.Backquotes {
					return
				}
				place := s.Span(c)
				problem := rule.Problem{Span: place}
				from, to := int(c.Pos().Offset()), int(c.End().Offset())
				if s.Verbatim && !strings.Contains(s.Text[from:to], `\`) && !strings.Contains(s.Text[from:to], "#") {
					problem.Fix = &rule.Fix{Title: "write $( )", Edits: []rule.Edit{
						{Start: place.Start.Offset, End: place.Start.Offset + 1, New: "$("},
						{Start: place.End.Offset - 1, End: place.End.Offset, New: ")"},
					}}
				}
				d.Report(problem)
			})
		},
	}
}
