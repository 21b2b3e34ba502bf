package rules

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func shellFindPattern() rule.Rule {
	return rule.Rule{
		ID:    "shell-find-pattern",
		Title: "pattern of find outside quotes",
		Why: "The shell expands the pattern before find sees it where files in the working directory match, and find then looks for those only or stops with an error. " +
			"Put it into quotes.",
		Bad:      "FROM debian:12\nRUN find / -name *.pyc -delete\n",
		Good:     "FROM debian:12\nRUN find / -name '*.pyc' -delete\n",
		Severity: finding.Medium,
		Aliases:  []string{"SC2061"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellWalk(d, func(s *rule.Script, n *shell.Node) {
				call, ok := n.Node.(*syntax.CallExpr)
				if !ok || len(call.Args) == 0 || lastElement(call.Args[0].Lit()) != "find" {
					return
				}
				for k := 2; k < len(call.Args); k++ {
					switch call.Args[k-1].Lit() {
					case "-name", "-iname", "-lname", "-ilname", "-path", "-ipath", "-wholename", "-iwholename", "-regex", "-iregex":
						if shellGlobs(call.Args[k]) {
							d.Report(rule.Problem{Span: s.Span(call.Args[k]), Fix: shellGlobFix(s, call.Args[k])})
						}
					}
				}
			})
		},
	}
}

// shellGlobFix puts a word without any quotes into single quotes.
func shellGlobFix(s *rule.Script, w *syntax.Word) *rule.Fix {
	if text := w.Lit(); !s.Verbatim || text == "" || strings.Contains(text, `\`) {
		return nil
	}
	at := s.Span(w)
	return &rule.Fix{Title: "put the pattern into quotes", Edits: []rule.Edit{
		{Start: at.Start.Offset, End: at.Start.Offset, New: "'"}, {Start: at.End.Offset, End: at.End.Offset, New: "'"}}}
}

// shellGlobs tells whether the shell expands a word as a pattern of file names.
func shellGlobs(w *syntax.Word) bool {
	for _, p := range w.Parts {
		lit, ok := p.(*syntax.Lit)
		if !ok {
			continue
		}
		for i := 0; i < len(lit.Value); i++ {
			switch lit.Value[i] {
			case '\\':
				i++
			case '*', '?':
				return true
			case '[':
				if strings.IndexByte(lit.Value[i:], ']') > 0 {
					return true
				}
			}
		}
	}
	return false
}
