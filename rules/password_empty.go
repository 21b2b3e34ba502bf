package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func passwordEmpty() rule.Rule {
	return rule.Rule{
		ID:    "password-empty",
		Title: "RUN leaves a user without a password",
		Why: "Everyone may become a user whose password is empty, with su or by logging in. " +
			"For root that undoes every USER. " +
			"Lock the password instead: passwd --lock, or useradd without a password.",
		Bad:      "FROM debian:12\nRUN passwd -d root\n",
		Good:     "FROM debian:12\nRUN passwd --lock root\n",
		Severity: finding.High,
		Aliases:  []string{"DKL-LI-0001"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			firstCommand(d, emptiesPassword, rule.Problem{})
		},
	}
}

func emptiesPassword(c *shell.Command) bool {
	switch c.Name {
	case "passwd":
		return c.Has("-d", "--delete")
	case "useradd", "usermod":
		value, ok := c.Value("-p", "--password")
		return ok && value == "" && len(c.Words) > 2
	case "sed", "perl":
		for _, w := range c.Words[1:] {
			// s/root:x:/root::/ and s/^root:[^:]*:/root::/ on /etc/passwd or /etc/shadow
			if strings.Contains(w.Text, "root::") && c.Words[len(c.Words)-1].Text != w.Text {
				return true
			}
		}
	}
	return false
}
