package rules

import (
	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func copyChown() rule.Rule {
	return rule.Rule{
		ID:    "copy-chown",
		Title: "--chown gives copied files to another user than root",
		Why: "A program that owns its own files can change them, and so can whoever takes it over. " +
			"Files that are only read and run can stay root's, as COPY leaves them. " +
			"Use --chown for the directories that the program has to write.",
		Bad:      "FROM debian:12\nCOPY --chown=app:app bin /usr/local/bin\n",
		Good:     "FROM debian:12\nCOPY bin /usr/local/bin\n",
		Severity: finding.Info,
		Aliases:  []string{"chown_flag_exists"},
		Off:      true,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			each(d, func(i *dockerfile.Instruction) {
				if f, ok := flagOf(i, "chown"); ok {
					span := f.Span
					if span.Start.Line != i.Span.Start.Line {
						span.Start = i.Span.Start
					}
					d.Report(rule.Problem{Span: span})
				}
			}, "COPY", "ADD")
		},
	}
}
