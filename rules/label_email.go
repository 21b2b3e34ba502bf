package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func labelEmail() rule.Rule {
	return rule.Rule{
		ID:       "label-email",
		Title:    "A label that is to be an e-mail address is none",
		Why:      "The label schema says that this label holds an e-mail address. Someone who finds a hole in the image has nobody to write to. Write the address alone, without a name.",
		Bad:      "FROM debian:12\nLABEL maintainer=\"the platform team\"\n",
		Good:     "FROM debian:12\nLABEL maintainer=\"platform@example.org\"\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3058"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			badLabels(d, "email", validEmail, "an e-mail address")
		},
	}
}
