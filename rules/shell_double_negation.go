package rules

import (
	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func shellDoubleNegation() rule.Rule {
	return rule.Rule{
		ID:    "shell-double-negation",
		Title: "! -z instead of -n",
		Why: "[ ! -z x ] asks whether a text is not empty in a roundabout way. " +
			"[ -n x ] says the same at once, and [ -z x ] says what [ ! -n x ] does.",
		Bad:      "FROM debian:12\nRUN [ ! -z \"$PATH\" ] && env\n",
		Good:     "FROM debian:12\nRUN [ -n \"$PATH\" ] && env\n",
		Severity: finding.Info,
		Aliases:  []string{"SC2236"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellWalk(d, func(s *rule.Script, n *shell.Node) {
				call, ok := n.Node.(*syntax.CallExpr)
				if !ok || len(call.Args) == 0 || call.Args[0].Lit() != "[" {
					return
				}
				for k := 1; k+1 < len(call.Args); k++ {
					operator, opposite := call.Args[k+1].Lit(), ""
					switch operator {
					case "-z":
						opposite = "-n"
					case "-n":
						opposite = "-z"
					}
					if call.Args[k].Lit() != "!" || opposite == "" {
						continue
					}
					problem := rule.Problem{Span: s.Span(call.Args[k])}
					if s.Verbatim {
						problem.Fix = &rule.Fix{Title: "write " + opposite, Edits: []rule.Edit{
							{Start: problem.Span.Start.Offset, End: s.Span(call.Args[k+1]).End.Offset, New: opposite}}}
					}
					d.Report(problem)
				}
			})
		},
	}
}
