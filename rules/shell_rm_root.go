package rules

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

func shellRmRoot() rule.Rule {
	return rule.Rule{
		ID:    "shell-rm-root",
		Title: "rm -r removes a system directory where a variable is empty",
		Why: "Should the variable be unset or empty, what is left of the path is / or a directory that the system needs. " +
			"Write ${name:?}, which stops the script then.",
		Bad:      "FROM debian:12\nRUN rm -rf \"$PREFIX/\"*\n",
		Good:     "FROM debian:12\nRUN rm -rf \"${PREFIX:?}/\"*\n",
		Severity: finding.Medium,
		Aliases:  []string{"SC2115"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			shellWalk(d, func(s *rule.Script, n *shell.Node) {
				call, ok := n.Node.(*syntax.CallExpr)
				if !ok || len(call.Args) == 0 || lastElement(call.Args[0].Lit()) != "rm" || !shellRecursive(call) {
					return
				}
				for _, w := range call.Args[1:] {
					if shellLeavesSystem(w) {
						d.Report(rule.Problem{Span: s.Span(w)})
					}
				}
			})
		},
	}
}

// shellRecursive tells whether an rm goes into directories.
func shellRecursive(call *syntax.CallExpr) bool {
	for _, w := range call.Args[1:] {
		flag := w.Lit()
		if flag == "--recursive" || strings.HasPrefix(flag, "-") && !strings.HasPrefix(flag, "--") && strings.ContainsAny(flag, "rR") {
			return true
		}
	}
	return false
}

// shellLeavesSystem tells whether a path is one of the system's when all that is
// expanded in it is empty.
func shellLeavesSystem(w *syntax.Word) bool {
	left, expands := shellEmptied(w.Parts)
	if !expands || left == "" {
		return false
	}
	for strings.Contains(left, "//") {
		left = strings.ReplaceAll(left, "//", "/")
	}
	left = strings.TrimSuffix(left, "*")
	if left != "/" {
		left = strings.TrimSuffix(left, "/")
	}
	switch left {
	case "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/media", "/mnt", "/usr", "/usr/bin", "/usr/local", "/usr/share", "/var":
		return true
	}
	return false
}

// shellEmptied is what is left of a word when its variables and substitutions
// are empty, and whether it has any that may be.
func shellEmptied(parts []syntax.WordPart) (left string, expands bool) {
	for _, part := range parts {
		switch p := part.(type) {
		case *syntax.Lit:
			left += p.Value
		case *syntax.SglQuoted:
			left += p.Value
		case *syntax.CmdSubst:
			expands = true
		case *syntax.ParamExp:
			if p.Exp != nil && strings.ContainsAny(p.Exp.Op.String(), "?-=+") || p.Length {
				left += "x"
			} else {
				expands = true
			}
		case *syntax.DblQuoted:
			inner, more := shellEmptied(p.Parts)
			left, expands = left+inner, expands || more
		default:
			left += "x"
		}
	}
	return left, expands
}
