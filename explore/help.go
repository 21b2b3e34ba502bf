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
		{"v", "a layer's changes, or all up to it"},
		{"m", "the whole image"},
		{"d", "more or less details"},
		{"Find", ""},
		{"/ n N", "search, next, last match"},
		{"] [", "next, last finding"},
		{"c w f", "only changed, wasted, or found"},
		{"o", "sort by name, size, waste"},
		{"esc", "take filters and search away"},
		{"Other", ""},
		{"s", "save to look at it again"},
		{"? q", "this help, quit"},
		{"Marks", ""},
		{"A M R", "new, changed, gone"},
		{"~", "changed below"},
		{"!3", "three findings in it"},
	}
}

func (b *Browser) helpLines(p *pen, height int) []Line {
	keys := helpFor()
	per := max(height-1, 1)
	if b.width >= 100 {
		per = min(per, (len(keys)+1)/2)
	}
	var columns []helpColumn
	for len(keys) > 0 {
		columns = append(columns, newHelpColumn(keys[:min(per, len(keys))]))
		keys = keys[min(per, len(keys)):]
	}
	lines := make([]Line, 0, height)
	for row := range height {
		p.begin(b.width)
		for _, c := range columns {
			if row > 0 && row <= len(c.keys) {
				c.cell(p, c.keys[row-1])
			} else {
				p.column("", c.key+c.does, Plain)
			}
		}
		lines = append(lines, p.end())
	}
	return lines
}

// helpColumn is a part of the help, as wide as its words.
type helpColumn struct {
	keys      []keyHelp
	key, does int // cells
}

func newHelpColumn(keys []keyHelp) helpColumn {
	c := helpColumn{keys: keys}
	for _, k := range keys {
		if k.does != "" {
			c.key, c.does = max(c.key, len(k.key)+3), max(c.does, len(k.does)+2)
		}
	}
	return c
}

func (c helpColumn) cell(p *pen, k keyHelp) {
	if k.does == "" {
		p.column(" "+k.key, c.key+c.does, Bold)
		return
	}
	p.column("  "+k.key, c.key, Cyan)
	p.column(k.does, c.does, Plain)
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
