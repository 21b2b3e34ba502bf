package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func copyFromIndex() rule.Rule {
	return rule.Rule{
		ID:    "copy-from-index",
		Title: "COPY --from counts stages and does not name one",
		Why: "A number means another stage as soon as a stage is put in before it, and nothing complains. " +
			"Name the stage with AS and use its name.",
		Bad:      "FROM golang:1.26\nRUN make\nFROM debian:12\nCOPY --from=0 /app /app\n",
		Good:     "FROM golang:1.26 AS build\nRUN make\nFROM debian:12\nCOPY --from=build /app /app\n",
		Severity: finding.Info,
		Aliases:  []string{"using_unnamed_build_stages"},
		Off:      true,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			each(d, func(i *dockerfile.Instruction) {
				f, ok := flagOf(i, "from")
				if !ok || f.Value == "" || !only(f.Value, isDigit) {
					return
				}
				p := rule.Problem{Span: f.Span, Message: fmt.Sprintf("The stage %s is counted and not named.", f.Value)}
				if s := stageReferred(d, i.Stage, f.Value); s != nil && s.Name != "" {
					p.Fix = &rule.Fix{Title: "name the stage", Edits: []rule.Edit{replace(f.ValueSpan, s.Name)}}
				}
				d.Report(p)
			}, "COPY")
		},
	}
}
