package explore

import (
	"fmt"
)

// keyHelp is one key and what it does.
type keyHelp struct{ key, does string }

// helpFor is all keys by what they are for; a key without words is a heading.
func helpFor() []keyHelp {
	return []keyHelp{
		{"Move", ""},
		{"up down j k", "one line"},
		{"pgup pgdown g G", "a page, first, last"},
		{"tab", "layers or files"},
		{"left right h l", "close or open a directory"},
		{"enter", "open, close, go to the file"},
		{"e E", "open all below, close all"},
		{"Look at", ""},
		{"1 2 3", "files, wasted, findings"},
		{"v", "changes of the layer, or all up to it"},
		{"m", "the whole image"},
		{"d", "more details, less details"},
		{"Find", ""},
		{"/ n N", "search, next, last match"},
		{"] [", "next, last finding"},
		{"c w f", "only changed, wasted, with findings"},
		{"o", "sort by name, size, waste"},
		{"esc", "take filters and search away"},
		{"Other", ""},
		{"s", "save, to look at it again later"},
		{"? q", "this help, quit"},
		{"Marks", ""},
		{"A M R", "added, changed, removed"},
		{"~", "something below changed"},
		{"!3", "three findings there or below"},
	}
}

func (b *Browser) helpLines(p *pen, height int) []Line {
	keys := helpFor()
	perColumn := max(height-1, 1)
	columns := (len(keys) + perColumn - 1) / perColumn
	if b.width >= 100 && columns < 2 {
		columns, perColumn = 2, (len(keys)+1)/2
	}
	width := b.width / columns
	lines := make([]Line, 0, height)
	for row := range height {
		p.begin(b.width)
		for c := range columns {
			if i := c*perColumn + row - 1; row > 0 && row <= perColumn && i < len(keys) {
				b.helpCell(p, keys[i], width)
			}
		}
		lines = append(lines, p.end())
	}
	return lines
}

func (b *Browser) helpCell(p *pen, k keyHelp, width int) {
	if k.does == "" {
		p.column(" "+k.key, width, Bold)
		return
	}
	p.column("  "+k.key, min(18, width), Cyan)
	p.column(k.does, width-min(18, width), Plain)
}

// keysLine is the last line: what is typed, the answer to the last key, or the
// keys that matter most.
func (b *Browser) keysLine(p *pen) Line {
	p.begin(b.width)
	switch {
	case b.prompt == searchPrompt:
		p.put("/", Bold)
		p.put(p.fitTail(b.input, p.left-24), Plain)
		p.put(" ", Reverse)
		if b.query != "" {
			p.put(fmt.Sprintf("  %d found", len(b.matches)), Faint)
		}
	case b.prompt == savePrompt:
		p.put(" save as: ", Bold)
		p.put(p.fitTail(b.input, p.left-4), Plain)
		p.put(" ", Reverse)
	case b.message != "":
		p.put(" "+b.message, Plain)
	default:
		b.hints(p)
	}
	return p.end()
}

func (b *Browser) hints(p *pen) {
	hints := []keyHelp{{"?", "help"}, {"q", "quit"}, {"tab", "side"}, {"/", "search"}, {"1 2 3", "files wasted findings"}, {"v", "view"}, {"c w f", "filter"}, {"]", "next finding"}, {"o", "order"}, {"d", "details"}, {"s", "save"}}
	if b.help {
		hints = []keyHelp{{"any key", "back"}, {"q", "quit"}}
	}
	for _, h := range hints {
		if p.left < len(h.key)+len(h.does)+4 {
			return
		}
		p.put(" "+h.key, Cyan|Bold)
		p.put(" "+h.does+" ", Faint)
	}
}
