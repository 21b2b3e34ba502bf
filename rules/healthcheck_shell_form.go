package rules

import (
	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// A health check gets no signals, so that only hadolint minds its form.
func healthcheckShellForm() rule.Rule {
	return rule.Rule{
		ID:    "healthcheck-shell-form",
		Title: "The command of HEALTHCHECK is not written as a JSON array",
		Why: "As plain text the check starts a shell each time, which costs memory and does not work in images without one. " +
			"Write the program and its arguments as a JSON array where no shell is needed.",
		Bad:      "FROM debian:12\nHEALTHCHECK CMD probe --quick\n",
		Good:     "FROM debian:12\nHEALTHCHECK CMD [\"probe\", \"--quick\"]\n",
		Severity: finding.Info,
		Aliases:  []string{"DL3025"},
		Off:      true,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shells := firstShells(d)
			each(d, func(i *dockerfile.Instruction) {
				if i.Form != dockerfile.JSONForm && len(i.Exec()) > 0 {
					p := rule.Problem{Span: i.Span}
					if !shells.before(d, i) {
						p.Fix = arrayFix(d, i)
					}
					d.Report(p)
				}
			}, "HEALTHCHECK")
		},
	}
}
