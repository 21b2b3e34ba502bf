package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func aptCleanMissing() rule.Rule {
	return rule.Rule{
		ID:    "apt-clean-missing",
		Title: "apt-get install leaves its downloads in the layer",
		Why: "Images of Debian and Ubuntu clean the downloads of apt by themselves and a discarded stage does not count, so this check is off unless asked for. " +
			"Elsewhere, end the RUN with apt-get clean or delete what was downloaded.",
		Bad:      "FROM debian:12\nRUN apt-get install -y curl\n",
		Good:     "FROM debian:12\nRUN apt-get install -y curl && apt-get clean\n",
		Severity: finding.Info,
		Aliases:  []string{"apt_get_install_lists_were_not_deleted"},
		Off:      true,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				if in := r.installs(aptManager()); len(in) > 0 && uncleanInstall(r) {
					r.report(in[0].Command, rule.Problem{Message: "Nothing cleans up after apt-get install in this RUN."})
				}
			})
		},
	}
}
