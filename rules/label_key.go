package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func labelKey() rule.Rule {
	return rule.Rule{
		ID:    "label-key",
		Title: "A label's key is not as Docker wants it",
		Why: "Keys begin with a lower case letter, end in one or a digit, and have single dots and dashes between; com.docker, io.docker and org.dockerproject are Docker's own. " +
			"Other keys work, but tools that sort and filter labels trip over them. " +
			"Use the domain that is yours, backwards: org.example.app.version.",
		Bad:      "FROM debian:12\nLABEL com.docker.version=\"1\" Build_Number=\"7\"\n",
		Good:     "FROM debian:12\nLABEL org.example.version=\"1\" org.example.build-number=\"7\"\n",
		Severity: finding.Info,
		Aliases:  []string{"DL3048"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			labels(d, func(p dockerfile.Pair, first bool) bool {
				why := badKey(p.Key)
				if why == "" {
					return false
				}
				problem := rule.Problem{Span: p.KeySpan, Message: fmt.Sprintf("The key %q %s.", p.Key, why)}
				if !first {
					problem.Aliases = []string{}
				}
				d.Report(problem)
				return true
			})
		},
	}
}

// badKey says what is wrong with a key; empty if nothing is.
func badKey(key string) string {
	switch {
	case key == "":
		return "is empty"
	case strings.HasPrefix(key, "com.docker."), strings.HasPrefix(key, "io.docker."), strings.HasPrefix(key, "org.dockerproject."):
		return "is in a name space of Docker's own"
	case key[0] < 'a' || key[0] > 'z':
		return "does not begin with a lower case letter"
	case !isLowerAlnum(key[len(key)-1]):
		return "does not end in a lower case letter or digit"
	case !only(key, func(c byte) bool { return isLowerAlnum(c) || c == '.' || c == '-' }):
		return "has other characters than lower case letters, digits, dots and dashes"
	case strings.Contains(key, ".."), strings.Contains(key, "--"):
		return "has two separators in a row"
	}
	return ""
}
