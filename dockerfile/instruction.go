package dockerfile

import (
	"strings"
	"unicode"
)

// At is the place in the file of a byte of Text; len(Text) is the end of Text.
func (i *Instruction) At(offset int) Pos { return i.line.at(i.start + offset) }

// SpanOf is the place in the file of Text[from:to], without a continuation
// character that follows.
func (i *Instruction) SpanOf(from, to int) Span { return i.line.span(i.start+from, i.start+to) }

// Line is the whole instruction on one line, as BuildKit joins continuation
// lines.
func (i *Instruction) Line() string { return i.line.text }

// Flag is the value of a flag, the last one if it is repeated; ok is false
// where the flag is not set.
func (i *Instruction) Flag(name string) (value string, ok bool) {
	for _, f := range i.Flags {
		if f.Name == name {
			value, ok = f.Value, true
		}
	}
	return value, ok
}

// known tells whether a name in upper case is that of an instruction.
func known(name string) bool {
	switch name {
	case "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL",
		"MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR":
		return true
	}
	return false
}

// build makes an instruction of the text of a line from an offset on; nil if
// there is none. Depth counts the ONBUILDs around it.
func (p *parser) build(line *logical, from, depth int) *Instruction {
	text := strings.TrimRightFunc(line.text, unicode.IsSpace)
	from += blank(text[min(from, len(text)):])
	if from >= len(text) {
		return nil
	}
	end := from
	for end < len(text) && !separator(text[end]) {
		end++
	}
	i := &Instruction{
		Name:     upper(text[from:end]),
		NameSpan: line.span(from, end),
		Span:     Span{Start: line.at(from)},
		line:     line,
		escape:   p.file.Escape,
	}
	for end < len(text) && separator(text[end]) {
		end++
	}
	i.Flags, end = flags(line, text, end, i.escape)
	i.start = min(end+blank(text[end:]), len(text))
	i.Text = text[i.start:]
	p.arguments(i, depth)
	return i
}

// upper is strings.ToUpper without its work for names that are so already.
func upper(s string) string {
	for n := range len(s) {
		if s[n] >= 0x80 {
			return strings.ToUpper(strings.ToLower(s))
		}
	}
	return strings.ToUpper(s)
}

// separator is true for what parts words in BuildKit's instructions.
func separator(c byte) bool {
	return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r'
}

// flags reads the options of an instruction and gives the offset behind them.
func flags(line *logical, text string, at int, escape byte) ([]Flag, int) {
	var out []Flag
	for {
		start := at + blank(text[at:])
		if !strings.HasPrefix(text[start:], "--") || len(out) == maxWords {
			return out, start
		}
		end, value, plain := flagWord(text, start, escape)
		if plain == "--" {
			return out, end
		}
		f := Flag{Span: line.span(start, end)}
		f.Name, f.Value, f.HasValue = strings.Cut(plain[2:], "=")
		if f.HasValue {
			f.ValueSpan = line.span(value, end)
		} else {
			f.ValueSpan = Span{f.Span.End, f.Span.End}
		}
		out = append(out, f)
		at = end
	}
}

// flagWord reads the word that starts at an offset: where it ends, where the
// text after its first "=" starts, and what it says without quotes and escapes.
func flagWord(text string, at int, escape byte) (end, value int, plain string) {
	start := at
	var quote byte
	var out []byte // stays nil while the word is as written
	keep := func() {
		if out == nil {
			out = append([]byte{}, text[start:at]...)
		}
	}
	for at < len(text) {
		c := text[at]
		if quote == 0 {
			if _, n := space(text[at:]); n > 0 {
				break
			}
		}
		switch {
		case quote == 0 && (c == '"' || c == '\''):
			keep()
			quote = c
			at++
			continue
		case quote != 0 && c == quote:
			quote = 0
			at++
			continue
		case c == escape:
			keep()
			at++
			if at == len(text) {
				continue
			}
			c = text[at]
		}
		if out != nil {
			out = append(out, c)
		}
		at++
		if c == '=' && value == 0 {
			value = at
		}
	}
	if out == nil {
		return at, value, text[start:at]
	}
	return at, value, string(out)
}

