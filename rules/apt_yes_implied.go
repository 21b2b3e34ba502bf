package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func aptYesImplied() rule.Rule {
	return rule.Rule{
		ID:    "apt-yes-implied",
		Title: "apt-get is told not to ask only by being quiet",
		Why: "That -qq answers every question with yes is easily overlooked: who makes the command less quiet makes it wait for an answer. " +
			"Write -y as well. " +
			"The build works either way, so this is off unless asked for.",
		Bad:      "FROM debian:12\nRUN apt-get update && apt-get -qq install curl\n",
		Good:     "FROM debian:12\nRUN apt-get update && apt-get -qq install -y curl\n",
		Severity: finding.Info,
		Aliases:  []string{"DS-0021"},
		Off:      true,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, in := range r.installs(aptManager()) {
					if in.Name == "apt-get" && assumesYes(in.Command) && !in.Has("-y", "--yes", "--assume-yes") {
						r.report(in.Command, rule.Problem{
							Message: "apt-get install does not ask because it is quiet: say so with -y.",
							Fix:     fixed("add -y", r.addAfter(in.verb, "-y")),
						})
					}
				}
			})
		},
	}
}
