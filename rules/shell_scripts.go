package rules

import (
	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
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
func shellWalk(d *rule.Dockerfile, visit func(s *rule.Script, n syntax.Node, up []syntax.Node)) {
	shellScripts(d, func(s *rule.Script) {
		s.Walk(func(n syntax.Node, up []syntax.Node) bool {
			visit(s, n, up)
			return true
		})
	})
}

// shellVariables are the names that are set where an instruction runs: ARG, ENV
// and the proxies that a build passes on.
func shellVariables(d *rule.Dockerfile, i *dockerfile.Instruction) []string {
	names := d.Scope(i).Names()
	if i.Stage == nil {
		for _, k := range d.Instructions {
			if k.Span.Start.Offset >= i.Span.Start.Offset {
				break
			}
			if k.Name == "ENV" || k.Name == "ARG" {
				for _, p := range k.Pairs() {
					names = append(names, p.Key)
				}
			}
		}
	}
	return append(names, "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY", "ftp_proxy",
		"NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy")
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

// shellChecked tells whether a node's result is looked at: it, or something
// around it, is a condition or the left of && or ||.
func shellChecked(n syntax.Node, up []syntax.Node) bool {
	for i := len(up) - 1; i >= 0; i-- {
		switch parent := up[i].(type) {
		case *syntax.BinaryCmd:
			if (parent.Op == syntax.AndStmt || parent.Op == syntax.OrStmt) && parent.X == n {
				return true
			}
		case *syntax.IfClause:
			if k := len(parent.Cond); k > 0 && parent.Cond[k-1] == n {
				return true
			}
		case *syntax.WhileClause:
			if k := len(parent.Cond); k > 0 && parent.Cond[k-1] == n {
				return true
			}
		}
		n = up[i]
	}
	return false
}
