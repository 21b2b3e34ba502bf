package rules

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func shellFindPath() rule.Rule {
	return rule.Rule{
		ID:    "shell-find-path",
		Title: "find without a path",
		Why: "Only GNU find looks in the working directory when no path is given; others stop with an error. " +
			"Write find . …",
		Bad:      "FROM debian:12\nRUN find -name \"*.pyc\" -delete\n",
		Good:     "FROM debian:12\nRUN find . -name \"*.pyc\" -delete\n",
		Severity: finding.Info,
		Aliases:  []string{"SC2185"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellWalk(d, func(s *rule.Script, n *shell.Node) {
				call, ok := n.Node.(*syntax.CallExpr)
				if !ok || len(call.Args) == 0 || lastElement(call.Args[0].Lit()) != "find" {
					return
				}
				for _, w := range call.Args[1:] {
					switch flag := w.Lit(); {
					case flag == "-H" || flag == "-L" || flag == "-P" || flag == "--":
						continue
					case !strings.HasPrefix(flag, "-") || flag == "-D":
						return
					}
					break
				}
				problem := rule.Problem{Span: s.Span(call.Args[0])}
				if s.Verbatim && len(call.Args) > 1 && shellIsTest(call.Args[1]) {
					end := problem.Span.End.Offset
					problem.Fix = &rule.Fix{Title: "write the path", Edits: []rule.Edit{{Start: end, End: end, New: " ."}}}
				}
				d.Report(problem)
			})
		},
	}
}

// shellIsTest tells whether a word of find is a test or an action, such as -name.
func shellIsTest(w *syntax.Word) bool {
	flag := w.Lit()
	return len(flag) > 2 && flag[0] == '-' && flag != "--"
}
