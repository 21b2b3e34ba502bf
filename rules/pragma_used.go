package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func pragmaUsed() rule.Rule {
	return rule.Rule{
		ID:    "pragma-used",
		Title: "A comment switches rules off",
		Why: "Where a policy holds for all, whoever writes a Dockerfile should not be able to leave it by a comment. " +
			"This rule shows such comments to those who review. " +
			"Put the exception into the configuration, where it has an owner.",
		Bad:      "FROM debian:12\n# plimsoll ignore=workdir-cd\nRUN cd /src && make\n",
		Good:     "FROM debian:12\n# make needs a writable tree\nRUN make\n",
		Severity: finding.Info,
		Aliases:  []string{"DL1001"},
		Off:      true,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			for _, c := range d.Comments {
				tool, rest, _ := strings.Cut(c.Text, " ")
				key, _, ok := strings.Cut(rest, "=")
				words := strings.Fields(key)
				if !ok || len(words) == 0 || words[len(words)-1] != "ignore" {
					continue
				}
				switch {
				case tool == "hadolint" && len(words) == 1:
					d.Report(rule.Problem{Span: c.Span})
				case tool == "hadolint" || tool == "plimsoll":
					d.Report(rule.Problem{Span: c.Span, Aliases: []string{}})
				}
			}
		},
	}
}
