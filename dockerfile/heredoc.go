package dockerfile

import (
	"strconv"
	"strings"
)

// maxHeredocLine bounds the length of an instruction in which here-documents
// are looked for, in bytes.
const maxHeredocLine = 1 << 20

// takesHeredocs tells whether BuildKit looks for here-documents in i.
func takesHeredocs(i *Instruction) bool {
	if i.Name == "ONBUILD" && i.OnBuild != nil {
		i = i.OnBuild
	}
	switch i.Name {
	case "RUN", "COPY", "ADD":
		return i.Form == ShellForm
	}
	return false
}

// heredocs reads the here-documents that an instruction announces.
func (p *parser) heredocs(i *Instruction) {
	if !strings.Contains(i.line.text, "<<") || !takesHeredocs(i) {
		return
	}
	if len(i.line.text) > maxHeredocLine {
		p.problem(i.NameSpan, "%s is too long: here-documents in it are not read", i.Name)
		return
	}
	// The escape character is always the backslash here, as in BuildKit.
	lex := lexer{escape: '\\', rawQuotes: true, rawEscapes: true, keepUnset: true}
	words, err := lex.words(i.line.text)
	if err != nil {
		return // BuildKit sees no here-documents in such a line
	}
	for _, w := range words {
		h, ok, err := heredocWord(w.text)
		open := i.line.span(w.from, w.to)
		if err != nil {
			p.problem(open, "the word after << cannot be read: %s", err.Error())
		}
		if !ok {
			continue
		}
		h.Open = open
		p.readHeredoc(&h)
		i.Heredocs = append(i.Heredocs, h)
	}
	if i.OnBuild != nil {
		i.OnBuild.Heredocs = i.Heredocs
	}
}

// heredocWord reads a word like 3<<-"EOF".
func heredocWord(s string) (h Heredoc, ok bool, err error) {
	digits := 0
	for digits < len(s) && s[digits] >= '0' && s[digits] <= '9' {
		digits++
	}
	rest, ok := strings.CutPrefix(s[digits:], "<<")
	if !ok {
		return h, false, nil
	}
	rest, h.Chomp = strings.CutPrefix(rest, "-")
	rest = strings.TrimLeft(rest, "\t\n\f\r ")
	if rest == "" || strings.Contains(rest, "<") {
		return h, false, nil
	}
	h.FD, _ = strconv.Atoi(s[:digits])
	plain := lexer{escape: '\\', keepUnset: true}
	words, err := plain.words(rest)
	if err != nil || len(words) != 1 {
		return h, false, err
	}
	quoted := lexer{escape: '\\', keepUnset: true, rawQuotes: true}
	raw, err := quoted.words(rest)
	if err != nil || len(raw) != 1 {
		return h, false, err
	}
	h.Name = words[0].text
	h.Expand = quotes(h.Name) == quotes(raw[0].text)
	return h, true, nil
}

func quotes(s string) int { return strings.Count(s, `"`) + strings.Count(s, `'`) }

// readHeredoc reads the content of a here-document. Where its end is missing,
// it ends before what looks like the next instruction.
func (p *parser) readHeredoc(h *Heredoc) {
	start := p.reader
	guess := reader{next: -1}
	for {
		before := p.reader
		l, ok := p.read()
		if !ok {
			break
		}
		end := l.text
		if h.Chomp {
			end = strings.TrimLeft(end, "\t")
		}
		if end == h.Name {
			p.setContent(h, start, before)
			h.Close = l.span()
			return
		}
		p.checkLength(l)
		if guess.next < 0 && looksLikeInstruction(l.text) {
			guess = before
		}
	}
	p.problem(h.Open, "the here-document %s has no end", h.Name)
	p.unclosed++
	if guess.next >= 0 && p.unclosed <= maxRecoveries {
		p.reader = guess
	}
	p.setContent(h, start, p.reader)
	h.Close = Span{h.Span.End, h.Span.End}
}

// setContent takes the lines between two states of the reader.
func (p *parser) setContent(h *Heredoc, from, to reader) {
	h.Content = p.text[from.next:to.next]
	h.Span = Span{from.pos(), to.pos()}
}

// pos is where the reader stands: the start of the next line, or the end of a
// last line that has no line end.
func (r *reader) pos() Pos {
	if r.next > 0 && r.text[r.next-1] != '\n' {
		return Pos{r.next, r.line, r.next - strings.LastIndexByte(r.text[:r.next], '\n')}
	}
	return Pos{r.next, r.line + 1, 1}
}

// looksLikeInstruction is true for a line that starts with the name of an
// instruction in upper case and a blank.
func looksLikeInstruction(s string) bool {
	n := 0
	for n < len(s) && s[n] >= 'A' && s[n] <= 'Z' {
		n++
	}
	return n > 0 && n < len(s) && (s[n] == ' ' || s[n] == '\t') && known(s[:n])
}
