package explore

import (
	"fmt"
	"strings"
)

// columns are what the file tree shows besides names, as far as there is room.
type columns struct {
	size, wasted, mode, owner, layer, time int // cells; 0 is not shown
}

func columnsFor(width int) columns {
	c := columns{size: 7, mode: 4}
	if width >= 58 {
		c.size, c.mode = 9, 10
	}
	if width >= 68 {
		c.owner = 9
	}
	if width >= 84 {
		c.wasted = 9
	}
	if width >= 92 {
		c.layer = 5
	}
	if width >= 112 {
		c.time = 16
	}
	return c
}

// heading says what is listed.
func (b *Browser) heading() string {
	s := b.scope()
	text := "all files"
	switch {
	case s.Layer == Everything:
	case s.Below:
		text = fmt.Sprintf("up to layer %d", s.Layer)
	default:
		text = fmt.Sprintf("changes of layer %d", s.Layer)
	}
	for _, f := range []struct {
		on   bool
		name string
	}{{b.filter.Changed, "changed"}, {b.filter.Wasted, "wasted"}, {b.filter.Findings, "with findings"}} {
		if f.on {
			text += ", " + f.name
		}
	}
	if b.order != byName {
		text += ", by " + b.order.String()
	}
	return text
}

func (b *Browser) fileLines(p *pen, l layout) []Line {
	c := columnsFor(l.right)
	p.begin(l.right)
	p.put("   ", Plain)
	p.column(b.heading(), p.left-c.width(), b.headStyle(filesPane))
	head := func(name string, width int) {
		if width > 0 {
			p.put(" ", Plain)
			p.number(name, width, Faint)
		}
	}
	head("size", c.size)
	head("wasted", c.wasted)
	left := func(name string, width int) {
		if width > 0 {
			p.put(" ", Plain)
			p.column(name, width, Faint)
		}
	}
	left("mode", c.mode)
	left("owner", c.owner)
	head("layer", c.layer)
	left("modified", c.time)
	lines := []Line{p.end()}
	if b.view == nil {
		return lines
	}
	top := b.top[filesList]
	for i := top; i < len(b.rows) && i < top+l.body; i++ {
		p.begin(l.right)
		selected := i == b.cursor[filesList]
		b.fileLine(p, c, b.rows[i], selected)
		lines = append(lines, b.selectLine(p.end(), selected, filesPane))
	}
	return lines
}

// width is what all columns take with the spaces before them.
func (c columns) width() int {
	n := 0
	for _, w := range []int{c.size, c.wasted, c.mode, c.owner, c.layer, c.time} {
		if w > 0 {
			n += w + 1
		}
	}
	return n
}

func markStyle(m mark) Style {
	switch m {
	case added:
		return Green
	case changed:
		return Yellow
	case removed:
		return Red
	case inside:
		return Faint
	}
	return Plain
}

// maxIndent bounds how far names move to the right, in levels.
const maxIndent = 12

func (b *Browser) fileLine(p *pen, c columns, r row, selected bool) {
	m, at := b.view.marks[r.node], b.tree.at(b.view.at[r.node])
	directory := isDirectory(b.tree, b.view.at[r.node])
	style := markStyle(m)
	cursor := " "
	if selected {
		cursor = ">"
	}
	p.put(cursor, Bold)
	p.put(m.letter()+" ", style)
	b.nameCell(p, r, p.left-c.width(), at)
	p.put(" ", Plain)
	size := bytesText(b.view.size[r.node])
	if c.size < 9 {
		size = shortBytes(b.view.size[r.node])
	}
	if m == removed && b.view.size[r.node] != 0 {
		size = "-" + size
	}
	sizeStyle := Plain
	if m == removed {
		sizeStyle = Red
	} else if directory {
		sizeStyle = Faint
	}
	p.number(size, c.size, sizeStyle)
	if c.wasted > 0 {
		p.put(" ", Plain)
		b.wasteCell(p, b.waste.at[r.node], c.wasted, Yellow, bytesText)
	}
	kept := b.tree.kept[at.attributes]
	p.put(" ", Plain)
	p.column(modeCell(kept, c.mode), c.mode, modeStyle(kept))
	if c.owner > 0 {
		p.put(" ", Plain)
		p.column(ownerText(kept), c.owner, Plain)
	}
	if c.layer > 0 {
		p.put(" ", Plain)
		number := ""
		if kept.kind != None {
			number = fmt.Sprint(at.layer)
		}
		p.number(number, c.layer, Plain)
	}
	if c.time > 0 {
		p.put(" ", Plain)
		p.column(timeText(at.time), c.time, Faint)
	}
}

