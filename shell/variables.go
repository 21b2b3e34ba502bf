package shell

import (
	"maps"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/spelling"
)

// Unset is a variable that a script reads and nothing in it sets.
type Unset struct {
	Name string
	Node syntax.Node // its first use
	// Similar is a variable that is set and that this may be a misspelling of.
	Similar string
}

// maxNames bounds how many names are compared with each other.
const maxNames = 500

// Unset finds variables that are read and that neither the script nor the
// environment (known) sets, each at its first use. A variable that the script
// itself tests for, as with ${x:-y} or [ -n "$x" ], counts as set. A name in
// capitals may come from an environment that is not known, so that it is only
// here if a similar one is set.
func (s *Script) Unset(known []string) []Unset {
	set := maps.Clone(s.assigned())
	for _, name := range known {
		set[name] = true
	}
	var out []Unset
	seen := map[string]bool{}
	nodes := s.Nodes()
	for i := 0; i < len(nodes); i++ {
		n := &nodes[i]
		name, guarded := reference(n)
		if name != "" && !set[name] && !seen[name] && !fromShell(name) {
			seen[name] = true
			u := Unset{Name: name, Node: n.Node}
			if len(set)+len(seen) <= maxNames {
				u.Similar = similar(name, set)
			}
			if u.Similar != "" || strings.ToUpper(name) != name {
				out = append(out, u)
			}
		}
		if guarded {
			i = n.next - 1
		}
	}
	return out
}

// reference is the variable that a node reads. guarded says that what is inside
// stands in for a variable that is not set.
func reference(at *Node) (name string, guarded bool) {
	switch n := at.Node.(type) {
	case *syntax.ParamExp:
		if n.Param != nil && isName(n.Param.Value) && n.Names == 0 {
			name = n.Param.Value
		}
		return name, n.Exp != nil && guards(n.Exp.Op)
	case *syntax.Word:
		if at.Parent != nil && isArithmetic(at.Parent.Node) && isName(n.Lit()) {
			return n.Lit(), false
		}
	}
	return "", false
}

func isArithmetic(n syntax.Node) bool {
	switch n.(type) {
	case *syntax.ArithmExp, *syntax.ArithmCmd, *syntax.BinaryArithm, *syntax.UnaryArithm, *syntax.ParenArithm:
		return true
	}
	return false
}

func guards(op syntax.ParExpOperator) bool {
	switch op {
	case syntax.AlternateUnset, syntax.AlternateUnsetOrNull, syntax.DefaultUnset, syntax.DefaultUnsetOrNull,
		syntax.ErrorUnset, syntax.ErrorUnsetOrNull, syntax.AssignUnset, syntax.AssignUnsetOrNull:
		return true
	}
	return false
}

// assigned are the names that the script sets or tests for, wherever it does.
func (s *Script) assigned() map[string]bool {
	if s.set != nil {
		return s.set
	}
	set := map[string]bool{}
	for _, n := range s.Nodes() {
		switch n := n.Node.(type) {
		case *syntax.CallExpr:
			callAssigns(n, set)
		case *syntax.DeclClause:
			for _, a := range n.Args {
				if a.Name != nil {
					set[a.Name.Value] = true
				}
			}
		case *syntax.WordIter:
			set[n.Name.Value] = true
		case *syntax.ParamExp:
			if n.Param != nil && n.Exp != nil && guards(n.Exp.Op) {
				set[n.Param.Value] = true
			}
		case *syntax.BinaryArithm:
			set[assignedBy(n)] = true
		case *syntax.Redirect:
			if n.N != nil && strings.HasPrefix(n.N.Value, "{") {
				set[strings.Trim(n.N.Value, "{}")] = true
			}
		case *syntax.UnaryTest:
			if w, ok := n.X.(*syntax.Word); ok {
				set[tested(w)] = true
			}
		case *syntax.TestClause:
			if w, ok := n.X.(*syntax.Word); ok {
				set[tested(w)] = true
			}
		}
	}
	delete(set, "")
	s.set = set
	return set
}

// callAssigns adds what a simple command sets or tests for.
func callAssigns(c *syntax.CallExpr, set map[string]bool) {
	if len(c.Args) == 0 {
		for _, a := range c.Assigns {
			if a.Name != nil {
				set[a.Name.Value] = true
			}
		}
		return
	}
	args := literals(c)
	switch program(c) {
	case "read", "getopts", "mapfile", "readarray", "wait", "export", "readonly", "local", "declare", "typeset":
		for _, a := range args {
			name, _, _ := strings.Cut(a, "=")
			if isName(name) {
				set[name] = true
			}
		}
	case "printf":
		if len(args) > 1 && args[0] == "-v" {
			set[args[1]] = true
		}
	case "test", "[":
		for i, a := range args {
			if (a == "-n" || a == "-z" || a == "-v") && i+2 < len(c.Args) {
				set[tested(c.Args[i+2])] = true
			}
		}
		if len(c.Args) == 3 && args[1] == "]" {
			set[tested(c.Args[1])] = true
		}
	}
}

// tested is the variable that a word consists of, "$x", or the name that it is.
func tested(w *syntax.Word) string {
	if name := w.Lit(); isName(name) {
		return name
	}
	if len(w.Parts) != 1 {
		return ""
	}
	part := w.Parts[0]
	if q, ok := part.(*syntax.DblQuoted); ok && len(q.Parts) == 1 {
		part = q.Parts[0]
	}
	if p, ok := part.(*syntax.ParamExp); ok && p.Param != nil {
		return p.Param.Value
	}
	return ""
}

// fromShell tells whether a shell or its login sets a variable.
func fromShell(name string) bool {
	switch name {
	case "_", "HOME", "PATH", "PWD", "OLDPWD", "SHELL", "USER", "LOGNAME", "HOSTNAME", "TERM", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE",
		"IFS", "PPID", "UID", "EUID", "RANDOM", "SECONDS", "LINENO", "SHLVL", "OPTARG", "OPTIND", "OPTERR", "REPLY", "PS1", "PS2", "PS4",
		"MAIL", "EDITOR", "VISUAL", "PAGER", "TMPDIR", "TZ", "DISPLAY", "OSTYPE", "MACHTYPE", "HOSTTYPE", "GROUPS", "COLUMNS", "LINES",
		"HISTFILE", "HISTSIZE", "ENV", "CDPATH", "POSIXLY_CORRECT", "PIPESTATUS", "SHELLOPTS", "FUNCNAME", "DIRSTACK", "TIMEFORMAT":
		return true
	}
	return strings.HasPrefix(name, "BASH") || strings.HasPrefix(name, "COMP_")
}

// similar is the set variable that differs from a name by a letter, or by two
// where it is long; empty if there is none.
func similar(name string, set map[string]bool) string {
	best, least := "", 3
	for other := range set {
		n := len(other)
		if n <= 3 || other == name || n-len(name) > 2 || len(name)-n > 2 || n > 200 {
			continue
		}
		d := spelling.Distance(name, other, least)
		if strings.EqualFold(name, other) {
			d = 1
		}
		if d > 1 && n <= 7 {
			continue
		}
		if d < least || d == least && other < best {
			best, least = other, d
		}
	}
	return best
}
