package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func zypperDistUpgrade() rule.Rule {
	return rule.Rule{
		ID:    "zypper-dist-upgrade",
		Title: "zypper upgrades the distribution in a build",
		Why: "zypper dist-upgrade may remove packages and change how the base image works, so what you get is neither the base you named nor a known other one. " +
			"Take a newer base image instead.",
		Bad:      "FROM opensuse/leap:15.6\nRUN zypper -n dist-upgrade\n",
		Good:     "FROM opensuse/leap:15.6\nRUN zypper -n patch && zypper clean\n",
		Severity: finding.Medium,
		Aliases:  []string{"DL3035"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, c := range r.calls("zypper") {
					switch c.Subcommand(zypperManager().valued...) {
					case "dist-upgrade", "dup":
						r.report(c.Command, rule.Problem{Message: "A newer base image is the way to a newer distribution."})
					}
				}
			})
		},
	}
}
