package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func stageNameDuplicate() rule.Rule {
	return rule.Rule{
		ID:    "stage-name-duplicate",
		Title: "Two stages have the same name",
		Why: "COPY --from and FROM find a stage by its name, in which upper and lower case make no difference. " +
			"With two of one name the later hides the earlier, so that files come from another stage than a reader thinks. " +
			"Give each stage a name of its own.",
		Bad:      "FROM debian:12 AS build\nRUN make\nFROM alpine:3.22 AS build\nRUN make\n",
		Good:     "FROM debian:12 AS build\nRUN make\nFROM alpine:3.22 AS test\nRUN make\n",
		Severity: finding.High,
		Aliases:  []string{"DL3024", "DuplicateStageName", "DS-0012", "CKV_DOCKER_11", "same_alias_in_different_froms"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			first := map[string]*dockerfile.Stage{}
			for _, s := range d.Stages {
				if s.Name == "" {
					continue
				}
				name := strings.ToLower(s.Name)
				if earlier := first[name]; earlier != nil {
					d.Report(rule.Problem{
						Span:    nameSpan(s),
						Message: fmt.Sprintf("The stage of line %d is called %s too.", earlier.From.Span.Start.Line, s.Name),
					})
					continue
				}
				first[name] = s
			}
		},
	}
}

// nameSpan is where a FROM names its stage.
func nameSpan(s *dockerfile.Stage) dockerfile.Span {
	if args := s.From.Args; len(args) == 3 {
		return args[2].Span
	}
	return s.From.Span
}
