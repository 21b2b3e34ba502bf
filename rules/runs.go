package rules

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/shell"
)

// run is a RUN with the commands that it runs.
type run struct {
	d        *rule.Dockerfile
	outer    *dockerfile.Instruction // the RUN, or the ONBUILD around it
	inner    *dockerfile.Instruction // the RUN
	script   *rule.Script
	commands []*shell.Command
	joined   bool // commands are those of a JSON form read as one line: their places are not in the file
	facts    *facts
}

// What is looked at of a RUN is bounded, since some rules compare its commands
// with each other, and so is what a variable may hold to be looked at.
const (
	maxCommands = 2000
	maxPipe     = 50   // commands between the ends of a pipe
	maxValue    = 1024 // bytes
	maxShown    = 80   // bytes of a word in a message
)

// call is a command of a RUN; n counts the commands of the RUN from 0, so that
// one can be told to come after another.
type call struct {
	*shell.Command
	n int
}

// eachRun calls f for every RUN that a shell understood here runs, those of
// ONBUILD included. The words of a JSON form are taken for one line of shell, as
// the other tools do, so that ["sudo yum", "install"] is seen for what is meant.
func eachRun(d *rule.Dockerfile, f func(*run)) {
	shared := &facts{}
	for _, i := range d.Instructions {
		if i.Name != "RUN" && i.Name != "ONBUILD" {
			continue
		}
		for _, s := range d.Scripts(i) {
			r := &run{d: d, outer: i, inner: s.Instruction, script: s, commands: s.Commands, facts: shared}
			if r.inner.Name != "RUN" {
				continue
			}
			if s.Exec {
				r.joined = true
				r.commands = nil
				if line := shell.Parse(r.line(), nil); line != nil {
					r.commands = line.Commands
				}
			}
			r.commands = r.commands[:min(len(r.commands), maxCommands)]
			f(r)
		}
	}
}

// line is the text of the RUN on one line, as tools that do not parse see it.
func (r *run) line() string {
	if !r.script.Exec {
		return r.script.Text
	}
	words := make([]string, len(r.inner.Args))
	for k, w := range r.inner.Args {
		words[k] = w.Text
	}
	return strings.Join(words, " ")
}

// calls are the calls of some programs in the order of the text. Where a program
// is called again in the arguments of its own call ("apt-get install a apt-get
// update"), an && is missing: it counts as two calls, as was meant.
func (r *run) calls(names ...string) []call {
	var out []call
	for n, c := range r.commands {
		if !has(names, c.Name) {
			continue
		}
		for {
			at := repeated(c)
			if at == 0 {
				break
			}
			first, rest := *c, *c
			first.Words, rest.Words = c.Words[:at:at], c.Words[at:]
			out = append(out, call{&first, n})
			c = &rest
		}
		out = append(out, call{c, n})
	}
	return out
}

// repeated is the index of the word at which the program is called again; 0
// where it is not.
func repeated(c *shell.Command) int {
	for k := 2; k+1 < len(c.Words); k++ {
		if c.Words[k].Text == c.Name && !c.Words[k].Quoted {
			switch verb := c.Words[k+1].Text; {
			case strings.HasPrefix(verb, "-"), has(managerVerbs(), verb):
				return k
			}
		}
	}
	return 0
}

// report reports a problem of a command. The place is the command where it
// stands in the line of the instruction; further down it is the instruction up
// to the command, which is the place other tools name, and the message has the
// line.
func (r *run) report(c *shell.Command, p rule.Problem) {
	p.Span = r.inner.Span
	if !r.joined {
		at := r.script.Span(c)
		if at.Start.Line == r.outer.Span.Start.Line {
			p.Span = at
		} else {
			p.Span = dockerfile.Span{Start: r.outer.Span.Start, End: at.End}
			if at.Start.Line > p.Span.Start.Line {
				p.Message = strings.TrimSuffix(p.Message, ".") + fmt.Sprintf(" (line %d).", at.Start.Line)
			}
		}
	}
	r.d.Report(p)
}

// fixed is a fix of edits; nil where one of them is not possible.
func fixed(title string, edits ...*rule.Edit) *rule.Fix {
	f := &rule.Fix{Title: title}
	for _, e := range edits {
		if e == nil {
			return nil
		}
		f.Edits = append(f.Edits, *e)
	}
	return f
}

// span is the place of a word that stands in the file letter by letter.
func (r *run) span(w shell.Word) (s dockerfile.Span, ok bool) {
	if r.joined || w.Quoted || !w.Literal || w.Text == "" {
		return s, false
	}
	s = r.script.Span(w)
	return s, s.Start.Offset >= 0 && s.End.Offset <= len(r.d.Source) && s.Start.Offset <= s.End.Offset &&
		written(r.d, s) == w.Text
}

