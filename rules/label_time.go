package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func labelTime() rule.Rule {
	return rule.Rule{
		ID:       "label-time",
		Title:    "A label that is to be a time is none",
		Why:      "The label schema says that this label holds a time as RFC 3339 has it. Whoever reads the label with a program gets something that it cannot use. Write it like 2026-01-31T12:00:00Z.",
		Bad:      "FROM debian:12\nLABEL created=\"31 January 2026\"\n",
		Good:     "FROM debian:12\nLABEL created=\"2026-01-31T12:00:00Z\"\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3053"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			badLabels(d, "rfc3339", validTime, "a time like 2026-01-31T12:00:00Z")
		},
	}
}
