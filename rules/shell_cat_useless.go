package rules

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func shellCatUseless() rule.Rule {
	return rule.Rule{
		ID:    "shell-cat-useless",
		Title: "cat of one file into a pipe",
		Why: "The program behind the pipe can read the file itself: program < file, or program file. " +
			"That saves a process, and a missing file is then an error that is noticed.",
		Bad:      "FROM debian:12\nRUN cat /etc/passwd | grep root\n",
		Good:     "FROM debian:12\nRUN grep root /etc/passwd\n",
		Severity: finding.Info,
		Aliases:  []string{"SC2002"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellScripts(d, func(s *rule.Script) {
				for _, c := range s.Commands {
					if c.Nested || c.Name != "cat" || len(c.Wrapper) > 0 || c.Pipe == nil || c.Last || c.Joined == "|" || c.Joined == "|&" ||
						len(c.Words) != 2 || len(c.Stmt.Redirs) > 0 {
						continue
					}
					w := c.Words[1]
					if !strings.HasPrefix(w.Text, "-") && !w.Glob && (w.Literal || w.Quoted && shellWholeQuoted(w.Node)) {
						d.Report(rule.Problem{Span: s.Span(w)})
					}
				}
			})
		},
	}
}

// shellWholeQuoted tells whether all that is expanded in a word is quoted.
func shellWholeQuoted(w *syntax.Word) bool {
	for _, p := range w.Parts {
		switch p.(type) {
		case *syntax.ParamExp, *syntax.CmdSubst:
			return false
		}
	}
	return true
}
