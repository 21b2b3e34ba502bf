package dockerfile

import (
	"sort"
	"strings"
)

// Expand expands the variables of a word and resolves its quotes and escapes
// as BuildKit does. Unset are the names that env does not know, each once, in
// their order; they expand to nothing. An error is a wrong ${…}, an open quote,
// a variable that ${x:?} demands, or a result of more than 128 KiB.
func Expand(word string, escape byte, env func(name string) (string, bool)) (result string, unset []string, err error) {
	x := lexer{escape: escape, env: env, limit: maxExpansion}
	result, err = x.expand(word)
	seen := make(map[string]bool, len(x.unset))
	for _, name := range x.unset {
		if !seen[name] {
			seen[name] = true
			unset = append(unset, name)
		}
	}
	return result, unset, err
}

// Variable is the use of a variable in a word.
type Variable struct {
	Name     string
	From, To int    // offsets in the word of $name or ${name…}
	Modifier string // what follows the name: ":-", "-", ":+", "+", ":?", "?", "#", "%", "/"; empty without
	Span     Span   // place in the file; set by (*Instruction).Variables only
}

// HasDefault tells whether the variable may be unset: ${x:-y}, ${x:+y}.
func (v Variable) HasDefault() bool {
	return strings.HasSuffix(v.Modifier, "-") || strings.HasSuffix(v.Modifier, "+")
}

// Variables finds the variables in a word, those inside others too, in the
// order in which they are evaluated. After a syntax error there are no more.
func Variables(word string, escape byte) []Variable {
	if !strings.Contains(word, "$") {
		return nil
	}
	return used(lexer{escape: escape}, word)
}

// used runs a lexer over a text for the variables in it.
func used(x lexer, text string) []Variable {
	x.keepUnset, x.record, x.limit = true, true, maxExpansion
	_, _ = x.expand(text) // an error only ends the list
	return x.variables
}

// heredocVariables are those in the here-documents of COPY and ADD, whose
// escape character is always the backslash.
func (i *Instruction) heredocVariables() []Variable {
	if i.Name != "COPY" && i.Name != "ADD" {
		return nil
	}
	var out []Variable
	for _, h := range i.Heredocs {
		if !h.Expand || !strings.Contains(h.Content, "$") {
			continue
		}
		starts := []int{0}
		for n := range len(h.Content) {
			if h.Content[n] == '\n' {
				starts = append(starts, n+1)
			}
		}
		place := func(offset int) Pos {
			line := sort.SearchInts(starts, offset+1) - 1
			return Pos{h.Span.Start.Offset + offset, h.Span.Start.Line + line, offset - starts[line] + 1}
		}
		for _, v := range used(lexer{escape: '\\', skipQuotes: true}, h.Content) {
			v.Span = Span{place(v.From), place(v.To)}
			out = append(out, v)
		}
	}
	return out
}

// Variables are the variables of an instruction that BuildKit expands, those in
// here-documents of COPY and ADD first; those of a shell command are not among
// them. From and To are offsets in the word, the value of the flag or the
// content of the here-document.
func (i *Instruction) Variables() []Variable {
	out := i.heredocVariables()
	if !strings.Contains(i.Line(), "$") {
		return out
	}
	for _, f := range i.Flags {
		if expandsFlag(i.Name, f.Name) {
			for _, v := range Variables(f.Value, i.escape) {
				v.Span = f.ValueSpan
				out = append(out, v)
			}
		}
	}
	switch i.Name {
	case "ADD", "ARG", "COPY", "ENV", "EXPOSE", "FROM", "LABEL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR":
	default:
		return out
	}
	args := i.Args
	if i.Name == "FROM" && len(args) > 1 {
		args = args[:1]
	}
	for _, w := range args {
		for _, v := range Variables(w.Text, i.escape) {
			v.Span = w.Span
			if i.Form == ShellForm {
				v.Span = i.SpanOf(w.Offset+v.From, w.Offset+v.To)
			}
			out = append(out, v)
		}
	}
	return out
}

// expandsFlag tells whether BuildKit expands variables in a flag.
func expandsFlag(instruction, flag string) bool {
	switch instruction {
	case "FROM":
		return flag == "platform"
	case "COPY", "ADD":
		return flag == "chown" || flag == "chmod" || flag == "checksum" || flag == "exclude"
	case "RUN":
		return flag == "mount"
	}
	return false
}
