package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func sudoersNopasswd() rule.Rule {
	return rule.Rule{
		ID:    "sudoers-nopasswd",
		Title: "A user may use sudo without a password",
		Why: "Whoever takes over a program of this user is root with one more word, so the USER protects nothing. " +
			"Nothing that runs in a container should need to become root later. " +
			"Do as root what has to be done while the image is built.",
		Bad:      "FROM debian:12\nRUN echo 'app ALL=(ALL) NOPASSWD: ALL' >> /etc/sudoers\n",
		Good:     "FROM debian:12\nRUN useradd --uid 10001 app\n",
		Severity: finding.Medium,
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			firstCommand(d, func(c *shell.Command) bool {
				for _, w := range c.Words {
					if strings.Contains(w.Text, "NOPASSWD") {
						return true
					}
				}
				return false
			}, rule.Problem{})
		},
	}
}
