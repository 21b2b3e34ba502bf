package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func aptDistUpgrade() rule.Rule {
	return rule.Rule{
		ID:    "apt-dist-upgrade",
		Title: "apt-get upgrades the distribution in a build",
		Why: "dist-upgrade may remove packages and change how the base image works, so what you get is neither the base you named nor a known other one. " +
			"Take a newer base image instead.",
		Bad:      "FROM debian:12\nRUN apt-get update && apt-get -y dist-upgrade\n",
		Good:     "FROM debian:12\nRUN apt-get update && apt-get -y install --only-upgrade openssl\n",
		Severity: finding.Medium,
		Aliases:  []string{"DS-0024", "DKL-DI-0003"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, c := range r.calls("apt-get", "apt") {
					switch c.Subcommand(aptManager().valued...) {
					case "dist-upgrade", "full-upgrade":
						p := rule.Problem{Message: "A newer base image is the way to a newer distribution."}
						if c.Name == "apt" {
							p.Aliases = []string{"DKL-DI-0003"}
						}
						r.report(c.Command, p)
					}
				}
			})
		},
	}
}