// addAfter is the edit that puts a flag behind a word; nil where that is not
// possible.
func (r *run) addAfter(w shell.Word, flag string) *rule.Edit {
	if r.joined {
		return r.addElement(w, flag)
	}
	s, ok := r.span(w)
	if !ok {
		return nil
	}
	e := insert(s.End, " "+flag)
	return &e
}

// addElement is the edit that puts a flag into a JSON form, behind the string
// that is the word.
func (r *run) addElement(w shell.Word, flag string) *rule.Edit {
	offset := 0
	for _, element := range r.inner.Args {
		if offset == int(w.Pos().Offset()) && element.Text == w.Text {
			e := insert(element.Span.End, `, "`+flag+`"`)
			return &e
		}
		offset += len(element.Text) + 1
	}
	return nil
}

// rewrite is the edit that replaces a word; nil where that is not possible.
func (r *run) rewrite(w shell.Word, text string) *rule.Edit {
	s, ok := r.span(w)
	if !ok {
		return nil
	}
	e := replace(s, text)
	return &e
}

// then is the edit that has a command run after another, in the layout of the
// commands around it; nil where that is not possible.
func (r *run) then(c *shell.Command, command string) *rule.Edit {
	end := int(c.End().Offset())
	if c.Stmt != nil {
		for _, redirect := range c.Stmt.Redirs {
			if redirect.Hdoc != nil {
				return nil
			}
			end = max(end, int(redirect.End().Offset()))
		}
	}
	if c.Pipe != nil && !c.Last {
		end = int(c.Pipe.End().Offset())
	}
	text := r.script.Text
	if r.joined || c.Nested || end < 1 || end > len(text) {
		return nil
	}
	at := r.script.Place(end-1, end)
	from, to := at.Start.Offset, at.End.Offset
	if to != from+1 || to > len(r.d.Source) || r.d.Source[from] != text[end-1] {
		return nil
	}
	if has(c.Wrapper, "sudo") {
		command = "sudo " + command
	}
	e := insert(at.End, r.separator(r.script.Pos(int(c.Pos().Offset())), at.End)+command)
	return &e
}

// separator is what stands between a command that goes from start to end and one
// that is put behind it: " && ", with a line end where the commands around it
// have a line each.
func (r *run) separator(start, end dockerfile.Pos) string {
	if start.Line == r.outer.Span.Start.Line && !strings.Contains(r.lineFrom(end.Offset), "&&") {
		return " && "
	}
	lineEnd := "\n"
	if to := bytes.IndexByte(r.d.Source, '\n'); to > 0 && r.d.Source[to-1] == '\r' {
		lineEnd = "\r\n"
	}
	begin := bytes.LastIndexByte(r.d.Source[:start.Offset], '\n') + 1
	before := string(r.d.Source[begin:start.Offset])
	indent := before[:len(before)-len(strings.TrimLeft(before, " \t"))]
	if len(r.inner.Heredocs) > 0 {
		return " && "
	}
	if rest := strings.TrimSpace(before); strings.HasPrefix(rest, "&&") {
		return " " + string(r.d.Escape) + lineEnd + indent + "&& "
	}
	after := strings.TrimSpace(r.lineFrom(end.Offset))
	if strings.TrimSpace(before) == "" || after == "&& "+string(r.d.Escape) {
		if start.Line == r.outer.Span.Start.Line {
			next := r.lineFrom(end.Offset + len(r.lineFrom(end.Offset)) + len(lineEnd))
			indent = next[:len(next)-len(strings.TrimLeft(next, " \t"))]
		}
		return " && " + string(r.d.Escape) + lineEnd + indent
	}
	return " && "
}

// lineFrom is the rest of a line of the file, without its end.
func (r *run) lineFrom(offset int) string {
	if offset > len(r.d.Source) {
		return ""
	}
	line, _, _ := bytes.Cut(r.d.Source[offset:], []byte("\n"))
	return strings.TrimSuffix(string(line), "\r")
}

// list names some of the words, "a, b, c and 4 more".
func list(words []string) string {
	const shown = 3
	var named []string
	for k, w := range words {
		if k == shown && len(words) > shown+1 {
			return fmt.Sprintf("%s and %d more", strings.Join(named, ", "), len(words)-shown)
		}
		named = append(named, short(w))
	}
	return strings.Join(named, ", ")
}

// short is a word as a message shows it.
func short(word string) string {
	if len(word) > maxShown {
		return strings.ToValidUTF8(word[:maxShown], "") + "…"
	}
	return word
}

// inLastStage tells whether the RUN is in the last stage or in a fragment without
// FROM: KICS often looks there only.
func (r *run) inLastStage() bool {
	return r.outer.Stage == nil || r.outer.Stage == finalStage(r.d)
}
