package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func fromAsCase() rule.Rule {
	return rule.Rule{
		ID:    "from-as-case",
		Title: "FROM and AS are not written in the same case",
		Why: "Both words belong to one instruction, and a reader who looks for AS misses the one in lower case. " +
			"Write both in upper case, or both in lower case where the whole file is.",
		Bad:      "FROM debian:12 as build\nRUN make\n",
		Good:     "FROM debian:12 AS build\nRUN make\n",
		Severity: finding.Info,
		Aliases:  []string{"FromAsCasing"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			for _, s := range d.Stages {
				args := s.From.Args
				if len(args) < 3 || !strings.EqualFold(args[1].Text, "as") {
					continue
				}
				from := written(d, s.From.NameSpan)
				want := "AS"
				switch from {
				case "FROM":
				case "from":
					want = "as"
				default:
					continue
				}
				if args[1].Text != want {
					d.Report(rule.Problem{
						Span:    args[1].Span,
						Message: fmt.Sprintf("%s stands beside %s; write both in the same case.", args[1].Text, from),
						Fix:     &rule.Fix{Title: "write " + want, Edits: []rule.Edit{replace(args[1].Span, want)}},
					})
				}
			}
		},
	}
}
