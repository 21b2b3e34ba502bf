package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func labelHash() rule.Rule {
	return rule.Rule{
		ID:       "label-hash",
		Title:    "A label that is to be a commit is none",
		Why:      "The label schema says that this label holds the hash of a Git commit. Without it nobody can tell which source an image was built from. Hand it in with an ARG when building.",
		Bad:      "FROM debian:12\nLABEL revision=\"main\"\n",
		Good:     "FROM debian:12\nLABEL revision=\"2dbfae9\"\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3055"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			badLabels(d, "hash", validHash, "the hash of a Git commit")
		},
	}
}