// arguments fills in Form, Args and OnBuild.
func (p *parser) arguments(i *Instruction, depth int) {
	switch i.Name {
	case "ADD", "COPY", "VOLUME":
		if !p.array(i, 0) {
			i.Args = i.fields()
		}
	case "RUN", "CMD", "ENTRYPOINT", "SHELL":
		if !p.array(i, 0) {
			i.Args = i.whole(0)
		}
	case "USER", "WORKDIR", "STOPSIGNAL", "MAINTAINER":
		i.Args = i.whole(0)
	case "ARG":
		i.Args = i.words()
	case "ENV", "LABEL":
		p.pairs(i)
	case "HEALTHCHECK":
		p.health(i)
	case "ONBUILD":
		p.onBuild(i, depth)
	default:
		i.Args = i.fields()
	}
	p.check(i)
}

// onBuild reads the instruction inside an ONBUILD.
func (p *parser) onBuild(i *Instruction, depth int) {
	if i.Text == "" {
		return
	}
	i.Args = i.fields()
	if depth >= maxOnBuild {
		p.problem(i.NameSpan, "ONBUILD is nested too deeply")
		return
	}
	i.OnBuild = p.build(i.line, i.start, depth+1)
}

// health reads CMD or NONE and the command of a HEALTHCHECK.
func (p *parser) health(i *Instruction) {
	end := 0
	for end < len(i.Text) {
		if _, n := space(i.Text[end:]); n > 0 {
			break
		}
		end++
	}
	if end == 0 {
		return
	}
	kind := i.word(0, end)
	next := end + blank(i.Text[end:])
	if !p.array(i, next) {
		i.Args = i.whole(next)
	}
	i.Args = append([]Word{kind}, i.Args...)
}

// pairs reads the words of ENV and LABEL, which have two forms: the first word
// decides.
func (p *parser) pairs(i *Instruction) {
	words := i.words()
	if len(words) == 0 {
		return
	}
	if strings.Contains(words[0].Text, "=") {
		i.Args = words
		for _, w := range words {
			if !strings.Contains(w.Text, "=") {
				p.problem(w.Span, "%s has no \"=\": write name=value", w.Text)
			}
		}
		return
	}
	end := strings.IndexAny(i.Text, " \t\v\f\r")
	if end < 0 {
		i.Args = i.whole(0)
		p.problem(i.NameSpan, "%s needs a name and a value", i.Name)
		return
	}
	next := end
	for separator(i.Text[next]) {
		next++
	}
	i.Args = append([]Word{i.word(0, end)}, i.whole(next)...)
}

// word is Text[from:to] as a word.
func (i *Instruction) word(from, to int) Word { return Word{i.Text[from:to], i.SpanOf(from, to), from} }

// whole is Text from an offset on as one word.
func (i *Instruction) whole(from int) []Word {
	if from >= len(i.Text) {
		return nil
	}
	return []Word{i.word(from, len(i.Text))}
}

// fields splits Text at blanks, whatever is quoted.
func (i *Instruction) fields() []Word {
	var out []Word
	for at := 0; at < len(i.Text); {
		if len(out) == maxWords {
			return append(out, i.word(at, len(i.Text)))
		}
		start := at
		for at < len(i.Text) && !separator(i.Text[at]) {
			at++
		}
		out = append(out, i.word(start, at))
		for at < len(i.Text) && separator(i.Text[at]) {
			at++
		}
	}
	return out
}

// words splits Text at blanks that are not quoted or escaped.
func (i *Instruction) words() []Word {
	var out []Word
	text := i.Text
	for at := blank(text); at < len(text); at += blank(text[at:]) {
		if len(out) == maxWords {
			return append(out, i.word(at, len(text)))
		}
		start := at
		end, next := wordEnd(text, at, i.escape)
		if end > start {
			out = append(out, i.word(start, end))
		}
		at = next
	}
	return out
}

// wordEnd gives the end of the word that starts at an offset, and where to read
// on: an escape character that ends the text is no part of a word.
func wordEnd(text string, at int, escape byte) (end, next int) {
	var quote byte
	for at < len(text) {
		c := text[at]
		switch {
		case c == escape && quote != '\'':
			if at+1 == len(text) {
				return at, at + 1
			}
			at++
			_, n := space(text[at:])
			at += max(n, 1)
			continue
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		default:
			if _, n := space(text[at:]); n > 0 {
				return at, at
			}
		}
		at++
	}
	return at, at
}
