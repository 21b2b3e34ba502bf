package secret

import "strings"

// window is the part of a text that may be looked at around a keyword.
type window struct {
	text   []byte
	lo, hi int // bounds in text
	path   string
	work   *work
}

// work is what is remembered from window to window, so that a text full of
// keywords takes no more than some times its length.
type work struct {
	// spent is how much was done, about in nanoseconds.
	spent int64
	// runs are the values that were read last, by the quotation mark around them.
	runs [4]run
}

// run is a part of the text that holds no end of a value.
type run struct {
	from, to int
	ended    bool // one is at to
}

// How far a window reaches from its keyword, in bytes.
const (
	behind = 2 << 10
	ahead  = 32 << 10
)

// byteAt is the byte at i, or 0 outside of the window.
func (w *window) byteAt(i int) byte {
	if i < w.lo || i >= w.hi {
		return 0
	}
	return w.text[i]
}

// assignment is a name and what it is set to, in one of the many ways to write
// that: name = "value", "name": "value", <name>value</name>, name => 'value',
// set("name", "value"), --name value.
type assignment struct {
	found              bool
	nameStart, nameEnd int
	start, end         int // of the value
	// quote is the quotation mark around the value, or 0.
	quote byte
	// op is the first byte of the operator; a space where there is none.
	op byte
}

// Lengths that an assignment has at most, in bytes.
const (
	maxName  = 64
	maxGap   = 24
	maxValue = 4 << 10
)

func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isAlnum(c byte) bool { return isAlpha(c) || isDigit(c) }
func isName(c byte) bool  { return isAlnum(c) || c == '_' || c == '-' || c == '.' }
func isBlank(c byte) bool { return c == ' ' || c == '\t' }
func isSpace(c byte) bool { return isBlank(c) || c == '\n' || c == '\r' }
func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

// readAssignment reads the assignment whose name has the keyword at [from, to).
func (w *window) readAssignment(from, to int) assignment {
	a := assignment{nameStart: from, nameEnd: to}
	for a.nameStart > w.lo && from-a.nameStart < maxName && isName(w.text[a.nameStart-1]) {
		a.nameStart--
	}
	for a.nameEnd < w.hi && a.nameEnd-to < maxName && isName(w.text[a.nameEnd]) {
		a.nameEnd++
	}
	next := w.readOperator(&a, w.skipClosers(a.nameEnd))
	if next < 0 {
		// A type may stand between, as in: var token string = "…".
		gap := a.nameEnd
		for gap < w.hi && gap-a.nameEnd < maxGap && (isName(w.text[gap]) || isBlank(w.text[gap])) {
			gap++
		}
		next = w.readOperator(&a, w.skipClosers(gap))
		if next >= 0 && a.op == ',' {
			next = -1
		}
	}
	if next < 0 {
		if next = a.nameEnd; !isBlank(w.byteAt(next)) {
			return a
		}
		a.op = ' '
	}
	w.readValue(&a, next)
	return a
}

// skipClosers skips what may close a name: quotes, brackets, blanks.
func (w *window) skipClosers(i int) int {
	for end := min(i+8, w.hi); i < end; i++ {
		switch c := w.text[i]; {
		case isBlank(c), isQuote(c), c == ']', c == ')', c == '}', c == '\\':
		default:
			return i
		}
	}
	return i
}

// readOperator returns the place after the operator at i, or -1.
func (w *window) readOperator(a *assignment, i int) int {
	c := w.byteAt(i)
	switch c {
	case '=', ':', '?', '.', '+', '|', '>', ',', '-', '<':
	case '\r', '\n':
		// - name: TOKEN
		//   value: "…"
		for n := 0; n < 40 && isSpace(w.byteAt(i)); n++ {
			i++
		}
		return w.readAttribute(a, i, ':')
	default:
		// <add key="token" value="…"/>
		return w.readAttribute(a, i, '=')
	}
	a.op = c
	if c == ',' {
		return i + 1
	}
	n := i
	for n < w.hi && n-i < 4 {
		switch w.text[n] {
		case '=', ':', '?', '.', '+', '|', '>', '-', '<':
			n++
			continue
		}
		break
	}
	switch last := w.text[n-1]; {
	case last == '=', last == ':', last == '>' && n-i <= 2, last == '|' && n-i == 2, c == '<' && n-i == 2 && last == '-':
		return n
	case c == ':' || c == '=' || c == '>':
		a.op = c
		return i + 1
	}
	return -1
}

// readAttribute reads value= or value: at i.
func (w *window) readAttribute(a *assignment, i int, op byte) int {
	const name = "value"
	if i < w.lo || i+len(name)+1 >= w.hi || !foldedPrefix(w.text[i:w.hi], name) {
		return -1
	}
	i += len(name)
	for n := 0; n < 4 && isBlank(w.byteAt(i)); n++ {
		i++
	}
	if w.byteAt(i) != op {
		return -1
	}
	a.op = op
	return i + 1
}

// readValue finds the value that begins at or after i.
func (w *window) readValue(a *assignment, i int) {
	lines := a.op == '>' // <name>\n  value\n</name>
	for end := min(i+40, w.hi); i < end && (isBlank(w.text[i]) || lines && isSpace(w.text[i])); i++ {
	}
	for end := min(i+6, w.hi); i < end; i++ {
		if a.quote != 0 && w.text[i-1] == a.quote && w.byteAt(i) != a.quote {
			break
		}
		c := w.text[i]
		switch {
		case isQuote(c):
			a.quote = c
		case c == '\\' || c == '(' || c == '[' || isBlank(c):
		case (c|0x20 >= 'a' && c|0x20 <= 'z' || c == '@') && isQuote(w.byteAt(i+1)) && a.quote == 0:
		default:
			end = i
		}
		if i == end {
			break
		}
	}
	a.start, a.end = i, w.valueEnd(i, a.quote)
	a.found = a.end > a.start && a.end-a.start < maxValue
}

// valueEnd is the end of the value that begins at start, or the place where it
// becomes too long.
func (w *window) valueEnd(start int, quote byte) int {
	r := &w.work.runs[strings.IndexByte("\x00\"'`", quote)]
	if start < r.from || start > r.to {
		*r = run{from: start, to: start}
	}
	limit := min(start+maxValue, w.hi)
	for ; !r.ended && r.to < limit; r.to++ {
		if endsValue(w.text[r.to], quote) {
			r.ended = true
			break
		}
	}
	return min(r.to, limit)
}

// endsValue says whether c ends a value in quotes, or without if quote is 0.
func endsValue(c, quote byte) bool {
	if c == '\n' || c == '\r' || c == 0 || c == '\\' {
		return true
	}
	if quote != 0 {
		return c == quote
	}
	switch c {
	case ' ', '\t', '"', '\'', '`', '<', '>', ';', ',', '&', ')', ']', '}':
		return true
	}
	return false
}

// name is the name of the assignment.
func (w *window) name(a *assignment) []byte { return w.text[a.nameStart:a.nameEnd] }

// value is the value of the assignment.
func (w *window) value(a *assignment) []byte { return w.text[a.start:a.end] }
