package vulndb

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds how deep JSON values may nest; OSV records need about eight.
const maxDepth = 64

var (
	errDepth = errors.New("values nest too deep")
	errEnd   = errors.New("unexpected end")
)

// scanner reads one JSON document from memory in a single pass. Its callers
// pull the fields that they know and skip the rest, so that nothing is built
// that is not kept.
type scanner struct {
	data  []byte
	pos   int
	depth int
}

// failf is an error with the place that the scanner has reached.
func (s *scanner) failf(format string, args ...any) error {
	return fmt.Errorf("byte %d: %w", s.pos, fmt.Errorf(format, args...))
}

// peek is the first byte of the next token, or 0 at the end.
func (s *scanner) peek() byte {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) expect(c byte) error {
	if got := s.peek(); got != c {
		if got == 0 {
			return s.failf("%w", errEnd)
		}
		return s.failf("want %q, not %q", c, got)
	}
	s.pos++
	return nil
}

func (s *scanner) enter(c byte) error {
	if err := s.expect(c); err != nil {
		return err
	}
	if s.depth++; s.depth > maxDepth {
		return s.failf("%w", errDepth)
	}
	return nil
}

// object reads an object; field is called with each name and must consume the
// value. A null is an object without fields.
func (s *scanner) object(field func(name []byte) error) error {
	if s.peek() == 'n' {
		return s.skip()
	}
	if err := s.enter('{'); err != nil {
		return err
	}
	for first := true; ; first = false {
		if done, err := s.next('}', first); done || err != nil {
			return err
		}
		name, err := s.bytes()
		if err != nil {
			return err
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		if err := field(name); err != nil {
			return err
		}
	}
}

// array reads an array; element must consume one element. A null is an empty array.
func (s *scanner) array(element func() error) error {
	if s.peek() == 'n' {
		return s.skip()
	}
	if err := s.enter('['); err != nil {
		return err
	}
	for first := true; ; first = false {
		if done, err := s.next(']', first); done || err != nil {
			return err
		}
		if err := element(); err != nil {
			return err
		}
	}
}

// next steps over the comma between members, or over the closing byte.
func (s *scanner) next(end byte, first bool) (done bool, err error) {
	c := s.peek()
	if c == end {
		s.pos++
		s.depth--
		return true, nil
	}
	if first {
		return false, nil
	}
	if err := s.expect(','); err != nil {
		return false, err
	}
	if s.peek() == end {
		return false, s.failf("want a value after the comma")
	}
	return false, nil
}

// text reads a string; a null is an empty one.
func (s *scanner) text() (string, error) {
	if s.peek() == 'n' {
		return "", s.skip()
	}
	b, err := s.bytes()
	return string(b), err
}

// word reads a string and steps over any other value, which counts as empty:
// for the free-form parts of a record.
func (s *scanner) word() (string, error) {
	if s.peek() != '"' {
		return "", s.skip()
	}
	return s.text()
}

// bytes reads a string. The result may be part of the document.
func (s *scanner) bytes() ([]byte, error) {
	if err := s.expect('"'); err != nil {
		return nil, err
	}
	start := s.pos
	end, escaped, err := s.closing()
	if err != nil {
		return nil, err
	}
	raw := s.data[start:end]
	if !escaped {
		return raw, nil
	}
	return s.unescape(raw)
}

// closing finds the end of the string that the scanner is in and steps over it.
func (s *scanner) closing() (end int, escaped bool, err error) {
	for i := s.pos; ; {
		quote := bytes.IndexByte(s.data[i:], '"')
		if quote < 0 {
			s.pos = len(s.data)
			return 0, false, s.failf("string: %w", errEnd)
		}
		slash := bytes.IndexByte(s.data[i:i+quote], '\\')
		if slash < 0 {
			s.pos = i + quote + 1
			return i + quote, escaped, nil
		}
		escaped = true
		if i += slash + 2; i > len(s.data) {
			s.pos = len(s.data)
			return 0, false, s.failf("string: %w", errEnd)
		}
	}
}

func (s *scanner) unescape(raw []byte) ([]byte, error) {
	out := make([]byte, 0, len(raw))
	for {
		slash := bytes.IndexByte(raw, '\\')
		if slash < 0 {
			return append(out, raw...), nil
		}
		out = append(out, raw[:slash]...)
		switch c := raw[slash+1]; c {
		case '"', '\\', '/':
			out = append(out, c)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, size := codePoint(raw[slash:])
			if size == 0 {
				return nil, s.failf("bad \\u escape in the string before")
			}
			out = utf8.AppendRune(out, r)
			raw = raw[slash+size:]
			continue
		default:
			return nil, s.failf("bad escape \\%c in the string before", c)
		}
		raw = raw[slash+2:]
	}
}

// codePoint reads a \uXXXX escape, or two of them that make a surrogate pair,
// and says how many bytes they take; 0 is an error.
func codePoint(b []byte) (rune, int) {
	first, ok := hex4(b)
	if !ok {
		return 0, 0
	}
	if utf16.IsSurrogate(first) {
		if second, ok := hex4(b[6:]); ok {
			if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
				return r, 12
			}
		}
		return utf8.RuneError, 6
	}
	return first, 6
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 32)
	return rune(n), err == nil
}

// skip steps over one value of any kind.
func (s *scanner) skip() error {
	switch c := s.peek(); c {
	case '{':
		return s.object(func([]byte) error { return s.skip() })
	case '[':
		return s.array(s.skip)
	case '"':
		s.pos++
		_, _, err := s.closing()
		return err
	case 0:
		return s.failf("%w", errEnd)
	default:
		return s.skipLiteral()
	}
}

// skipLiteral steps over a number, true, false or null.
func (s *scanner) skipLiteral() error {
	start := s.pos
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '-' && c != '+' && c != '.' {
			break
		}
		s.pos++
	}
	switch word := s.data[start:s.pos]; {
	case string(word) == "null", string(word) == "true", string(word) == "false":
		return nil
	case len(word) > 0 && (word[0] == '-' || word[0] >= '0' && word[0] <= '9'):
		return nil
	}
	s.pos = start
	return s.failf("want a value")
}
