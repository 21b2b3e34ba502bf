package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func cmdDuplicate() rule.Rule {
	aliases := []string{"DL4003", "MultipleInstructionsDisallowed", "DS-0016", "multiple_cmd_instructions_listed"}
	return rule.Rule{
		ID:    "cmd-duplicate",
		Title: "A stage has several CMDs",
		Why: "Only the last CMD of a stage counts, so the earlier ones are dead text. " +
			"Who changes one of those wonders why nothing happens. Keep the one that is meant.",
		Bad:        "FROM debian:12\nCMD [\"serve\"]\nCMD [\"serve\", \"--fast\"]\n",
		Good:       "FROM debian:12\nCMD [\"serve\", \"--fast\"]\n",
		Severity:   finding.Medium,
		Aliases:    aliases,
		Since:      "2026.1",
		Dockerfile: func(d *rule.Dockerfile) { overridden(d, "CMD", aliases) },
	}
}
