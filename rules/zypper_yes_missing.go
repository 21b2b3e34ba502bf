package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func zypperYesMissing() rule.Rule {
	return rule.Rule{
		ID:    "zypper-yes-missing",
		Title: "zypper waits for an answer",
		Why: "A build has nobody to answer, so zypper stops and the build fails. " +
			"Give it --non-interactive, or -y behind the command.",
		Bad:      "FROM opensuse/leap:15.6\nRUN zypper install httpd && zypper clean\n",
		Good:     "FROM opensuse/leap:15.6\nRUN zypper install -y httpd && zypper clean\n",
		Severity: finding.High,
		Aliases:  []string{"DL3034", "missing_zypper_non_interactive_switch"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, c := range r.calls("zypper") {
					args := c.Args(zypperManager().valued...)
					if len(args) == 0 || !has(zypperChanges(), args[0].Text) || c.Has("-y", "-n", "--no-confirm", "--non-interactive") {
						continue
					}
					p := rule.Problem{
						Message: "zypper " + args[0].Text + " asks, and nobody can answer in a build: add -y.",
						Fix:     fixed("add -y", r.addAfter(args[0], "-y")),
					}
					if args[0].Text == "si" || args[0].Text == "source-install" {
						p.Fix = fixed("add --non-interactive", r.addAfter(c.Words[0], "--non-interactive"))
					}
					if !r.inLastStage() {
						p.Aliases = []string{"DL3034"}
					}
					r.report(c.Command, p)
				}
			})
		},
	}
}

// zypperChanges are the commands of zypper that ask.
func zypperChanges() []string {
	return []string{"install", "in", "remove", "rm", "source-install", "si", "patch"}
}
