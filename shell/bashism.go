package shell

import (
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Bashism is something that bash knows and the shell at hand does not have to.
type Bashism struct {
	Code     string // shellcheck's number for it, "SC3010"
	What     string // as the subject of "… is not in POSIX sh": "[[ ]]"
	From, To int    // offsets in Script.Text
}

// Bashisms finds what a plain POSIX shell (sh), dash or busybox's ash need not
// understand. There is none where bash or its like runs the script.
func (s *Script) Bashisms() []Bashism {
	if !s.IsPOSIX() {
		return nil
	}
	f := &bashisms{script: s, set: s.assigned()}
	for i := range s.Nodes() {
		f.node(&s.nodes[i])
	}
	slices.SortStableFunc(f.out, func(a, b Bashism) int { return a.From - b.From })
	return f.out
}

type bashisms struct {
	script *Script
	set    map[string]bool // variables that the script sets
	out    []Bashism
}

// add reports a node, or a part of it, unless the shell at hand is known to
// understand it.
func (f *bashisms) add(code string, n syntax.Node, what string) {
	f.at(code, int(n.Pos().Offset()), int(n.End().Offset()), what)
}

func (f *bashisms) at(code string, from, to int, what string) {
	if f.script.Shell == "ash" && inBusybox(code) || len(f.out) >= 1000 {
		return
	}
	f.out = append(f.out, Bashism{code, what, from, to})
}

// inBusybox tells what busybox's ash has of bash with its usual configuration.
func inBusybox(code string) bool {
	switch code {
	case "SC3003", "SC3010", "SC3014", "SC3020", "SC3036", "SC3039", "SC3046", "SC3048", "SC3051", "SC3057", "SC3060", "SC2112", "SC2113":
		return true
	}
	return false
}

func (f *bashisms) node(at *Node) {
	switch n := at.Node.(type) {
	case *syntax.ProcSubst:
		f.add("SC3001", n, "process substitution")
	case *syntax.ExtGlob:
		f.add("SC3002", n, "an extended pattern such as @(a|b)")
	case *syntax.SglQuoted, *syntax.DblQuoted:
		f.quoted(n)
	case *syntax.ForClause:
		f.forClause(n)
	case *syntax.ArithmCmd:
		f.add("SC3006", n, "((…)) as a command")
	case *syntax.ArithmExp:
		if n.Bracket {
			f.add("SC3007", n, "$[…]")
		}
	case *syntax.TestClause:
		f.add("SC3010", n, "[[ ]]")
	case *syntax.UnaryArithm:
		if n.Op == syntax.Inc || n.Op == syntax.Dec {
			f.add("SC3018", n, n.Op.String())
		}
	case *syntax.BinaryArithm:
		if n.Op == syntax.Pow {
			f.at("SC3019", int(n.OpPos.Offset()), int(n.OpPos.Offset())+2, "**")
		}
	case *syntax.Redirect:
		f.redirect(n)
	case *syntax.Assign:
		f.assign(n)
	case *syntax.BinaryCmd:
		if n.Op == syntax.PipeAll {
			f.at("SC3029", int(n.OpPos.Offset()), int(n.OpPos.Offset())+2, "|&")
		}
	case *syntax.CoprocClause:
		f.add("SC3032", n, "coproc")
	case *syntax.FuncDecl:
		f.function(n)
	case *syntax.LetClause:
		f.add("SC3039", n, "let")
	case *syntax.ParamExp:
		f.expansion(n)
	case *syntax.CmdSubst:
		f.substitution(n)
	case *syntax.DeclClause:
		f.declare(n)
	case *syntax.CallExpr:
		f.call(n)
	case *syntax.CaseItem:
		for _, p := range n.Patterns {
			f.pattern(p)
		}
	case *syntax.WordIter:
		for _, w := range n.Items {
			f.braces(w)
			f.pattern(w)
		}
	case *syntax.Word:
		f.arithmWord(n, at.Parent)
	}
}

func (f *bashisms) quoted(n syntax.Node) {
	if q, ok := n.(*syntax.SglQuoted); ok && q.Dollar {
		f.add("SC3003", n, "$'…'")
	}
	if q, ok := n.(*syntax.DblQuoted); ok && q.Dollar {
		f.add("SC3004", n, `$"…"`)
	}
}

func (f *bashisms) forClause(n *syntax.ForClause) {
	if _, ok := n.Loop.(*syntax.CStyleLoop); ok {
		f.add("SC3005", n, "for ((…))")
	}
	if n.Select {
		f.add("SC3008", n, "select")
	}
}

func (f *bashisms) redirect(n *syntax.Redirect) {
	switch n.Op {
	case syntax.WordHdoc:
		f.at("SC3011", int(n.OpPos.Offset()), int(n.OpPos.Offset())+3, "a here-string (<<<)")
	case syntax.RdrAll, syntax.AppAll:
		f.add("SC3020", n, n.Op.String())
	case syntax.DplOut:
		if w := literal(n.Word); w != "" && w != "-" && strings.Trim(w, "0123456789-") != "" && n.N == nil {
			f.add("SC3021", n, ">& with a file name")
		}
	}
	if n.N != nil {
		if strings.HasPrefix(n.N.Value, "{") {
			f.add("SC3022", n, "a named file descriptor")
		} else if fd, err := strconv.Atoi(n.N.Value); err == nil && fd > 9 {
			f.add("SC3023", n, "a file descriptor above 9")
		}
	}
	if w := literal(n.Word); strings.HasPrefix(w, "/dev/tcp/") || strings.HasPrefix(w, "/dev/udp/") {
		f.add("SC3025", n, "/dev/tcp and /dev/udp")
	}
}

func (f *bashisms) assign(n *syntax.Assign) {
	if n.Append {
		f.add("SC3024", n, "+=")
	}
	if n.Array != nil {
		f.add("SC3030", n.Array, "an array")
	}
}

func (f *bashisms) function(n *syntax.FuncDecl) {
	switch {
	case n.RsrvWord && n.Parens:
		f.add("SC2112", n, "the word function")
	case n.RsrvWord:
		f.add("SC2113", n, "the word function")
	case n.Name != nil && !isName(n.Name.Value):
		f.add("SC3033", n, "a function name with other characters than letters, digits and _")
	}
}

// substitution finds $(<file).
func (f *bashisms) substitution(n *syntax.CmdSubst) {
	if len(n.Stmts) != 1 || n.Stmts[0].Cmd != nil || len(n.Stmts[0].Redirs) != 1 || n.Stmts[0].Redirs[0].Op != syntax.RdrIn {
		return
	}
	if n.Backquotes {
		f.add("SC3035", n, "`<file`")
	} else {
		f.add("SC3034", n, "$(<file)")
	}
}

func (f *bashisms) expansion(n *syntax.ParamExp) {
	if n.Param == nil || n.Length {
		return
	}
	name := n.Param.Value
	positional := name == "@" || name == "*"
	switch {
	case n.Names != 0:
		f.add("SC3056", n, "${!prefix*}")
	case n.Excl:
		f.add("SC3053", n, "${!name}")
	case n.Index != nil:
		f.add("SC3054", n, "an array")
	case n.Slice != nil:
		f.add("SC3057", n, "${name:offset}")
	case n.Repl != nil:
		f.add("SC3060", n, "${name/old/new}")
	case n.Exp != nil:
		switch n.Exp.Op {
		case syntax.UpperFirst, syntax.UpperAll, syntax.LowerFirst, syntax.LowerAll:
			f.add("SC3059", n, "a change of case such as ${name^^}")
		case syntax.RemSmallPrefix, syntax.RemLargePrefix, syntax.RemSmallSuffix, syntax.RemLargeSuffix:
			if positional {
				f.add("SC3058", n, "% or # on $@ or $*")
			}
		}
	}
	switch name {
	case "RANDOM", "UID", "EUID", "HOSTNAME", "OSTYPE", "SECONDS", "DIRSTACK", "SHELLOPTS", "MACHTYPE", "HOSTTYPE", "GROUPS",
		"PIPESTATUS", "BASH_SOURCE", "FUNCNAME", "SHLVL", "BASHPID", "_":
		if !f.set[name] {
			f.add("SC3028", n, "$"+name)
		}
	}
}

// arithmWord finds numbers with a base, 16#ff.
func (f *bashisms) arithmWord(w *syntax.Word, parent *Node) {
	if parent == nil || !isArithmetic(parent.Node) {
		return
	}
	if base, _, ok := strings.Cut(w.Lit(), "#"); ok && base != "" {
		f.add("SC3052", w, "a number with a base")
	}
}

// braces finds {a,b} and {1..3}, which only some shells expand.
func (f *bashisms) braces(w *syntax.Word) {
	if !slices.ContainsFunc(w.Parts, opensBrace) {
		return
	}
	parts := make([]syntax.WordPart, len(w.Parts))
	copy(parts, w.Parts)
	split := &syntax.Word{Parts: parts}
	if !syntax.SplitBraces(split) || !slices.ContainsFunc(split.Parts, isExpansion) {
		return
	}
	for _, p := range w.Parts {
		lit, ok := p.(*syntax.Lit)
		if !ok {
			continue
		}
		if i := strings.IndexByte(lit.Value, '{'); i >= 0 {
			from := int(lit.Pos().Offset()) + i
			f.at("SC3009", from, int(w.End().Offset()), "brace expansion")
			return
		}
	}
}

func opensBrace(p syntax.WordPart) bool {
	lit, ok := p.(*syntax.Lit)
	return ok && strings.Contains(lit.Value, "{")
}

func isExpansion(p syntax.WordPart) bool {
	b, ok := p.(*syntax.BraceExp)
	return ok && len(b.Elems) > 1
}

// pattern finds [^…], which POSIX writes [!…].
func (f *bashisms) pattern(w *syntax.Word) {
	for _, p := range w.Parts {
		if lit, ok := p.(*syntax.Lit); ok {
			i := strings.Index(lit.Value, "[^")
			if i >= 0 && strings.IndexByte(lit.Value[i:], ']') > 0 && (i == 0 || lit.Value[i-1] != '\\') {
				from := int(lit.Pos().Offset()) + i
				f.at("SC3026", from, int(lit.End().Offset()), "^ in a bracket pattern")
			}
		}
	}
}
