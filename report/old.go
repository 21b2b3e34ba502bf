package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// outdated is data that what became known later is missing from, with all
// ecosystems, or sources of intelligence, of which the same is to be said.
type outdated struct {
	ecosystems []string
	sources    []string
	since      string // when they were last brought up to date, for a reader
	failed     string // why they could not be, where that was tried
	old        bool
}

// outdated are the segments that are old or could not be brought up to date, in
// the order of the document, and the sources of intelligence that are old. Their
// age is told as of now; where that is zero, the day is given instead.
func (d *Database) outdated(now time.Time) []outdated {
	var all []outdated
	for _, s := range d.Segments {
		if !s.Old && s.Stale == "" {
			continue
		}
		o := outdated{since: since(s.Fetched, now), failed: flat(s.Stale), old: s.Old}
		i := slices.IndexFunc(all, func(x outdated) bool { return x.since == o.since && x.failed == o.failed && x.old == o.old })
		if i < 0 {
			i = len(all)
			all = append(all, o)
		}
		all[i].ecosystems = append(all[i].ecosystems, flat(s.Ecosystem))
	}
	for _, k := range d.Intelligence {
		if !k.Old {
			continue
		}
		o := outdated{since: since(k.Fetched, now), old: true}
		i := slices.IndexFunc(all, func(x outdated) bool { return x.since == o.since && len(x.sources) > 0 })
		if i < 0 {
			i = len(all)
			all = append(all, o)
		}
		all[i].sources = append(all[i].sources, flat(k.Name))
	}
	return all
}

// old tells whether some of the advisories were old at the time of the scan.
func (d *Database) old() bool {
	return slices.ContainsFunc(d.Segments, func(s Segment) bool { return s.Old })
}

// since tells when something was brought up to date.
func since(when string, now time.Time) string {
	t, err := time.Parse(time.RFC3339, when)
	switch {
	case err != nil:
		return "at a time that is not known"
	case now.IsZero():
		return "on " + t.UTC().Format(time.DateOnly)
	}
	return ago(now.Sub(t)) + " ago"
}

// title is what is the matter in two words.
func (o *outdated) title() string {
	if o.old {
		return "OLD DATA"
	}
	return "NOT UPDATED"
}

// text says it in a sentence.
func (o *outdated) text() string {
	if len(o.sources) > 0 {
		return fmt.Sprintf("what is known of exploitation (%s) was last brought up to date %s. Run plimsoll db update %s.",
			strings.Join(o.sources, ", "), o.since, strings.Join(o.sources, " "))
	}
	text := fmt.Sprintf("the advisories for %s were last brought up to date %s", strings.Join(o.ecosystems, ", "), o.since)
	if o.failed != "" {
		text += ", and not now (" + o.failed + ")"
	}
	return text + "; what became known later is not found. Run plimsoll db update."
}
