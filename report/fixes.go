package report

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
)

// screenful is how many groups of a kind the short report lists.
const screenful = 10

// fixes lists the packages to upgrade, the most urgent first. Packages without
// a fix are left to the full report, unless a gate stops because of them.
func (p *page) fixes() {
	var shown []*group
	fixable, based := 0, 0
	for _, g := range p.groups[finding.Vulnerability] {
		if p.full || g.fixed != "" || g.stops {
			shown = append(shown, g)
		}
		if g.fixed != "" {
			fixable++
			if g.base == len(g.places) {
				based++
			}
		}
	}
	if len(shown) == 0 {
		return
	}
	heading := "Fix first"
	switch {
	case p.full:
		heading = "Vulnerable packages"
	case fixable == 0:
		heading = "Vulnerable, and no fix yet"
	case len(shown) == 1:
		heading = "Fix"
	}
	p.line(span{heading, bold})
	hidden := 0
	if !p.full && len(shown) > screenful {
		hidden = len(shown) - screenful
		shown = shown[:screenful]
	}
	p.upgrades(shown)
	p.more(hidden, "package", "packages")
	if based > 0 {
		p.baseHint(based, fixable)
	}
}

// more says how many lines were left out and how to see them.
func (p *page) more(n int, one, many string) {
	if n > 0 {
		p.command(span{text: fmt.Sprintf("   %s and %s: ", p.dots(), countAs(n, "more "+one, "more "+many))}, span{p.again(), bold})
	}
}

// baseHint says what a newer base image would do. How many it really clears is
// not known before it is built.
func (p *page) baseHint(based, fixable int) {
	what := fmt.Sprintf("%d of these %d packages come", based, fixable)
	switch {
	case fixable == 1:
		what = "This package comes"
	case based == fixable:
		what = "All of these packages come"
	case based == 1:
		what = fmt.Sprintf("1 of these %d packages comes", fixable)
	}
	base := "the base image"
	if name := flat(p.Target.Base); name != "" {
		base += " " + name
	}
	p.wrap(span{text: "  "}, words(what+" with "+base+": first try to rebuild on a newer one.", plain))
}

// columns are the widths of the list of upgrades.
type columns struct {
	ecosystem, name, versions int
	inline                    bool // what is cleared fits behind the versions
}

// upgrades writes one entry for each package.
func (p *page) upgrades(list []*group) {
	var c columns
	for _, g := range list {
		c.ecosystem = max(c.ecosystem, p.cells(flat(g.ecosystem)))
		c.name = max(c.name, p.cells(p.title(g, 1000)))
		c.versions = max(c.versions, p.cells(versions(g)))
	}
	c.ecosystem = min(c.ecosystem, 8)
	indent := 4 + 2 + c.ecosystem + 2
	c.inline = !p.full && indent+c.name+2+c.versions+3+48 <= p.width
	for n, g := range list {
		p.upgrade(n+1, g, c)
	}
}

func (p *page) upgrade(n int, g *group, c columns) {
	lead := span{text: fmt.Sprintf("%4d  %s  ", n, p.pad(flat(g.ecosystem), c.ecosystem))}
	indent := span{text: strings.Repeat(" ", p.cells(lead.text))}
	room := p.width - p.cells(indent.text)
	title, moves := p.title(g, room-p.cells(versions(g))-2), versions(g)
	switch {
	case c.inline:
		used := c.name + 2 + c.versions + 3
		line := []span{lead, {p.pad(title, c.name), bold}, {text: "  "}, {text: p.pad(moves, c.versions)}, {text: "   "}}
		p.line(append(line, p.clears(g, room-used)...)...)
	case p.cells(title)+2+p.cells(moves) <= room:
		p.line(lead, span{title, bold}, span{text: "  "}, span{text: moves})
	default:
		p.line(lead, span{p.title(g, room), bold})
		p.line(indent, span{text: moves})
	}
	if !c.inline && !p.full {
		p.line(append([]span{indent}, p.clears(g, room)...)...)
	}
	if where := p.where(g, room); where != "" {
		p.line(indent, span{where, faint})
	}
	if p.full {
		p.issues(g)
	}
}

// versions is the upgrade: "4.17.10 → 4.17.21".
func versions(g *group) string {
	if g.fixed == "" {
		return flat(g.version)
	}
	return flat(g.version) + " → " + flat(g.fixed)
}

