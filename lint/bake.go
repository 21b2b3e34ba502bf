package lint

import (
	"errors"
	"strings"
)

// maxBakeDepth bounds how deep values of a bake file may nest.
const maxBakeDepth = 50

// bakeHCL are the targets of a bake file in HCL. Only what lint needs is read:
// the strings and maps of targets, and the defaults of variables. Functions,
// conditions and inheritance are passed over.
func bakeHCL(p, text string) ([]build, error) {
	r := hclReader{text: text, line: 1, defaults: map[string]string{}}
	r.blocks()
	if r.err != nil {
		return nil, &FileError{p, r.errLine, r.errColumn, r.err}
	}
	var builds []build
	for _, t := range r.targets {
		b := build{context: t.text["context"], dockerfile: t.text["dockerfile"], inline: t.inline, args: map[string]string{}}
		for name, v := range t.args {
			if v.reference {
				value, ok := r.defaults[v.text]
				v.text, v.known = value, ok
			}
			if v.known {
				b.args[name] = v.text
			}
		}
		b.ok = local(b.context, b.dockerfile)
		if b.inline == nil && b.context == "" && b.dockerfile == "" {
			continue // it inherits, or is there to be inherited from
		}
		builds = append(builds, b)
	}
	return builds, nil
}

// hclReader reads HCL far enough for bake files.
type hclReader struct {
	text               string
	at, line           int
	err                error
	errLine, errColumn int
	targets            []hclTarget
	defaults           map[string]string // of variables
}

type hclTarget struct {
	text   map[string]string
	inline *inline
	args   map[string]hclValue
}

// hclValue is a string, or the name of a variable.
type hclValue struct {
	text      string
	known     bool
	reference bool
	where     *inline // of a string
	entries   map[string]hclValue
}

// skip passes over blanks and comments.
func (r *hclReader) skip() {
	for r.at < len(r.text) {
		rest := r.text[r.at:]
		switch {
		case rest[0] == '\n':
			r.line++
			r.at++
		case rest[0] <= ' ' || rest[0] == ',':
			r.at++
		case rest[0] == '#' || strings.HasPrefix(rest, "//"):
			r.until("\n", 0)
		case strings.HasPrefix(rest, "/*"):
			r.until("*/", 2)
		default:
			return
		}
	}
}

// until moves to a text, or behind it, or to the end.
func (r *hclReader) until(end string, behind int) {
	n := strings.Index(r.text[r.at:], end)
	if n < 0 {
		n, behind = len(r.text)-r.at, 0
	}
	r.line += strings.Count(r.text[r.at:r.at+n+behind], "\n")
	r.at += n + behind
}

func (r *hclReader) fail(message string) {
	if r.err == nil {
		r.err, r.errLine = errors.New(message), r.line
		r.errColumn = r.at - strings.LastIndexByte(r.text[:r.at], '\n')
	}
}

func (r *hclReader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

// word reads a name.
func (r *hclReader) word() string {
	start := r.at
	for r.at < len(r.text) {
		c := r.text[r.at]
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' || c >= 0x80 {
			r.at++
			continue
		}
		break
	}
	return r.text[start:r.at]
}

// blocks reads the blocks of the file.
func (r *hclReader) blocks() {
	for r.skip(); r.at < len(r.text) && r.err == nil; r.skip() {
		kind := r.word()
		if kind == "" {
			r.fail("want the name of a block or an attribute")
			return
		}
		label := ""
		for r.skip(); r.peek() == '"' && r.err == nil; r.skip() {
			label = r.quoted().text
		}
		switch r.peek() {
		case '{':
			r.at++
			body := r.body(0)
			r.keep(kind, label, body)
		case '=':
			r.at++
			r.value(0)
		default:
			r.fail("want { or = here")
		}
	}
}

func (r *hclReader) keep(kind, label string, body map[string]hclValue) {
	switch kind {
	case "target":
		t := hclTarget{text: map[string]string{}, args: body["args"].entries}
		for _, key := range []string{"context", "dockerfile"} {
			if v := body[key]; v.reference {
				t.text[key] = "$" + v.text
			} else {
				t.text[key] = v.text
			}
		}
		if v := body["dockerfile-inline"]; v.known && v.where != nil {
			t.inline = v.where
		}
		r.targets = append(r.targets, t)
	case "variable":
		if v := body["default"]; v.known && !v.reference {
			r.defaults[label] = v.text
		}
	}
}

// body reads the attributes and blocks up to a closing brace.
func (r *hclReader) body(depth int) map[string]hclValue {
	out := map[string]hclValue{}
	if depth > maxBakeDepth {
		r.fail("nested too deeply")
	}
	for r.err == nil {
		r.skip()
		name := ""
		switch c := r.peek(); {
		case c == '}':
			r.at++
			return out
		case c == '"':
			name = r.quoted().text
		case c == 0:
			r.fail("a block has no end")
			return out
		default:
			if name = r.word(); name == "" {
				r.fail("want the name of an attribute")
				return out
			}
		}
		for r.skip(); r.peek() == '"'; r.skip() {
			r.quoted() // the label of a block
		}
		switch r.peek() {
		case '=', ':':
			r.at++
			out[name] = r.value(depth)
		case '{':
			r.at++
			r.body(depth + 1)
		default:
			r.fail("want = here")
		}
	}
	return out
}

