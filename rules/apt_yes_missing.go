package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func aptYesMissing() rule.Rule {
	return rule.Rule{
		ID:    "apt-yes-missing",
		Title: "apt-get install waits for an answer",
		Why: "A build has nobody to answer, so apt-get stops and the build fails as soon as it wants to install more than what was named. " +
			"Give it -y.",
		Bad:      "FROM debian:12\nRUN apt-get update && apt-get install curl\n",
		Good:     "FROM debian:12\nRUN apt-get update && apt-get install -y curl\n",
		Severity: finding.High,
		Aliases:  []string{"DL3014", "DS-0021", "apt_get_missing_flags_to_avoid_manual_input"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				elsewhere := false // Trivy is content with one of the installs
				for _, in := range r.installs(aptManager()) {
					elsewhere = elsewhere || in.Has("-y", "--yes", "--assume-yes")
				}
				for _, in := range r.installs(aptManager()) {
					if assumesYes(in.Command) {
						continue
					}
					p := rule.Problem{
						Message: in.Name + " install asks before it installs, and nobody can answer in a build: add -y.",
						Fix:     fixed("add -y", r.addAfter(in.verb, "-y")),
					}
					switch {
					case in.Name == "apt":
						p.Aliases = []string{}
					case elsewhere:
						p.Aliases = []string{"DL3014", "apt_get_missing_flags_to_avoid_manual_input"}
					}
					r.report(in.Command, p)
				}
			})
		},
	}
}

// assumesYes tells whether apt-get is told not to ask: by -y, or by being quiet
// twice, which implies it.
func assumesYes(c *shell.Command) bool {
	if c.Has("-y", "--yes", "--assume-yes") || c.Has("-q=2") {
		return true
	}
	quiet := 0
	for _, w := range c.Words {
		switch w.Text {
		case "-qq":
			return true
		case "-q", "--quiet":
			quiet++
		}
	}
	return quiet > 1
}
