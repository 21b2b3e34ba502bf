package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func fromPlatformRedundant() rule.Rule {
	return rule.Rule{
		ID:    "from-platform-redundant",
		Title: "The flag --platform=$TARGETPLATFORM says what is so anyway",
		Why: "A base image is taken for the platform that is built for, so that this flag changes nothing. " +
			"It makes readers look for a reason that does not exist. Leave it out.",
		Bad:      "FROM --platform=$TARGETPLATFORM debian:12\nRUN echo hello\n",
		Good:     "FROM debian:12\nRUN echo hello\n",
		Severity: finding.Info,
		Aliases:  []string{"DL3065", "RedundantTargetPlatform"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			for _, s := range d.Stages {
				f, ok := flagOf(s.From, "platform")
				if !ok || f.Value != "$TARGETPLATFORM" && f.Value != "${TARGETPLATFORM}" {
					continue
				}
				end := f.Span.End.Offset
				for end < len(d.Source) && (d.Source[end] == ' ' || d.Source[end] == '\t') {
					end++
				}
				d.Report(rule.Problem{Span: f.Span, Fix: &rule.Fix{
					Title: "leave out --platform",
					Edits: []rule.Edit{{Start: f.Span.Start.Offset, End: end}},
				}})
			}
		},
	}
}
