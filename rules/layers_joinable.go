package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// This is KICS' notion: instructions of one kind on two lines that follow one
// another, for ADD and COPY with one destination.
func layersJoinable() rule.Rule {
	return rule.Rule{
		ID:    "layers-joinable",
		Title: "Instructions of one kind on lines next to each other could be one",
		Why: "Each RUN, COPY and ADD makes a layer that is stored and fetched on its own. " +
			"One COPY can have several sources, and one RUN several commands. " +
			"Join them where they change together.",
		Bad:      "FROM debian:12\nCOPY a.conf /etc/app/\nCOPY b.conf /etc/app/\n",
		Good:     "FROM debian:12\nCOPY a.conf b.conf /etc/app/\n",
		Severity: finding.Info,
		Aliases:  []string{"multiple_run_add_copy_instructions_listed"},
		Off:      true,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			for _, group := range groups(d) {
				for _, name := range []string{"RUN", "COPY", "ADD"} {
					if i := joinable(group, name); i != nil {
						d.Report(rule.Problem{Span: i.Span, Message: fmt.Sprintf("This %s and the one below it could be one.", name)})
					}
				}
			}
		},
	}
}

// joinable is the first instruction of a name that the next line repeats.
func joinable(group []*dockerfile.Instruction, name string) *dockerfile.Instruction {
	var before *dockerfile.Instruction
	for _, i := range group {
		if i.Name != name {
			continue
		}
		if before != nil && i.Span.Start.Line == before.Span.Start.Line+1 && (name == "RUN" || destination(before) == destination(i)) {
			return before
		}
		before = i
	}
	return nil
}

func destination(i *dockerfile.Instruction) string {
	_, to, _ := copied(i)
	return to
}
