package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// newWord resolves the quotes of a word; source is the text that its places
// refer to.
func newWord(w *syntax.Word, source string) Word {
	r := resolver{source: source, word: Word{Literal: true, Node: w, pos: w.Pos(), end: w.End()}}
	for _, part := range w.Parts {
		r.part(part, false)
	}
	r.word.Text = r.text.String()
	return r.word
}

type resolver struct {
	source string
	text   strings.Builder
	word   Word
}

func (r *resolver) part(part syntax.WordPart, quoted bool) {
	switch p := part.(type) {
	case *syntax.Lit:
		if quoted {
			r.text.WriteString(unescapeQuoted(p.Value))
			return
		}
		r.literal(p.Value)
	case *syntax.SglQuoted:
		r.word.Quoted = true
		r.word.Literal = r.word.Literal && !(p.Dollar && strings.Contains(p.Value, `\`))
		r.text.WriteString(p.Value)
	case *syntax.DblQuoted:
		r.word.Quoted = true
		for _, inner := range p.Parts {
			r.part(inner, true)
		}
	case *syntax.ExtGlob:
		r.word.Glob = true
		r.asWritten(p)
	case *syntax.BraceExp:
		r.word.Glob = true
		r.asWritten(p)
	default:
		r.word.Literal = false
		r.asWritten(p)
	}
}

func (r *resolver) asWritten(n syntax.Node) {
	from, to := int(n.Pos().Offset()), int(n.End().Offset())
	if from >= 0 && from <= to && to <= len(r.source) {
		r.text.WriteString(r.source[from:to])
	}
}

// literal adds unquoted text without the backslashes that quote.
func (r *resolver) literal(s string) {
	if len(s) > 0 && s[0] == '~' && r.text.Len() == 0 && !r.word.Quoted {
		r.word.Glob = true
	}
	open := false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i+1 < len(s) {
				i++
			}
			r.word.Quoted = true
		case '*', '?', '[':
			r.word.Glob = true
		case '{':
			open = true
		case '}':
			if open && strings.ContainsAny(s[:i], ",.") {
				r.word.Glob = true
			}
		}
		r.text.WriteByte(s[i])
	}
}

// unescapeQuoted takes away the backslashes that quote inside double quotes.
func unescapeQuoted(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte("$`\"\\\n", s[i+1]) >= 0 {
			i++
			if s[i] == '\n' {
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// newAssign resolves an assignment.
func newAssign(a *syntax.Assign, source string) Assign {
	out := Assign{Node: a, Literal: a.Array == nil}
	if a.Name != nil {
		out.Name = a.Name.Value
	}
	if a.Value != nil {
		w := newWord(a.Value, source)
		out.Value, out.Literal = w.Text, w.Literal
	}
	return out
}
