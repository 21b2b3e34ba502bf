package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/intel"
	"github.com/plimsoll/plimsoll/match"
	"github.com/plimsoll/plimsoll/report"
	"github.com/plimsoll/plimsoll/vulndb"
)

// explanation is all that is known of a vulnerability.
type explanation struct {
	ID      string   `json:"id"`
	Aliases []string `json:"aliases"`
	// Announces are the vulnerabilities that an announcement of fixes for several
	// is about; each can be explained by itself.
	Announces []string `json:"announces,omitempty"`
	Summary   string   `json:"summary"`
	Details   string   `json:"details,omitempty"`
	// Cut says that the database keeps only the beginning of the details.
	Cut bool `json:"detailsCut,omitempty"`
	// URL is where the record is that the details are of, as a whole.
	URL       string           `json:"url,omitempty"`
	Published string           `json:"published,omitempty"` // RFC 3339
	Withdrawn string           `json:"withdrawn,omitempty"`
	Malicious bool             `json:"malicious,omitempty"`
	Severity  finding.Severity `json:"severity"`
	Ratings   []finding.Rating `json:"ratings"`
	Exploit   finding.Exploit  `json:"exploit,omitzero"`
	// Sources say how old what is known of exploitation is.
	Sources    []report.Intelligence `json:"intelligence,omitempty"`
	Affected   []searchRow           `json:"affected"`
	References []string              `json:"references"`
	// In are the findings of the vulnerability in a report or an image.
	In *explainedIn `json:"in,omitempty"`

	records []vulndb.Advisory // all about it
	starter bool              // nothing but the starter's advisories was asked
}

// explainFlags are the flags of `plimsoll explain` for advisories.
type explainFlags struct {
	scan   scanFlags
	in     string
	output string
}

// explainAdvisory explains a vulnerability by the data at hand.
func (a *app) explainAdvisory(ctx context.Context, f explainFlags, id string) error {
	l, err := a.openLocal(f.scan.data, f.scan.match)
	if err != nil {
		return err
	}
	defer l.Close()
	id = advisoryName(id)
	found, ids, err := l.cluster(id)
	if err != nil {
		return err
	}
	e, err := l.explanation(found, ids)
	if err != nil {
		return err
	}
	if f.in != "" {
		if e.In, err = a.explainIn(ctx, f, e); err != nil {
			return err
		}
	}
	if len(found) == 0 && !e.Exploit.Known() && e.Exploit.EPSS == 0 && (e.In == nil || len(e.In.Findings) == 0) {
		return &exitError{exitNoData, fmt.Errorf("nothing about %s in %s: plimsoll db update ECOSYSTEM fetches the advisories of an ecosystem, such as npm or Debian:12", id, l.atHand(l.ecosystems()))}
	}
	if err := a.writeExplanation(f, e); err != nil {
		return &exitError{exitFailed, fmt.Errorf("explain: %w", err)}
	}
	if len(found) == 0 {
		return &exitError{exitNoData, fmt.Errorf("no advisory about %s in %s: plimsoll db update ECOSYSTEM fetches more", id, l.atHand(l.ecosystems()))}
	}
	return nil
}

func (a *app) writeExplanation(f explainFlags, e *explanation) error {
	if f.output == "json" {
		enc := json.NewEncoder(a.out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(e)
	}
	return e.write(a.out)
}

// explanation joins records about one vulnerability.
func (l *local) explanation(found []held, ids []string) (*explanation, error) {
	ids = displayOrder(ids)
	e := &explanation{ID: ids[0], Aliases: ids[1:], References: []string{}, Affected: []searchRow{}, starter: l.onlyStarter()}
	slices.SortStableFunc(found, func(a, b held) int { return speaks(&a.Advisory) - speaks(&b.Advisory) })
	distro := len(found) > 0
	for _, f := range found {
		if cves := cvesOf(&f.Advisory); f.ID == e.ID && len(cves) > 1 {
			e.Announces = cves
		}
		e.records = append(e.records, f.Advisory)
		distro = distro && !slices.ContainsFunc(f.Affected, func(x vulndb.Affected) bool { return match.OfLanguage(x.Ecosystem) })
		e.Malicious = e.Malicious || f.Malicious
		if e.Summary == "" {
			e.Summary = firstLine(f.Summary)
		}
		if p := report.Time(f.Published); p != "" && f.Published.Year() > 1 && (e.Published == "" || p < e.Published) {
			e.Published = p
		}
		details, references, err := f.db.Details(f.Advisory)
		if err != nil {
			return nil, noData(err)
		}
		if e.URL == "" || e.Details == "" && len(cvesOf(&f.Advisory)) < 2 {
			f.References = references
			e.URL = match.Page(&f.Advisory, e.ID)
			if len(cvesOf(&f.Advisory)) < 2 {
				e.Details = strings.TrimSpace(details)
			}
		}
		for _, r := range references {
			if strings.HasPrefix(r.URL, "https://") && !slices.Contains(e.References, r.URL) {
				e.References = append(e.References, r.URL)
			}
		}
	}
	if len(found) > 0 && !slices.ContainsFunc(found, func(f held) bool { return f.Withdrawn.IsZero() }) {
		e.Withdrawn = report.Time(found[0].Withdrawn)
	}
	e.Cut = vulndb.IsBrief(e.Details)
	m := match.Matcher{Intelligence: l.known, SeverityOrder: l.order}
	e.Severity, e.Ratings, e.Exploit = m.Rate(e.records, slices.Concat(ids, e.Announces), distro)
	e.Ratings = append([]finding.Rating{}, e.Ratings...)
	if e.Malicious {
		e.Severity = finding.Critical // as in a report
	}
	e.Affected = append(e.Affected, l.rows(found, l.ecosystems())...)
	e.Sources = sourcesOf(l.known)
	return e, nil
}

// sourcesOf describes the sources of intelligence.
func sourcesOf(f *intel.File) []report.Intelligence {
	var all []report.Intelligence
	for _, s := range f.Sources() {
		all = append(all, report.Intelligence{Name: s.Name, Source: s.URL, AsOf: report.Time(s.AsOf), Fetched: report.Time(s.Fetched), Records: s.Records})
	}
	return all
}

// speaks orders records by how well they tell of a vulnerability: reviewed ones
// of languages, then those of CVEs, then announcements of fixes.
func speaks(a *vulndb.Advisory) int {
	switch {
	case strings.HasPrefix(a.ID, "GHSA-"):
		return 0
	case len(cvesOf(a)) > 1:
		return 3
	case len(a.Upstream) > 0:
		return 2
	}
	return 1
}

// displayOrder puts the id first that a vulnerability is shown by: a CVE, else
// the one that was asked for.
func displayOrder(ids []string) []string {
	ids = slices.Clone(ids)
	if i := slices.IndexFunc(ids, func(id string) bool { return strings.HasPrefix(id, "CVE-") }); i > 0 {
		ids[0], ids[i] = ids[i], ids[0]
	}
	slices.Sort(ids[1:])
	return ids
}

// dayOf is the date of an RFC 3339 time.
func dayOf(text string) string {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return text
	}
	return t.Format(time.DateOnly)
}
