package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// BuildKit reports the line on which the instruction ends, once.
func continuationEmpty() rule.Rule {
	return rule.Rule{
		ID:    "continuation-empty",
		Title: "There is an empty line within a continued instruction",
		Why: "An empty line looks like the end of an instruction, but the lines after it still belong to it. " +
			"Docker only takes it for the sake of old files and will refuse it. " +
			"Take the empty line out, or write a comment there.",
		Bad:      "FROM debian:12\nRUN echo one && \\\n\n    echo two\n",
		Good:     "FROM debian:12\nRUN echo one && \\\n    echo two\n",
		Severity: finding.Low,
		Aliases:  []string{"NoEmptyContinuation"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			for _, i := range d.Instructions {
				if len(i.Blank) == 0 {
					continue
				}
				fix := &rule.Fix{Title: "take the empty lines out"}
				for _, b := range i.Blank {
					if end := nextLine(d, b.End.Offset); end > b.End.Offset {
						fix.Edits = append(fix.Edits, rule.Edit{Start: b.Start.Offset, End: end})
					}
				}
				p := rule.Problem{
					Span:    lastLine(i),
					Message: fmt.Sprintf("Line %d, within this instruction, is empty.", i.Blank[0].Start.Line),
				}
				if len(fix.Edits) == len(i.Blank) {
					p.Fix = fix
				}
				d.Report(p)
			}
		},
	}
}

// lastLine is the last line of an instruction without its here-documents.
func lastLine(i *dockerfile.Instruction) dockerfile.Span {
	end := i.Span.End
	if len(i.Heredocs) > 0 {
		end = i.At(len(i.Text))
	}
	if last := i.Blank[len(i.Blank)-1]; last.Start.Line > end.Line {
		return last
	}
	start := end
	start.Offset -= end.Column - 1
	start.Column = 1
	return dockerfile.Span{Start: start, End: end}
}

// nextLine is the offset behind the end of the line that an offset is in.
func nextLine(d *rule.Dockerfile, offset int) int {
	for n := offset; n < len(d.Source); n++ {
		if d.Source[n] == '\n' {
			return n + 1
		}
	}
	return offset
}
