package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func updateAlone() rule.Rule {
	return rule.Rule{
		ID:    "update-alone",
		Title: "Package lists are updated in a RUN of their own",
		Why: "Docker keeps the layer of the update and goes on using it for weeks, while a changed install below it asks for versions that the mirrors no longer have, or gets old ones. " +
			"Update and install in one RUN.",
		Bad:      "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y curl\n",
		Good:     "FROM debian:12\nRUN apt-get update && apt-get install -y curl\n",
		Severity: finding.Medium,
		Aliases:  []string{"DS-0017", "CKV_DOCKER_5", "CIS-DI-0007"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			checkov := checkovUpdatesAlone(d)
			eachRun(d, func(r *run) {
				update, aliases := loneUpdate(r)
				if update == nil {
					return
				}
				if checkov {
					aliases = append(aliases, "CKV_DOCKER_5")
				}
				r.report(update, rule.Problem{
					Message: update.Name + " fetches its lists, but nothing in this RUN installs with them.",
					Aliases: aliases,
					Fix:     joinUpdate(r, update),
				})
			})
		},
	}
}

// loneUpdate is the first update of a package manager after which nothing is
// installed in the same RUN.
func loneUpdate(r *run) (update *shell.Command, aliases []string) {
	for _, family := range updaters() {
		first, installed := call{n: -1}, false
		for _, c := range r.calls(family.programs...) {
			args := c.Args(family.valued...)
			if len(args) == 0 {
				continue
			}
			switch verb := args[0].Text; {
			case has(family.update, verb):
				if first.n < 0 {
					first = c
				}
			case has(updateUsers(), verb):
				installed = installed || first.n >= 0
			}
		}
		if first.n < 0 || installed {
			continue
		}
		aliases = []string{"CIS-DI-0007"}
		if verb := first.Subcommand(family.valued...); verb == "update" || verb == "up" {
			aliases = append(aliases, "DS-0017")
		}
		return first.Command, aliases
	}
	return nil, nil
}
