package rule

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/shell"
)

// Script is the shell script of an instruction, with its place in the file.
type Script struct {
	*shell.Script
	Instruction *dockerfile.Instruction // the RUN, CMD, …; not the ONBUILD around it
	// Exec says that no shell reads this: it is the one command of a JSON form,
	// made to look like a script so that rules find its words.
	Exec bool
	// Verbatim says that the text stands in the file as it is but for line
	// continuations, so that a fix can edit it; what a JSON string holds does not.
	Verbatim bool
	// Variables are the names that ARG and ENV set where it runs, and those of the
	// proxies that a build passes on.
	Variables []string

	places []place
	// whole is where everything is, for a JSON string whose escapes leave no
	// exact places.
	whole *dockerfile.Span
}

// place says that the text of a script from offset on stands at pos, in the same
// line up to the next place. What is missing in the file stands at one point.
type place struct {
	offset  int
	pos     dockerfile.Pos
	missing bool
}

// Scripts are the shell scripts that an instruction runs, parsed once under the
// shell in force there: the text of a RUN, CMD, ENTRYPOINT or HEALTHCHECK CMD in
// shell form, what a JSON form gives to sh -c, and the here-document of a RUN
// that is a script. Any other JSON form is a script of one command with Exec
// set. There are none where no shell runs that is understood (PowerShell, cmd).
// An ONBUILD has those of the instruction in it.
func (d *Dockerfile) Scripts(i *dockerfile.Instruction) []*Script {
	if scripts, ok := d.scripts[i]; ok {
		return scripts
	}
	inner := i
	for n := 0; inner.Name == "ONBUILD" && inner.OnBuild != nil && n < 8; n++ {
		inner = inner.OnBuild
	}
	var scripts []*Script
	switch inner.Name {
	case "RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK":
		if s := d.script(inner); s != nil {
			s.Instruction, s.Variables = inner, d.variables(inner)
			scripts = []*Script{s}
		}
	}
	d.scripts[i] = scripts
	return scripts
}

// variables are the names that are set where an instruction runs.
func (d *Dockerfile) variables(i *dockerfile.Instruction) []string {
	names := d.Scope(i).Names()
	if i.Stage == nil {
		for _, k := range d.Instructions {
			if k.Span.Start.Offset >= i.Span.Start.Offset {
				break
			}
			if k.Name == "ENV" || k.Name == "ARG" {
				for _, p := range k.Pairs() {
					names = append(names, p.Key)
				}
			}
		}
	}
	return append(names, "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY", "ftp_proxy",
		"NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy")
}

func (d *Dockerfile) script(i *dockerfile.Instruction) *Script {
	if i.Form == dockerfile.JSONForm {
		args := i.Args
		if i.Name == "HEALTHCHECK" {
			args = args[min(1, len(args)):]
		}
		return execScript(args)
	}
	from := 0
	if i.Name == "HEALTHCHECK" {
		if len(i.Text) < 4 || !strings.EqualFold(i.Text[:3], "CMD") {
			return nil
		}
		from = 4
	}
	from += len(i.Text[from:]) - len(strings.TrimLeft(i.Text[from:], " \t"))
	argv := d.ShellAt(i)
	if i.Name == "RUN" && isHeredoc(i, from) {
		return heredocScript(d.Source, &i.Heredocs[0], argv)
	}
	var t placedText
	t.joined(i, from)
	for k := range i.Heredocs {
		h := &i.Heredocs[k]
		t.text.WriteByte('\n')
		t.lines(d.Source, h.Span, false)
		t.places = append(t.places, place{t.text.Len(), h.Close.Start, h.Close.Start == h.Close.End})
		t.text.WriteString(h.Name)
	}
	return t.script(argv)
}

// isHeredoc tells whether the here-document is all that the RUN has, so that its
// content is the script.
func isHeredoc(i *dockerfile.Instruction, from int) bool {
	if len(i.Heredocs) != 1 {
		return false
	}
	text := strings.TrimRight(i.Text[from:], " \t")
	open := i.Heredocs[0].Open
	return text != "" && i.At(from) == open.Start && i.At(from+len(text)-1).Offset+1 == open.End.Offset
}

// heredocScript is the content of a here-document, which the program of its #!
// line runs if it has one.
func heredocScript(source []byte, h *dockerfile.Heredoc, argv []string) *Script {
	var t placedText
	t.lines(source, h.Span, h.Chomp)
	if first, ok := strings.CutPrefix(t.text.String(), "#!"); ok {
		first, _, _ = strings.Cut(first, "\n")
		argv = strings.Fields(first)
		if len(argv) == 0 {
			return nil
		}
	}
	return t.script(argv)
}

