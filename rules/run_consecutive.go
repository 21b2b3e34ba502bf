package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// As in hadolint a RUN of several commands is taken for one that is apart on
// purpose, and one with other flags cannot be joined.
func runConsecutive() rule.Rule {
	return rule.Rule{
		ID:    "run-consecutive",
		Title: "Several RUNs of one command follow one another",
		Why: "Each RUN makes a layer, and what a later one deletes stays in the layer of the earlier one. " +
			"Join commands that belong together in one RUN with && or a here-document.",
		Bad:      "FROM debian:12\nRUN ./fetch\nRUN ./unpack\n",
		Good:     "FROM debian:12\nRUN ./fetch && ./unpack\n",
		Severity: finding.Info,
		Aliases:  []string{"DL3059"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			var before *dockerfile.Instruction // a RUN of one command right before
			for _, i := range d.Instructions {
				if i.Name != "RUN" || commandCount(d, i) > 1 {
					before = nil
					continue
				}
				if before != nil && flagText(before) == flagText(i) {
					d.Report(rule.Problem{Span: i.Span})
				}
				before = i
			}
		},
	}
}

func commandCount(d *rule.Dockerfile, i *dockerfile.Instruction) int {
	n := 0
	for _, s := range d.Scripts(i) {
		n += len(s.Commands)
	}
	return n
}

// flagText are the flags of an instruction as one word.
func flagText(i *dockerfile.Instruction) string {
	var b strings.Builder
	for _, f := range i.Flags {
		b.WriteString(f.Name + "=" + f.Value + " ")
	}
	return b.String()
}
