package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func instructionCase() rule.Rule {
	return rule.Rule{
		ID:    "instruction-case",
		Title: "The instructions are not all in upper case or all in lower case",
		Why: "The case of an instruction makes no difference to Docker, but a reader takes one that looks different for a part of the line above. " +
			"Write all of them in one case; upper case is the custom.",
		Bad:      "FROM debian:12\nRUN echo one\nrun echo two\n",
		Good:     "FROM debian:12\nRUN echo one\nRUN echo two\n",
		Severity: finding.Info,
		Aliases:  []string{"ConsistentInstructionCasing"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			lower, upper := 0, 0
			var all []*dockerfile.Instruction
			for _, s := range d.Stages {
				all = append(all, s.Instructions...)
			}
			for _, i := range all {
				switch name := written(d, i.NameSpan); name {
				case strings.ToLower(name):
					lower++
				case strings.ToUpper(name):
					upper++
				}
			}
			convert, word := strings.ToUpper, "upper"
			if lower > upper {
				convert, word = strings.ToLower, "lower"
			}
			for _, i := range all {
				name := written(d, i.NameSpan)
				if want := convert(name); name != want {
					d.Report(rule.Problem{
						Span:    i.NameSpan,
						Message: fmt.Sprintf("Write %s in %s case, as most instructions of this file.", name, word),
						Fix:     &rule.Fix{Title: "write " + want, Edits: []rule.Edit{replace(i.NameSpan, want)}},
					})
				}
			}
		},
	}
}
