package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func healthcheckDuplicate() rule.Rule {
	aliases := []string{"DL3012", "MultipleInstructionsDisallowed", "DS-0023"}
	return rule.Rule{
		ID:    "healthcheck-duplicate",
		Title: "A stage has several HEALTHCHECKs",
		Why: "Only the last HEALTHCHECK of a stage counts, so what the earlier ones test is never tested. " +
			"Join them in one command that fails when any of them does.",
		Bad:        "FROM debian:12\nHEALTHCHECK CMD [\"ping\"]\nHEALTHCHECK CMD [\"probe\"]\n",
		Good:       "FROM debian:12\nHEALTHCHECK CMD [\"probe\"]\n",
		Severity:   finding.Medium,
		Aliases:    aliases,
		Since:      "2026.1",
		Dockerfile: func(d *rule.Dockerfile) { overridden(d, "HEALTHCHECK", aliases) },
	}
}
