// Package lint holds Dockerfiles against the rules: it finds them, reports what
// is wrong with its place, leaves out what comments and configurations ask it to
// leave out, and mends what can be mended.
package lint

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/report"
	"github.com/plimsoll/plimsoll/rule"
)

// SyntaxID is the id of the finding for what cannot be understood.
const SyntaxID = "dockerfile-syntax"

// maxFindings is how many findings of one file are kept.
const maxFindings = 2000

// maxInstructions is how many instructions of one file rules look at.
const maxInstructions = 3000

// Linter holds Dockerfiles against rules. Its methods may be called from
// several goroutines.
type Linter struct {
	Rules    []rule.Rule // those in force
	Settings rule.Settings
	// Ignore are ids of rules, or aliases, whose findings are left out.
	Ignore []string
	// Severities replace those of rules, by id or alias.
	Severities map[string]finding.Severity
	// NoPragmas makes comments that ignore rules mean nothing.
	NoPragmas bool
	// Hadolint gives findings that hadolint would have its severity.
	Hadolint bool
	// Extra finds more than the rules do, such as an external shell checker; it
	// may be nil.
	Extra func(context.Context, *rule.Dockerfile) []Problem
}

// Problem is what was found at one place, with the rule that found it.
type Problem struct {
	Rule *rule.Rule
	rule.Problem
}

// Result is what was found in one Dockerfile.
type Result struct {
	File     *dockerfile.File
	Findings []finding.Finding // in the order of their places
	Fixes    []*rule.Fix       // of the finding with the same index; nil where there is none
	Spans    []dockerfile.Span // of the finding with the same index, in File.Source
	Unpinned []rule.Unpinned   // of all findings, the packages that a version would mend
	Dropped  int               // how many more findings there are than are kept of one file
}

// Source is one Dockerfile to look at.
type Source struct {
	Path string
	Text []byte
	// Line and Column are added to places: where the text stands inside another
	// file. Inline says that it does.
	Line, Column int
	Inline       bool
	Flat         bool              // Inline, and its lines are not lines of that file
	BuildArgs    map[string]string // besides those of the settings
	Ignore       *IgnoreFile       // of the build context; nil where there is none
	Context      string            // directory of the build context where a compose or bake file names it
}

// LintAll holds every source against the rules, on all processors. The results
// are in the order of the sources; those not reached before ctx ends are empty.
// Of the parsed files only the sources are kept.
func (l *Linter) LintAll(ctx context.Context, sources []Source) []Result {
	results := make([]Result, len(sources))
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(sources)) {
		wait.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(sources) {
					return
				}
				r := l.Lint(ctx, sources[i])
				r.File = &dockerfile.File{Source: r.File.Source, Encoding: r.File.Encoding}
				r.Unpinned = nil // they hold on to the file
				results[i] = r
			}
		})
	}
	wait.Wait()
	return results
}

// Lint holds one Dockerfile against the rules.
func (l *Linter) Lint(ctx context.Context, s Source) Result {
	file := dockerfile.Parse(s.Text)
	settings := l.settings(s)
	found := syntaxProblems(file)
	looked, rest := bounded(file)
	found = append(found, rest...)
	view := rule.NewDockerfile(looked, s.Path, &settings, nil)
	for i := range l.Rules {
		r := &l.Rules[i]
		if r.Dockerfile == nil {
			continue
		}
		r.Dockerfile(view.WithReport(func(p rule.Problem) { found = append(found, Problem{r, p}) }))
	}
	if l.Extra != nil {
		found = append(found, l.Extra(ctx, view)...)
	}
	slices.SortStableFunc(found, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.Span.Start.Offset, b.Span.Start.Offset),
			cmp.Compare(a.Rule.ID, b.Rule.ID), cmp.Compare(a.Message, b.Message))
	})
	kept := 0
	pragmas := l.pragmas(file, settings.BuildArgs)
	result := Result{File: file, Findings: []finding.Finding{}}
	printer := fingerprints{source: file.Source, seen: map[string]int{}}
	for _, p := range found {
		if l.ignored(&p) || pragmas.ignore(&p) {
			continue
		}
		if kept++; kept > maxFindings {
			continue
		}
		f := l.finding(&p, s)
		if pragmas.fatal && slices.ContainsFunc(f.Aliases, buildKitName) {
			f.Severity = max(f.Severity, finding.High)
		}
		f.Fingerprint = printer.print(f, p.Span.Start)
		result.Findings = append(result.Findings, f)
		result.Spans = append(result.Spans, p.Span)
		if s.Inline {
			p.Fix = nil // its edits are not those of the file around it
		}
		result.Fixes = append(result.Fixes, p.Fix)
		result.Unpinned = append(result.Unpinned, p.Unpinned...)
	}
	result.Dropped = max(kept-maxFindings, 0)
	return result
}

