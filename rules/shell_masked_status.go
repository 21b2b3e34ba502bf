package rules

import (
	"fmt"

	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func shellMaskedStatus() rule.Rule {
	return rule.Rule{
		ID:    "shell-masked-status",
		Title: "export or local hides that a command failed",
		Why: "The status of export NAME=$(command) is that of export, which always succeeds: neither && nor set -e notices a failure of the command. " +
			"Assign first, export then.",
		Bad:      "FROM debian:12\nRUN export REV=\"$(git rev-parse HEAD)\" && make\n",
		Good:     "FROM debian:12\nRUN REV=\"$(git rev-parse HEAD)\" && export REV && make\n",
		Severity: finding.Medium,
		Aliases:  []string{"SC2155"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellWalk(d, func(s *rule.Script, n *shell.Node) {
				decl, ok := n.Node.(*syntax.DeclClause)
				if !ok || decl.Variant.Value == "local" && shellReadOnly(decl) {
					return
				}
				for _, a := range decl.Args {
					if a.Name != nil && a.Value != nil && shellSubstitutes(a.Value.Parts) {
						d.Report(rule.Problem{
							Span:    s.Span(a.Name),
							Message: fmt.Sprintf("%s %s=… hides whether the command in it failed", decl.Variant.Value, a.Name.Value),
						})
					}
				}
			})
		},
	}
}

func shellReadOnly(decl *syntax.DeclClause) bool {
	for _, a := range decl.Args {
		if a.Name == nil && a.Value != nil && a.Value.Lit() == "-r" {
			return true
		}
	}
	return false
}

// shellSubstitutes tells whether a command substitution is among the parts of a
// word.
func shellSubstitutes(parts []syntax.WordPart) bool {
	for _, p := range parts {
		switch p := p.(type) {
		case *syntax.CmdSubst:
			return true
		case *syntax.DblQuoted:
			if shellSubstitutes(p.Parts) {
				return true
			}
		}
	}
	return false
}
