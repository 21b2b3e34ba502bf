package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func shellVariableMisspelled() rule.Rule {
	return rule.Rule{
		ID:    "shell-variable-misspelled",
		Title: "variable that is not set, while a similar one is",
		Why: "Nothing here sets this variable, but one whose name differs by a letter or two is set. " +
			"If the base image sets it, declare it with ENV or ARG, or write ${NAME:-}; else mend the name.",
		Bad:      "FROM debian:12\nARG APP_VERSION=1\nRUN echo \"$APP_VERSON\"\n",
		Good:     "FROM debian:12\nARG APP_VERSION=1\nRUN echo \"$APP_VERSION\"\n",
		Severity: finding.Low,
		Aliases:  []string{"SC2153"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellScripts(d, func(s *rule.Script) {
				for _, u := range s.Unset(s.Variables) {
					if u.Similar == "" || strings.ToUpper(u.Name) != u.Name {
						continue
					}
					d.Report(rule.Problem{
						Span:    s.Span(u.Node),
						Message: fmt.Sprintf("nothing sets the variable %s; is %s meant?", u.Name, u.Similar),
					})
				}
			})
		},
	}
}
