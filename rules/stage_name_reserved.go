package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func stageNameReserved() rule.Rule {
	return rule.Rule{
		ID:    "stage-name-reserved",
		Title: "A stage has a name that means something else",
		Why: "The names scratch and context have a meaning of their own: the empty image and the files that are sent to the builder. " +
			"A stage of that name cannot be referred to, or something else is taken in its place. " +
			"Choose another name.",
		Bad:      "FROM debian:12 AS context\nRUN make\n",
		Good:     "FROM debian:12 AS build\nRUN make\n",
		Severity: finding.Medium,
		Aliases:  []string{"DL3063", "ReservedStageName"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			for _, s := range d.Stages {
				if name := strings.ToLower(s.Name); name == "scratch" || name == "context" {
					d.Report(rule.Problem{
						Span:    nameSpan(s),
						Message: fmt.Sprintf("The name %s is reserved and cannot be that of a stage.", s.Name),
					})
				}
			}
		},
	}
}
