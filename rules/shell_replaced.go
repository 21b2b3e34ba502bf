package rules

import (
	"path"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func shellReplaced() rule.Rule {
	return rule.Rule{
		ID:    "shell-replaced",
		Title: "RUN puts another shell in the place of /bin/sh",
		Why: "Every script of the distribution counts on the sh that it came with, and the next upgrade of the package puts that back. " +
			"SHELL sets the shell of the instructions that follow and leaves the system alone. " +
			"Write SHELL [\"/bin/bash\", \"-c\"] instead.",
		Bad:      "FROM debian:12\nRUN ln -sf /bin/bash /bin/sh\n",
		Good:     "FROM debian:12\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\n",
		Severity: finding.Medium,
		Aliases:  []string{"DL4005", "changing_default_shell_using_run_command"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for n, c := range r.commands {
					if replacesShell(c) {
						r.report(c, rule.Problem{Aliases: replacedAliases(c, n)})
						return
					}
				}
			})
		},
	}
}

// replacesShell tells whether a command links, moves or copies something to
// /bin/sh, or links it elsewhere.
func replacesShell(c *shell.Command) bool {
	for k, w := range c.Words {
		if k > 0 && (w.Text == "/bin/sh" || w.Text == "/usr/bin/sh") {
			return c.Name == "ln" || (c.Name == "mv" || c.Name == "cp") && k == len(c.Words)-1
		}
	}
	return false
}

// replacedAliases are the tools that see a shell changed by the n-th command of a
// RUN.
func replacedAliases(c *shell.Command, n int) []string {
	ids := []string{}
	if c.Name == "ln" {
		ids = append(ids, "DL4005")
	}
	if n == 0 && (c.Name == "ln" || c.Name == "mv") {
		ids = append(ids, "changing_default_shell_using_run_command")
	}
	return ids
}

// namesShell tells whether a command has the path of a shell among its words.
func namesShell(c *shell.Command) bool {
	for _, w := range c.Words {
		switch dir, name := path.Split(w.Text); {
		case dir != "/bin/" && dir != "/usr/bin/" && dir != "/etc/":
		case has([]string{"bash", "tcsh", "ksh", "csh", "dash", "shells", "zsh", "fish", "tmux", "rbash", "sh"}, name):
			return true
		}
	}
	return false
}
