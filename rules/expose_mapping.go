package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func exposeMapping() rule.Rule {
	return rule.Rule{
		ID:    "expose-mapping",
		Title: "EXPOSE has an address or a port of the host",
		Why: "An image cannot choose where its ports are published; that is for docker run -p. " +
			"What stands before the port of the container is thrown away, and later versions will refuse it. " +
			"Write the port of the container only.",
		Bad:      "FROM debian:12\nEXPOSE 127.0.0.1:80:8080\n",
		Good:     "FROM debian:12\nEXPOSE 8080\n",
		Severity: finding.Low,
		Aliases:  []string{"ExposeInvalidFormat"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			needed := dispatched(d)
			ports(d, func(i *dockerfile.Instruction, all []port) {
				for _, p := range all {
					if p.host == "" && p.address == "" {
						continue
					}
					d.Report(rule.Problem{
						Span:    p.word.Span,
						Message: fmt.Sprintf("%s says more than a port of the container, and that is thrown away.", p.word.Text),
						Aliases: ifBuilt(needed, i, "ExposeInvalidFormat"),
					})
				}
			})
		},
	}
}
