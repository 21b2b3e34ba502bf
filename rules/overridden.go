package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
)

// overridden reports each instruction of a name that a later one of its stage
// makes void. The tools differ only in where they put it: hadolint at the later
// one, the others at the earlier. KICS looks at the last stage only.
func overridden(d *rule.Dockerfile, name string, aliases []string) {
	needed := dispatched(d)
	for _, group := range groups(d) {
		var last *dockerfile.Instruction
		for _, i := range group {
			if i.Name != name {
				continue
			}
			if last != nil {
				d.Report(rule.Problem{
					Span:    last.Span,
					Message: fmt.Sprintf("This %s has no effect: that of line %d takes its place.", name, i.Span.Start.Line),
					Aliases: overriddenAliases(d, last, needed, aliases),
				})
			}
			last = i
		}
	}
}

func overriddenAliases(d *rule.Dockerfile, i *dockerfile.Instruction, needed map[*dockerfile.Stage]bool, aliases []string) []string {
	if i.Stage != nil && !needed[i.Stage] {
		aliases = without(aliases, "MultipleInstructionsDisallowed")
	}
	if i.Stage == finalStage(d) {
		return aliases
	}
	var kept []string
	for _, a := range aliases {
		if !strings.HasPrefix(a, "multiple_") {
			kept = append(kept, a)
		}
	}
	return kept
}
