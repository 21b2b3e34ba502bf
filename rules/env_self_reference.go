package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// As in hadolint a variable that an earlier instruction sets may be used, since
// its old value may be what is meant.
func envSelfReference() rule.Rule {
	return rule.Rule{
		ID:    "env-self-reference",
		Title: "ENV uses a variable that the same ENV sets",
		Why: "All values of an ENV are worked out before any of its variables is set. " +
			"A variable of the same ENV is therefore still empty, or has its old value. " +
			"Set it in an ENV of its own before.",
		Bad:      "FROM debian:12\nENV ROOT=/app DATA=$ROOT/data\n",
		Good:     "FROM debian:12\nENV ROOT=/app\nENV DATA=$ROOT/data\n",
		Severity: finding.Medium,
		Aliases:  []string{"DL3044"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			for _, group := range groups(d) {
				set := map[string]bool{}
				for _, i := range group {
					if i.Name != "ENV" && i.Name != "ARG" {
						continue
					}
					pairs := i.Pairs()
					if name := usedWithin(d, pairs); i.Name == "ENV" && name != "" && !set[name] {
						d.Report(rule.Problem{
							Span:    variableSpan(i, name),
							Message: fmt.Sprintf("%s is set by this same ENV and does not have its new value here.", name),
						})
					}
					for _, p := range pairs {
						set[p.Key] = true
					}
				}
			}
		},
	}
}

// usedWithin is a variable that one pair sets and the value of another uses.
func usedWithin(d *rule.Dockerfile, pairs []dockerfile.Pair) string {
	if len(pairs) < 2 {
		return ""
	}
	setBy := map[string][]int{}
	for n, p := range pairs {
		setBy[p.Key] = append(setBy[p.Key], n)
	}
	for n, p := range pairs {
		for _, v := range dockerfile.Variables(p.Raw, d.Escape) {
			for _, other := range setBy[v.Name] {
				if other != n {
					return v.Name
				}
			}
		}
	}
	return ""
}
