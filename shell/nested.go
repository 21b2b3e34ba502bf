package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// nested reads the script that a command gets in a word: sh -c, su -c, eval.
func (c *collector) nested(cmd *Command, p place) {
	word, options := scriptWord(cmd)
	if word == nil || word.Node == nil || p.depth >= maxDepth {
		return
	}
	base, text, exact := c.inner(*word)
	c.spent += base + len(text)
	if c.spent > maxNestedText || base+len(text) > MaxText {
		return
	}
	shell := cmd.Name
	if shell == "eval" || shell == "su" || shell == "runuser" {
		shell = c.shell
	}
	// Blanks in front make the places in the tree those of the outer text.
	padded := strings.Repeat(" ", base) + text
	tree, _ := parse(padded, shell)
	if tree == nil {
		return
	}
	in := *c
	in.source, in.shell, in.inWord = padded, shell, true
	in.noSubst = c.noSubst || hasSubstitution(word.Node)
	if cmd.Name != "eval" {
		in.errexit, in.pipefail = initialOptions(options)
	}
	if !exact {
		in.noSubst = true
	}
	in.stmts(tree.Stmts, place{depth: p.depth + 1, pipe: p.pipe, last: p.last})
	c.spent = in.spent
}

// inner is the script in a word, where it begins, and whether its places map to
// the word's one to one.
func (c *collector) inner(w Word) (base int, text string, exact bool) {
	base = int(w.Pos().Offset())
	if len(w.Node.Parts) != 1 {
		return base, w.Text, false
	}
	switch part := w.Node.Parts[0].(type) {
	case *syntax.SglQuoted:
		if !part.Dollar {
			return int(part.Left.Offset()) + 1, part.Value, true
		}
	case *syntax.DblQuoted:
		from, to := int(part.Left.Offset())+1, int(part.Right.Offset())
		if !part.Dollar && from <= to && to <= len(c.text()) {
			if raw := c.text()[from:to]; !strings.Contains(raw, `\`) {
				return from, raw, true
			}
		}
	}
	return base, w.Text, false
}

func hasSubstitution(n syntax.Node) bool {
	found := false
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n.(type) {
		case *syntax.CmdSubst, *syntax.ProcSubst:
			found = true
		}
		return !found
	})
	return found
}

// scriptWord finds the word that holds a script, and the options of its shell.
func scriptWord(cmd *Command) (word *Word, options []string) {
	switch cmd.Name {
	case "eval":
		if len(cmd.Words) == 2 {
			return &cmd.Words[1], nil
		}
	case "su", "runuser":
		for i, w := range cmd.Words {
			if (w.Text == "-c" || w.Text == "--command") && i+1 < len(cmd.Words) {
				return &cmd.Words[i+1], nil
			}
		}
	case "sh", "dash", "ash", "bash", "ksh", "zsh", "mksh", "rbash":
		return shellScriptWord(cmd)
	}
	return nil, nil
}

func shellScriptWord(cmd *Command) (word *Word, options []string) {
	command := false
	for i := 1; i < len(cmd.Words); i++ {
		w := &cmd.Words[i]
		if len(w.Text) < 2 || w.Text[0] != '-' && w.Text[0] != '+' {
			if command {
				return w, options
			}
			return nil, nil
		}
		options = append(options, w.Text)
		long := strings.HasPrefix(w.Text, "--")
		command = command || !long && w.Text[0] == '-' && strings.Contains(w.Text, "c")
		if !long && strings.HasSuffix(w.Text, "o") && i+1 < len(cmd.Words) {
			i++
			options = append(options, cmd.Words[i].Text)
		}
	}
	return nil, nil
}
