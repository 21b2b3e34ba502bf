package dockerfile

import (
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// name reads the name of a variable: letters, digits and underscores, or digits
// only, or one of the shell's special parameters.
func (x *lexer) name() string {
	start := x.at
	if start == len(x.src) {
		return ""
	}
	first, n := utf8.DecodeRuneInString(x.src[start:])
	digits := unicode.IsDigit(first)
	if !digits {
		switch first {
		case '@', '*', '#', '?', '-', '$', '!':
			x.at += n
			return x.src[start:x.at]
		}
	}
	for x.at < len(x.src) {
		r, n := utf8.DecodeRuneInString(x.src[x.at:])
		if !unicode.IsDigit(r) && (digits || !unicode.IsLetter(r) && r != '_') {
			break
		}
		x.at += n
	}
	return x.src[start:x.at]
}

// dollar expands the variable at a "$".
func (x *lexer) dollar() error {
	start := x.at
	x.at++
	if x.at < len(x.src) && x.src[x.at] == '{' {
		return x.braces(start)
	}
	name := x.name()
	if name == "" {
		x.out = append(x.out, '$')
		return nil
	}
	x.plain(name, start)
	return nil
}

// plain expands a variable without a modifier, which starts at an offset and
// has been read.
func (x *lexer) plain(name string, start int) {
	x.note(name, "", start)
	value, set := x.lookup(name)
	if !set && x.keepUnset {
		value = x.src[start:x.at]
	}
	x.out = append(x.out, value...)
}

// note records a variable that has been read.
func (x *lexer) note(name, modifier string, start int) {
	if x.record {
		x.variables = append(x.variables, Variable{Name: name, From: start, To: x.at, Modifier: modifier})
	}
}

// braces expands the ${…} that starts at an offset.
func (x *lexer) braces(start int) error {
	x.at++
	if x.at == len(x.src) {
		return errBrace
	}
	if c := x.src[x.at]; c == '{' || c == '}' || c == ':' {
		return errors.New("${ is not followed by the name of a variable")
	}
	name := x.name()
	if x.at == len(x.src) {
		return errBrace
	}
	op := x.src[x.at]
	x.at++
	switch op {
	case '}':
		x.plain(name, start)
		return nil
	case '/':
		return x.replace(name, start)
	case ':', '+', '-', '?', '#', '%':
		return x.modified(name, op, start)
	}
	return unsupported(string(op))
}

func unsupported(modifier string) error {
	return fmt.Errorf("the modifier %s of a variable is not known", modifier)
}

// operand expands up to a stop character and takes the result off the output.
func (x *lexer) operand(stop byte, raw, pattern bool) (string, error) {
	if x.depth++; x.depth > maxNesting {
		return "", errNesting
	}
	was, mark := x.rawEscapes, len(x.out)
	x.rawEscapes = raw
	err := x.until(stop, pattern, nil)
	x.rawEscapes = was
	x.depth--
	x.nested = true
	word := string(x.out[mark:])
	x.out = x.out[:mark]
	return word, err
}

// modified expands ${name:-word} and its like from behind the first character
// of the modifier.
func (x *lexer) modified(name string, op byte, start int) error {
	modifier := string(op)
	colon := op == ':'
	if colon {
		if x.at == len(x.src) {
			return errBrace
		}
		op = x.src[x.at]
		_, n := utf8.DecodeRuneInString(x.src[x.at:])
		modifier += x.src[x.at : x.at+n]
		x.at += n
	}
	pattern := op == '#' || op == '%'
	if colon && pattern {
		return unsupported(modifier)
	}
	word, err := x.operand('}', pattern, pattern)
	if err != nil {
		return err
	}
	x.note(name, modifier, start)
	value, set := x.lookup(name)
	if x.keepUnset && !set && !(x.defaults && (op == '-' || op == '+')) {
		x.out = append(x.out, "${"+name+modifier+word+"}"...)
		return nil
	}
	empty := !set || colon && value == ""
	switch op {
	case '-':
		if empty {
			value = word
		}
	case '+':
		value = word
		if empty {
			value = ""
		}
	case '?':
		if empty {
			return missing(name, word, set)
		}
	case '#':
		value, err = trimPrefix(value, word)
	case '%':
		value, err = trimSuffix(value, word)
	default:
		return unsupported(modifier)
	}
	x.out = append(x.out, value...)
	return err
}

// missing is the error that ${name:?word} asks for.
func missing(name, word string, set bool) error {
	switch {
	case word != "":
		return fmt.Errorf("%s: %s", name, word)
	case set:
		return fmt.Errorf("%s must not be empty", name)
	}
	return fmt.Errorf("%s must be set", name)
}

// replace expands ${name/pattern/replacement} from behind the first slash.
func (x *lexer) replace(name string, start int) error {
	all := x.at < len(x.src) && x.src[x.at] == '/'
	if all {
		x.at++
	}
	pattern, err := x.operand('/', true, true)
	if err != nil {
		return err
	}
	replacement, err := x.operand('}', true, false)
	if err != nil {
		return err
	}
	x.note(name, "/", start)
	value, set := x.lookup(name)
	if x.keepUnset && !set {
		x.out = append(x.out, "${"+name+"/"+pattern+"/"+replacement+"}"...)
		return nil
	}
	value, err = replacePattern(value, pattern, replacement, all)
	x.out = append(x.out, value...)
	return err
}
