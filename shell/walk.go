package shell

import "mvdan.cc/sh/v3/syntax"

// Walk visits the nodes of the tree from the top, in the order of the text. up
// holds what is around a node, the nearest last; it is only good during the
// call. Below a node for which visit gives false nothing is visited.
func (s *Script) Walk(visit func(n syntax.Node, up []syntax.Node) bool) {
	if s.Tree == nil {
		return
	}
	var up []syntax.Node
	syntax.Walk(s.Tree, func(n syntax.Node) bool {
		if n == nil {
			up = up[:len(up)-1]
			return true
		}
		if !visit(n, up) {
			return false
		}
		up = append(up, n)
		return true
	})
}

// IsPOSIX tells whether the shell knows POSIX's language and little more: sh,
// dash and ash.
func (s *Script) IsPOSIX() bool {
	switch s.Shell {
	case "sh", "dash", "ash":
		return true
	}
	return false
}

// program is the last path element of the program of a call, empty if it is not
// literal; wrappers are not looked through.
func program(c *syntax.CallExpr) string {
	if c == nil || len(c.Args) == 0 {
		return ""
	}
	return baseName(literal(c.Args[0]))
}

// literal is the text of a word with quotes resolved, empty if anything in it is
// expanded.
func literal(w *syntax.Word) string {
	if w == nil {
		return ""
	}
	if r := newWord(w, ""); r.Literal {
		return r.Text
	}
	return ""
}

// literals are the words of a call after its program, as literal gives them.
func literals(c *syntax.CallExpr) []string {
	var out []string
	for _, w := range c.Args[1:] {
		out = append(out, literal(w))
	}
	return out
}
