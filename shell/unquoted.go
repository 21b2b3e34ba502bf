package shell

import "mvdan.cc/sh/v3/syntax"

// word looks at the expansions of a word; splits says whether the shell splits
// it.
func (f *splitter) word(w *syntax.Word, splits bool) {
	for _, part := range w.Parts {
		switch p := part.(type) {
		case *syntax.ParamExp:
			if splits && f.harmful(p) {
				f.variables[p] = true
			}
			f.inside(p)
		case *syntax.CmdSubst:
			if splits && !wantsSplitting(p) {
				f.substitutions[p] = true
			}
			f.apart(p.Stmts)
		default:
			f.inside(p)
		}
	}
}

// harmful tells whether an expansion outside quotes may come apart.
func (f *splitter) harmful(p *syntax.ParamExp) bool {
	if p.Param == nil && p.NestedParam == nil {
		return false
	}
	if p.Param != nil && p.Param.Value == "@" {
		return false // "$@" is a matter of its own
	}
	if w, ok := p.Index.(*syntax.Word); ok && w.Lit() == "@" {
		return false
	}
	if p.Exp != nil && (p.Exp.Op == syntax.AlternateUnset || p.Exp.Op == syntax.AlternateUnsetOrNull) {
		return false // what is put in instead is written there
	}
	return f.variable(p) != single
}

// wantsSplitting is true for commands whose output is one word a line by design.
func wantsSplitting(c *syntax.CmdSubst) bool {
	if len(c.Stmts) != 1 {
		return false
	}
	call, ok := c.Stmts[0].Cmd.(*syntax.CallExpr)
	if !ok {
		return false
	}
	name := program(call)
	return name == "seq" || name == "pgrep"
}

// inside follows the scripts and the arithmetic in a node that is not split.
func (f *splitter) inside(n syntax.Node) {
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CmdSubst:
			f.apart(n.Stmts)
			return false
		case *syntax.ProcSubst:
			f.apart(n.Stmts)
			return false
		case *syntax.BinaryArithm:
			if name := assignedBy(n); name != "" {
				f.now.vars[name] = single
			}
		case *syntax.UnaryArithm:
			if w, ok := n.X.(*syntax.Word); ok && isName(w.Lit()) && (n.Op == syntax.Inc || n.Op == syntax.Dec) {
				f.now.vars[w.Lit()] = single
			}
		}
		return true
	})
}

// assignedBy is the name that an arithmetic assignment sets.
func assignedBy(b *syntax.BinaryArithm) string {
	switch b.Op {
	case syntax.Assgn, syntax.AddAssgn, syntax.SubAssgn, syntax.MulAssgn, syntax.QuoAssgn, syntax.RemAssgn,
		syntax.AndAssgn, syntax.OrAssgn, syntax.XorAssgn, syntax.ShlAssgn, syntax.ShrAssgn:
		if w, ok := b.X.(*syntax.Word); ok && isName(w.Lit()) {
			return w.Lit()
		}
	}
	return ""
}
