package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func entrypointDuplicate() rule.Rule {
	aliases := []string{"DL4004", "MultipleInstructionsDisallowed", "DS-0007", "multiple_entrypoint_instructions_listed"}
	return rule.Rule{
		ID:    "entrypoint-duplicate",
		Title: "A stage has several ENTRYPOINTs",
		Why: "Only the last ENTRYPOINT of a stage counts, so the earlier ones never run. " +
			"A set-up step that stands in one of them is skipped without a word. Join them in one script.",
		Bad:        "FROM debian:12\nENTRYPOINT [\"prepare\"]\nENTRYPOINT [\"serve\"]\n",
		Good:       "FROM debian:12\nENTRYPOINT [\"serve\"]\n",
		Severity:   finding.Medium,
		Aliases:    aliases,
		Since:      "2026.1",
		Dockerfile: func(d *rule.Dockerfile) { overridden(d, "ENTRYPOINT", aliases) },
	}
}
