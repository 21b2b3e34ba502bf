package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/spelling"
)

func fromArgUndeclared() rule.Rule {
	return rule.Rule{
		ID:    "from-arg-undeclared",
		Title: "FROM uses a variable that no ARG declares before it",
		Why: "FROM sees only the ARGs that stand before the first FROM; any other variable is empty there. " +
			"The build then fails, or quietly takes another image. " +
			"Declare the variable with ARG at the top of the file.",
		Bad:      "FROM node:24${VARIANT}\nRUN node --version\n",
		Good:     "ARG VARIANT=-alpine\nFROM node:24${VARIANT}\nRUN node --version\n",
		Severity: finding.Medium,
		Aliases:  []string{"UndefinedArgInFrom"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			hints := 0
			for _, s := range d.Stages {
				scope := d.Scope(s.From)
				for _, word := range []string{s.Image, s.Platform} {
					_, unset, _ := scope.Expand(word)
					for _, name := range unset {
						if _, ok := scope.Lookup(name); ok {
							continue
						}
						hint := "."
						if hints++; hints <= maxLook {
							hint = meant(name, scope.Names())
						}
						d.Report(rule.Problem{
							Span:    variableSpan(s.From, name),
							Message: fmt.Sprintf("No ARG before the first FROM declares %s%s", name, hint),
						})
					}
				}
			}
		},
	}
}

// variableSpan is the first use of a variable in an instruction.
func variableSpan(i *dockerfile.Instruction, name string) dockerfile.Span {
	for _, v := range i.Variables() {
		if v.Name == name {
			return v.Span
		}
	}
	return i.Span
}

// meant asks after a known name that differs from a word by one or two letters;
// there may be none. It ends a sentence.
func meant(word string, known []string) string {
	best := spelling.Nearest(word, known, 2)
	if best == "" {
		return "."
	}
	return "; did you mean " + best + "?"
}
