package rules

import (
	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

// shellAndOr is quiet where the third command only prints, leaves or assigns, and
// where the whole is a condition.
func shellAndOr() rule.Rule {
	return rule.Rule{
		ID:    "shell-and-or",
		Title: "a && b || c is no if",
		Why: "The command behind || runs when a fails, but also when a succeeds and b fails. " +
			"In a RUN such a line often ends in || true and then hides failures of the whole chain. " +
			"Write if a; then b; else c; fi, or put the part that may fail in braces.",
		Bad:      "FROM debian:12\nRUN test -d /app && rm -r /app || mkdir /app\n",
		Good:     "FROM debian:12\nRUN if test -d /app; then rm -r /app; else mkdir /app; fi\n",
		Severity: finding.Low,
		Aliases:  []string{"SC2015"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellWalk(d, func(s *rule.Script, n *shell.Node) {
				or, ok := n.Node.(*syntax.BinaryCmd)
				if !ok || or.Op != syntax.OrStmt {
					return
				}
				and, ok := or.X.Cmd.(*syntax.BinaryCmd)
				if !ok || and.Op != syntax.AndStmt || shellHarmless(or.Y) || shellChecked(n) {
					return
				}
				at := int(and.OpPos.Offset())
				d.Report(rule.Problem{Span: s.Place(at, at+len("&&"))})
			})
		},
	}
}

// shellHarmless tells whether a command may as well run too often.
func shellHarmless(st *syntax.Stmt) bool {
	call, ok := st.Cmd.(*syntax.CallExpr)
	if !ok {
		return false
	}
	if len(call.Args) == 0 {
		return true
	}
	switch lastElement(call.Args[0].Lit()) {
	case "echo", "printf", "exit", "return":
		return true
	}
	return false
}
