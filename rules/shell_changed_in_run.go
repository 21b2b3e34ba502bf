package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func shellChangedInRun() rule.Rule {
	return rule.Rule{
		ID:    "shell-changed-in-run",
		Title: "RUN changes a shell where SHELL would do",
		Why: "chsh and usermod change the shell that a user gets at a login, which a build and a container do not have, " +
			"and a RUN that only calls PowerShell could be one under SHELL. " +
			"That is seldom wrong, so this rule is off.",
		Bad:      "FROM debian:12\nRUN chsh -s /bin/bash root\n",
		Good:     "FROM debian:12\nSHELL [\"/bin/bash\", \"-c\"]\n",
		Severity: finding.Info,
		Aliases:  []string{"changing_default_shell_using_run_command"},
		Off:      true,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				if len(r.commands) == 0 {
					return
				}
				c := r.commands[0]
				if has([]string{"mv", "chsh", "usermod", "ln"}, c.Name) && namesShell(c) && !replacesShell(c) {
					r.report(c, rule.Problem{})
				}
			})
			each(d, func(i *dockerfile.Instruction) {
				program, _, _ := strings.Cut(i.Text, " ")
				if i.Form == dockerfile.ShellForm && strings.Contains(program, "powershell") {
					d.Report(rule.Problem{Span: i.Span})
				}
			}, "RUN")
		},
	}
}
