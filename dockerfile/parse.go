package dockerfile

import (
	"fmt"
	"slices"
	"strings"
)

const (
	// maxLine is the length of a line, in bytes, from which BuildKit gives up.
	maxLine = 64 << 10
	// maxProblems bounds what is said about one file.
	maxProblems = 100
	// maxRecoveries bounds how often the end of a here-document is looked for in
	// vain, since each time reads the rest of the file.
	maxRecoveries = 8
	// maxTokens bounds the instructions, words, flags, lines and comments that
	// are kept of one file; what follows is not read.
	maxTokens = 500_000
	// maxWords bounds the words and the flags of one instruction.
	maxWords = 50_000
	// maxOnBuild bounds the depth of ONBUILD ONBUILD …, which BuildKit refuses.
	maxOnBuild = 8
)

// parser is the state of one Parse.
type parser struct {
	reader
	file     *File
	inHead   bool // parser directives may still come
	unclosed int  // here-documents whose end was not found
	tokens   int  // kept so far
	early    bool // an instruction before the first FROM was reported
}

// Parse reads a Dockerfile. It never fails: what BuildKit would refuse becomes
// a Problem, and what follows is read on. Time and memory grow with the length
// of src, which the caller limits; src is not changed and must not be either.
func Parse(src []byte) *File {
	f := &File{Escape: '\\'}
	f.Source, f.Encoding = decode(src)
	p := parser{reader: reader{text: string(f.Source)}, file: f, inHead: true}
	for {
		l, ok := p.read()
		if !ok {
			break
		}
		p.checkLength(l)
		l = l.trimLeft()
		switch {
		case l.text == "":
			p.inHead = false
		case l.text[0] == '#':
			p.comment(l)
		default:
			p.inHead = false
			p.instruction(l)
		}
	}
	p.missing()
	p.binary()
	slices.SortStableFunc(f.Problems, func(a, b Problem) int { return a.Span.Start.Offset - b.Span.Start.Offset })
	return f
}

// missing reports what every Dockerfile has to have.
func (p *parser) missing() {
	top := Span{Pos{0, 1, 1}, Pos{0, 1, 1}}
	switch {
	case len(p.file.Instructions) == 0:
		p.problem(top, "the file has no instructions")
	case len(p.file.Stages) == 0 && !p.early:
		p.problem(top, "the file has no FROM")
	}
}

// problem notes a problem; what goes into the message is made readable.
func (p *parser) problem(s Span, format string, args ...string) {
	if len(p.file.Problems) >= maxProblems {
		return
	}
	quoted := make([]any, len(args))
	for i, a := range args {
		quoted[i] = excerpt(a)
	}
	p.file.Problems = append(p.file.Problems, Problem{s, fmt.Sprintf(format, quoted...)})
}

// excerpt keeps a message readable whatever the file holds.
func excerpt(s string) string {
	const most = 60
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// keep counts tokens and stops reading where there are too many.
func (p *parser) keep(n int, at Pos) {
	p.tokens += n
	if p.tokens > maxTokens && !p.stopped {
		p.stopped = true
		p.file.Problems = append(p.file.Problems, Problem{Span{at, at}, "the file is too long: what follows is not read"})
	}
}

// binary leaves one problem of a file that is no text: more of them would only
// repeat it.
func (p *parser) binary() {
	at := strings.IndexByte(p.text, 0)
	if at < 0 {
		return
	}
	p.file.Binary = true
	before := p.text[:at]
	pos := Pos{at, strings.Count(before, "\n") + 1, at - strings.LastIndexByte(before, '\n')}
	p.file.Problems = []Problem{{Span{pos, pos.plus(1)}, "this is no text file: it has a NUL byte"}}
}

func (p *parser) checkLength(l physical) {
	if len(l.text) >= maxLine {
		p.problem(l.span(), "the line is longer than the 65535 bytes that BuildKit takes")
	}
}

// comment records a line that starts with "#": a parser directive at the top of
// the file, or a comment.
func (p *parser) comment(l physical) {
	if p.inHead && p.directive(l) {
		return
	}
	p.inHead = false
	p.keep(1, l.start)
	p.file.Comments = append(p.file.Comments, Comment{strings.TrimSpace(l.text[1:]), l.span()})
}

// directive records a parser directive; it is false for any other comment.
func (p *parser) directive(l physical) bool {
	const blanks = " \t\f\r"
	written, value, _ := strings.Cut(l.text[1:], "=")
	written = strings.TrimRight(written[blank(written):], blanks)
	name := strings.ToLower(written)
	if value == "" || len(name) != len(written) || name != "syntax" && name != "escape" && name != "check" {
		return false
	}
	value = strings.Trim(value, blanks)
	if slices.ContainsFunc(p.file.Directives, func(d Directive) bool { return d.Name == name }) {
		p.problem(l.span(), "the parser directive %s is written twice", name)
		return true
	}
	p.file.Directives = append(p.file.Directives, Directive{name, value, l.span()})
	if name == "escape" {
		if value == "`" || value == `\` {
			p.file.Escape = value[0]
		} else {
			p.problem(l.span(), "the escape character %s must be \\ or `", value)
		}
	}
	return true
}

