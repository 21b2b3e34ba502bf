package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// shellQuoteSubstitution leaves out seq and pgrep, which print one word a line.
func shellQuoteSubstitution() rule.Rule {
	return rule.Rule{
		ID:    "shell-quote-substitution",
		Title: "command substitution outside quotes",
		Why: "The shell splits what a command substitution gives at blanks and expands *, ? and [ in it unless it stands in double quotes. " +
			"Write \"$(command)\", or read the output line by line where it is a list.",
		Bad:      "FROM debian:12\nRUN rm -r $(find / -name cache)\n",
		Good:     "FROM debian:12\nRUN find / -name cache -exec rm -r {} +\n",
		Severity: finding.Medium,
		Aliases:  []string{"SC2046"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellScripts(d, func(s *rule.Script) {
				for _, c := range s.Splits(s.Variables).Substitutions {
					d.Report(rule.Problem{Span: s.Span(c), Fix: shellQuoteFix(s, c)})
				}
			})
		},
	}
}
