package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func maintainerDeprecated() rule.Rule {
	return rule.Rule{
		ID:    "maintainer-deprecated",
		Title: "MAINTAINER is used",
		Why: "MAINTAINER is deprecated since 2017 and sets a field that few tools read. " +
			"The label org.opencontainers.image.authors says the same in a way that can be searched for.",
		Bad:      "FROM debian:12\nMAINTAINER team@example.com\n",
		Good:     "FROM debian:12\nLABEL org.opencontainers.image.authors=\"team@example.com\"\n",
		Severity: finding.Low,
		Aliases:  []string{"DL4000", "MaintainerDeprecated", "DS-0022", "CKV_DOCKER_6", "maintainer_instruction_being_used"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			each(d, func(i *dockerfile.Instruction) {
				d.Report(rule.Problem{Span: i.Span, Fix: labelFix(d, i)})
			}, "MAINTAINER")
		},
	}
}

// labelFix makes a label of a MAINTAINER, which knows neither quotes nor escapes.
func labelFix(d *rule.Dockerfile, i *dockerfile.Instruction) *rule.Fix {
	text := strings.TrimSpace(i.Text)
	if text == "" || strings.ContainsAny(text, "$\\`") || i.Span.Start.Line != i.Span.End.Line {
		return nil
	}
	text = strings.ReplaceAll(unquote(text), `"`, string(d.Escape)+`"`)
	word := "LABEL"
	if written(d, i.NameSpan) == "maintainer" {
		word = "label"
	}
	return &rule.Fix{
		Title: "write a label",
		Edits: []rule.Edit{replace(i.Span, word+` org.opencontainers.image.authors="`+text+`"`)},
	}
}
