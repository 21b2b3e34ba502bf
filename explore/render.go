package explore

import (
	"fmt"
	"strings"
)

// layout is how the screen is divided.
type layout struct {
	left, right int // cells of the two sides; one is 0 on a narrow screen
	body        int // lines of the lists
	details     int // lines of the details
}

// The smallest screen that anything is shown on.
const (
	minWidth  = 24
	minHeight = 6
	twoSides  = 60 // cells from which on both sides show
)

func (b *Browser) layout() layout {
	var l layout
	l.left = min(max(b.width*2/5, 34), 76)
	l.right = b.width - l.left - 1
	if b.width < twoSides {
		l.left, l.right = 0, b.width
		if b.focus == layersPane {
			l.left, l.right = b.width, 0
		}
	}
	rest := b.height - 4 // title, headings, rule, keys
	l.details = min(max(b.height/5, 2), 9)
	if b.tall {
		l.details = rest / 2
	}
	if rest < 8 {
		l.details = max(min(rest-3, 2), 0)
	}
	l.body = max(rest-l.details, 0)
	return l
}

// Screen gives the lines of the screen, each as wide as it.
func (b *Browser) Screen() []Line {
	p := &pen{glyphs: glyphsOf(b.ascii), ascii: b.ascii}
	if b.width < minWidth || b.height < minHeight {
		return b.tooSmall(p)
	}
	l := b.layout()
	lines := []Line{b.title(p)}
	if b.help {
		lines = append(lines, b.helpLines(p, b.height-2)...)
		return append(lines, b.keysLine(p))
	}
	left := make([]Line, 0, l.body+1)
	if l.left > 0 {
		left = b.layerLines(p, l)
	}
	right := b.rightLines(p, l)
	for i := range l.body + 1 {
		switch {
		case l.left == 0:
			lines = append(lines, right[i])
		case l.right == 0:
			lines = append(lines, left[i])
		default:
			line := append(left[i], Span{p.vertical, Faint})
			lines = append(lines, append(line, right[i]...))
		}
	}
	lines = append(lines, b.detailLines(p, l)...)
	return append(lines, b.keysLine(p))
}

func (b *Browser) tooSmall(p *pen) []Line {
	var lines []Line
	for i := range max(b.height, 0) {
		p.begin(b.width)
		if i == 0 {
			p.put("make the window larger", Plain)
		}
		lines = append(lines, p.end())
	}
	return lines
}

// title is the line about the whole image. A narrow screen leaves out what the
// layers tell as well.
func (b *Browser) title(p *pen) Line {
	p.begin(b.width)
	p.put(" "+p.fitTail(b.image.Ref, max(b.width/4, 16)), Bold|Reverse)
	sep := "  "
	add := func(text string, s Style) {
		if text != "" && p.left > len(text)+3 {
			p.put(sep+text, s|Reverse)
			sep = " " + p.dot + " "
		}
	}
	if b.width >= 110 {
		add(b.image.Platform, Plain)
		if n := len(b.image.Layers); n > 0 {
			add(countText(n, "layer"), Plain)
		}
	}
	if b.waste != nil {
		if b.width >= 80 {
			add(bytesText(b.waste.Bytes), Plain)
		}
		add(percent(b.waste.Efficiency)+" efficient", Plain)
		add(bytesText(b.waste.Wasted)+" wasted", Plain)
	}
	switch {
	case b.note != "":
		add(b.note, Bold)
	case b.scanned && b.places.total.n == 0:
		add("no findings", Plain)
	case b.scanned:
		add(countText(b.places.total.n, "finding"), Bold)
	}
	if n := len(b.warnings); n > 0 {
		add(countText(n, "warning"), Bold)
	}
	p.put(strings.Repeat(" ", p.left), Reverse)
	return p.end()
}

func percent(f float64) string {
	text := fmt.Sprintf("%.1f %%", 100*f)
	if f < 1 && text == "100.0 %" {
		return "99.9 %" // what is not whole does not look so
	}
	return text
}

