package rules

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func shellBackslashLost() rule.Rule {
	return rule.Rule{
		ID:    "shell-backslash-lost",
		Title: "a backslash outside quotes is dropped",
		Why: "Outside quotes the shell drops a backslash and keeps the letter behind it: \\d becomes d and \\n becomes n. " +
			"Put the word into single quotes.",
		Bad:      "FROM debian:12\nRUN grep \\d+ /etc/passwd\n",
		Good:     "FROM debian:12\nRUN grep '\\d+' /etc/passwd\n",
		Severity: finding.Low,
		Aliases:  []string{"SC1001", "SC1012"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellWalk(d, func(s *rule.Script, n *shell.Node) {
				lit, ok := n.Node.(*syntax.Lit)
				if !ok || !strings.Contains(lit.Value, `\`) || !shellUnquoted(n) {
					return
				}
				from := int(lit.Pos().Offset())
				raw := s.Text[from:min(int(lit.End().Offset()), len(s.Text))]
				for k := 0; k+1 < len(raw); k++ {
					if raw[k] != '\\' {
						continue
					}
					if k == 0 && shellNamesCommand(n) {
						k++
						continue
					}
					k++
					code := "SC1001"
					switch c := raw[k]; {
					case c == 'n' || c == 't' || c == 'r':
						code = "SC1012"
					case strings.IndexByte(shellAlphanumerics+"_-%@", c) < 0:
						continue
					}
					d.Report(rule.Problem{Span: s.Place(from+k-1, from+k+1), Aliases: []string{code}})
				}
			})
		},
	}
}

// shellUnquoted tells whether a literal stands outside quotes in a word whose
// backslashes the shell takes away.
func shellUnquoted(n *shell.Node) bool {
	if n.Parent == nil || n.Parent.Parent == nil {
		return false
	}
	word, ok := n.Parent.Node.(*syntax.Word)
	if !ok {
		return false
	}
	switch parent := n.Parent.Parent.Node.(type) {
	case *syntax.CallExpr, *syntax.Assign, *syntax.WordIter, *syntax.CaseItem:
		return true
	case *syntax.Redirect:
		return parent.Word == word && parent.Hdoc == nil
	}
	return false
}

// shellNamesCommand tells whether a literal begins the name of a command, where a
// backslash keeps an alias away.
func shellNamesCommand(n *shell.Node) bool {
	call, ok := n.Parent.Parent.Node.(*syntax.CallExpr)
	return ok && len(call.Args) > 0 && call.Args[0] == n.Parent.Node && call.Args[0].Parts[0] == n.Node
}