// execScript is the script that a JSON form gives to a shell, or its own words.
func execScript(args []dockerfile.Word) *Script {
	if len(args) == 0 {
		return nil
	}
	argv := make([]string, len(args))
	for i, a := range args {
		argv[i] = a.Text
	}
	if _, _, ok := shell.Program(argv[:1]); ok {
		for i, a := range argv[1:] {
			if !strings.HasPrefix(a, "-") {
				continue
			}
			if !strings.HasPrefix(a, "--") && strings.HasSuffix(a, "c") && i+2 < len(args) {
				return stringScript(args[i+2], argv[:i+2])
			}
		}
	}
	var t placedText
	for i, a := range args {
		if i > 0 {
			t.text.WriteByte(' ')
		}
		t.mark(a.Span.Start)
		t.text.WriteString("'" + strings.ReplaceAll(a.Text, "'", `'\''`) + "'")
	}
	s := t.script(nil)
	s.Exec, s.Verbatim = true, false
	return s
}

// stringScript is a script in a JSON string.
func stringScript(w dockerfile.Word, argv []string) *Script {
	s := &Script{Script: shell.Parse(w.Text, argv)}
	if s.Script == nil {
		return nil
	}
	start := w.Span.Start
	if w.Span.End.Offset-start.Offset != len(w.Text)+2 || w.Span.End.Line != start.Line {
		s.whole = &w.Span
		return s
	}
	s.places = []place{{pos: dockerfile.Pos{Offset: start.Offset + 1, Line: start.Line, Column: start.Column + 1}}}
	return s
}

// placedText is a script's text in the making, with the places of its parts.
type placedText struct {
	text   strings.Builder
	places []place
}

// mark says that what is written next stands at pos.
func (t *placedText) mark(pos dockerfile.Pos) {
	t.places = append(t.places, place{offset: t.text.Len(), pos: pos})
}

// joined writes the text of an instruction, whose places change where
// continuation lines were joined.
func (t *placedText) joined(i *dockerfile.Instruction, from int) {
	base := from
	expected := dockerfile.Pos{Offset: -1}
	for offset := from; offset < len(i.Text); offset++ {
		pos := i.At(offset)
		if pos.Offset != expected.Offset {
			t.text.WriteString(i.Text[base:offset])
			t.mark(pos)
			base = offset
		}
		expected.Offset = pos.Offset + 1
	}
	t.text.WriteString(i.Text[base:])
}

// lines writes the lines of a run of the source without carriage returns and,
// for <<-, leading tabs.
func (t *placedText) lines(source []byte, s dockerfile.Span, chomp bool) {
	pos := s.Start
	for line := range strings.Lines(string(source[s.Start.Offset:s.End.Offset])) {
		text := line
		if chomp {
			text = strings.TrimLeft(line, "\t")
		}
		cut := len(line) - len(text)
		t.mark(dockerfile.Pos{Offset: pos.Offset + cut, Line: pos.Line, Column: pos.Column + cut})
		body, ended := strings.CutSuffix(text, "\n")
		t.text.WriteString(strings.TrimRight(body, "\r"))
		if ended {
			t.text.WriteByte('\n')
		}
		pos = dockerfile.Pos{Offset: pos.Offset + len(line), Line: pos.Line + 1, Column: 1}
	}
}

func (t *placedText) script(argv []string) *Script {
	s := shell.Parse(t.text.String(), argv)
	if s == nil {
		return nil
	}
	return &Script{Script: s, places: t.places, Verbatim: true}
}

// Checked is the script as a shellcheck program is to see it. Place gives the
// places of its remarks.
func (s *Script) Checked() shell.CheckedScript {
	return shell.CheckedScript{Shell: s.Shell, Text: s.Text, Variables: s.Variables, Errexit: s.Errexit()}
}

// Pos is the place in the Dockerfile of an offset in the script's text.
func (s *Script) Pos(offset int) dockerfile.Pos {
	if s.whole != nil {
		return s.whole.Start
	}
	if len(s.places) == 0 {
		return dockerfile.Pos{}
	}
	lo, hi := 0, len(s.places)
	for lo+1 < hi {
		if mid := (lo + hi) / 2; s.places[mid].offset <= offset {
			lo = mid
		} else {
			hi = mid
		}
	}
	p := s.places[lo]
	if p.missing {
		return p.pos
	}
	n := max(offset-p.offset, 0)
	return dockerfile.Pos{Offset: p.pos.Offset + n, Line: p.pos.Line, Column: p.pos.Column + n}
}

// Span is the place in the Dockerfile of a node of the script: a node of Tree, a
// *shell.Command or a shell.Word.
func (s *Script) Span(n syntax.Node) dockerfile.Span {
	from, to := int(n.Pos().Offset()), int(n.End().Offset())
	if s.whole != nil {
		return *s.whole
	}
	return s.Place(from, to)
}

// Place is the place in the Dockerfile of the script's text between two offsets.
func (s *Script) Place(from, to int) dockerfile.Span {
	start := s.Pos(from)
	if s.whole != nil {
		return *s.whole
	}
	if to <= from {
		return dockerfile.Span{Start: start, End: start}
	}
	end := s.Pos(to - 1)
	if end != s.Pos(to) {
		end.Offset++
		end.Column++
	}
	return dockerfile.Span{Start: start, End: end}
}
