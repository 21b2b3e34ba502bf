package rules

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func shellQuoteNested() rule.Rule {
	return rule.Rule{
		ID:    "shell-quote-nested",
		Title: "a word falls out of its single quotes",
		Why: "A single quote inside single quotes ends them: the word behind it stands outside, without quotes. " +
			"Put such a text into double quotes, or write '\\'' for the quote.",
		Bad:      "FROM debian:12\nRUN echo 'greeting = 'hello'' > /etc/app.conf\n",
		Good:     "FROM debian:12\nRUN echo \"greeting = 'hello'\" > /etc/app.conf\n",
		Severity: finding.Medium,
		Aliases:  []string{"SC2026"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellWalk(d, func(s *rule.Script, n *shell.Node) {
				w, ok := n.Node.(*syntax.Word)
				if !ok {
					return
				}
				for i := 0; i+1 < len(w.Parts); i++ {
					quoted, ok := w.Parts[i].(*syntax.SglQuoted)
					lit, isLit := w.Parts[i+1].(*syntax.Lit)
					if ok && isLit && !quoted.Dollar && strings.Trim(lit.Value, shellAlphanumerics) == "" {
						d.Report(rule.Problem{Span: s.Span(lit)})
					}
				}
			})
		},
	}
}

const shellAlphanumerics = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
