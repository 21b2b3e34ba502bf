package shell

import "mvdan.cc/sh/v3/syntax"

// Node is a node of a script's tree with what is around it.
type Node struct {
	syntax.Node
	Parent *Node // nil at the top
	next   int   // index of the first node behind all that is inside this one
}

// Nodes are all nodes of the tree from the top, in the order of the text. They
// are made once; a Script is for one goroutine at a time.
func (s *Script) Nodes() []Node {
	if s.nodes != nil || s.Tree == nil {
		return s.nodes
	}
	count := 0
	syntax.Walk(s.Tree, func(n syntax.Node) bool {
		if n != nil {
			count++
		}
		return true
	})
	nodes := make([]Node, 0, count) // never moved: parents are pointers into it
	var up *Node
	syntax.Walk(s.Tree, func(n syntax.Node) bool {
		if n == nil {
			up.next = len(nodes)
			up = up.Parent
			return true
		}
		nodes = append(nodes, Node{Node: n, Parent: up})
		up = &nodes[len(nodes)-1]
		return true
	})
	s.nodes = nodes
	return nodes
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
