package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// shellVariableUnset looks at names with small letters only: those in capitals
// may come from the base image.
func shellVariableUnset() rule.Rule {
	return rule.Rule{
		ID:    "shell-variable-unset",
		Title: "variable that nothing sets",
		Why: "Neither an ARG, an ENV nor the script sets this variable, so that it is most likely empty. " +
			"Check the spelling; where another program reads it, keep it from the shell with single quotes; " +
			"where the environment may set it, write ${name:-}.",
		Bad:      "FROM debian:12\nRUN echo \"$version\" > /version\n",
		Good:     "FROM debian:12\nARG version\nRUN echo \"$version\" > /version\n",
		Severity: finding.Medium,
		Aliases:  []string{"SC2154"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellScripts(d, func(s *rule.Script) {
				for _, u := range s.Unset(s.Variables) {
					if strings.ToUpper(u.Name) == u.Name {
						continue
					}
					message := fmt.Sprintf("nothing sets the variable %s", u.Name)
					if u.Similar != "" {
						message += fmt.Sprintf("; %s is set", u.Similar)
					}
					d.Report(rule.Problem{Span: s.Span(u.Node), Message: message})
				}
			})
		},
	}
}
