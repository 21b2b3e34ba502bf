package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/policy"
)

// textWriter is the report for a person at a terminal: the verdict first, then
// what to do about it, and no more than about a screenful.
var textWriter = Writer{
	Name:  "text",
	Doc:   "the verdict and what to do, for a person at a terminal",
	Write: func(w io.Writer, r *Report, o Options) error { return writeText(w, r, o, false) },
}

// fullWriter is the text report with nothing left out.
var fullWriter = Writer{
	Name:  "full",
	Doc:   "the text report with every finding, also those that are suppressed or have no fix",
	Write: func(w io.Writer, r *Report, o Options) error { return writeText(w, r, o, true) },
}

// page is one text report in the making.
type page struct {
	*canvas
	*digest
	options Options
	full    bool
}

func writeText(w io.Writer, r *Report, o Options, full bool) error {
	if r.onDockerfiles() {
		return writeLint(w, r, o)
	}
	p := &page{
		canvas:  newCanvas(o.Screen),
		digest:  digestOf(r.Canonical(), o.comparison()),
		options: o,
		full:    full,
	}
	p.header()
	p.gap()
	p.counts()
	p.gap()
	p.alarms()
	p.gap()
	p.fixes()
	for _, kind := range p.kinds()[1:] {
		p.gap()
		p.others(kind)
	}
	p.gap()
	p.why()
	if full {
		p.gap()
		p.appendix()
	}
	p.gap()
	p.data()
	p.next()
	if _, err := w.Write(p.out.Bytes()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// kinds are the known kinds, then others that the report has.
func (p *page) kinds() []finding.Kind {
	list := finding.Kinds()
	for _, f := range p.Findings {
		if !slices.Contains(list, f.Kind) {
			list = append(list, f.Kind)
		}
	}
	return list
}

// header is the verdict: on one line with the facts where they fit.
func (p *page) header() {
	verdict := p.verdict()
	const margin = "      "
	ref := span{flat(p.Target.Ref), bold}
	facts, outcome := p.facts(), p.outcome(verdict.style)
	sep := span{text: "   "}
	line := []span{verdict, {text: "  "}, ref, sep}
	switch {
	case facts == "":
		p.line(append(line, outcome...)...)
		return
	case p.room(line)+p.cells(facts)+3+p.room(outcome) <= p.width:
		p.line(append(append(line, span{facts, faint}, sep), outcome...)...)
		return
	case p.room(line)+p.room(outcome) <= p.width:
		p.line(append(line, outcome...)...)
	default:
		p.command(line...)
		p.line(append([]span{{text: margin}}, outcome...)...)
	}
	p.wrap(span{text: margin}, words(facts, faint))
}

// verdict is the first word. Go is not green where something went unchecked, or
// was checked with old data.
func (p *page) verdict() span {
	switch p.Verdict.Result {
	case policy.Stop:
		return span{"STOP", alarm}
	case policy.Warn:
		return span{"WARN", warned}
	case policy.Go:
		if p.unchecked() > 0 || p.Database.old() {
			return span{"GO  ", warned}
		}
		return span{"GO  ", calm}
	}
	return span{"NOT JUDGED", warned}
}

// facts is what was looked at, in a few words.
func (p *page) facts() string {
	var facts []string
	for _, f := range []string{p.Target.Distro.String(), p.Target.Platform} {
		if f = flat(f); f != "" {
			facts = append(facts, f)
		}
	}
	if n := len(p.Target.Layers); n > 0 {
		facts = append(facts, count(n, "layer"))
	}
	if p.image() {
		facts = append(facts, count(len(p.Packages), "package"))
	}
	return strings.Join(facts, " · ")
}

// outcome says behind the verdict what is the matter.
func (p *page) outcome(as style) []span {
	var stops, warns int
	for _, d := range p.Verdict.Decisions {
		switch d.Result {
		case policy.Stop:
			stops++
		case policy.Warn:
			warns++
		}
	}
	text := "nothing found"
	switch {
	case stops > 0:
		text = count(stops, "gate") + " failed"
	case warns == 1:
		text = "1 gate warns"
	case warns > 1:
		text = count(warns, "gate") + " warn"
	case len(p.Findings) > len(p.suppressed):
		text = "no gate failed"
	case len(p.Findings) > 0:
		text = "nothing found that is not suppressed"
	case p.unchecked() > 0:
		text = "nothing found in the rest"
	case p.Database.Starter:
		text = "nothing found in the starter data"
	case p.Database.old():
		text = "nothing found in old data"
	}
	spans := []span{{text, as}}
	if n := p.unchecked(); n > 0 {
		lead := span{count(n, "package") + " NOT CHECKED", alarm}
		if stops+warns > 0 || len(p.Findings) > 0 {
			return append(spans, span{text: " · "}, lead)
		}
		return []span{lead, {text: " · "}, {text, plain}}
	}
	return spans
}

// unchecked is the number of packages without any advisory data.
func (p *page) unchecked() int {
	n := 0
	for _, m := range p.Database.Missing {
		n += max(m.Packages, 0)
	}
	return n
}

// alarms are what makes the verdict worth less than it looks.
func (p *page) alarms() {
	bang := span{"! ", warned}
	if p.Database.Starter {
		n := 0
		for _, s := range p.Database.Segments {
			if s.Source == starterSource {
				n += s.Advisories
			}
		}
		p.alarm(bang, "STARTER DATA", fmt.Sprintf("only %s of well-known vulnerabilities came with the program; most vulnerabilities are not among them. With a network, a scan fetches all of them.", countAs(n, "advisory", "advisories")))
	}
	for _, o := range p.Database.outdated(p.options.Now) {
		p.alarm(bang, o.title(), o.text())
	}
	for _, m := range p.Database.Missing {
		text := "no advisory data for " + flat(m.Ecosystem)
		if m.Packages > 0 {
			text = count(m.Packages, "package") + ": " + text
		}
		if m.Reason != "" {
			text += " (" + flat(m.Reason) + ")"
		}
		p.alarm(bang, "NOT CHECKED", text)
	}
	for _, note := range p.Database.Notes {
		p.alarm(bang, "NOTE", flat(note))
	}
	if len(p.Packages) == 0 && len(p.Target.Layers) > 0 && p.checked(finding.Vulnerability) {
		p.alarm(bang, "NO PACKAGES", "nothing that is installed was recognised in this image, so nothing was matched with advisories.")
	}
	p.unread(bang)
}

// checked tells whether findings of a kind were looked for.
func (p *page) checked(k finding.Kind) bool {
	return len(p.Checks) == 0 || slices.Contains(p.Checks, k)
}

// unread shows the warnings, in short only the first few.
func (p *page) unread(bang span) {
	const few = 3
	if len(p.Warnings) == 0 {
		return
	}
	p.alarm(bang, "NOT READ", countAs(len(p.Warnings), "place of the image was not read or only in part:", "places of the image were not read or only in part:"))
	shown := p.Warnings
	if !p.full && len(shown) > few {
		shown = shown[:few]
	}
	for _, w := range shown {
		text := flat(position(w.At) + " " + w.Message)
		p.wrap(span{text: "    "}, words(cmp.Or(text, "something without a name"), plain))
	}
	if n := len(p.Warnings) - len(shown); n > 0 {
		p.line(span{text: fmt.Sprintf("    and %d more", n)})
	}
}

func (p *page) alarm(bang span, title, text string) {
	list := []span{}
	for _, w := range strings.Fields(title) {
		list = append(list, span{w, warned})
	}
	list[len(list)-1].text += ":"
	p.wrap(bang, append(list, words(text, plain)...))
}

// position writes a place as compilers do, with a colon behind.
func position(at inventory.Place) string {
	text := flat(at.Path)
	if text == "" {
		return "" // a line of the history, which nobody has before their eyes
	}
	if at.Line > 0 {
		text += fmt.Sprintf(":%d", at.Line)
	}
	return text + ":"
}

func count(n int, noun string) string { return countAs(n, noun, noun+"s") }

// countAs is a number with its noun, which is plural unless n is 1.
func countAs(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