// layerLines is the left side: its heading and the layers.
func (b *Browser) layerLines(p *pen, l layout) []Line {
	wide := l.left >= 44
	size, sizeText := 5, shortBytes
	if wide {
		size, sizeText = 8, bytesText
	}
	p.begin(l.left)
	p.put("  #  ", Faint)
	p.number("size", size, Faint)
	p.put(" ", Plain)
	p.number("wasted", max(size, 6), Faint)
	p.put("  ", Plain)
	p.put("layer", b.headStyle(layersPane))
	lines := []Line{p.end()}
	for i := b.first; len(lines) <= l.body; i++ {
		p.begin(l.left)
		if i > len(b.image.Layers) {
			lines = append(lines, p.end())
			continue
		}
		mark, style := " ", Plain
		if i == b.layer {
			mark = ">"
		}
		name, number, use := "whole image", "all", LayerUsage{}
		if b.waste != nil {
			use = LayerUsage{Bytes: b.waste.Bytes, Wasted: b.waste.Wasted}
		}
		tally := b.places.total
		if i > 0 {
			layer := b.image.Layers[i-1]
			name, number, use = layer.CreatedBy, fmt.Sprint(i-1), LayerUsage{}
			if b.waste != nil && i <= len(b.waste.Layers) {
				use = b.waste.Layers[i-1]
			}
			if layer.Base {
				style = Faint
			}
			tally = b.places.layer[i-1]
		}
		p.put(mark, Bold)
		p.number(number, 3, style)
		p.put(" ", Plain)
		b.sizeCell(p, use.Bytes, size, sizeText)
		p.put(" ", Plain)
		wasteStyle := Faint
		if use.Wasted > 0 {
			wasteStyle = Yellow
		}
		b.wasteCell(p, use.Wasted, max(size, 6), wasteStyle, sizeText)
		p.put("  ", Plain)
		badge := ""
		if tally.n > 0 {
			badge = fmt.Sprintf(" !%d", tally.n)
		}
		p.column(name, p.left-len(badge), style)
		p.put(badge, severityStyle(tally.worst))
		lines = append(lines, b.selectLine(p.end(), i == b.layer, layersPane))
	}
	return lines
}

func (b *Browser) sizeCell(p *pen, n int64, width int, text func(int64) string) {
	if b.tree == nil {
		p.number(p.dots, width, Faint)
		return
	}
	p.number(text(n), width, Plain)
}

func (b *Browser) wasteCell(p *pen, n int64, width int, s Style, text func(int64) string) {
	if b.tree == nil || n == 0 {
		p.number("-", width, Faint)
		return
	}
	p.number(text(n), width, s)
}

func (b *Browser) headStyle(side pane) Style {
	if b.focus == side {
		return Bold
	}
	return Faint
}

// selectLine makes the selected line stand out, more so where the keys go.
func (b *Browser) selectLine(l Line, selected bool, side pane) Line {
	switch {
	case selected && b.focus == side:
		return l.restyle(Bold, Reverse) // in one piece, without colours
	case selected:
		return l.restyle(^Faint, Bold)
	}
	return l
}

// rightLines is the right side: its heading and the list at hand.
func (b *Browser) rightLines(p *pen, l layout) []Line {
	if l.right == 0 {
		return nil
	}
	var lines []Line
	switch {
	case b.list == wastedList:
		lines = b.wastedLines(p, l)
	case b.list == findingsList:
		lines = b.findingLines(p, l)
	default:
		lines = b.fileLines(p, l)
	}
	if len(lines) == 1 {
		p.begin(l.right)
		p.put("  "+b.empty(), Faint)
		lines = append(lines, p.end())
	}
	for len(lines) <= l.body {
		p.begin(l.right)
		lines = append(lines, p.end())
	}
	return lines[:l.body+1]
}

// empty says why there is nothing to see.
func (b *Browser) empty() string {
	switch {
	case b.list == findingsList && !b.scanned && b.note != "":
		return "no findings yet"
	case b.list == findingsList && !b.scanned:
		return "the image was not scanned"
	case b.list == findingsList:
		return "no findings"
	case b.tree == nil:
		return "the layers are being read"
	case b.list == wastedList:
		return "nothing is wasted"
	case b.filter != (filter{}):
		return "nothing passes the filter: esc takes it away"
	case b.layer > 0 && !b.below:
		return "this layer changes no files"
	}
	return "no files"
}
