package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func instructionOrder() rule.Rule {
	return rule.Rule{
		ID:    "instruction-order",
		Title: "An instruction stands before the first FROM",
		Why: "Before the first FROM there is no image that an instruction could change; only ARG may stand there. " +
			"Docker refuses the file. Move the instruction below FROM.",
		Bad:      "LABEL team=blue\nFROM debian:12\n",
		Good:     "FROM debian:12\nLABEL team=blue\n",
		Severity: finding.High,
		Aliases:  []string{"DL3061"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			for _, i := range d.Instructions {
				switch i.Name {
				case "FROM":
					return
				case "ARG":
				default:
					d.Report(rule.Problem{Span: i.NameSpan, Message: fmt.Sprintf("%s stands before the first FROM, where only ARG may.", i.Name)})
					return // one says it all
				}
			}
		},
	}
}
