package rules

import (
	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func shellRedirectOrder() rule.Rule {
	return rule.Rule{
		ID:    "shell-redirect-order",
		Title: "2>&1 stands before the redirection of the output",
		Why: "2>&1 sends errors where the output goes at that moment, which is not yet the file: they still go to the terminal. " +
			"Write the redirection of the output first: > file 2>&1.",
		Bad:      "FROM debian:12\nRUN make 2>&1 > /var/log/make.log\n",
		Good:     "FROM debian:12\nRUN make > /var/log/make.log 2>&1\n",
		Severity: finding.Medium,
		Aliases:  []string{"SC2069"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellWalk(d, func(s *rule.Script, n *shell.Node) {
				st, ok := n.Node.(*syntax.Stmt)
				if !ok || shellCaptured(n) {
					return
				}
				for k, r := range st.Redirs {
					if r.Op != syntax.DplOut || r.N == nil || r.N.Value != "2" || r.Word.Lit() != "1" {
						continue
					}
					for _, later := range st.Redirs[k+1:] {
						if (later.Op == syntax.RdrOut || later.Op == syntax.AppOut) && (later.N == nil || later.N.Value == "1") {
							d.Report(rule.Problem{Span: s.Span(r)})
							return
						}
					}
				}
			})
		},
	}
}

// shellCaptured tells whether something other than the terminal takes the output
// of a statement: a pipe or a substitution.
func shellCaptured(n *shell.Node) bool {
	for depth := 0; n.Parent != nil && depth < shellMaxDepth; n, depth = n.Parent, depth+1 {
		switch parent := n.Parent.Node.(type) {
		case *syntax.CmdSubst, *syntax.ProcSubst:
			return true
		case *syntax.BinaryCmd:
			if (parent.Op == syntax.Pipe || parent.Op == syntax.PipeAll) && parent.X == n.Node {
				return true
			}
		}
	}
	return false
}
