package rules

import (
	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func installAfterUpdate() rule.Rule {
	return rule.Rule{
		ID:    "install-after-update",
		Title: "Packages are installed with lists that an earlier RUN fetched",
		Why: "The layer with the lists may be weeks old when this one is built again. " +
			"This is the other end of what update-alone reports, so it is off unless asked for.",
		Bad:      "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y curl\n",
		Good:     "FROM debian:12\nRUN apt-get update && apt-get install -y curl\n",
		Severity: finding.Info,
		Aliases:  []string{"update_instruction_alone"},
		Off:      true,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			var stage *dockerfile.Stage
			alone := map[string]bool{} // programs whose lists an earlier RUN of the stage fetched
			eachRun(d, func(r *run) {
				if r.outer.Stage != stage {
					stage = r.outer.Stage
					clear(alone)
				}
				if len(r.commands) == 0 || r.joined {
					return
				}
				updates, installs, mixed := leadingManager(r)
				program := r.commands[0].Name
				if installs && (!updates && alone[program] || mixed) {
					r.report(r.commands[0], rule.Problem{Message: program + " installs with lists that another layer holds."})
				}
				if updates && !installs {
					alone[program] = true
				}
			})
		},
	}
}

// leadingManager looks at a RUN that begins with a package manager: whether it
// updates, whether it installs, and whether all its installs come before its
// updates.
func leadingManager(r *run) (updates, installs, mixed bool) {
	first := r.commands[0].Name
	for _, family := range updaters() {
		if !has(family.programs, first) || len(r.commands[0].Wrapper) > 0 {
			continue
		}
		after := false
		for _, c := range r.commands {
			for _, w := range c.Words {
				switch {
				case has(family.update, w.Text) && w.Text != "up":
					updates = true
				case has(updateUsers(), w.Text) && w.Text != "upgrade":
					installs = true
					after = after || updates
				}
			}
		}
		return updates, installs, updates && installs && !after
	}
	return false, false, false
}
