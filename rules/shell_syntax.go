package rules

import (
	"errors"
	"fmt"

	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func shellSyntax() rule.Rule {
	return rule.Rule{
		ID:    "shell-syntax",
		Title: "the shell script cannot be parsed",
		Why: "A quote, a bracket or a keyword has no counterpart, so that the shell will refuse the script when the build comes to it. " +
			"No other check looks at the rest of such a script.",
		Bad:      "FROM debian:12\nRUN if test -d /app; then ls /app\n",
		Good:     "FROM debian:12\nRUN if test -d /app; then ls /app; fi\n",
		Severity: finding.High,
		Aliases:  []string{"SC1072", "SC1073"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellRuns(d, func(s *rule.Script) {
				if s.Err == nil {
					return
				}
				problem := rule.Problem{Span: s.Instruction.Span, Message: s.Err.Error()}
				if e, ok := errors.AsType[syntax.ParseError](s.Err); ok {
					at := min(int(e.Pos.Offset()), len(s.Text))
					problem.Span = s.Place(at, min(at+1, len(s.Text)))
					problem.Message = fmt.Sprintf("the shell script cannot be parsed: %s", e.Text)
				}
				d.Report(problem)
			})
		},
	}
}
