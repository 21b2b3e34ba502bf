package rules

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func shellGlobDash() rule.Rule {
	return rule.Rule{
		ID:    "shell-glob-dash",
		Title: "a file whose name begins with a dash would be taken for an option",
		Why: "The shell puts the names of files where a pattern stands. A name such as -rf then reads as an option. " +
			"Write ./* or put -- before the pattern.",
		Bad:      "FROM debian:12\nRUN rm -r *\n",
		Good:     "FROM debian:12\nRUN rm -r ./*\n",
		Severity: finding.Low,
		Aliases:  []string{"SC2035"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellWalk(d, func(s *rule.Script, n *shell.Node) {
				call, ok := n.Node.(*syntax.CallExpr)
				if !ok || len(call.Args) == 0 {
					return
				}
				switch lastElement(call.Args[0].Lit()) {
				case "echo", "printf", "[":
					return
				}
				for _, w := range call.Args[1:] {
					lit, ok := w.Parts[0].(*syntax.Lit)
					if w.Lit() == "--" {
						return
					}
					if ok && strings.IndexByte("*?", lit.Value[0]) >= 0 {
						at := int(lit.Pos().Offset())
						place := s.Place(at, at+1)
						problem := rule.Problem{Span: place}
						if s.Verbatim {
							problem.Fix = &rule.Fix{Title: "write ./ before the pattern", Unsafe: true,
								Edits: []rule.Edit{{Start: place.Start.Offset, End: place.Start.Offset, New: "./"}}}
						}
						d.Report(problem)
					}
				}
			})
		},
	}
}
