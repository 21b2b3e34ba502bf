package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func labelVersion() rule.Rule {
	return rule.Rule{
		ID:       "label-version",
		Title:    "A label that is to be a version is none",
		Why:      "The label schema says that this label holds a version as semver.org defines it. Whoever reads the label with a program gets something that it cannot use. Write three numbers, and no v before them.",
		Bad:      "FROM debian:12\nLABEL version=\"v1\"\n",
		Good:     "FROM debian:12\nLABEL version=\"1.0.0\"\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3056"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			badLabels(d, "semver", validVersion, "a semantic version like 1.2.3")
		},
	}
}