// title is the source package with the parts of it that are installed, as many
// as fit: "openssl (libssl3, openssl)", "lodash in 3 places".
func (p *page) title(g *group, room int) string {
	name := flat(g.name)
	if name == "" {
		name = "(package without a name)"
	}
	if n := len(g.places); n > 1 && !system(g.ecosystem) {
		if text := fmt.Sprintf("%s in %d places", name, n); p.cells(text) <= room {
			return text
		}
		return name
	}
	switch {
	case len(g.parts) == 0:
		return name
	case len(g.parts) <= 3:
		if text := name + " (" + flat(strings.Join(g.parts, ", ")) + ")"; p.cells(text) <= min(room, 50) {
			return text
		}
	}
	if text := fmt.Sprintf("%s (%s)", name, count(len(g.parts), "package")); len(g.parts) > 1 && p.cells(text) <= room {
		return text
	}
	return name
}

// system tells the packages of distributions, which all lie in one database,
// so that its path says nothing.
func system(ecosystem string) bool {
	return slices.Contains([]string{"deb", "apk", "rpm", "alpm"}, ecosystem)
}

// clears names the worst of what an upgrade mends, as many as fit into cells.
func (p *page) clears(g *group, cells int) []span {
	lead := "clears "
	var list []finding.Finding
	for _, i := range g.issues {
		if g.fixed == "" || i.Fixed != "" {
			list = append(list, i)
		}
	}
	switch {
	case g.fixed == "":
		lead = "no fix for "
	case len(list) < len(g.issues):
		lead = fmt.Sprintf("clears %d of %d: ", len(list), len(g.issues))
	}
	var spans []span
	for n := min(3, len(list)); n > 0; n-- {
		spans = p.some(lead, list, n)
		if p.room(spans) <= cells {
			break
		}
	}
	if word := statusWord(list[0].Status); g.fixed == "" && word != "" && p.room(spans)+2+len(word) <= cells {
		spans = append(spans, span{text: ": " + word})
	}
	return spans
}

// some names n of the issues and counts the rest.
func (p *page) some(lead string, list []finding.Finding, n int) []span {
	spans := []span{{text: lead}}
	for i, f := range list[:n] {
		if i > 0 {
			join := ", "
			if i == len(list)-1 {
				join = " and "
			}
			spans = append(spans, span{text: join})
		}
		spans = append(spans, span{text: flat(f.ID) + " "}, span{f.Severity.String(), severityStyle(f.Severity)})
		if f.Exploit.Known() {
			spans = append(spans, span{text: " "}, span{"exploited", alarm})
		}
	}
	if rest := len(list) - n; rest > 0 {
		spans = append(spans, span{text: fmt.Sprintf(" and %d more", rest)})
	}
	return spans
}

// where says whose layer brought a group in, and at which path: "yours: layer
// 3, COPY app /app   app/node_modules/lodash".
func (p *page) where(g *group, cells int) string {
	at := g.places[0]
	path := ""
	if !system(g.ecosystem) || g.kind != finding.Vulnerability {
		path = strings.TrimSuffix(position(at), ":")
	} else if n := g.layers() - 1; n > 0 {
		path = "and " + countAs(n, "other layer", "other layers")
	}
	layer := p.origin(g, at)
	if layer == "" || path == "" {
		return cmp.Or(layer, path)
	}
	room := cells - 3 - min(p.cells(path), cells/2)
	layer = p.fit(layer, max(room, 10))
	return layer + "   " + p.fitTail(path, cells-3-p.cells(layer))
}

// layers counts the layers that a group is in.
func (g *group) layers() int {
	seen := map[int]bool{}
	for _, at := range g.places {
		seen[at.Layer] = true
	}
	return len(seen)
}

// contentHash is how builders name what is copied: "ADD file:" and a SHA-256.
var contentHash = regexp.MustCompile(`\b(file|dir|multi):([0-9a-f]{12})[0-9a-f]{52}\b`)

// instruction is the text of an instruction for a page that has little room.
func instruction(createdBy string) string {
	return contentHash.ReplaceAllString(flat(createdBy), "$1:$2")
}

// origin is the layer of a place with the instruction that made it. It is
// empty where the target has no layers worth telling apart.
func (p *page) origin(g *group, at inventory.Place) string {
	layers := p.Target.Layers
	if at.Layer < 0 || at.Layer >= len(layers) {
		return ""
	}
	layer := layers[at.Layer]
	what := instruction(layer.CreatedBy)
	if layer.Base && p.Target.Base != "" {
		what = flat(p.Target.Base)
	}
	if what == "" && len(layers) == 1 {
		return ""
	}
	text := fmt.Sprintf("layer %d", at.Layer)
	if what != "" {
		text += ", " + what
	}
	if !slices.ContainsFunc(layers, func(l Layer) bool { return l.Base }) {
		return text
	}
	switch g.base {
	case 0:
		return "yours: " + text
	case len(g.places):
		return "base: " + text
	}
	return "base and yours: " + text
}
