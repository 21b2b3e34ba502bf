package rules

import (
	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// Checkov reports every ADD, whatever it is for.
func addUsed() rule.Rule {
	return rule.Rule{
		ID:    "add-used",
		Title: "ADD is used",
		Why: "Some teams forbid ADD altogether, so that every download and every unpacking stands in a RUN where a review sees it. " +
			"This rule is for them: it also reports an ADD that COPY cannot replace. " +
			"Use COPY, and curl or tar in a RUN.",
		Bad:      "FROM debian:12\nADD files.tar.gz /files/\n",
		Good:     "FROM debian:12\nCOPY files.txt /files/\n",
		Severity: finding.Info,
		Aliases:  []string{"CKV_DOCKER_4", "CIS-DI-0009"},
		Off:      true,
		Since:    "2026.1",
		Image: func(im *rule.Image) {
			first := true
			each(im.History, func(i *dockerfile.Instruction) {
				if from, _, ok := copied(i); ok && owns(im, i) && needsAdd(from) {
					f := rule.Found{At: im.PlaceOf(i), Aliases: []string{"CKV_DOCKER_4"}}
					if !first {
						f.Aliases = append(f.Aliases, "CIS-DI-0009")
					}
					im.Report(f)
				}
				first = false
			}, "ADD")
		},
		Dockerfile: func(d *rule.Dockerfile) {
			each(d, func(i *dockerfile.Instruction) {
				if from, _, ok := copied(i); ok && needsAdd(from) {
					d.Report(rule.Problem{Span: i.NameSpan, Aliases: []string{"CKV_DOCKER_4"}})
				}
			}, "ADD")
		},
	}
}
