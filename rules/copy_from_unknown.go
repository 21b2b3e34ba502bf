package rules

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func copyFromUnknown() rule.Rule {
	return rule.Rule{
		ID:    "copy-from-unknown",
		Title: "COPY --from names no earlier stage",
		Why: "Where no stage before this one has the name, Docker looks for an image of that name in a registry. " +
			"A typing error then pulls an image of somebody else, or fails in the middle of the build. " +
			"Name a stage that stands above, or write the tag where an image is meant.",
		Bad:      "FROM debian:12\nCOPY --from=biuld /app /app\n",
		Good:     "FROM golang:1.26 AS build\nRUN make\nFROM debian:12\nCOPY --from=build /app /app\n",
		Severity: finding.Medium,
		Aliases:  []string{"DL3022"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			each(d, func(i *dockerfile.Instruction) {
				f, ok := flagOf(i, "from")
				if !ok || strings.ContainsAny(f.Value, ":$@") || knownBefore(d, i.Stage, f.Value) {
					return
				}
				d.Report(rule.Problem{Span: f.Span, Message: fmt.Sprintf("No stage before this one is called %s, so that an image of that name is pulled.", f.Value)})
			}, "COPY")
		},
	}
}

// knownBefore tells whether a name or index is that of a stage before s, or its
// own name, which another rule is for.
func knownBefore(d *rule.Dockerfile, s *dockerfile.Stage, from string) bool {
	if s == nil {
		return false
	}
	if n, err := strconv.Atoi(from); err == nil {
		return n >= 0 && n < s.Index
	}
	return strings.EqualFold(s.Name, from) || stageNamed(d, from, s.Index) != nil
}
