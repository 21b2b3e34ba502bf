package report

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/policy"
)

// tally counts issues by severity.
type tally map[finding.Severity]int

func (t tally) total() int {
	n := 0
	for _, m := range t {
		n += m
	}
	return n
}

// words is the tally for wrap: "3 critical · 6 high".
func (t tally) words() []span {
	var spans []span
	for _, s := range finding.Severities() {
		if t[s] == 0 {
			continue
		}
		if len(spans) > 0 {
			spans[len(spans)-1].text += " ·"
		}
		spans = append(spans, span{fmt.Sprintf("%d %s", t[s], s), severityStyle(s)})
	}
	return spans
}

func severityStyle(s finding.Severity) style {
	switch s {
	case finding.Critical:
		return alarm
	case finding.High:
		return red
	case finding.Medium:
		return yellow
	}
	return plain
}

// row is a line of the overview.
type row struct {
	n      int
	label  string
	detail []span
}

// counts is the overview: how much there is of what.
func (p *page) counts() {
	rows := p.vulnerabilityRows()
	for _, kind := range p.kinds()[1:] {
		t, unscanned := tally{}, tally{}
		for _, g := range p.groups[kind] {
			if g.unscanned() {
				unscanned[g.severity()] += g.count()
			} else {
				t[g.severity()] += g.count()
			}
		}
		if n := t.total(); n > 0 {
			one, many := nouns(kind)
			rows = append(rows, row{n, noun(n, one, many), t.words()})
		}
		if n := unscanned.total(); n > 0 {
			rows = append(rows, row{n, noun(n, "file", "files") + " not scanned for malware", unscanned.words()})
		}
	}
	if n := len(p.suppressed); n > 0 {
		rows = append(rows, row{n, "suppressed", words("not counted, -o full says why", plain)})
	}
	if p.full && len(p.suppressed) > 0 {
		rows[len(rows)-1].detail = nil
	}
	label := 0
	for _, r := range rows {
		label = max(label, len(r.label))
	}
	for _, r := range rows {
		p.wrap(span{text: fmt.Sprintf("%6d %-*s   ", r.n, label, r.label)}, r.detail)
	}
}

func (p *page) vulnerabilityRows() []row {
	fixable, open := tally{}, tally{}
	var fixableExploited, openExploited int
	for _, g := range p.groups[finding.Vulnerability] {
		for _, i := range g.issues {
			exploited := 0
			if i.Exploit.Known() {
				exploited = 1
			}
			if i.Fixed != "" {
				fixable[i.Severity]++
				fixableExploited += exploited
			} else {
				open[i.Severity]++
				openExploited += exploited
			}
		}
	}
	var rows []row
	if n := fixable.total(); n > 0 {
		rows = append(rows, row{n, noun(n, "vulnerability", "vulnerabilities") + " with a fix", append(fixable.words(), exploited(fixableExploited)...)})
	}
	if n := open.total(); n > 0 {
		label := "without a fix yet"
		if len(rows) == 0 {
			label = noun(n, "vulnerability ", "vulnerabilities ") + label
		}
		rows = append(rows, row{n, label, append(open.words(), exploited(openExploited)...)})
	}
	return rows
}

// exploited says how many vulnerabilities are known to be exploited.
func exploited(n int) []span {
	if n == 0 {
		return nil
	}
	return []span{{"·", plain}, {fmt.Sprintf("%d known exploited", n), alarm}}
}

func noun(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// nouns are a kind's words, safe for a terminal: a report may hold any kind.
func nouns(k finding.Kind) (one, many string) {
	if k = finding.Kind(flat(string(k))); k == "" {
		k = "other"
	}
	return k.Nouns()
}

// why names each gate that did not pass, with what it decided on.
func (p *page) why() {
	heading := map[policy.Result]string{policy.Stop: "Why it stops", policy.Warn: "Why it warns"}[p.Verdict.Result]
	if heading == "" {
		return
	}
	var failed []policy.Decision
	width := 0
	for _, result := range []policy.Result{policy.Stop, policy.Warn} {
		for _, d := range p.Verdict.Decisions {
			if d.Result == result {
				failed = append(failed, d)
				width = max(width, p.cells(flat(d.Gate)))
			}
		}
	}
	if len(failed) == 0 {
		return
	}
	width = min(width, 20)
	p.line(span{heading, bold})
	for _, d := range failed {
		text := flat(d.Reason)
		if d.Result != p.Verdict.Result {
			text = "only warns: " + text
		}
		if n := p.different(d.Fingerprints); n > 0 && n < len(d.Fingerprints) {
			text += fmt.Sprintf(" (%d different)", n)
		}
		if names := p.names(d.Fingerprints); names != "" {
			text += ": " + names
		}
		p.wrap(span{text: "  " + p.pad(flat(d.Gate), width) + "  "}, words(text, plain))
	}
}

// different counts the issues behind fingerprints, as the overview does: one
// for each id and source package.
func (p *page) different(fingerprints []string) int {
	seen := map[owned]bool{}
	for _, f := range fingerprints {
		if o, ok := p.owner[f]; ok {
			seen[o] = true
		}
	}
	return len(seen)
}

// names are the packages and rules that fingerprints belong to, the first few.
func (p *page) names(fingerprints []string) string {
	const few = 5
	involved, told := map[*group]bool{}, map[string]bool{}
	for _, f := range fingerprints {
		involved[p.owner[f].group] = true
	}
	var names []string
	for _, kind := range p.kinds() {
		for _, g := range p.groups[kind] {
			if name := flat(g.name); involved[g] && name != "" && !told[name] {
				told[name] = true
				names = append(names, name)
			}
		}
	}
	if n := len(names); n > few && !p.full {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), n-few)
	}
	return strings.Join(names, ", ")
}
