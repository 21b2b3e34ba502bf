package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func aptRecommends() rule.Rule {
	return rule.Rule{
		ID:    "apt-recommends",
		Title: "apt-get installs packages that nobody asked for",
		Why: "By default apt-get also installs what a package merely recommends, often hundreds of megabytes with their own vulnerabilities. " +
			"With --no-install-recommends it installs what is needed; name what you miss.",
		Bad:      "FROM debian:12\nRUN apt-get update && apt-get install -y curl\n",
		Good:     "FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends curl\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3015", "DS-0029", "apt_get_not_avoiding_additional_packages"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				elsewhere := false // Trivy is content with one of the installs
				for _, in := range r.installs(aptManager()) {
					elsewhere = elsewhere || in.Has("--no-install-recommends")
				}
				for _, in := range r.installs(aptManager()) {
					if in.Has("--no-install-recommends") || recommendsOff(in.Command) {
						continue
					}
					p := rule.Problem{
						Message: in.Name + " install also installs what the packages recommend: add --no-install-recommends.",
						Fix:     fixed("add --no-install-recommends", r.addAfter(in.verb, "--no-install-recommends")),
					}
					switch {
					case in.Name == "apt":
						p.Aliases = []string{}
					case elsewhere:
						p.Aliases = []string{"DL3015", "apt_get_not_avoiding_additional_packages"}
					}
					r.report(in.Command, p)
				}
			})
		},
	}
}

// recommendsOff tells whether an option of apt turns recommended packages off.
func recommendsOff(c *shell.Command) bool {
	for _, w := range c.Words {
		option := strings.ToLower(w.Text)
		_, value, ok := strings.Cut(option, "apt::install-recommends=")
		if ok && has([]string{"false", "0", "no"}, strings.Trim(value, `"'`)) {
			return true
		}
	}
	return false
}
