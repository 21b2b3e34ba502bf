package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func chmodWorldWritable() rule.Rule {
	return rule.Rule{
		ID:    "chmod-world-writable",
		Title: "Files are made writable for everyone",
		Why: "What everyone may write, everyone may replace: a program of any user can change what another user, or root, runs next. " +
			"It is mostly done to get around a missing owner. " +
			"Give the files to the user that writes them, with chown or COPY --chown.",
		Bad:      "FROM debian:12\nRUN chmod -R 777 /app\n",
		Good:     "FROM debian:12\nRUN chmod -R 755 /app && chmod 1777 /tmp\n",
		Severity: finding.Low,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			firstCommand(d, func(c *shell.Command) bool {
				if c.Name != "chmod" {
					return false
				}
				args := c.Args("--reference")
				return len(args) > 1 && letsEveryoneWrite(args[0].Text)
			}, rule.Problem{})
		},
	}
}

// letsEveryoneWrite reads a mode of chmod. A sticky directory is left alone.
func letsEveryoneWrite(mode string) bool {
	if isNumber(mode) {
		if len(mode) < 3 || len(mode) > 3 && (mode[len(mode)-4]-'0')&1 == 1 {
			return false
		}
		return (mode[len(mode)-1]-'0')&2 == 2
	}
	for part := range strings.SplitSeq(mode, ",") {
		at := strings.IndexAny(part, "+=")
		if at > 0 && strings.ContainsAny(part[:at], "oa") && strings.Contains(part[at:], "w") && !strings.Contains(part[at:], "t") {
			return true
		}
	}
	return false
}
