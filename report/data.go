package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll/plimsoll/finding"
)

const (
	starterSource = "starter" // of the segments inside the program
	nvdSource     = "nvd"     // the feed of NVD's severities
)

// data says which advisory data was used and how old it is.
func (p *page) data() {
	p.scope()
	const few = 6
	segments := p.Database.Segments
	if len(segments) == 0 {
		return
	}
	rest := 0
	if !p.full && len(segments) > few {
		rest = len(segments) - few
		segments = segments[:few]
	}
	var text []string
	for _, s := range segments {
		when := p.age(s)
		text = append(text, strings.TrimSuffix(flat(s.Name)+" "+when, " "))
	}
	line := strings.Join(text, ", ")
	if rest > 0 {
		line += fmt.Sprintf(" and %d more", rest)
	}
	for _, k := range p.Database.Intelligence {
		day, _, _ := strings.Cut(flat(k.AsOf), "T")
		line += ", " + strings.TrimSuffix(flat(k.Name)+" of "+day, " of ")
	}
	p.wrap(span{"Data  ", bold}, words(line, plain))
}

// scope says what was not looked for although scans do unless they are told not
// to.
func (p *page) scope() {
	var with, without []string
	for _, k := range finding.Kinds() {
		_, many := nouns(k)
		switch {
		case slices.Contains(p.Checks, k):
			with = append(with, many)
		case k == finding.Vulnerability || k == finding.Secret || k == finding.Rule:
			without = append(without, many)
		}
	}
	if len(with) > 0 && len(without) > 0 {
		p.wrap(span{"Scope ", bold}, words("looked for "+enumerate(with)+" only, not for "+enumerate(without), plain))
	}
}

// enumerate is "a", "a and b", "a, b and c".
func enumerate(words []string) string {
	if last := len(words) - 1; last > 0 {
		return strings.Join(words[:last], ", ") + " and " + words[last]
	}
	return strings.Join(words, "")
}

// age is how long ago a segment was brought up to date, or the day where that
// cannot be told.
func (p *page) age(s Segment) string {
	when := s.Fetched
	starter := s.Source == starterSource
	if starter || when == "" {
		when = s.AsOf
	}
	t, err := time.Parse(time.RFC3339, when)
	if err != nil {
		return "of unknown age"
	}
	if p.options.Now.IsZero() || starter {
		return "as of " + t.UTC().Format(time.DateOnly)
	}
	return ago(p.options.Now.Sub(t)) + " old"
}

// ago is a length of time in its largest sensible unit.
func ago(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return "a moment"
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d/time.Minute))
	case d < 2*day:
		return fmt.Sprintf("%d h", int(d/time.Hour))
	case d < 90*day:
		return fmt.Sprintf("%d days", int(d/day))
	case d < 730*day:
		return fmt.Sprintf("%d months", int(d/(30*day)))
	}
	return fmt.Sprintf("%d years", int(d/(365*day)))
}

// next lists the commands that lead on from here.
func (p *page) next() {
	var commands []string
	if !p.full && len(p.Findings) > 0 {
		commands = append(commands, p.again())
	}
	if id := p.puzzling(); id != "" {
		commands = append(commands, "plimsoll explain "+quote(p.safe(flat(id))))
	}
	if p.Database.Starter {
		update := "plimsoll db update"
		for _, s := range p.Database.Segments {
			if s.Source == starterSource {
				update += " " + quote(p.safe(flat(s.Ecosystem)))
			}
		}
		commands = append(commands, update)
	} else if p.rateable() {
		commands = append(commands, "plimsoll db update "+nvdSource)
	}
	if len(commands) == 0 {
		return
	}
	lead := span{"Next  ", bold}
	line := span{text: strings.Join(commands, " · ")}
	if p.room([]span{lead, line}) <= p.width {
		p.command(lead, line)
		return
	}
	for _, c := range commands {
		p.command(lead, span{text: c})
		lead = span{text: "      "}
	}
}

// puzzling is the rule or the kind of secret that a reader may want explained
// first; empty where there is none.
func (p *page) puzzling() string {
	for _, kind := range [...]finding.Kind{finding.Rule, finding.Secret} {
		if list := p.groups[kind]; len(list) > 0 {
			return list[0].name
		}
	}
	return ""
}

// rateable reports whether there are vulnerabilities that nobody has rated while
// NVD, which rates most, was not asked.
func (p *page) rateable() bool {
	for _, k := range p.Database.Intelligence {
		if k.Name == nvdSource {
			return false
		}
	}
	return slices.ContainsFunc(p.Findings, func(f finding.Finding) bool {
		return f.Kind == finding.Vulnerability && f.Suppressed == "" && f.Severity == finding.Unknown
	})
}

// again is the command that shows the full report.
func (p *page) again() string {
	verb := "scan"
	if p.onDockerfiles() {
		verb = "lint"
	}
	return "plimsoll " + verb + " -o full " + quote(p.safe(flat(p.Target.Ref)))
}

var bare = regexp.MustCompile(`^[A-Za-z0-9@%+=:,./_-]+$`)

// quote writes one word for a POSIX shell.
func quote(word string) string {
	if bare.MatchString(word) && !strings.HasPrefix(word, "-") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
