package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// shellQuoteVariable leaves out variables that ARG or ENV set, and those that the
// script sets to one plain word, as hadolint and ShellCheck do.
func shellQuoteVariable() rule.Rule {
	return rule.Rule{
		ID:    "shell-quote-variable",
		Title: "variable outside quotes",
		Why: "The shell splits the value of a variable at blanks and expands *, ? and [ in it unless it stands in double quotes. " +
			"A file name with a blank then becomes two, and an empty value vanishes. " +
			"Write \"$name\"; where several words are wanted, say so with a list of arguments.",
		Bad:      "FROM debian:12\nRUN for f in *.txt; do rm $f; done\n",
		Good:     "FROM debian:12\nRUN for f in *.txt; do rm \"$f\"; done\n",
		Severity: finding.Low,
		Aliases:  []string{"SC2086"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellScripts(d, func(s *rule.Script) {
				for _, p := range s.Splits(s.Variables).Variables {
					name := "variable"
					if p.Param != nil {
						name = "$" + p.Param.Value
					}
					d.Report(rule.Problem{
						Span:    s.Span(p),
						Message: fmt.Sprintf("%s stands outside quotes: its value is split at blanks and expanded as a pattern", name),
						Fix:     shellQuoteFix(s, p),
					})
				}
			})
		},
	}
}
