package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func exposeRange() rule.Rule {
	return rule.Rule{
		ID:    "expose-range",
		Title: "An exposed port is none: ports go up to 65535",
		Why: "No such port exists, so it is a typing error and the one that was meant is not exposed. " +
			"BuildKit refuses to build the file. Write a number from 0 to 65535.",
		Bad:      "FROM debian:12\nEXPOSE 80800\n",
		Good:     "FROM debian:12\nEXPOSE 8080\n",
		Severity: finding.High,
		Aliases:  []string{"DL3011", "DS-0008", "unix_ports_out_of_range"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			ports(d, func(_ *dockerfile.Instruction, all []port) {
				for _, p := range all {
					if p.first > 65535 || p.last > 65535 {
						d.Report(rule.Problem{Span: p.word.Span, Message: fmt.Sprintf("%s is no port: they go up to 65535.", p.word.Text)})
						return // one for each instruction, as the other tools count
					}
				}
			})
		},
	}
}
