package dockerfile

import (
	"strings"
)

// Pair is one variable or label of ARG, ENV or LABEL.
type Pair struct {
	Key      string // without quotes
	Value    string // without quotes and escapes, variables as written
	Raw      string // the value as written
	HasValue bool   // false for ARG name
	Legacy   bool   // in the form "key value"
	Span     Span

	KeySpan, ValueSpan Span // ValueSpan is empty and at the end without a value
}

// Pairs are the variables or labels of ARG, ENV and LABEL. Words that are
// none, which are Problems, are left out.
func (i *Instruction) Pairs() []Pair {
	switch i.Name {
	case "ARG", "ENV", "LABEL":
	default:
		return nil
	}
	if i.Name != "ARG" && len(i.Args) > 0 && !strings.Contains(i.Args[0].Text, "=") {
		if len(i.Args) < 2 {
			return nil
		}
		key, value := i.Args[0], i.Args[1]
		return []Pair{{
			Key: key.Text, Value: unquote(value.Text, i.escape), Raw: value.Text, HasValue: true, Legacy: true,
			Span: Span{key.Span.Start, value.Span.End}, KeySpan: key.Span, ValueSpan: value.Span,
		}}
	}
	out := make([]Pair, 0, len(i.Args))
	for _, w := range i.Args {
		key, value, ok := strings.Cut(w.Text, "=")
		if !ok && i.Name != "ARG" {
			continue
		}
		p := Pair{Key: unquote(key, i.escape), Value: unquote(value, i.escape), Raw: value, HasValue: ok, Span: w.Span}
		end := w.Offset + len(w.Text)
		p.KeySpan = i.SpanOf(w.Offset, w.Offset+len(key))
		p.ValueSpan = Span{w.Span.End, w.Span.End}
		if value != "" {
			p.ValueSpan = i.SpanOf(end-len(value), end)
		}
		out = append(out, p)
	}
	return out
}

// unquote resolves quotes and escapes as far as they can be resolved.
func unquote(s string, escape byte) string {
	if !strings.ContainsAny(s, `'"`) && strings.IndexByte(s, escape) < 0 {
		return s
	}
	x := lexer{escape: escape, keepUnset: true, limit: maxExpansion}
	plain, err := x.expand(s)
	if err != nil {
		return s
	}
	return plain
}

// Transfer is what COPY and ADD copy.
type Transfer struct {
	Sources []Word // but here-documents, which are in Heredocs
	Dest    Word
	From    string // value of --from; empty is the build context
}

// Copy reads the arguments of COPY and ADD; ok is false where there are fewer
// than two, or for another instruction.
func (i *Instruction) Copy() (t Transfer, ok bool) {
	if i.Name != "COPY" && i.Name != "ADD" || len(i.Args) < 2 {
		return t, false
	}
	for _, w := range i.Args[:len(i.Args)-1] {
		if _, isDoc, _ := heredocWord(w.Text); !isDoc {
			t.Sources = append(t.Sources, w)
		}
	}
	t.Dest = i.Args[len(i.Args)-1]
	t.From, _ = i.Flag("from")
	return t, true
}

// Exec is the command of RUN, CMD, ENTRYPOINT and HEALTHCHECK CMD: the program
// and its arguments in JSONForm, in ShellForm the one text that the shell gets.
func (i *Instruction) Exec() []Word {
	switch i.Name {
	case "RUN", "CMD", "ENTRYPOINT":
		return i.Args
	case "HEALTHCHECK":
		if h, ok := i.Healthcheck(); ok {
			return h.Command
		}
	}
	return nil
}

// Ports are the words of EXPOSE, "8080/tcp".
func (i *Instruction) Ports() []Word {
	if i.Name != "EXPOSE" {
		return nil
	}
	return i.Args
}

// Shell is the program and arguments that a SHELL sets; nil if it sets none.
func (i *Instruction) Shell() []string {
	if i.Name != "SHELL" || i.Form != JSONForm {
		return nil
	}
	return texts(i.Args)
}

// User splits what a USER sets into user and group, quotes resolved and
// variables as written; ok is false for another instruction and without a user.
func (i *Instruction) User() (user, group string, ok bool) {
	if i.Name != "USER" || len(i.Args) == 0 {
		return "", "", false
	}
	user, group = cutUser(unquote(i.Args[0].Text, i.escape))
	return user, group, true
}

// cutUser splits at the first ":" that is not in ${…}.
func cutUser(s string) (user, group string) {
	depth := 0
	for n := range len(s) {
		switch {
		case s[n] == '{':
			depth++
		case s[n] == '}':
			depth--
		case s[n] == ':' && depth <= 0:
			return s[:n], s[n+1:]
		}
	}
	return s, ""
}

// Healthcheck is what a HEALTHCHECK sets; its times are in Flags.
type Healthcheck struct {
	None    bool
	Command []Word // as Exec gives it
}

// Healthcheck reads the arguments of a HEALTHCHECK; ok is false where they are
// neither NONE nor CMD, or for another instruction.
func (i *Instruction) Healthcheck() (h Healthcheck, ok bool) {
	if i.Name != "HEALTHCHECK" || len(i.Args) == 0 {
		return h, false
	}
	switch strings.ToUpper(i.Args[0].Text) {
	case "NONE":
		return Healthcheck{None: true}, true
	case "CMD":
		return Healthcheck{Command: i.Args[1:]}, true
	}
	return h, false
}
