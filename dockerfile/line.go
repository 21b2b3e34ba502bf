package dockerfile

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// logical is a line as BuildKit sees it: physical lines joined at their
// continuation characters, comments and empty lines between them left out.
type logical struct {
	text   string
	pieces []piece
}

// piece says that the text from offset on stands at pos, up to the next piece.
type piece struct {
	offset int
	pos    Pos
}

// at is the place of the byte at an offset; behind the last byte it is the end
// of the last piece.
func (l *logical) at(offset int) Pos {
	offset = min(max(offset, 0), len(l.text))
	i := len(l.pieces) - 1
	if i > 0 && offset < l.pieces[i].offset {
		i, _ = slices.BinarySearchFunc(l.pieces, offset+1, func(p piece, o int) int { return p.offset - o })
		i--
	}
	p := l.pieces[i]
	return p.pos.plus(offset - p.offset)
}

// span is the place of a part of the text. Its end is behind its last byte, not
// before the byte that follows, which may stand lines below.
func (l *logical) span(from, to int) Span {
	start := l.at(from)
	if to <= from {
		return Span{start, start}
	}
	return Span{start, l.at(to - 1).plus(1)}
}

// plus is the place n bytes on in the same line.
func (p Pos) plus(n int) Pos { return Pos{p.Offset + n, p.Line, p.Column + n} }

// reader walks through the physical lines of a text.
type reader struct {
	text string
	next int // offset of the next line
	line int // number of the last line read

	stopped bool // no more lines
}

// physical is a line of the file without its line end.
type physical struct {
	text  string
	start Pos
}

func (p physical) span() Span { return Span{p.start, p.start.plus(len(p.text))} }

func (r *reader) read() (physical, bool) {
	if r.stopped || r.next >= len(r.text) {
		return physical{}, false
	}
	start := r.next
	end := len(r.text)
	if n := strings.IndexByte(r.text[start:], '\n'); n >= 0 {
		end = start + n
		r.next = end + 1
	} else {
		r.next = end
	}
	for end > start && r.text[end-1] == '\r' {
		end--
	}
	r.line++
	return physical{r.text[start:end], Pos{start, r.line, 1}}, true
}

// trimLeft drops leading white space and moves the place along.
func (p physical) trimLeft() physical {
	n := blank(p.text)
	return physical{p.text[n:], p.start.plus(n)}
}

// blank counts the bytes of leading white space.
func blank(s string) int {
	for i := 0; i < len(s); {
		_, n := space(s[i:])
		if n == 0 {
			return i
		}
		i += n
	}
	return len(s)
}

// space decodes the first character of s, which is not empty; n is its length
// if it is white space, else 0.
func space(s string) (r rune, n int) {
	c := s[0]
	if c < utf8.RuneSelf {
		if c == ' ' || c >= '\t' && c <= '\r' {
			return rune(c), 1
		}
		return rune(c), 0
	}
	r, n = utf8.DecodeRuneInString(s)
	if !unicode.IsSpace(r) {
		n = 0
	}
	return r, n
}

// continued cuts the continuation character from the end of a line and tells
// whether there was one. Blanks may follow it; a doubled one is none.
func continued(s string, escape byte) (string, bool) {
	end := strings.TrimRight(s, " \t")
	n := len(end)
	if n == 0 || end[n-1] != escape || n > 1 && end[n-2] == escape {
		return s, false
	}
	return end[:n-1], true
}
