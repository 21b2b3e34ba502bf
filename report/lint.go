package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/policy"
)

// lintPage is the text report on Dockerfiles: each finding with its line, file
// by file in the order that the user named them, and the sums below.
type lintPage struct {
	*canvas
	*Report
	options Options
	path    string   // of the file whose lines are at hand
	lines   [][]byte // of that file
}

// onDockerfiles tells a report on Dockerfiles from one on an image.
func (r *Report) onDockerfiles() bool { return r.Target.Source == DockerfileSource }

func writeLint(w io.Writer, r *Report, o Options) error {
	p := &lintPage{canvas: newCanvas(o.Screen), Report: r, options: o}
	var suppressed []finding.Finding
	var shown []finding.Finding
	for _, f := range inFileOrder(r.Findings) {
		if f.Suppressed != "" {
			suppressed = append(suppressed, f)
			continue
		}
		shown = append(shown, f)
		p.finding(&f)
		p.gap()
	}
	p.summary(shown, len(suppressed))
	if _, err := w.Write(p.out.Bytes()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// inFileOrder sorts findings by their lines; files stay in the order in which
// they come first.
func inFileOrder(findings []finding.Finding) []finding.Finding {
	order := map[string]int{}
	for _, f := range findings {
		if _, ok := order[f.At.Path]; !ok {
			order[f.At.Path] = len(order)
		}
	}
	sorted := slices.Clone(findings)
	slices.SortStableFunc(sorted, func(a, b finding.Finding) int {
		return cmp.Or(
			cmp.Compare(order[a.At.Path], order[b.At.Path]), cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.At.Column, b.At.Column))
	})
	return sorted
}

// finding is one finding: where, how bad and what, then the line itself.
func (p *lintPage) finding(f *finding.Finding) {
	at := flat(f.At.Path)
	if f.At.Line > 0 {
		at += fmt.Sprintf(":%d", f.At.Line)
		if f.At.Column > 0 {
			at += fmt.Sprintf(":%d", f.At.Column)
		}
	}
	head := []span{{at, bold}, {text: " "}, {f.Severity.String(), severityStyle(f.Severity)}, {text: " " + flat(f.ID)}}
	if len(f.Aliases) > 0 {
		head = append(head, span{" (" + flat(strings.Join(f.Aliases, ", ")) + ")", faint})
	}
	p.command(head...)
	p.wrap(span{text: "  "}, words(cmp.Or(flat(f.Message), flat(f.Title)), plain))
	p.source(f)
	if p.options.Fix != nil {
		if fix := flat(p.options.Fix(f.Fingerprint)); fix != "" {
			p.wrap(span{"  fix available: ", calm}, words(fix, plain))
		}
	}
}

// source shows the line of a finding with carets under the place: up to the end
// of its word, or of the line where it goes on in the next.
func (p *lintPage) source(f *finding.Finding) {
	line, ok := p.lineOf(f)
	if !ok {
		return
	}
	gutter := fmt.Sprintf("  %4d | ", f.At.Line)
	from := min(max(f.At.Column-1, 0), len(line))
	to := from
	for to < len(line) && (f.At.EndLine > f.At.Line || line[to] != ' ' && line[to] != '\t') {
		to++
	}
	line = line[:min(len(line), to+8*longest)]
	start, dots := 0, ""
	for room := p.width - p.cells(gutter); start < from && p.cells(string(line[start:from])) > room*2/3; {
		_, n := utf8.DecodeRune(line[start:from])
		start, dots = start+max(n, (from-start)/4), p.dots()
		for start < from && !utf8.RuneStart(line[start]) {
			start++
		}
	}
	text := dots + string(line[start:])
	p.line(span{gutter, faint}, span{text: text})
	before := p.cells(dots + string(line[start:from]))
	carets := max(p.cells(strings.TrimRight(string(line[from:to]), `\ `)), 1)
	p.line(span{strings.Repeat(" ", len(gutter)-2) + "| ", faint}, span{text: strings.Repeat(" ", before)},
		span{strings.Repeat("^", min(carets, 2*p.width)), severityStyle(f.Severity)})
}

// lineOf is the line that a finding is on.
func (p *lintPage) lineOf(f *finding.Finding) ([]byte, bool) {
	if p.options.Source == nil {
		return nil, false
	}
	if p.path != f.At.Path || p.lines == nil {
		p.path, p.lines = f.At.Path, bytes.Split(p.options.Source(f.At.Path), []byte("\n"))
	}
	if f.At.Line < 1 || f.At.Line > len(p.lines) {
		return nil, false
	}
	line := bytes.TrimRight(p.lines[f.At.Line-1], "\r")
	return line, len(bytes.TrimSpace(line)) > 0
}

// summary is the last line: the verdict, and how much there is of what.
func (p *lintPage) summary(shown []finding.Finding, suppressed int) {
	t, files, fixes := tally{}, map[string]bool{}, 0
	for _, f := range shown {
		t[f.Severity]++
		files[f.At.Path] = true
		if p.options.Fix != nil && p.options.Fix(f.Fingerprint) != "" {
			fixes++
		}
	}
	verdict := span{"GO", calm}
	switch p.Verdict.Result {
	case policy.Stop:
		verdict = span{"STOP", alarm}
	case policy.Warn:
		verdict = span{"WARN", warned}
	}
	looked := max(p.options.Files, len(files))
	if len(shown) == 0 {
		p.line(verdict, span{text: "  " + count(looked, "file") + ", nothing found"})
	} else {
		line := []span{verdict, {text: fmt.Sprintf("  %s in %d of %s   ", count(len(shown), "finding"), len(files), count(looked, "file"))}}
		for i, s := range t.words() {
			if i > 0 {
				line = append(line, span{text: " "})
			}
			line = append(line, s)
		}
		p.command(line...)
	}
	if suppressed > 0 {
		p.line(span{text: fmt.Sprintf("%d suppressed", suppressed)})
	}
	if fixes > 0 {
		p.line(span{text: fmt.Sprintf("%d can be mended: plimsoll lint --fix (--diff shows how)", fixes)})
	}
	if len(shown) > 0 {
		p.line(span{"Next  ", bold}, span{text: "plimsoll explain " + quote(p.safe(flat(shown[0].ID)))})
	}
}