// instruction reads the instruction that starts at a line, its continuation
// lines and here-documents.
func (p *parser) instruction(first physical) {
	line, blanks := p.join(first)
	i := p.build(line, 0, 0)
	if i == nil {
		p.problem(first.span(), "a continuation character without an instruction")
		return
	}
	i.Span.Start = first.start
	i.Blank = blanks
	p.heredocs(i)
	i.Span.End = p.lastEnd()
	for inner := i.OnBuild; inner != nil; inner = inner.OnBuild {
		inner.Span.End = i.Span.End
	}
	p.add(i)
}

// join reads the continuation lines of a line.
func (p *parser) join(first physical) (*logical, []Span) {
	text, more := continued(first.text, p.file.Escape)
	line := &logical{text: text, pieces: []piece{{0, first.start}}}
	if !more {
		return line, nil
	}
	var blanks []Span
	var joined strings.Builder
	joined.WriteString(text)
	for more {
		l, ok := p.read()
		if !ok {
			break
		}
		p.checkLength(l)
		trimmed := l.trimLeft()
		if trimmed.text == "" {
			p.keep(1, l.start)
			blanks = append(blanks, l.span())
			continue
		}
		if trimmed.text[0] == '#' {
			p.comment(trimmed)
			continue
		}
		text, more = continued(l.text, p.file.Escape)
		if text != "" {
			p.keep(1, l.start)
			line.pieces = append(line.pieces, piece{joined.Len(), l.start})
			joined.WriteString(text)
		}
	}
	line.text = joined.String()
	return line, blanks
}

// lastEnd is the end of the last line read.
func (p *parser) lastEnd() Pos {
	end := p.next
	if end > 0 && p.text[end-1] == '\n' {
		end--
	}
	start := strings.LastIndexByte(p.text[:end], '\n') + 1
	for end > start && p.text[end-1] == '\r' {
		end--
	}
	return Pos{end, p.line, end - start + 1}
}

// add puts an instruction into its stage.
func (p *parser) add(i *Instruction) {
	f := p.file
	p.keep(1+len(i.Args)+len(i.Flags)+len(i.Heredocs), i.Span.End)
	i.index = len(f.Instructions)
	f.Instructions = append(f.Instructions, i)
	if i.Name == "FROM" {
		f.Stages = append(f.Stages, p.stage(i))
	}
	if len(f.Stages) == 0 {
		if i.Name != "ARG" && known(i.Name) && !p.early {
			p.early = true
			p.problem(i.NameSpan, "%s stands before the first FROM; only ARG may", i.Name)
		}
		return
	}
	s := f.Stages[len(f.Stages)-1]
	s.Instructions = append(s.Instructions, i)
	for inner := i; inner != nil; inner = inner.OnBuild {
		inner.Stage = s
		inner.index = i.index
	}
}
