package main

import (
	"iter"
	"sync"
	"time"

	"github.com/plimsoll/plimsoll/intel"
	"github.com/plimsoll/plimsoll/report"
	"github.com/plimsoll/plimsoll/scan"
	"github.com/plimsoll/plimsoll/vulndb"
)

// day is the value of --db-as-of: the last moment of a day in UTC, or a moment.
type day struct{ time.Time }

// String is the day as it was given.
func (d *day) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}

// Set reads 2024-05-01, or RFC 3339.
func (d *day) Set(text string) error {
	t, err := time.Parse(time.DateOnly, text)
	if err == nil {
		d.Time = t.Add(24*time.Hour - time.Second)
		return nil
	}
	d.Time, err = time.Parse(time.RFC3339, text)
	return err
}

// Type is what the help calls the value.
func (d *day) Type() string { return "date" }

// past answers as of a day, as far as the data allow: advisories keep when they
// were first published and last changed, but not what they said in between.
type past struct {
	*opened
	day  time.Time
	warn func(format string, args ...any)

	mu      sync.Mutex
	changed map[string]bool // ids of advisories that were changed since
	undated map[string]bool // that do not say when they were published
}

// asOf turns advisories back to the day that the user named.
func (d *data) asOf(o *opened, database *report.Database) scan.Advisories {
	as := d.flags.asOf.Time
	if as.IsZero() {
		return o
	}
	for _, s := range database.Segments {
		newest, err := time.Parse(time.RFC3339, s.Fetched)
		if err == nil && newest.Before(as) {
			d.app.warn("--db-as-of %s: the advisories for %s at hand end at %s", d.flags.asOf.String(), s.Ecosystem, s.Fetched)
		}
	}
	database.AsOf = report.Time(as)
	return &past{opened: o, day: as, warn: d.app.warn, changed: map[string]bool{}, undated: map[string]bool{}}
}

// Lookup leaves out what was published later, and takes back what was withdrawn
// later. Of the rest it gives what is said today.
func (p *past) Lookup(key vulndb.Key) iter.Seq2[vulndb.Advisory, error] {
	return func(yield func(vulndb.Advisory, error) bool) {
		for a, err := range p.opened.Lookup(key) {
			if err == nil && !p.known(&a) {
				continue
			}
			if !yield(a, err) {
				return
			}
		}
	}
}

// known reports whether an advisory was known then, and makes it what it was.
func (p *past) known(a *vulndb.Advisory) bool {
	later := a.Modified.After(p.day)
	if a.Published.After(p.day) {
		return false
	}
	if a.Withdrawn.After(p.day) {
		a.Withdrawn = time.Time{}
	}
	if later && len(a.Affected) > 0 {
		p.mu.Lock()
		defer p.mu.Unlock()
		if a.Published.IsZero() {
			p.undated[a.ID] = true
		} else {
			p.changed[a.ID] = true
		}
	}
	return true
}

// CVE leaves out what was learned of a CVE later, and its EPSS score: only that
// of today is at hand.
func (p *past) CVE(id string) (intel.Record, bool) {
	r, ok := p.opened.CVE(id)
	r.Score = intel.Score{}
	if r.Exploited.Added > p.day.UTC().Format(time.DateOnly) {
		r.Exploited = intel.Exploited{}
	}
	return r, ok
}

// Close says what could not be told.
func (p *past) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.changed); n > 0 {
		p.warn("--db-as-of %s: %d advisories for packages of the image were changed later; what they say now is used", p.day.Format(time.DateOnly), n)
	}
	if n := len(p.undated); n > 0 {
		p.warn("--db-as-of %s: %d advisories for packages of the image do not say when they were published; they are used", p.day.Format(time.DateOnly), n)
	}
	return p.opened.Close()
}
