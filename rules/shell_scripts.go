package rules

import (
	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

// shellScripts visits the scripts that the build runs through a shell and that
// could be parsed whole. Commands of the running container are left out, as
// hadolint leaves them out.
func shellScripts(d *rule.Dockerfile, visit func(*rule.Script)) {
	shellRuns(d, func(s *rule.Script) {
		if s.Err == nil && s.Tree != nil {
			visit(s)
		}
	})
}

// shellRuns visits the scripts of every RUN, those in an ONBUILD too.
func shellRuns(d *rule.Dockerfile, visit func(*rule.Script)) {
	for _, i := range d.Instructions {
		if i.Name != "RUN" && i.Name != "ONBUILD" {
			continue
		}
		for _, s := range d.Scripts(i) {
			if !s.Exec && s.Instruction.Name == "RUN" {
				visit(s)
			}
		}
	}
}

// shellWalk visits the nodes of all those scripts.
func shellWalk(d *rule.Dockerfile, visit func(s *rule.Script, n *shell.Node)) {
	shellScripts(d, func(s *rule.Script) {
		nodes := s.Nodes()
		for i := range nodes {
			visit(s, &nodes[i])
		}
	})
}

// shellQuoteFix puts a node into double quotes.
func shellQuoteFix(s *rule.Script, n syntax.Node) *rule.Fix {
	if !s.Verbatim {
		return nil
	}
	at := s.Span(n)
	return &rule.Fix{
		Title:  "put it into double quotes",
		Unsafe: true,
		Edits: []rule.Edit{
			{Start: at.Start.Offset, End: at.Start.Offset, New: `"`},
			{Start: at.End.Offset, End: at.End.Offset, New: `"`},
		},
	}
}

// shellMaxDepth bounds how far up the surroundings of a node are looked at.
const shellMaxDepth = 500

// shellChecked tells whether a node's result is looked at: it, or something
// around it, is a condition or the left of && or ||.
func shellChecked(n *shell.Node) bool {
	for depth := 0; n.Parent != nil && depth < shellMaxDepth; n, depth = n.Parent, depth+1 {
		switch parent := n.Parent.Node.(type) {
		case *syntax.BinaryCmd:
			if (parent.Op == syntax.AndStmt || parent.Op == syntax.OrStmt) && parent.X == n.Node {
				return true
			}
		case *syntax.IfClause:
			if k := len(parent.Cond); k > 0 && parent.Cond[k-1] == n.Node {
				return true
			}
		case *syntax.WhileClause:
			if k := len(parent.Cond); k > 0 && parent.Cond[k-1] == n.Node {
				return true
			}
		}
	}
	return false
}
