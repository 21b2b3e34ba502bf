package shell

import (
	"cmp"
	"maps"
	"slices"

	"mvdan.cc/sh/v3/syntax"
)

// Splits are the expansions of a script whose result the shell splits at blanks
// and expands as patterns, because they stand outside quotes.
type Splits struct {
	Variables     []*syntax.ParamExp
	Substitutions []*syntax.CmdSubst
}

// maxSteps bounds the statements that are followed, repeated ones included.
const maxSteps = 200_000

// Splits follows the values of variables through the script and finds where one
// that may be empty or hold blanks is used without quotes, and every command
// substitution without quotes. A variable that holds one plain word there is no
// harm, nor are places where a shell does not split. known are variables that
// the environment sets to one word.
func (s *Script) Splits(known []string) Splits {
	if s.Tree == nil {
		return Splits{}
	}
	if s.splits == nil || !slices.Equal(s.splits.known, known) {
		s.splits = &splitsOf{known, s.findSplits(known)}
	}
	return s.splits.Splits
}

// splitsOf are the last result of Splits.
type splitsOf struct {
	known []string
	Splits
}

func (s *Script) findSplits(known []string) Splits {
	f := &splitter{
		strict: s.Shell == "sh", now: state{vars: map[string]value{}},
		known: map[string]bool{}, functions: map[string]*syntax.FuncDecl{}, called: map[string]bool{},
		variables: map[*syntax.ParamExp]bool{}, substitutions: map[*syntax.CmdSubst]bool{},
	}
	for _, name := range known {
		f.known[name] = true
	}
	f.stmts(s.Tree.Stmts)
	for _, name := range slices.Sorted(maps.Keys(f.functions)) {
		if !f.called[name] {
			f.now = state{vars: map[string]value{}}
			f.stmt(f.functions[name].Body)
		}
	}
	if f.steps > maxSteps {
		return Splits{}
	}
	return Splits{inOrder(f.variables), inOrder(f.substitutions)}
}

func inOrder[N interface {
	comparable
	syntax.Node
}](set map[N]bool) []N {
	var out []N
	for n := range set {
		out = append(out, n)
	}
	slices.SortFunc(out, func(a, b N) int { return cmp.Compare(a.Pos().Offset(), b.Pos().Offset()) })
	return out
}

// splitter runs through a script with the values that its variables may have.
type splitter struct {
	strict    bool // sh: export A=$b splits too
	now       state
	known     map[string]bool // the environment sets them to one word
	functions map[string]*syntax.FuncDecl
	called    map[string]bool
	depth     int // of function calls
	steps     int

	variables     map[*syntax.ParamExp]bool
	substitutions map[*syntax.CmdSubst]bool
}

func (f *splitter) stmts(list []*syntax.Stmt) {
	for _, st := range list {
		f.stmt(st)
	}
}

// apart runs a list whose assignments are lost.
func (f *splitter) apart(list []*syntax.Stmt) {
	before := f.clone()
	f.stmts(list)
	f.now = before
}

// clone copies the state and counts what that costs.
func (f *splitter) clone() state {
	f.steps += len(f.now.vars) / 16
	return f.now.clone()
}

func (f *splitter) stmt(st *syntax.Stmt) {
	if f.steps++; f.steps > maxSteps || st == nil {
		return
	}
	for _, r := range st.Redirs {
		f.redirect(r)
	}
	before := state{}
	if st.Background {
		before = f.clone()
	}
	f.command(st.Cmd)
	if st.Background {
		f.now = before
	}
}

func (f *splitter) command(cmd syntax.Command) {
	switch cmd := cmd.(type) {
	case *syntax.CallExpr:
		f.call(cmd)
	case *syntax.DeclClause:
		f.declare(cmd)
	case *syntax.BinaryCmd:
		f.binary(cmd)
	case *syntax.Subshell:
		f.apart(cmd.Stmts)
	case *syntax.Block:
		f.stmts(cmd.Stmts)
	case *syntax.IfClause:
		f.ifClause(cmd)
	case *syntax.WhileClause:
		f.loop(func() { f.stmts(cmd.Cond); f.stmts(cmd.Do) })
	case *syntax.ForClause:
		f.forClause(cmd)
	case *syntax.CaseClause:
		f.caseClause(cmd)
	case *syntax.TimeClause:
		f.stmt(cmd.Stmt)
	case *syntax.CoprocClause:
		f.stmt(cmd.Stmt)
	case *syntax.FuncDecl:
		if cmd.Name != nil {
			f.functions[cmd.Name.Value] = cmd
		}
	case nil:
	default:
		f.inside(cmd)
	}
}

func (f *splitter) binary(b *syntax.BinaryCmd) {
	if b.Op == syntax.Pipe || b.Op == syntax.PipeAll {
		f.apart([]*syntax.Stmt{b.X})
		f.apart([]*syntax.Stmt{b.Y})
		return
	}
	f.stmt(b.X)
	skipped := f.clone()
	f.stmt(b.Y)
	f.now = f.either(f.now, skipped)
}

