package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// The check of BuildKit is an experiment that a file must ask for with
// "# check=experimental=InvalidDefinitionDescription". Only then the alias is
// given, and an empty line does not part the two, unlike in its documentation.
func descriptionFormat() rule.Rule {
	return rule.Rule{
		ID:    "description-format",
		Title: "The comment above a stage or ARG does not start with its name",
		Why: "The list that docker build --call=outline gives shows the comment right above an ARG or a named stage as its description, if it starts with the name. " +
			"A comment without the name is lost to whoever asks for that list. " +
			"Start it with the name, or put an empty line between the two.",
		Bad:      "FROM debian:12\n# which release\nARG RELEASE=1\n",
		Good:     "FROM debian:12\n# RELEASE is the release to install\nARG RELEASE=1\n",
		Severity: finding.Info,
		Aliases:  []string{"InvalidDefinitionDescription"},
		Off:      true,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			asked := experimental(d, "InvalidDefinitionDescription")
			aliases := []string{}
			if asked {
				aliases = nil
			}
			before, next := 0, 0 // end of the instruction before, and the next comment
			for _, i := range d.Instructions {
				comment := ""
				for next < len(d.Comments) && d.Comments[next].Span.Start.Offset < i.Span.Start.Offset {
					c := d.Comments[next]
					next++
					if c.Span.Start.Offset < before || !asked && c.Span.Start.Line != i.Span.Start.Line-1 {
						continue
					}
					comment = c.Text
				}
				before = i.Span.End.Offset
				names := described(i)
				first, _, _ := strings.Cut(comment, " ")
				if len(names) == 0 || comment == "" || has(names, first) {
					continue
				}
				d.Report(rule.Problem{
					Span:    i.Span,
					Message: fmt.Sprintf("The comment above does not start with %s and describes nothing.", names[0]),
					Aliases: aliases,
				})
			}
		},
	}
}

// described are the names that a comment above an instruction may describe.
func described(i *dockerfile.Instruction) []string {
	var names []string
	switch {
	case i.Name == "ARG":
		for _, p := range i.Pairs() {
			names = append(names, p.Key)
		}
	case i.Name == "FROM" && i.Stage != nil && i.Stage.Name != "":
		names = append(names, strings.ToLower(i.Stage.Name))
	}
	return names
}

// experimental tells whether the file asks for an experimental check of
// BuildKit.
func experimental(d *rule.Dockerfile, check string) bool {
	for _, directive := range d.Directives {
		if directive.Name != "check" {
			continue
		}
		for option := range strings.SplitSeq(directive.Value, ";") {
			list, ok := strings.CutPrefix(strings.TrimSpace(option), "experimental=")
			for name := range strings.SplitSeq(list, ",") {
				if name = strings.TrimSpace(name); ok && (name == "all" || name == check) {
					return true
				}
			}
		}
	}
	return false
}
