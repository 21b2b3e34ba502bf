package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func userNotNumeric() rule.Rule {
	return rule.Rule{
		ID:    "user-not-numeric",
		Title: "USER has a name where Kubernetes needs a number",
		Why: "Kubernetes cannot look into the image to see which number a name stands for. " +
			"A pod with runAsNonRoot is then refused, although the user is not root. " +
			"Give the number of the user: USER 10001.",
		Bad:      "FROM debian:12\nRUN useradd --uid 10001 app\nUSER app\n",
		Good:     "FROM debian:12\nRUN useradd --uid 10001 app\nUSER 10001\n",
		Severity: finding.Info,
		Aliases:  []string{"DL3066"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			namedUsers(d, func(i *dockerfile.Instruction, name string, inForce bool) {
				if inForce && !isRoot(name) {
					d.Report(rule.Problem{Span: i.Span, Message: fmt.Sprintf("%s is a name; a number can be checked without the image.", name)})
				}
			})
		},
	}
}

// namedUsers calls f for every USER that is no number. One with a variable that
// has no value may become a number. inForce says that the final image has this
// USER; so has a fragment without FROM.
func namedUsers(d *rule.Dockerfile, f func(i *dockerfile.Instruction, name string, inForce bool)) {
	last := lastUser(d, finalStage(d))
	for _, i := range users(d.Instructions) {
		name := userName(d, i)
		if !isNumber(name) && !strings.Contains(name, "$") {
			f(i, name, i == last || len(d.Stages) == 0)
		}
	}
}
