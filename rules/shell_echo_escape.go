package rules

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

// shellEchoEscape is quiet under dash and ash, whose echo is known to expand
// escapes, and with echo -e.
func shellEchoEscape() rule.Rule {
	return rule.Rule{
		ID:    "shell-echo-escape",
		Title: "echo may print a backslash escape as it is",
		Why: "Whether echo turns \\n and \\t into a line end and a tab depends on the shell: dash does, bash does not. " +
			"The file that a build writes thus depends on the base image. Use printf, which is the same everywhere.",
		Bad:      "FROM debian:12\nRUN echo \"[app]\\nport = 80\" > /etc/app.conf\n",
		Good:     "FROM debian:12\nRUN printf '[app]\\nport = 80\\n' > /etc/app.conf\n",
		Severity: finding.Low,
		Aliases:  []string{"SC2028"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellWalk(d, func(s *rule.Script, n *shell.Node) {
				call, ok := n.Node.(*syntax.CallExpr)
				if !ok || len(call.Args) < 2 || s.Shell == "dash" || s.Shell == "ash" || lastElement(call.Args[0].Lit()) != "echo" {
					return
				}
				for _, w := range call.Args[1:] {
					if flag := w.Lit(); strings.HasPrefix(flag, "-") && strings.Contains(flag, "e") {
						return
					}
				}
				for _, w := range call.Args[1:] {
					if shellHasEscape(shellLiteral(w.Parts, false)) {
						d.Report(rule.Problem{Span: s.Span(w)})
					}
				}
			})
		},
	}
}

// shellLiteral is the fixed text of a word, with quotes resolved.
func shellLiteral(parts []syntax.WordPart, quoted bool) string {
	var b strings.Builder
	for _, part := range parts {
		switch p := part.(type) {
		case *syntax.SglQuoted:
			b.WriteString(p.Value)
		case *syntax.DblQuoted:
			b.WriteString(shellLiteral(p.Parts, true))
		case *syntax.Lit:
			for i := 0; i < len(p.Value); i++ {
				if p.Value[i] == '\\' && i+1 < len(p.Value) && (!quoted || strings.IndexByte("\\\"$`", p.Value[i+1]) >= 0) {
					i++
				}
				b.WriteByte(p.Value[i])
			}
		}
	}
	return b.String()
}

// shellHasEscape finds an escape that some echo would expand.
func shellHasEscape(s string) bool {
	for i := 0; i+1 < len(s); i++ {
		if s[i] == '\\' && strings.IndexByte("abefnrtvx01234567", s[i+1]) >= 0 {
			return true
		}
	}
	return false
}
