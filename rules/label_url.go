package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func labelURL() rule.Rule {
	return rule.Rule{
		ID:       "label-url",
		Title:    "A label that is to be a URL is none",
		Why:      "The label schema says that this label holds a URL. Whoever reads the label with a program gets something that it cannot use. Write the whole URL, with its scheme.",
		Bad:      "FROM debian:12\nLABEL homepage=\"example.org\"\n",
		Good:     "FROM debian:12\nLABEL homepage=\"https://example.org\"\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3052"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			badLabels(d, "url", validURL, "an absolute URL")
		},
	}
}
