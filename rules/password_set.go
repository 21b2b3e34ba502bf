package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func passwordSet() rule.Rule {
	return rule.Rule{
		ID:    "password-set",
		Title: "RUN sets a user's password",
		Why: "The password stands in the Dockerfile, in the image's history, and as a hash in a layer that everyone who may pull it can try words on. " +
			"Every container of the image has the same one. " +
			"Users of a container need no password: leave it locked, and hand in what must be secret when it starts.",
		Bad:      "FROM debian:12\nRUN echo 'app:secret' | chpasswd\n",
		Good:     "FROM debian:12\nRUN useradd --uid 10001 app\n",
		Severity: finding.High,
		Aliases:  []string{"CKV2_DOCKER_17"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, c := range r.commands {
					switch {
					case c.Name == "chpasswd":
						r.report(c, rule.Problem{})
						return
					case setsPassword(c):
						r.report(c, rule.Problem{Aliases: []string{}})
						return
					}
				}
			})
		},
	}
}

// setsPassword tells whether another program than chpasswd sets a password.
func setsPassword(c *shell.Command) bool {
	switch c.Name {
	case "useradd", "usermod":
		value, ok := c.Value("-p", "--password")
		return ok && value != "" && value != "!" && value != "*" && value != "x"
	case "passwd":
		return c.Has("--stdin")
	}
	return false
}
