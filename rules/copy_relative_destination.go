package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func copyRelativeDestination() rule.Rule {
	return rule.Rule{
		ID:    "copy-relative-destination",
		Title: "COPY has a relative destination, and no WORKDIR says where that is",
		Why: "A relative destination counts from the working directory. " +
			"Without a WORKDIR in this Dockerfile that is whatever the base image has, and another version of it may have another. " +
			"Set WORKDIR first, or write the whole path.",
		Bad:      "FROM debian:12\nCOPY app.conf conf/\n",
		Good:     "FROM debian:12\nWORKDIR /app\nCOPY app.conf conf/\n",
		Severity: finding.Medium,
		Aliases:  []string{"DL3045"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			set := map[*dockerfile.Stage]bool{} // nil is for a file without FROM
			for _, i := range d.Instructions {
				switch i.Name {
				case "FROM":
					set[i.Stage] = set[parentStage(d, i.Stage)] && parentStage(d, i.Stage) != nil
				case "WORKDIR":
					set[i.Stage] = true
				case "COPY":
					_, to, ok := copied(i)
					if ok && !isAbsolute(to) && !set[i.Stage] {
						d.Report(rule.Problem{
							Span:    i.Args[len(i.Args)-1].Span,
							Message: fmt.Sprintf("Where %s is depends on the base image, as no WORKDIR is set.", to),
						})
					}
				}
			}
		},
	}
}
