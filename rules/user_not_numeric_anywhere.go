package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func userNotNumericAnywhere() rule.Rule {
	return rule.Rule{
		ID:    "user-not-numeric-anywhere",
		Title: "USER has a name though the final image does not run as it",
		Why: "A USER that another one follows, or that is in a build stage, is looked up in the image while it is built, which works. " +
			"It matters only to those who want numbers everywhere. " +
			"The rule user-not-numeric looks at the USER that the image runs as.",
		Bad:      "FROM debian:12\nUSER app\nRUN make\nUSER 10001\n",
		Good:     "FROM debian:12\nUSER 10001\nRUN make\n",
		Severity: finding.Info,
		Aliases:  []string{"DL3066"},
		Off:      true,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			namedUsers(d, func(i *dockerfile.Instruction, name string, inForce bool) {
				if !inForce || isRoot(name) {
					d.Report(rule.Problem{Span: i.Span, Message: fmt.Sprintf("%s is a name, not a number.", name)})
				}
			})
		},
	}
}
