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
			var uses map[*dockerfile.Stage][]*dockerfile.Instruction
			for _, s := range d.Stages {
				lower := strings.ToLower(s.Name)
				if s.Name == lower {
					continue
				}
				if uses == nil {
					uses = copiesFrom(d)
				}
				d.Report(rule.Problem{
					Span:    nameSpan(s),
					Message: fmt.Sprintf("The name of the stage %s should be in lower case.", s.Name),
					Fix:     &rule.Fix{Title: "write the name in lower case", Edits: renameStage(d, s, uses[s])},
				})
			}
		},
	}
}

// copiesFrom are the COPY instructions by the stage that they name, as it is
// written there.
func copiesFrom(d *rule.Dockerfile) map[*dockerfile.Stage][]*dockerfile.Instruction {
	uses := map[*dockerfile.Stage][]*dockerfile.Instruction{}
	each(d, func(i *dockerfile.Instruction) {
		f, ok := flagOf(i, "from")
		if !ok || written(d, f.ValueSpan) != f.Value {
			return
		}
		if s := stageReferred(d, i.Stage, f.Value); s != nil && s.Name == f.Value {
			uses[s] = append(uses[s], i)
		}
	}, "COPY")
	return uses
}

// renameStage writes the name of a stage in lower case, and in the COPY
// instructions that name it.
func renameStage(d *rule.Dockerfile, s *dockerfile.Stage, uses []*dockerfile.Instruction) []rule.Edit {
	name := strings.ToLower(s.Name)
	edits := []rule.Edit{replace(nameSpan(s), name)}
	for _, i := range uses {
		f, _ := flagOf(i, "from")
		edits = append(edits, replace(f.ValueSpan, name))
	}
	return edits
}
