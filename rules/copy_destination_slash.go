package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func copyDestinationSlash() rule.Rule {
	return rule.Rule{
		ID:    "copy-destination-slash",
		Title: "Several files are copied to a path that does not end with a slash",
		Why: "Only a slash at its end says that the destination is a directory. " +
			"Without it a build fails, or a file gets the name that the directory should have had. " +
			"End the destination with a slash.",
		Bad:      "FROM debian:12\nCOPY a.conf b.conf /etc/app\n",
		Good:     "FROM debian:12\nCOPY a.conf b.conf /etc/app/\n",
		Severity: finding.Medium,
		Aliases:  []string{"DL3021", "DS-0011", "copy_with_more_than_two_arguments_not_ending_with_slash"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			each(d, func(i *dockerfile.Instruction) {
				from, to, ok := copied(i)
				if !ok || len(from) < 2 || strings.HasSuffix(to, "/") || strings.HasSuffix(to, `\`) || fromHistory(from) {
					return
				}
				dest := i.Args[len(i.Args)-1]
				p := rule.Problem{Span: dest.Span}
				if to != "" {
					p.Fix = &rule.Fix{
						Title:  "end the destination with a slash",
						Edits:  []rule.Edit{insert(closing(d, dest.Span), "/")},
						Unsafe: strings.HasSuffix(to, "}") || strings.Contains(lastElement(to), "$"),
					}
				}
				d.Report(p)
			}, "COPY")
		},
	}
}

// fromHistory tells whether a COPY is written as a history of layers has it:
// a digest, the word "in" and a path.
func fromHistory(from []string) bool {
	kind, _, ok := strings.Cut(from[0], ":")
	return ok && len(from) == 2 && from[1] == "in" && (kind == "file" || kind == "multi" || kind == "dir")
}

// closing is the end of what a word holds: before its closing quote, if any.
func closing(d *rule.Dockerfile, s dockerfile.Span) dockerfile.Pos {
	end := s.End
	if c := d.Source[end.Offset-1]; c == '"' || c == '\'' {
		end.Offset--
		end.Column--
	}
	return end
}
