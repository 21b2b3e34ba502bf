package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func labelEmpty() rule.Rule {
	return rule.Rule{
		ID:    "label-empty",
		Title: "A label of the schema is empty",
		Why: "The label schema asks for this label, so something reads it. " +
			"An empty value passes for one that was looked up and is not there. " +
			"Give it a value.",
		Bad:      "FROM debian:12\nLABEL title=\"\"\n",
		Good:     "FROM debian:12\nLABEL title=\"Shop\"\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3051"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			labels(d, func(p dockerfile.Pair, _ bool) bool {
				if _, known := d.Settings.LabelSchema[p.Key]; known && p.Value == "" {
					d.Report(rule.Problem{Span: p.Span, Message: fmt.Sprintf("%s has no value.", p.Key)})
				}
				return false
			})
		},
	}
}
