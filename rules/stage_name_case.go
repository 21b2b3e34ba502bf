package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func stageNameCase() rule.Rule {
	return rule.Rule{
		ID:    "stage-name-case",
		Title: "The name of a stage has upper case letters",
		Why: "BuildKit stores the names of stages in lower case. " +
			"A later FROM that writes the name as it stands here asks for an image, not for the stage. " +
			"Write the name in lower case wherever it is used.",
		Bad:      "FROM debian:12 AS Build\nRUN make\n",
		Good:     "FROM debian:12 AS build\nRUN make\n",
		Severity: finding.Info,
		Aliases:  []string{"StageNameCasing"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			for _, s := range d.Stages {
				lower := strings.ToLower(s.Name)
				if s.Name == lower {
					continue
				}
				d.Report(rule.Problem{
					Span:    nameSpan(s),
					Message: fmt.Sprintf("The name of the stage %s should be in lower case.", s.Name),
					Fix:     &rule.Fix{Title: "write the name in lower case", Edits: renameStage(d, s, lower)},
				})
			}
		},
	}
}

// renameStage writes another name at a stage and in every COPY --from of it.
func renameStage(d *rule.Dockerfile, s *dockerfile.Stage, name string) []rule.Edit {
	edits := []rule.Edit{replace(nameSpan(s), name)}
	each(d, func(i *dockerfile.Instruction) {
		f, ok := flagOf(i, "from")
		written := string(d.Source[f.ValueSpan.Start.Offset:f.ValueSpan.End.Offset])
		if ok && written == s.Name && stageReferred(d, i.Stage, f.Value) == s {
			edits = append(edits, replace(f.ValueSpan, name))
		}
	}, "COPY")
	return edits
}
