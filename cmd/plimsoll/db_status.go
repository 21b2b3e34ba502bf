package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/plimsoll/plimsoll/report"
	"github.com/plimsoll/plimsoll/vulndb"
)

// veryOld is the age from which data are loudly said to be old, whatever else
// was asked for, on standard error and in the report: most weeks bring
// vulnerabilities that matter.
const veryOld = 7 * 24 * time.Hour

// tooOld tells whether data brought up to date at some time are to be called old:
// for the user, or in any case.
func (d *data) tooOld(fetched time.Time) bool {
	age := d.app.now().Sub(fetched)
	return age >= veryOld || d.flags.maxAge > 0 && age > d.flags.maxAge
}

// loud says that advisories are very old. The starter's have a warning of their
// own in the report.
func (d *data) loud(database report.Database) {
	for _, s := range database.Segments {
		fetched, err := time.Parse(time.RFC3339, s.Fetched)
		if err != nil || !s.Old {
			continue
		}
		d.app.warn("OLD DATA: the advisories for %s were last brought up to date %s; later ones are not found: run plimsoll db update", s.Ecosystem, d.app.ago(fetched))
	}
}

// oldStatus names the ecosystems whose advisories are very old.
func (a *app) oldStatus(d *data, segments []vulndb.SegmentInfo) {
	var old []string
	for _, s := range segments {
		if d.tooOld(s.Fetched) {
			old = append(old, clean(s.Ecosystem))
		}
	}
	if len(old) > 0 {
		fmt.Fprintf(a.out, "\nOLD DATA: %s: what became known since is not found. Run plimsoll db update.\n", strings.Join(old, ", "))
	}
}

// placesStatus lists mirrors and sources that data came from.
func (a *app) placesStatus(d *data) {
	places := d.refresher().Places()
	if len(places) == 0 {
		return
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nSOURCE\tOF\tKEPT\tASKED")
	for _, p := range places {
		of, kept := p.Family, humanBytes(p.Size)
		if of == "" {
			of, kept = "a mirror", "-"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", clean(p.Origin), clean(of), kept, a.ago(p.Fetched))
	}
	w.Flush()
}

// publishedStatus says where scans look before the sources, and whom they believe.
func (a *app) publishedStatus(d *data) {
	fmt.Fprintln(a.out)
	if len(d.keys) > 0 {
		fmt.Fprintf(a.out, "Mirrors must be signed by key %s.\n", fingerprints(d.keys))
	}
	if d.published.ref == "" {
		fmt.Fprintln(a.out, "No published segments yet: without --mirror, scans compile advisories from their sources.")
		return
	}
	fmt.Fprintf(a.out, "Published segments: %s, signed by key %s.\n", d.published.ref, fingerprints(d.published.keys))
}