// value reads an expression. Only a lone string, number, name or map is
// understood.
func (r *hclReader) value(depth int) hclValue {
	for r.at < len(r.text) && (r.peek() == ' ' || r.peek() == '\t') {
		r.at++
	}
	var v hclValue
	switch c := r.peek(); {
	case c == '"':
		v = r.quoted()
	case c == '<' && strings.HasPrefix(r.text[r.at:], "<<"):
		return r.heredoc()
	case c == '{':
		r.at++
		v = hclValue{entries: r.body(depth + 1)}
	default:
		if name := r.word(); name != "" {
			first := name[0]
			v = hclValue{text: name, known: true, reference: first > '9' && name != "true" && name != "false"}
		}
	}
	if r.rest(depth) {
		return hclValue{}
	}
	return v
}

// rest passes over what follows in the same expression and tells whether there
// was any.
func (r *hclReader) rest(depth int) bool {
	more := false
	for open := 0; r.at < len(r.text) && r.err == nil; {
		switch c := r.peek(); c {
		case '"':
			r.quoted()
			more = true
			continue
		case '(', '[', '{':
			if open++; open+depth > maxBakeDepth {
				r.fail("nested too deeply")
			}
			more = true
		case ')', ']', '}':
			if open == 0 {
				return more
			}
			open--
		case ',':
			if open == 0 {
				return more
			}
		case '\n':
			if open == 0 {
				return more
			}
			r.line++
		case '#':
			r.until("\n", 0)
			continue
		case ' ', '\t', '\r':
		case '/':
			if strings.HasPrefix(r.text[r.at:], "//") {
				r.until("\n", 0)
				continue
			}
			more = true
		default:
			more = true
		}
		r.at++
	}
	return more
}

// quoted reads a string in double quotes. One with a template in it is not
// known.
func (r *hclReader) quoted() hclValue {
	v := hclValue{known: true, where: &inline{line: r.line - 1, column: r.at - strings.LastIndexByte(r.text[:r.at], '\n') - 1, flat: true}}
	var out strings.Builder
	for r.at++; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; {
		case c == '"':
			r.at++
			v.text = out.String()
			v.where.text = v.text
			return v
		case c == '\n':
			r.fail("a string has no end")
			return v
		case (c == '$' || c == '%') && strings.HasPrefix(r.text[r.at+1:], "{"):
			v.known = false
			out.WriteString(r.template())
		case c == '\\' && r.at+1 < len(r.text):
			r.at++
			out.WriteByte(unescape(r.text[r.at]))
		default:
			out.WriteByte(c)
		}
	}
	r.fail("a string has no end")
	return v
}

// template passes over ${…} up to its last character, and gives it.
func (r *hclReader) template() string {
	start := r.at
	for open := 0; r.at < len(r.text); r.at++ {
		switch r.text[r.at] {
		case '{':
			open++
		case '}':
			if open--; open == 0 {
				return r.text[start : r.at+1]
			}
		case '\n':
			r.at--
			return r.text[start : r.at+1]
		}
	}
	r.at--
	return r.text[start:]
}

func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	}
	return c
}

// heredoc reads <<WORD or <<-WORD up to the line with the word.
func (r *hclReader) heredoc() hclValue {
	r.at += 2
	indented := r.peek() == '-'
	if indented {
		r.at++
	}
	name := r.word()
	r.until("\n", 1)
	v := hclValue{known: true, where: &inline{line: r.line - 1}}
	var lines []string
	for r.at < len(r.text) {
		line, _, _ := strings.Cut(r.text[r.at:], "\n")
		if strings.TrimSpace(line) == name {
			r.at += len(line)
			if indented {
				v.where.column = dedent(lines)
			}
			v.text = strings.Join(lines, "\n") + "\n"
			v.where.text = v.text
			return v
		}
		lines = append(lines, strings.TrimSuffix(line, "\r"))
		r.at = min(r.at+len(line)+1, len(r.text))
		r.line++
	}
	r.fail("a here-document has no end")
	return v
}

// dedent takes the indentation that all lines share from them, and gives it.
func dedent(lines []string) int {
	least := -1
	for _, l := range lines {
		if n := len(l) - len(strings.TrimLeft(l, " \t")); strings.TrimSpace(l) != "" && (least < 0 || n < least) {
			least = n
		}
	}
	least = max(least, 0)
	for i, l := range lines {
		lines[i] = l[min(least, len(l)):]
	}
	return least
}
