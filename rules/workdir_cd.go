package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

// KICS reports only a RUN that begins with cd to a path that is relative or
// goes up, Trivy only a cd at the beginning or right behind "&&".
func workdirCd() rule.Rule {
	return rule.Rule{
		ID:    "workdir-cd",
		Title: "RUN changes the directory with cd",
		Why: "The effect of cd ends with its RUN, which surprises whoever adds another instruction below. " +
			"WORKDIR makes the directory if there is none and holds for all that follows. " +
			"Use it where more than one command works in a directory.",
		Bad:      "FROM debian:12\nRUN cd /src && make\n",
		Good:     "FROM debian:12\nWORKDIR /src\nRUN make\n",
		Severity: finding.Info,
		Aliases:  []string{"DL3003", "DS-0013", "run_command_cd_instead_of_workdir"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			each(d, func(i *dockerfile.Instruction) {
				for _, s := range d.Scripts(i) {
					for n, c := range s.Commands {
						if c.Name != "cd" {
							continue
						}
						aliases := []string{"DL3003"}
						if leads(i.Text) {
							aliases = append(aliases, "DS-0013")
						}
						if n == 0 && goesAstray(c) {
							aliases = append(aliases, "run_command_cd_instead_of_workdir")
						}
						d.Report(rule.Problem{Span: s.Span(c), Aliases: aliases})
						return
					}
				}
			}, "RUN")
		},
	}
}

// leads tells whether cd is the first word of a script or of what stands behind
// an "&&".
func leads(script string) bool {
	for part := range strings.SplitSeq(script, "&&") {
		if strings.HasPrefix(strings.TrimLeft(part, " \t"), "cd ") {
			return true
		}
	}
	return false
}

// goesAstray tells whether a cd goes up or to a relative path.
func goesAstray(c *shell.Command) bool {
	args := c.Args()
	return len(args) > 0 && (!strings.HasPrefix(args[0].Text, "/") || strings.Contains(args[0].Text, ".."))
}