// nameCell writes indent, fold sign, name, target and the count of findings.
func (b *Browser) nameCell(p *pen, r row, width int, at *version) {
	rest := p.left - width
	badge, tally := "", b.places.below[r.node]
	if tally.n > 0 {
		badge = fmt.Sprintf(" !%d", tally.n)
	}
	p.put(strings.Repeat("  ", min(int(r.depth), maxIndent, max(width/5, 1))), Plain)
	sign := "  "
	if b.folder(r.node) {
		sign = p.folded + " "
		if b.unfolded(r.node) {
			sign = p.open + " "
		}
	}
	p.put(sign, Faint)
	name, style := b.tree.name(r.node), markStyle(b.view.marks[r.node])
	if isDirectory(b.tree, b.view.at[r.node]) {
		name += "/"
		if style == Plain || style == Faint {
			style = Blue | Bold
		}
	}
	name = p.fit(name, p.left-rest-len(badge))
	p.put(name, style)
	if target := b.tree.links[at.link]; target != "" && p.left-rest-len(badge) > 8 {
		p.put(p.fit(" "+p.arrow+" "+target, p.left-rest-len(badge)), Cyan)
	}
	p.put(badge, severityStyle(tally.worst)|Bold)
	p.column("", p.left-rest, Plain)
}

func modeCell(a attributes, width int) string {
	switch {
	case a.kind == None:
		return ""
	case width >= 10:
		return modeText(a.kind, a.mode)
	}
	return fmt.Sprintf("%4o", a.mode)
}

// modeStyle points out what gives rights: setuid, setgid, and writable by all
// without the sticky bit.
func modeStyle(a attributes) Style {
	switch {
	case a.kind == Symlink || a.kind == None:
		return Faint
	case a.kind != Directory && a.mode&(setuid|setgid) != 0:
		return Red | Bold
	case a.mode&0o002 != 0 && a.mode&sticky == 0:
		return Yellow
	}
	return Plain
}

func ownerText(a attributes) string {
	if a.kind == None {
		return ""
	}
	return fmt.Sprintf("%d:%d", a.uid, a.gid)
}

// wastedLines lists what wastes most.
func (b *Browser) wastedLines(p *pen, l layout) []Line {
	p.begin(l.right)
	p.put(" ", Plain)
	p.number("wasted", 9, Faint)
	p.number("copies", 8, Faint)
	p.put("  wasted paths", b.headStyle(filesPane))
	lines := []Line{p.end()}
	top := b.top[wastedList]
	for i := top; i < len(b.worst) && i < top+l.body; i++ {
		id := b.worst[i].node
		selected := i == b.cursor[wastedList]
		p.begin(l.right)
		p.put(map[bool]string{true: ">", false: " "}[selected], Bold)
		p.number(bytesText(b.worst[i].bytes), 9, Yellow)
		copies, path, style := fmt.Sprint(b.tree.copies(id)), "/"+b.tree.path(id), Plain
		if isDirectory(b.tree, b.everything.at[id]) {
			copies, path = "", path+"/"
		}
		p.number(copies, 8, Plain)
		p.put("  ", Plain)
		if b.everything.marks[id] == removed {
			p.put("R ", Red)
			style = Red
		} else {
			p.put("  ", Plain)
		}
		p.put(p.fitTail(path, p.left), style)
		lines = append(lines, b.selectLine(p.end(), selected, filesPane))
	}
	return lines
}

// findingLines lists what was found, the worst first.
func (b *Browser) findingLines(p *pen, l layout) []Line {
	p.begin(l.right)
	p.put(" severity  ", Faint)
	p.put("findings", b.headStyle(filesPane))
	lines := []Line{p.end()}
	top := b.top[findingsList]
	for i := top; i < len(b.places.all) && i < top+l.body; i++ {
		f := b.places.all[i]
		selected := i == b.cursor[findingsList]
		p.begin(l.right)
		p.put(map[bool]string{true: ">", false: " "}[selected], Bold)
		p.column(f.Severity.String(), 8, severityStyle(f.Severity))
		p.put("  ", Plain)
		what := f.ID
		if f.Package.Name != "" {
			what += "  " + f.Package.Name + " " + f.Package.Version
		} else if f.Title != "" {
			what += "  " + f.Title
		}
		if l.right < 50 { // what matters more than where
			p.put(what, Plain)
		} else {
			where := where(&f)
			p.column(what, max(p.left*2/3, p.left-len(where)-2), Plain)
			p.put(" ", Plain)
			p.put(p.fitTail(where, p.left), Faint)
		}
		lines = append(lines, b.selectLine(p.end(), selected, filesPane))
	}
	return lines
}
