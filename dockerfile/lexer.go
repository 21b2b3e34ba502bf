package dockerfile

import (
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"
)

const (
	// maxNesting bounds ${a:-${b:-…}}.
	maxNesting = 100
	// maxExpansion bounds the length of a result, in bytes: Linux starts no
	// program with a longer variable.
	maxExpansion = 128 << 10
)

var (
	errBrace   = errors.New("a } is missing")
	errNesting = errors.New("variables are nested too deeply")
	errLength  = errors.New("the value is too long")
)

// lexer expands variables and splits words as the shell lexer of BuildKit
// (frontend/dockerfile/shell) does, oddities included.
type lexer struct {
	escape     byte
	rawQuotes  bool // keep quotes
	rawEscapes bool // keep escape characters
	skipQuotes bool // quotes are nothing special, as in a here-document
	keepUnset  bool // leave variables that are not set as they are
	defaults   bool // with keepUnset: but not where ${x-y} or ${x+y} says what to take
	record     bool // note the variables
	limit      int  // of the length of the result; 0 means none
	env        func(name string) (string, bool)

	src    string
	at     int
	out    []byte
	depth  int
	nested bool // a ${x:-…} was read since this was last cleared
	unset  []string

	variables []Variable
}

// lexed is a word and where it stands in what was lexed.
type lexed struct {
	text     string
	from, to int
}

// splitter collects words as they are lexed.
type splitter struct {
	buf    []byte
	open   bool // something has been added since the last word
	from   int
	result []lexed
}

// expand gives the expansion of a text as one word.
func (x *lexer) expand(src string) (string, error) {
	x.src = src
	if err := x.until(0, false, nil); err != nil {
		return "", err
	}
	return string(x.out), nil
}

// words gives the words of a text after expansion.
func (x *lexer) words(src string) ([]lexed, error) {
	x.src = src
	var s splitter
	if err := x.until(0, false, &s); err != nil {
		return nil, err
	}
	s.flush(len(src))
	return s.result, nil
}

// add takes what the source between two offsets has become. Unless it is raw,
// white space in it ends a word.
func (s *splitter) add(text []byte, raw bool, from, to int) {
	if raw {
		if len(s.buf) == 0 {
			s.from = from
		}
		s.buf = append(s.buf, text...)
		s.open = true
		return
	}
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case !unicode.IsSpace(r):
			s.add(text[:n], true, from, to)
		case s.open && len(s.buf) > 0:
			s.flush(from)
		}
		text = text[n:]
	}
}

func (s *splitter) flush(to int) {
	if len(s.buf) > 0 {
		s.result = append(s.result, lexed{string(s.buf), s.from, to})
		s.buf = s.buf[:0]
		s.open = false
	}
}

// until expands up to a stop character, which it reads too, or with 0 up to the
// end. In a pattern, escape characters inside quotes are doubled, since the
// pattern is read again.
func (x *lexer) until(stop byte, pattern bool, words *splitter) error {
	for x.at < len(x.src) {
		from, mark := x.at, len(x.out)
		c := x.src[x.at]
		if stop != 0 && c == stop {
			x.at++
			return nil
		}
		raw := true
		var err error
		x.nested = false
		switch {
		case c == '$':
			raw = false
			err = x.dollar()
		case c == '<':
			x.less()
		case c == '\'' && !x.skipQuotes:
			err = x.single(pattern)
		case c == '"' && !x.skipQuotes:
			err = x.double(pattern)
		case c == x.escape:
			x.at++
			if x.rawEscapes {
				x.out = append(x.out, c)
			}
			x.copyRune()
		default:
			raw = false
			x.copyRune()
		}
		if err != nil {
			return err
		}
		if x.limit > 0 && len(x.out) > x.limit {
			return errLength
		}
		if words == nil {
			continue
		}
		if x.nested {
			words.buf = words.buf[:0] // BuildKit forgets the word so far
		}
		words.add(x.out[mark:], raw, from, x.at)
	}
	if stop != 0 {
		return fmt.Errorf("a %c is missing", stop)
	}
	return nil
}

// copyRune takes the next character as it is.
func (x *lexer) copyRune() {
	if x.at == len(x.src) {
		return
	}
	_, n := utf8.DecodeRuneInString(x.src[x.at:])
	x.out = append(x.out, x.src[x.at:x.at+n]...)
	x.at += n
}

// less takes "<<" with the blanks behind it, so that "<< EOF" is one word.
func (x *lexer) less() {
	from := x.at
	x.at++
	if x.at < len(x.src) && x.src[x.at] == '<' {
		x.at++
		for x.at < len(x.src) && (x.src[x.at] == ' ' || x.src[x.at] == '\t' || x.src[x.at] == '\r') {
			x.at++
		}
	}
	x.out = append(x.out, x.src[from:x.at]...)
}

func (x *lexer) single(pattern bool) error {
	x.quote('\'')
	for x.at++; x.at < len(x.src); x.at++ {
		c := x.src[x.at]
		if c == '\'' {
			x.at++
			x.quote(c)
			return nil
		}
		if pattern && c == x.escape {
			x.out = append(x.out, c)
		}
		x.out = append(x.out, c)
	}
	return errors.New("a single quote is not closed")
}

func (x *lexer) double(pattern bool) error {
	x.quote('"')
	x.at++
	for x.at < len(x.src) {
		c := x.src[x.at]
		switch {
		case c == '"':
			x.at++
			x.quote(c)
			return nil
		case c == '$':
			if err := x.dollar(); err != nil {
				return err
			}
		case c == x.escape:
			x.escapeInDouble(pattern)
		default:
			x.out = append(x.out, c)
			x.at++
		}
		if x.limit > 0 && len(x.out) > x.limit {
			return errLength
		}
	}
	return errors.New("a double quote is not closed")
}

// escapeInDouble takes an escape character inside double quotes, which escapes
// only ", $ and itself.
func (x *lexer) escapeInDouble(pattern bool) {
	c := x.src[x.at]
	x.at++
	if x.at == len(x.src) {
		return
	}
	next := x.src[x.at]
	if next == '"' || next == '$' || next == x.escape {
		if x.rawEscapes {
			x.out = append(x.out, c)
		}
		x.out = append(x.out, next)
		x.at++
		return
	}
	if x.rawEscapes && (!x.rawQuotes || pattern) {
		x.out = append(x.out, c)
	}
	x.out = append(x.out, c)
}

func (x *lexer) quote(c byte) {
	if x.rawQuotes {
		x.out = append(x.out, c)
	}
}

// lookup is the value of a variable; names that are not set are noted.
func (x *lexer) lookup(name string) (string, bool) {
	if x.env != nil {
		if v, ok := x.env(name); ok {
			return v, true
		}
	}
	x.unset = append(x.unset, name)
	return "", false
}
