package rules

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func shellLoopOnce() rule.Rule {
	return rule.Rule{
		ID:    "shell-loop-once",
		Title: "loop over a single word",
		Why: "A for loop over one fixed word runs once. " +
			"A pattern or a list was most likely meant, or the quotes around a list are too many.",
		Bad:      "FROM debian:12\nRUN for f in \"a b\"; do touch \"$f\"; done\n",
		Good:     "FROM debian:12\nRUN for f in a b; do touch \"$f\"; done\n",
		Severity: finding.Low,
		Aliases:  []string{"SC2043", "SC2041", "SC2042", "SC2066"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellWalk(d, func(s *rule.Script, n *shell.Node) {
				loop, ok := n.Node.(*syntax.WordIter)
				if !ok || len(loop.Items) != 1 {
					return
				}
				if code := shellSingle(loop.Items[0]); code != "" {
					d.Report(rule.Problem{Span: s.Span(loop.Items[0]), Aliases: []string{code}})
				}
			})
		},
	}
}

// shellSingle is ShellCheck's code for a word that can only be one; empty if it
// may be several.
func shellSingle(w *syntax.Word) string {
	if quoted, ok := w.Parts[0].(*syntax.DblQuoted); ok && len(w.Parts) == 1 {
		return shellSingleQuoted(quoted)
	}
	if _, ok := w.Parts[0].(*syntax.SglQuoted); ok && len(w.Parts) == 1 {
		return "SC2041"
	}
	lit := w.Lit()
	switch {
	case lit == "" || shellGlobs(w) || strings.ContainsAny(lit, "{}"):
		return ""
	case strings.Contains(lit, ","):
		return "SC2042"
	}
	return "SC2043"
}

func shellSingleQuoted(q *syntax.DblQuoted) string {
	for _, p := range q.Parts {
		switch p := p.(type) {
		case *syntax.Lit:
		case *syntax.ParamExp:
			if p.Param == nil || p.Param.Value == "@" || p.Index != nil {
				return ""
			}
			return "SC2066"
		default:
			return "SC2066"
		}
	}
	return "SC2043"
}
