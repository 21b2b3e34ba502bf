package explore

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// Style is how a span looks: a colour of the terminal's own eight and what may
// be added to it.
type Style uint16

// The styles. Colours mean the same everywhere: green was added, yellow was
// changed, red was removed or is bad.
const (
	Plain Style = iota
	Red
	Green
	Yellow
	Blue
	Magenta
	Cyan

	Bold    Style = 1 << 4
	Faint   Style = 1 << 5
	Reverse Style = 1 << 6

	colors = 1<<4 - 1
)

// Span is a run of text in one style. Its text is safe for a terminal.
type Span struct {
	Text  string
	Style Style
}

// Line is one line of the screen, exactly as wide as it.
type Line []Span

// String is the line without styles.
func (l Line) String() string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Paint is the line with the escape sequences of ECMA-48 (SGR). Without color
// only bold, faint and reverse are left.
func (l Line) Paint(color bool) string {
	var b strings.Builder
	for _, s := range l {
		codes := ""
		for _, c := range []struct {
			bit  Style
			code string
		}{{Bold, ";1"}, {Faint, ";2"}, {Reverse, ";7"}} {
			if s.Style&c.bit != 0 {
				codes += c.code
			}
		}
		if c := s.Style & colors; color && c != Plain {
			codes += fmt.Sprintf(";%d", 30+c)
		}
		if codes == "" {
			b.WriteString(s.Text)
			continue
		}
		fmt.Fprintf(&b, "\x1b[%sm%s\x1b[0m", codes[1:], s.Text)
	}
	return b.String()
}

// restyle keeps some of the style of each span and adds to it.
func (l Line) restyle(keep, add Style) Line {
	out := make(Line, len(l))
	for i, s := range l {
		out[i] = Span{s.Text, s.Style&keep | add}
	}
	return out
}

// glyphs are the signs that are not letters.
type glyphs struct {
	vertical, horizontal, open, folded, dots, dot, arrow, times string
}

func glyphsOf(ascii bool) glyphs {
	if ascii {
		return glyphs{"|", "-", "-", "+", "...", "|", "->", "x"}
	}
	return glyphs{"│", "─", "▾", "▸", "…", "·", "→", "×"}
}

// pen builds lines of a given width. All text goes through it, so that nothing
// from an image can steer the terminal.
type pen struct {
	glyphs
	ascii bool
	line  Line
	left  int // cells still free
}

func (p *pen) begin(width int) { p.line, p.left = nil, max(width, 0) }

// put writes text as far as there is room.
func (p *pen) put(text string, s Style) {
	text = p.fit(text, p.left)
	if text == "" {
		return
	}
	p.line = append(p.line, Span{text, s})
	p.left -= displaywidth.String(text)
}

// column writes text in exactly that many cells.
func (p *pen) column(text string, width int, s Style) {
	width = min(width, p.left)
	text = p.fit(text, width)
	p.put(text+strings.Repeat(" ", max(width-displaywidth.String(text), 0)), s)
}

// number writes text to the right end of that many cells.
func (p *pen) number(text string, width int, s Style) {
	width = min(width, p.left)
	text = p.fit(text, width)
	p.put(strings.Repeat(" ", max(width-displaywidth.String(text), 0))+text, s)
}

// end fills the line up.
func (p *pen) end() Line {
	if p.left > 0 {
		p.line = append(p.line, Span{strings.Repeat(" ", p.left), Plain})
	}
	p.left = 0
	return p.line
}

// fit cuts text to a number of cells; the cut shows as dots.
func (p *pen) fit(text string, cells int) string {
	text = p.safe(text)
	if displaywidth.String(text) <= cells {
		return text
	}
	dots := p.dots
	if displaywidth.String(dots) >= cells {
		dots = ""
	}
	return displaywidth.TruncateString(text, max(cells-displaywidth.String(dots), 0), "") + dots
}

// fitTail cuts text at its front, where a path says least.
func (p *pen) fitTail(text string, cells int) string {
	text = p.safe(text)
	over := displaywidth.String(text) - cells
	if over <= 0 {
		return text
	}
	over += displaywidth.String(p.dots)
	for g := displaywidth.StringGraphemes(text); g.Next(); {
		over -= g.Width()
		text = text[len(g.Value()):]
		if over <= 0 {
			break
		}
	}
	return p.dots + text
}

// longest bounds the runes that are kept of one text; no screen is wider.
const longest = 4096

// safe makes text printable on one line: what could steer a terminal or reorder
// a line is escaped as Go would escape it. Doing it twice changes nothing.
func (p *pen) safe(text string) string {
	plain := len(text) <= longest
	for i := 0; plain && i < len(text); i++ {
		plain = text[i] >= ' ' && text[i] < 0x7f
	}
	if plain {
		return text
	}
	var b strings.Builder
	n := 0
	for i, r := range text {
		if n++; n > longest {
			b.WriteString(p.dots)
			break
		}
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case p.ascii && strings.ContainsRune("→·…×", r):
			b.WriteString(map[rune]string{'→': "->", '·': "|", '…': "...", '×': "x"}[r])
		case unicode.IsPrint(r) && (r < utf8.RuneSelf || !p.ascii):
			b.WriteRune(r)
		case r == '\n' || r == '\t':
			b.WriteString(map[rune]string{'\n': `\n`, '\t': `\t`}[r])
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

// wrap breaks text into lines of a width, at spaces where it can.
func (p *pen) wrap(text string, width int) []string {
	text = p.safe(strings.Join(strings.Fields(text), " "))
	var lines []string
	for displaywidth.String(text) > width && width > 0 {
		head := displaywidth.TruncateString(text, width, "")
		if i := strings.LastIndexByte(head, ' '); i > len(head)/2 {
			head = head[:i]
		}
		if head == "" {
			break
		}
		lines = append(lines, head)
		text = strings.TrimLeft(text[len(head):], " ")
	}
	return append(lines, text)
}

// bytesText is a size for a person, in at most nine cells: "1.2 MB". Units are
// powers of a thousand, as dive and docker count.
func bytesText(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	f, unit := float64(n), 0
	for f >= 999.95 && unit < 6 {
		f /= 1000
		unit++
	}
	return fmt.Sprintf("%.1f %cB", f, "BkMGTPE"[unit])
}

// shortBytes is a size in at most five cells: "1.2M".
func shortBytes(n int64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	f, unit := float64(n), 0
	for f >= 999.5 && unit < 6 {
		f /= 1000
		unit++
	}
	if f < 9.95 {
		return fmt.Sprintf("%.1f%c", f, "BkMGTPE"[unit])
	}
	return fmt.Sprintf("%.0f%c", f, "BkMGTPE"[unit])
}

func timeText(seconds uint32) string {
	if seconds == 0 {
		return ""
	}
	return time.Unix(int64(seconds), 0).UTC().Format("2006-01-02 15:04")
}

// countText is a number with its word: "1 layer", "2,000 files".
func countText(n int, word string) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if n != 1 {
		word += "s"
	}
	return digits + " " + word
}
