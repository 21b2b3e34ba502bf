package dockerfile

import (
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
	x := lexer{escape: escape, keepUnset: true, record: true, limit: maxExpansion}
	_, _ = x.expand(word) // an error only ends the list
	return x.variables
}

// Variables are the variables of an instruction that BuildKit expands, which
// are not those of a shell command.
func (i *Instruction) Variables() []Variable {
	if !strings.Contains(i.Line(), "$") {
		return nil
	}
	var out []Variable
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
