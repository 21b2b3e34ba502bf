package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func labelSuperfluous() rule.Rule {
	return rule.Rule{
		ID:    "label-superfluous",
		Title: "A label is not in the schema",
		Why: "The configuration asks for the labels of its schema and no others (strict-labels). " +
			"A label beside it is mostly one that is misspelt. " +
			"Correct it, take it away, or add it to the schema.",
		Bad:      "FROM debian:12\nLABEL titel=\"Shop\"\n",
		Good:     "FROM debian:12\nLABEL title=\"Shop\"\n",
		Severity: finding.Info,
		Aliases:  []string{"DL3050"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			if !d.Settings.StrictLabels {
				return
			}
			labels(d, func(p dockerfile.Pair, first bool) bool {
				if _, known := d.Settings.LabelSchema[p.Key]; known {
					return false
				}
				problem := rule.Problem{Span: p.KeySpan, Message: fmt.Sprintf("The schema has no %s.", p.Key)}
				if !first {
					problem.Aliases = []string{}
				}
				d.Report(problem)
				return true
			})
		},
	}
}
