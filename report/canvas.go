package report

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// style is how a piece of text looks where colour is allowed: the parameters
// of an ANSI SGR sequence.
type style string

const (
	plain  style = ""
	bold   style = "1"
	faint  style = "2"
	red    style = "31"
	alarm  style = "1;31"
	yellow style = "33"
	calm   style = "1;32"
	warned style = "1;33"
)

// span is a run of text in one style.
type span struct {
	text  string
	style style
}

// longest is the number of runes that are kept of one text from outside. It is
// above any screen's width, and it bounds a flood of marks that take no room.
const longest = 1000

// canvas collects the lines of a text report. Every text goes through safe on
// its way in, so that nothing from an image can steer the terminal.
type canvas struct {
	width int
	color bool
	ascii bool
	out   bytes.Buffer
}

func newCanvas(s Screen) *canvas {
	width := s.Width
	if width == 0 {
		width = 100
	}
	return &canvas{width: min(max(width, 60), 200), color: s.Color, ascii: s.ASCII}
}

// spelled are the signs of this package where only ASCII is wanted.
var spelled = strings.NewReplacer("→", "->", "·", "|", "…", "...")

// safe makes text printable on one line: what could steer a terminal or reorder
// a line is escaped as Go would escape it. Doing it twice changes nothing.
func (c *canvas) safe(text string) string {
	if c.ascii {
		text = spelled.Replace(text)
	}
	var b strings.Builder
	n := 0
	for i, r := range text {
		if n++; n > longest {
			b.WriteString(c.dots())
			break
		}
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case unicode.IsPrint(r) && (r < utf8.RuneSelf || !c.ascii):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}

// flat is free text on one line, without runs of white space.
func flat(text string) string {
	if len(text) > 4*longest {
		text = strings.ToValidUTF8(text[:4*longest], "")
	}
	return strings.Join(strings.Fields(text), " ")
}

func (c *canvas) dots() string {
	if c.ascii {
		return "..."
	}
	return "…"
}

// cells is the room that text takes on the screen.
func (c *canvas) cells(text string) int { return displaywidth.String(c.safe(text)) }

// fit cuts text to a number of cells; the cut shows as dots.
func (c *canvas) fit(text string, cells int) string {
	text = c.safe(text)
	if displaywidth.String(text) <= cells {
		return text
	}
	room := max(cells-displaywidth.String(c.dots()), 0)
	return strings.TrimRight(displaywidth.TruncateString(text, room, ""), " …") + c.dots()
}

// fitTail cuts text at its front, where a path says least.
func (c *canvas) fitTail(text string, cells int) string {
	text = c.safe(text)
	over := displaywidth.String(text) - cells
	if over <= 0 {
		return text
	}
	over += displaywidth.String(c.dots())
	for g := displaywidth.StringGraphemes(text); g.Next(); {
		over -= g.Width()
		text = text[len(g.Value()):]
		if over <= 0 {
			break
		}
	}
	return c.dots() + text
}

// pad fits text into exactly that many cells.
func (c *canvas) pad(text string, cells int) string {
	text = c.fit(text, cells)
	return text + strings.Repeat(" ", max(0, cells-displaywidth.String(text)))
}

// gap writes an empty line, but never a second one.
func (c *canvas) gap() {
	if b := c.out.Bytes(); len(b) > 0 && !bytes.HasSuffix(b, []byte("\n\n")) {
		c.out.WriteByte('\n')
	}
}

// line writes spans as one line that is cut at the width of the screen.
func (c *canvas) line(spans ...span) {
	if c.room(spans) <= c.width {
		c.command(spans...)
		return
	}
	room := c.width - displaywidth.String(c.dots())
	for _, s := range spans {
		text := c.safe(s.text)
		if n := displaywidth.String(text); n <= room {
			c.paint(text, s.style)
			room -= n
			continue
		}
		text = strings.TrimRight(displaywidth.TruncateString(text, room, ""), " …")
		c.paint(text+c.dots(), s.style)
		break
	}
	c.end()
}

// command writes a line that is never cut: what it holds is there to be copied.
func (c *canvas) command(spans ...span) {
	for _, s := range spans {
		c.paint(c.safe(s.text), s.style)
	}
	c.end()
}

// room is the cells that spans take together.
func (c *canvas) room(spans []span) int {
	n := 0
	for _, s := range spans {
		n += c.cells(s.text)
	}
	return n
}

func (c *canvas) paint(text string, as style) {
	core := strings.TrimRight(text, " ")
	if !c.color || as == plain || core == "" {
		c.out.WriteString(text)
		return
	}
	c.out.WriteString("\x1b[" + string(as) + "m" + core + "\x1b[0m" + text[len(core):])
}

// end ends a line without trailing spaces; a line that says nothing is no line.
func (c *canvas) end() {
	c.out.Truncate(len(bytes.TrimRight(c.out.Bytes(), " ")))
	if b := c.out.Bytes(); len(b) > 0 && b[len(b)-1] != '\n' {
		c.out.WriteByte('\n')
	}
}

// wrap writes words as a paragraph: first goes before the first line and is
// indented for on all further ones. A word that is too long is cut.
func (c *canvas) wrap(first span, words []span) {
	indent := c.cells(first.text)
	line, used := []span{first}, indent
	for _, w := range words {
		n := c.cells(w.text)
		gap := 0
		if len(line) > 1 {
			gap = 1
		}
		if gap > 0 && used+gap+n > c.width {
			c.line(line...)
			line, used, gap = []span{{text: strings.Repeat(" ", indent)}}, indent, 0
		}
		if gap > 0 {
			line = append(line, span{text: " "})
		}
		line, used = append(line, w), used+gap+n
	}
	c.line(line...)
}

// words splits text into spans of one style for wrap.
func words(text string, as style) []span {
	var spans []span
	for _, w := range strings.Fields(text) {
		spans = append(spans, span{w, as})
	}
	return spans
}
