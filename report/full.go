package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
)

// issues lists all of a package's vulnerabilities below it.
func (p *page) issues(g *group) {
	width := 0
	for _, i := range g.issues {
		width = max(width, p.cells(flat(i.ID)))
	}
	width = min(width, 24)
	for _, i := range g.issues {
		state := "no fix"
		if word := statusWord(i.Status); word != "" {
			state += ": " + word
		}
		if i.Fixed != "" {
			state = "fixed in " + flat(i.Fixed)
		}
		p.line(
			span{text: "        "},
			span{p.pad(i.Severity.String(), 8), severityStyle(i.Severity)},
			span{text: "  " + p.pad(flat(i.ID), width) + "  "},
			span{text: state + "  "},
			span{headline(i), faint},
		)
		if text := threat(&i); text != "" {
			p.wrap(span{text: "                  "}, words(text, plain))
		}
	}
}

// threat says what is known of the exploitation of a vulnerability.
func threat(f *finding.Finding) string {
	var parts []string
	if k := f.Exploit.KEV; f.Exploit.Known() {
		text := "known to be exploited since " + flat(k.Added)
		if k.Ransomware {
			text = "known to be exploited by ransomware since " + flat(k.Added)
		}
		if k.Due != "" {
			text += ", to be mended by " + flat(k.Due)
		}
		parts = append(parts, text)
	}
	if e := f.Exploit; e.EPSS > 0 {
		parts = append(parts, fmt.Sprintf("EPSS %s %%, more than %.0f %% of all", percent(e.EPSS), min(100*e.Percentile, 99)))
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("risk %d: %s", f.Risk, strings.Join(parts, "; "))
}

// percent writes a probability above 0 and below 1 as a share that is neither all nor nothing.
func percent(p float64) string {
	if p < 0.001 {
		return fmt.Sprintf("%.2g", 100*p)
	}
	return fmt.Sprintf("%.1f", min(100*p, 99.9))
}

// statusWord is why there is no fix; empty where nobody has said.
func statusWord(s finding.Status) string {
	switch s {
	case finding.WontFix:
		return "the vendor will not make one"
	case finding.EndOfLife:
		return "the release is at its end of life"
	case finding.Undecided:
		return "the vendor is looking into it"
	}
	return ""
}

// others lists the findings of one kind that are no vulnerable packages.
func (p *page) others(kind finding.Kind) {
	list := p.groups[kind]
	if len(list) == 0 {
		return
	}
	one, many := nouns(kind)
	if !slices.ContainsFunc(list, func(g *group) bool { return !g.unscanned() }) {
		one, many = "file not scanned", "files not scanned for malware"
	}
	_, first := utf8.DecodeRuneInString(many)
	p.line(span{strings.ToUpper(many[:first]) + many[first:], bold})
	hidden := 0
	if !p.full && len(list) > screenful {
		hidden = len(list) - screenful
		list = list[:screenful]
	}
	width := 0
	for _, g := range list {
		width = max(width, p.cells(flat(g.name)))
	}
	width = min(width, 28)
	for n, g := range list {
		s := g.severity()
		p.line(
			span{text: fmt.Sprintf("%4d  ", n+1)},
			span{p.pad(s.String(), 8), severityStyle(s)},
			span{text: "  "},
			span{p.pad(flat(g.name), width), bold},
			span{text: "  " + cmp.Or(g.title, flat(g.version))},
		)
		p.placesOf(g)
	}
	p.more(hidden, one, many)
}

// placesOf writes where a group is and what was found there, in short for the
// first few places.
func (p *page) placesOf(g *group) {
	const few = 3
	indent := span{text: strings.Repeat(" ", 16)}
	places := g.places
	if !p.full && len(places) > few {
		places = places[:few]
	}
	for _, at := range places {
		single := &group{kind: g.kind, ecosystem: g.ecosystem, places: []inventory.Place{at}}
		if n := at.Layer; n >= 0 && n < len(p.Target.Layers) && p.Target.Layers[n].Base {
			single.base = 1
		}
		where := p.where(single, p.width-len(indent.text))
		notes := slices.DeleteFunc(slices.Clone(g.placed[at].notes), func(note string) bool { return note == "" || note == g.title })
		if where != "" && len(notes) == 1 && p.cells(where)+3+p.cells(notes[0]) <= p.width-len(indent.text) {
			where, notes = where+"   "+notes[0], nil
		}
		if where != "" {
			p.line(indent, span{where, faint})
		}
		p.notes(indent, notes, g.placed[at].more)
	}
	if n := len(g.places) - len(places); n > 0 {
		p.line(indent, span{text: "and " + countAs(n, "other place", "other places")})
	}
}

// appendix is what only the full report shows: what is suppressed, and the
// layers.
func (p *page) appendix() {
	if len(p.suppressed) > 0 {
		p.line(span{"Suppressed", bold})
		var last string
		same := 0
		more := func() {
			if same > 0 {
				p.line(span{text: fmt.Sprintf("    and %d more like it", same)})
			}
			same = 0
		}
		for _, f := range p.suppressed {
			what := cmp.Or(strings.TrimSpace(flat(f.Package.Name)+" "+flat(f.Package.Version)), flat(f.At.Path))
			text := strings.TrimSpace(what+"  "+f.ID+" "+f.Severity.String()) + ": " + f.Suppressed
			if text == last {
				same++
				continue
			}
			more()
			last = text
			p.wrap(span{text: "  "}, words(text, plain))
		}
		more()
	}
	if len(p.Target.Layers) == 0 {
		return
	}
	p.gap()
	p.line(span{"Layers", bold})
	packages := map[int]int{}
	for i := range p.Packages {
		packages[p.Packages[i].At.Layer]++
	}
	for n, l := range p.Target.Layers {
		base := "     "
		if l.Base {
			base = "base "
		}
		p.line(span{text: fmt.Sprintf("%4d  %s%13s  %8s  %s", n, base, count(packages[n], "package"), size(l.Size), instruction(l.CreatedBy))})
	}
}

// size is a number of bytes for a person.
func size(n int64) string {
	const kilo = 1000
	switch {
	case n < kilo:
		return fmt.Sprintf("%d B", max(n, 0))
	case n < kilo*kilo:
		return fmt.Sprintf("%.1f kB", float64(n)/kilo)
	case n < kilo*kilo*kilo:
		return fmt.Sprintf("%.1f MB", float64(n)/(kilo*kilo))
	}
	return fmt.Sprintf("%.1f GB", float64(n)/(kilo*kilo*kilo))
}

// notes writes what was found at one place, and how much more there is.
func (p *page) notes(indent span, notes []string, more int) {
	const few = 3
	if hidden := len(notes) - few; !p.full && hidden > 1 {
		notes, more = notes[:few], more+hidden
	}
	for _, note := range notes {
		p.wrap(indent, words(note, faint))
	}
	if more > 0 {
		p.line(indent, span{text: fmt.Sprintf("and %d more here", more)})
	}
}