// bounded is the part of a file that rules look at: some compare each
// instruction with all others. For the rest there is a problem.
func bounded(file *dockerfile.File) (*dockerfile.File, []Problem) {
	if len(file.Instructions) <= maxInstructions {
		return file, nil
	}
	first := file.Instructions[maxInstructions]
	syntax := SyntaxRule()
	message := fmt.Sprintf("Rules look at the first %d instructions only; this is where the rest begins", maxInstructions)
	return dockerfile.Parse(file.Source[:first.Span.Start.Offset]), []Problem{{&syntax, rule.Problem{Span: first.NameSpan, Message: message}}}
}

// settings are those of one source.
func (l *Linter) settings(s Source) rule.Settings {
	settings := l.Settings
	if len(s.BuildArgs) > 0 {
		settings.BuildArgs = map[string]string{}
		for _, from := range []map[string]string{s.BuildArgs, l.Settings.BuildArgs} {
			for name, value := range from {
				settings.BuildArgs[name] = value
			}
		}
	}
	if s.Ignore != nil {
		settings.Ignored, settings.HasIgnoreFile, settings.IgnoreExceptions = s.Ignore.Ignored, true, s.Ignore.Exceptions()
	} else {
		settings.Ignored = func(string) bool { return false } // a context without a .dockerignore
	}
	return settings
}

// ignored tells whether the configuration leaves a problem out.
func (l *Linter) ignored(p *Problem) bool {
	return slices.ContainsFunc(l.Ignore, p.called)
}

// finding is the problem as reports show it.
func (l *Linter) finding(p *Problem, s Source) finding.Finding {
	f := finding.Finding{
		Kind: finding.Rule, ID: p.Rule.ID, Aliases: p.aliases(), Severity: p.Rule.Severity,
		Title: p.Rule.Title, Message: cmp.Or(p.Message, p.Rule.Title),
		At: s.place(p.Span),
	}
	if severity, ok := l.severity(p); ok && severity != f.Severity {
		f.Ratings = []finding.Rating{{Source: "plimsoll", Severity: f.Severity}}
		f.Severity = severity
	}
	return f
}

// place is where a span of the text is in the file that the source names.
func (s *Source) place(span dockerfile.Span) inventory.Place {
	if s.Flat {
		return inventory.Place{Path: s.Path, Line: s.Line + 1, Column: s.Column + 1, EndLine: s.Line + 1}
	}
	return inventory.Place{
		Path: s.Path, Line: span.Start.Line + s.Line, Column: span.Start.Column + s.Column, EndLine: span.End.Line + s.Line,
	}
}

// severity is what the configuration says of a problem's severity: an entry for
// the rule itself goes before those for its aliases, of which the worst counts.
func (l *Linter) severity(p *Problem) (severity finding.Severity, ok bool) {
	if severity, ok = l.Severities[strings.ToLower(p.Rule.ID)]; ok {
		return severity, true
	}
	for _, alias := range p.aliases() {
		if s, known := l.Severities[strings.ToLower(alias)]; known {
			severity, ok = max(severity, s), true
		}
	}
	if ok || !l.Hadolint {
		return severity, ok
	}
	for _, alias := range p.aliases() {
		if s, known := report.HadolintSeverity(alias); known {
			return s, true
		}
	}
	return severity, false
}

func (p *Problem) aliases() []string {
	if p.Aliases != nil {
		return p.Aliases
	}
	return p.Rule.Aliases
}

// called tells whether the problem goes by an id in any case. A problem that is
// narrowed to some aliases goes by these, and by those of its rule that are ids
// of yet other tools.
func (p *Problem) called(id string) bool {
	is := func(alias string) bool { return strings.EqualFold(alias, id) }
	if is(p.Rule.ID) || slices.ContainsFunc(p.aliases(), is) {
		return true
	}
	if p.Aliases == nil || !slices.ContainsFunc(p.Rule.Aliases, is) {
		return false
	}
	kin := family(id)
	return !slices.ContainsFunc(p.Aliases, func(alias string) bool { return family(alias) == kin })
}

// family is what the ids of one tool have in common: the letters before the
// first digit.
func family(id string) string {
	n := strings.IndexAny(id, "0123456789")
	if n < 0 {
		n = 0
	}
	return strings.ToUpper(id[:n])
}

// syntaxProblems are what the parser could not understand.
func syntaxProblems(f *dockerfile.File) []Problem {
	var found []Problem
	syntax := SyntaxRule()
	for _, p := range f.Problems {
		found = append(found, Problem{&syntax, rule.Problem{Span: p.Span, Message: sentence(p.Message)}})
	}
	return found
}

// sentence starts with a capital letter where that is plainly a word.
func sentence(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// SyntaxRule is the rule behind findings with SyntaxID.
func SyntaxRule() rule.Rule {
	return rule.Rule{
		ID:    SyntaxID,
		Title: "The Dockerfile cannot be understood here",
		Why: "A build stops at what the Dockerfile language does not have, or takes it for something else than was meant. " +
			"The rest of the file is held against the rules all the same.",
		Bad: "FROM alpine:3.20\nRNU echo hello\n", Good: "FROM alpine:3.20\nRUN echo hello\n",
		Severity: finding.High, Aliases: []string{"DL1000"}, Since: "2026.1",
	}

}
