package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func sudoUsed() rule.Rule {
	return rule.Rule{
		ID:    "sudo-used",
		Title: "RUN uses sudo",
		Why: "A build runs as root unless a USER says otherwise, so sudo only hides which user does what, and it drops variables and signals on the way. " +
			"An image with sudo in it hands root to whoever gets in. " +
			"Do the steps that need root before USER, or between two of them.",
		Bad:      "FROM debian:12\nRUN sudo apt-get update\n",
		Good:     "FROM debian:12\nUSER root\nRUN apt-get update\nUSER 10001\n",
		Severity: finding.Medium,
		Aliases:  []string{"DL3004", "DS-0010", "DKL-DI-0001", "CKV2_DOCKER_1", "run_using_sudo"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			firstCommand(d, func(c *shell.Command) bool { return c.Name == "sudo" || has(c.Wrapper, "sudo") },
				rule.Problem{Message: "Root does not need sudo; USER root lets other users do what root may."})
		},
	}
}

// firstCommand reports the first command of every RUN that is one of those
// looked for.
func firstCommand(d *rule.Dockerfile, wanted func(*shell.Command) bool, p rule.Problem) {
	eachRun(d, func(r *run) {
		for _, c := range r.commands {
			if wanted(c) {
				r.report(c, p)
				return
			}
		}
	})
}
