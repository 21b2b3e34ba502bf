package main

import (
	"context"
	"net/url"
	"path/filepath"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/lint"
)

// maxOpenText is the longest document, in bytes, that is linted.
const maxOpenText = 4 << 20

// document is an open file of the editor.
type document struct {
	uri, path  string
	version    int
	text       string
	dockerfile bool // the editor or the name says so
	linted     bool // result is that of text
	result     lint.Result
}

// position is a place as the protocol has it: line and UTF-16 code unit from 0.
type position struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

func (p position) before(q position) bool {
	return p.Line < q.Line || p.Line == q.Line && p.Character < q.Character
}

// area is a range of the protocol.
type area struct {
	Start position `json:"start"`
	End   position `json:"end"`
}

// touches tells whether two areas share a place; an empty one is a cursor.
func (a area) touches(b area) bool { return !a.End.before(b.Start) && !b.End.before(a.Start) }

type diagnostic struct {
	Range    area   `json:"range"`
	Severity int    `json:"severity"`
	Code     string `json:"code"`
	Source   string `json:"source"`
	Message  string `json:"message"`
}

// pathOf is the path that a URI names; of one that is no file's, itself.
func pathOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "file" {
		return uri
	}
	path := u.Path
	if len(path) > 2 && path[0] == '/' && path[2] == ':' {
		path = path[1:] // a drive of Windows
	}
	return filepath.FromSlash(path)
}

// change replaces an area of the text, or all of it where there is none.
func (d *document) change(at *area, text string) {
	d.linted = false
	if at == nil {
		d.text = text
		return
	}
	from := d.offset(at.Start)
	to := max(d.offset(at.End), from)
	d.text = d.text[:from] + text + d.text[to:]
}

// offset is the byte at a position; one behind the end of a line is its end.
func (d *document) offset(p position) int {
	at := 0
	for range p.Line {
		n := strings.IndexByte(d.text[at:], '\n')
		if n < 0 {
			return len(d.text)
		}
		at += n + 1
	}
	for units := 0; at < len(d.text) && units < p.Character; {
		r, n := utf8.DecodeRuneInString(d.text[at:])
		if r == '\n' || r == '\r' && strings.HasPrefix(d.text[at:], "\r\n") {
			break
		}
		at += n
		units += utf16.RuneLen(max(r, 0))
	}
	return at
}

// position is the place of a byte of the text.
func (d *document) position(offset int) position {
	offset = min(max(offset, 0), len(d.text))
	line := strings.Count(d.text[:offset], "\n")
	start := strings.LastIndexByte(d.text[:offset], '\n') + 1
	return position{line, units(d.text[start:offset])}
}

// units is the length of text in UTF-16 code units.
func units(text string) int {
	n := 0
	for _, r := range text {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// place is a span of the linted text as the protocol has it. A byte order mark,
// which the linted text lacks, is counted in.
func (d *document) place(span dockerfile.Span) area {
	from, to := span.Start.Offset, max(span.End.Offset, span.Start.Offset)
	mark := d.mark()
	return area{d.position(from + mark), d.position(to + mark)}
}

func (d *document) mark() int {
	if strings.HasPrefix(d.text, "\ufeff") {
		return len("\ufeff")
	}
	return 0
}

// lint brings the findings up to the text.
func (d *document) lint(ctx context.Context, l *lint.Linter) {
	if d.linted {
		return
	}
	d.linted, d.result = true, lint.Result{}
	if d.dockerfile && len(d.text) <= maxOpenText {
		d.result = l.Lint(ctx, d.source())
	}
}

func (d *document) source() lint.Source {
	s := lint.Source{Path: d.path, Text: []byte(d.text)}
	if filepath.IsAbs(d.path) {
		s.Ignore = lint.IgnoreFor(d.path)
	}
	return s
}

// diagnostics are the findings as the protocol has them.
func (d *document) diagnostics() []diagnostic {
	list := []diagnostic{}
	for i, f := range d.result.Findings {
		list = append(list, diagnostic{d.place(d.result.Spans[i]), lspSeverity(f.Severity), f.ID, "plimsoll", f.Message})
	}
	return list
}

// lspSeverity is error, warning, information or hint.
func lspSeverity(s finding.Severity) int {
	switch s {
	case finding.Critical, finding.High:
		return 1
	case finding.Medium:
		return 2
	case finding.Low:
		return 3
	}
	return 4
}
