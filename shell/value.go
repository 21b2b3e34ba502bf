package shell

import (
	"maps"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// value is what is known of a variable's value.
type value int

const (
	unknown value = iota // may have blanks or patterns in it
	empty                // may be empty, but has no blanks or patterns
	single               // one word whether quoted or not
)

// either is a value that is one or the other. One that is only empty on some way
// is taken for one word, as shellcheck does.
func (v value) either(w value) value { return v.joined(w) }

// joined is a value made of two in a row.
func (v value) joined(w value) value {
	if v == unknown || w == unknown {
		return unknown
	}
	return max(v, w)
}

// textValue is the value of a text.
func textValue(s string) value {
	switch {
	case s == "":
		return empty
	case strings.ContainsAny(s, " \t\n*?["):
		return unknown
	}
	return single
}

// state is what is known at one place of a script.
type state struct {
	vars map[string]value
	dead bool // the place is not reached
}

func (s state) clone() state { return state{maps.Clone(s.vars), s.dead} }

// either is the state where two ways meet.
func (f *splitter) either(s, t state) state {
	if s.dead {
		return t
	}
	if t.dead {
		return s
	}
	vars := make(map[string]value, max(len(s.vars), len(t.vars)))
	for name, v := range s.vars {
		vars[name] = v.either(f.valueOf(t, name))
	}
	for name, v := range t.vars {
		if _, ok := s.vars[name]; !ok {
			vars[name] = v.either(f.valueOf(s, name))
		}
	}
	return state{vars: vars}
}

// valueOf is the value of a variable in a state.
func (f *splitter) valueOf(s state, name string) value {
	if v, ok := s.vars[name]; ok {
		return v
	}
	if f.known[name] || isNumber(name) {
		return single
	}
	return unknown
}

// isNumber tells whether the shell itself keeps a variable and its value is
// always one word.
func isNumber(name string) bool {
	switch name {
	case "?", "#", "$", "!", "-", "UID", "EUID", "RANDOM", "PPID", "LINENO", "SHLVL", "SECONDS", "BASHPID", "OPTIND", "SHELLOPTS", "BASH_SUBSHELL", "EPOCHSECONDS":
		return true
	}
	return false
}

// wordValue is the value of a word that is assigned.
func (f *splitter) wordValue(w *syntax.Word) value {
	if w == nil {
		return empty
	}
	return f.partsValue(w.Parts)
}

func (f *splitter) partsValue(parts []syntax.WordPart) value {
	v := empty
	for _, part := range parts {
		switch p := part.(type) {
		case *syntax.Lit:
			v = v.joined(textValue(p.Value))
		case *syntax.SglQuoted:
			v = v.joined(textValue(p.Value))
		case *syntax.DblQuoted:
			v = v.joined(f.partsValue(p.Parts))
		case *syntax.ArithmExp:
			v = single
		case *syntax.ParamExp:
			v = v.joined(f.variable(p))
		default:
			return unknown
		}
	}
	return v
}

// variable is the value of an expansion.
func (f *splitter) variable(p *syntax.ParamExp) value {
	if p.Length {
		return single
	}
	if p.Param == nil || p.Excl || p.Exp != nil || p.Repl != nil || p.Slice != nil || p.Index != nil || p.Names != 0 {
		return unknown
	}
	return f.valueOf(f.now, p.Param.Value)
}
