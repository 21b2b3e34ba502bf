package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// maxNestedText bounds the text, in bytes, that scripts in words cost in all.
const maxNestedText = 8 << 20

// collector flattens a tree into commands.
type collector struct {
	script *Script
	// source and shell are those of the script at hand: of a script in a word
	// while that is read.
	source   string
	shell    string
	errexit  bool
	pipefail bool
	inWord   bool
	// noSubst leaves out substitutions, which the word around has shown already.
	noSubst bool
	spent   int // bytes of scripts in words
}

// place says where a statement stands.
type place struct {
	depth   int
	pipe    *syntax.BinaryCmd
	last    bool
	joined  string
	wrapper []string
}

// inside is a place in a list of its own.
func (p place) inside(deeper int) place {
	return place{depth: p.depth + deeper, pipe: p.pipe, last: p.last}
}

func (c *collector) stmts(list []*syntax.Stmt, p place) {
	if p.depth > maxDepth {
		return
	}
	for i, st := range list {
		if i > 0 {
			p.joined = ";"
			if list[i-1].Background {
				p.joined = "&"
			}
		}
		c.stmt(st, p)
		p.wrapper = nil
	}
}

// subshell reads a list whose options do not outlive it.
func (c *collector) subshell(list []*syntax.Stmt, p place) {
	e, f := c.errexit, c.pipefail
	c.stmts(list, p)
	c.errexit, c.pipefail = e, f
}

func (c *collector) stmt(st *syntax.Stmt, p place) {
	if st == nil {
		return
	}
	switch cmd := st.Cmd.(type) {
	case *syntax.CallExpr:
		c.call(st, cmd, p)
	case *syntax.DeclClause:
		c.decl(st, cmd, p)
	case *syntax.BinaryCmd:
		c.binary(cmd, p)
	case *syntax.Subshell:
		c.subshell(cmd.Stmts, p.inside(1))
	case *syntax.Block:
		c.stmts(cmd.Stmts, p.inside(0))
	case *syntax.TimeClause:
		p.wrapper = append(p.wrapper, "time")
		c.stmt(cmd.Stmt, p)
	case *syntax.CoprocClause:
		c.stmt(cmd.Stmt, p)
	case *syntax.FuncDecl:
		c.stmt(cmd.Body, place{depth: p.depth})
	case nil:
	default:
		c.compound(cmd, p)
	}
	for _, r := range st.Redirs {
		c.substitutions(r, p)
	}
}

func (c *collector) binary(b *syntax.BinaryCmd, p place) {
	left, right := p, p
	right.joined, right.wrapper = b.Op.String(), nil
	if b.Op == syntax.Pipe || b.Op == syntax.PipeAll {
		if p.pipe == nil {
			left.pipe, right.pipe, right.last = b, b, true
		}
		left.last = false
	}
	c.stmt(b.X, left)
	c.stmt(b.Y, right)
}

func (c *collector) compound(cmd syntax.Command, p place) {
	in := p.inside(0)
	switch cmd := cmd.(type) {
	case *syntax.IfClause:
		for i := cmd; i != nil; i = i.Else {
			c.stmts(i.Cond, in)
			c.stmts(i.Then, in)
		}
	case *syntax.WhileClause:
		c.stmts(cmd.Cond, in)
		c.stmts(cmd.Do, in)
	case *syntax.ForClause:
		c.substitutions(cmd.Loop, p)
		c.stmts(cmd.Do, in)
	case *syntax.CaseClause:
		c.substitutions(cmd.Word, p)
		for _, item := range cmd.Items {
			c.stmts(item.Stmts, in)
		}
	default:
		c.substitutions(cmd, p)
	}
}

// substitutions reads the scripts in $( ), backquotes and <( ) of a node.
func (c *collector) substitutions(n syntax.Node, p place) {
	if c.noSubst {
		return
	}
	in := place{depth: p.depth + 1}
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CmdSubst:
			c.subshell(n.Stmts, in)
			return false
		case *syntax.ProcSubst:
			c.subshell(n.Stmts, in)
			return false
		}
		return true
	})
}

func (c *collector) add(cmd *Command, p place) {
	cmd.Pipe, cmd.Last, cmd.Joined, cmd.Depth = p.pipe, p.last, p.joined, p.depth
	cmd.Errexit, cmd.Pipefail, cmd.Nested = c.errexit, c.pipefail, c.inWord
	c.script.Commands = append(c.script.Commands, cmd)
}

func (c *collector) text() string {
	if c.inWord {
		return c.source
	}
	return c.script.Text
}

func (c *collector) call(st *syntax.Stmt, call *syntax.CallExpr, p place) {
	cmd := &Command{Call: call, Stmt: st, pos: call.Pos(), end: call.End()}
	for _, a := range call.Assigns {
		cmd.Assigns = append(cmd.Assigns, newAssign(a, c.text()))
	}
	words := make([]Word, len(call.Args))
	for i, w := range call.Args {
		words[i] = newWord(w, c.text())
	}
	names, rest, assigns := peel(words)
	cmd.Wrapper = append(p.wrapper[:len(p.wrapper):len(p.wrapper)], names...)
	cmd.Words, cmd.Assigns = rest, append(cmd.Assigns, assigns...)
	if len(rest) > 0 && rest[0].Literal {
		cmd.Name = rest[0].Text[strings.LastIndexByte(rest[0].Text, '/')+1:]
	}
	c.add(cmd, p)
	c.substitutions(call, p)
	if cmd.Name == "set" {
		c.set(cmd)
	}
	c.nested(cmd, p)
}

// decl reads export, declare, local, readonly and typeset.
func (c *collector) decl(st *syntax.Stmt, d *syntax.DeclClause, p place) {
	cmd := &Command{Name: d.Variant.Value, Stmt: st, Wrapper: p.wrapper, pos: d.Pos(), end: d.End()}
	cmd.Words = []Word{{Text: d.Variant.Value, Literal: true, pos: d.Variant.Pos(), end: d.Variant.End()}}
	for _, a := range d.Args {
		w := Word{Literal: true, pos: a.Pos(), end: a.End()}
		switch {
		case a.Name == nil && a.Value != nil:
			w = newWord(a.Value, c.text())
		case a.Naked:
			w.Text = a.Name.Value
		default:
			assign := newAssign(a, c.text())
			w.Text, w.Literal = assign.Name+"="+assign.Value, assign.Literal
			cmd.Assigns = append(cmd.Assigns, assign)
		}
		cmd.Words = append(cmd.Words, w)
	}
	c.add(cmd, p)
	c.substitutions(d, p)
}

// set follows set -e, set +e, set -o pipefail and their like.
func (c *collector) set(cmd *Command) {
	for i := 1; i < len(cmd.Words); i++ {
		flag := cmd.Words[i].Text
		if len(flag) < 2 || flag == "--" || flag[0] != '-' && flag[0] != '+' {
			return
		}
		on := flag[0] == '-'
		if strings.Contains(flag, "e") {
			c.errexit = on
		}
		if strings.HasSuffix(flag, "o") && i+1 < len(cmd.Words) {
			i++
			switch cmd.Words[i].Text {
			case "errexit":
				c.errexit = on
			case "pipefail":
				c.pipefail = on
			}
		}
	}
}
