package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func copyFromSelf() rule.Rule {
	return rule.Rule{
		ID:    "copy-from-self",
		Title: "COPY --from names the stage it stands in",
		Why: "A stage cannot be copied from before it is finished, so the build fails or takes an image of that name from a registry. " +
			"Name another stage, or use RUN cp within one.",
		Bad:      "FROM debian:12 AS build\nCOPY --from=build /app /bin/app\n",
		Good:     "FROM debian:12 AS build\nRUN make\nFROM debian:12\nCOPY --from=build /app /bin/app\n",
		Severity: finding.High,
		Aliases:  []string{"DL3023", "DS-0006", "copy_from_references_current_from_alias"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			each(d, func(i *dockerfile.Instruction) {
				f, ok := flagOf(i, "from")
				if ok && i.Stage != nil && i.Stage.Name != "" && strings.EqualFold(f.Value, i.Stage.Name) {
					d.Report(rule.Problem{Span: f.Span, Message: fmt.Sprintf("The stage %s cannot be copied from within itself.", f.Value)})
				}
			}, "COPY")
		},
	}
}