func (f *splitter) ifClause(c *syntax.IfClause) {
	if !c.ThenPos.IsValid() { // a bare else
		f.stmts(c.Then)
		return
	}
	f.stmts(c.Cond)
	other := f.clone()
	f.stmts(c.Then)
	then := f.now
	f.now = other
	if c.Else != nil {
		f.ifClause(c.Else)
	}
	f.now = f.either(f.now, then)
}

// loop runs a body twice, so that it sees what it assigned itself.
func (f *splitter) loop(body func()) {
	for range 2 {
		before := f.clone()
		body()
		f.now = f.either(before, f.now)
	}
}

func (f *splitter) forClause(c *syntax.ForClause) {
	iter, ok := c.Loop.(*syntax.WordIter)
	if !ok {
		f.inside(c.Loop)
		f.loop(func() { f.stmts(c.Do) })
		return
	}
	v := empty
	for _, w := range iter.Items {
		f.word(w, false)
		v = v.either(f.itemValue(w))
	}
	f.loop(func() {
		f.now.vars[iter.Name.Value] = v
		f.stmts(c.Do)
	})
}

// itemValue is the value of what a for loop goes through: an expansion outside
// quotes may give anything.
func (f *splitter) itemValue(w *syntax.Word) value {
	for _, part := range w.Parts {
		if _, ok := part.(*syntax.ParamExp); ok {
			return unknown
		}
	}
	return f.wordValue(w)
}

func (f *splitter) caseClause(c *syntax.CaseClause) {
	f.word(c.Word, false)
	start := f.clone()
	end, all := state{dead: true}, false
	for _, item := range c.Items {
		f.now = start.clone()
		f.steps += len(start.vars) / 16
		for _, p := range item.Patterns {
			f.word(p, false)
			all = all || p.Lit() == "*"
		}
		f.stmts(item.Stmts)
		end = f.either(end, f.now)
	}
	if !all {
		end = f.either(end, start)
	}
	f.now = end
	if f.now.vars == nil {
		f.now.vars = map[string]value{}
	}
}

func (f *splitter) call(c *syntax.CallExpr) {
	for _, a := range c.Assigns {
		f.assigned(a, false)
	}
	if len(c.Args) == 0 {
		for _, a := range c.Assigns {
			f.assign(a)
		}
		return
	}
	name := program(c)
	for i, w := range c.Args {
		lone := i == 0 && len(w.Parts) == 1
		f.word(w, !lone && !(name == ":" && setsDefault(w)))
	}
	f.effects(name, c)
}

// setsDefault tells whether a word is ${name:=value}, whose result nobody uses.
func setsDefault(w *syntax.Word) bool {
	p, ok := w.Parts[0].(*syntax.ParamExp)
	return ok && p.Exp != nil && (p.Exp.Op == syntax.AssignUnset || p.Exp.Op == syntax.AssignUnsetOrNull)
}

// effects are what builtins and functions do to variables.
func (f *splitter) effects(name string, c *syntax.CallExpr) {
	switch name {
	case "exit", "return", "break", "continue":
		f.now.dead = true
	case "exec":
		f.now.dead = f.now.dead || len(c.Args) > 1
	case "read", "getopts", "mapfile", "readarray", "unset", "printf":
		for _, arg := range literals(c) {
			f.now.vars[arg] = unknown
		}
	}
	fn := f.functions[name]
	if fn == nil || f.depth >= 8 {
		return
	}
	f.called[name] = true
	f.depth++
	f.stmt(fn.Body)
	f.now.dead = false
	f.depth--
}

func (f *splitter) declare(d *syntax.DeclClause) {
	for _, a := range d.Args {
		if a.Name == nil {
			if a.Value != nil {
				f.word(a.Value, true)
			}
			continue
		}
		f.assigned(a, f.strict)
		switch {
		case !a.Naked:
			f.assign(a)
		case d.Variant.Value == "local":
			f.now.vars[a.Name.Value] = empty
		}
	}
}

// assigned looks at the value of an assignment.
func (f *splitter) assigned(a *syntax.Assign, splits bool) {
	if a.Value != nil {
		f.word(a.Value, splits)
	}
	if a.Array != nil {
		for _, e := range a.Array.Elems {
			if e.Value != nil {
				f.word(e.Value, false)
			}
		}
	}
}

func (f *splitter) assign(a *syntax.Assign) {
	if a.Name == nil {
		return
	}
	v := f.wordValue(a.Value)
	switch {
	case a.Array != nil || a.Index != nil:
		v = unknown
	case a.Append:
		v = v.joined(f.valueOf(f.now, a.Name.Value))
	}
	f.now.vars[a.Name.Value] = v
}

func (f *splitter) redirect(r *syntax.Redirect) {
	if r.Word != nil {
		f.word(r.Word, r.Hdoc == nil)
	}
	if r.Hdoc != nil {
		f.word(r.Hdoc, false)
	}
}
