package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/feed/starter"
	"github.com/plimsoll/plimsoll/intel"
	"github.com/plimsoll/plimsoll/match"
	"github.com/plimsoll/plimsoll/vulndb"
)

// local is all data at hand, of all ecosystems; nothing is fetched for it.
type local struct {
	full, starter *vulndb.DB
	known         *intel.File
	order         []match.SeveritySource // whose severity is in force
}

func (a *app) openLocal(f dataFlags, m matchFlags) (*local, error) {
	d, err := a.newData(f)
	if err != nil {
		return nil, err
	}
	order, err := m.severityOrder()
	if err != nil {
		return nil, err
	}
	l := &local{known: d.openIntelligence(), order: order}
	if l.starter, err = starter.Open(); err != nil {
		return nil, &exitError{exitFailed, err}
	}
	if d.starter {
		return l, nil
	}
	if l.full, err = vulndb.Open(d.flags.dir); err != nil {
		return nil, &exitError{exitFailed, err}
	}
	for _, err := range l.full.Refused() {
		a.warn("not usable: %v", err)
	}
	return l, nil
}

// Close lets the files go.
func (l *local) Close() error {
	if l.full == nil {
		return nil
	}
	return l.full.Close()
}

// databases are those to ask, the one that counts first.
func (l *local) databases() []*vulndb.DB {
	if l.full == nil {
		return []*vulndb.DB{l.starter}
	}
	return []*vulndb.DB{l.full, l.starter}
}

// speaks tells whether a database is the one that speaks for an ecosystem: the
// starter's does only where there is nothing else.
func (l *local) speaks(db *vulndb.DB, ecosystem string) bool {
	return db == l.full || l.full == nil || !l.full.Has(ecosystem)
}

// ecosystems are those of which there are advisories.
func (l *local) ecosystems() []string {
	var names []string
	for _, db := range l.databases() {
		for _, s := range db.Segments() {
			if !slices.Contains(names, s.Ecosystem) {
				names = append(names, s.Ecosystem)
			}
		}
	}
	slices.Sort(names)
	return names
}

// onlyStarter tells whether nothing was ever fetched.
func (l *local) onlyStarter() bool { return l.full == nil || len(l.full.Segments()) == 0 }

// atHand says in a few words which advisories were asked.
func (l *local) atHand(names []string) string {
	if l.onlyStarter() {
		return "the starter advisories, the few that came with the program"
	}
	if len(names) > 8 {
		return fmt.Sprintf("the advisories at hand, for %d ecosystems", len(names))
	}
	return "the advisories at hand, for " + strings.Join(names, ", ")
}

// held is a record with the database that has it.
type held struct {
	vulndb.Advisory
	db *vulndb.DB
}

// byID gives all records that carry an id. One that is in several segments
// comes once for each.
func (l *local) byID(id string) ([]held, error) {
	var found []held
	for _, db := range l.databases() {
		for a, err := range db.ByID(id) {
			if err != nil {
				return nil, noData(err)
			}
			own := func(e vulndb.Affected) bool { return l.speaks(db, e.Ecosystem) }
			if len(a.Affected) == 0 || slices.ContainsFunc(a.Affected, own) {
				found = append(found, held{a, db})
			}
		}
	}
	return found, nil
}

// byPackage gives the records about a package, by ecosystem, in those named or
// in all.
func (l *local) byPackage(name string, ecosystems []string) ([]held, error) {
	var found []held
	for _, ecosystem := range ecosystems {
		for _, db := range l.databases() {
			if !db.Has(ecosystem) || !l.speaks(db, ecosystem) {
				continue
			}
			for a, err := range db.Lookup(vulndb.Key{Ecosystem: ecosystem, Name: name}) {
				if err != nil {
					return nil, noData(err)
				}
				a.Affected = slices.Clone(a.Affected)
				for i := range a.Affected {
					a.Affected[i].Ecosystem, a.Affected[i].Name = ecosystem, name
				}
				found = append(found, held{a, db})
			}
		}
	}
	return found, nil
}

// noData is the error of data that cannot be read.
func noData(err error) error {
	return &exitError{exitNoData, errors.Join(err, errors.New("run plimsoll db update"))}
}

// advisoryName writes an id as its database does, whatever the case it was given in.
func advisoryName(id string) string {
	upper := strings.ToUpper(strings.TrimSpace(id))
	if rest, ok := strings.CutPrefix(upper, "GHSA-"); ok {
		return "GHSA-" + strings.ToLower(rest)
	}
	return upper
}

// never is what is affected where a vendor says that nothing is.
const never = "not affected"

// ranges writes what an entry says of versions: "≥ 1.0, < 1.4.2".
func ranges(e *vulndb.Affected) string {
	if match.NotAffected(e.Status) {
		return never
	}
	var runs []string
	for _, r := range e.Ranges {
		if r.Type != "GIT" {
			runs = append(runs, runsOf(r.Events)...)
		}
	}
	if len(runs) == 0 && len(e.Versions) > 0 {
		const few = 4
		text := strings.Join(e.Versions[:min(few, len(e.Versions))], ", ")
		if n := len(e.Versions) - few; n > 0 {
			text += fmt.Sprintf(" and %d more versions", n)
		}
		return text
	}
	return strings.Join(runs, " or ")
}

// runsOf are the runs of versions that events describe, each as a condition.
func runsOf(events []vulndb.Event) []string {
	var runs []string
	from, open := "", false
	end := func(until string) {
		var parts []string
		for _, p := range []string{from, until} {
			if p != "" {
				parts = append(parts, p)
			}
		}
		if len(parts) == 0 {
			parts = []string{"all versions"}
		}
		runs, open = append(runs, strings.Join(parts, ", ")), false
	}
	for _, e := range events {
		switch {
		case e.Introduced != "":
			if open {
				end("")
			}
			if from, open = "", true; e.Introduced != "0" {
				from = "≥ " + e.Introduced
			}
		case e.Fixed == "0" && open: // fixed before there was a version
			runs, open = append(runs, never), false
		case e.Fixed != "" && open:
			end("< " + e.Fixed)
		case e.LastAffected != "" && open:
			end("≤ " + e.LastAffected)
		case e.Limit != "" && e.Limit != "*" && open:
			end("< " + e.Limit)
		}
	}
	if open {
		end("")
	}
	return runs
}

// fixedIn are the versions that mend an entry.
func fixedIn(e *vulndb.Affected) string {
	var fixes []string
	for _, r := range e.Ranges {
		for _, event := range r.Events {
			if event.Fixed != "" && r.Type != "GIT" && !slices.Contains(fixes, event.Fixed) {
				fixes = append(fixes, event.Fixed)
			}
		}
	}
	return strings.Join(fixes, ", ")
}

// perCVE are the prefixes that distributions put before a CVE's id for a record
// of their own.
var perCVE = [...]string{"ALPINE-", "DEBIAN-", "UBUNTU-", "BELL-", "DHI-", "ECHO-", "ROOT-"}

// bareCVE is the CVE that an id of a distribution's record is about, or the id.
func bareCVE(id string) string {
	if i := strings.Index(id, "-CVE-"); i > 0 && intel.IsCVE(id[i+1:]) {
		return id[i+1:]
	}
	return id
}

// cvesOf are the CVEs that a record is about.
func cvesOf(a *vulndb.Advisory) []string {
	var cves []string
	for _, list := range [...][]string{{a.ID}, a.Aliases, a.Upstream} {
		for _, id := range list {
			if id = bareCVE(id); strings.HasPrefix(id, "CVE-") && !slices.Contains(cves, id) {
				cves = append(cves, id)
			}
		}
	}
	return cves
}

// mostIDs bounds the ids of one vulnerability.
const mostIDs = 50

// about gives all records about the vulnerability that has an id, under
// whichever of its ids they know it.
func (l *local) about(id string) ([]held, error) {
	found, _, err := l.cluster(id)
	return found, err
}

// cluster gives all records about a vulnerability, and the ids that mean it.
func (l *local) cluster(id string) (found []held, ids []string, err error) {
	ids = []string{bareCVE(id)}
	if ids[0] != id {
		ids = append(ids, id)
	}
	type place struct {
		id, ecosystem string
	}
	seen := map[place]bool{}
	for i := 0; i < len(ids) && i < mostIDs; i++ {
		asked := []string{ids[i]}
		if strings.HasPrefix(ids[i], "CVE-") {
			for _, prefix := range perCVE {
				asked = append(asked, prefix+ids[i])
			}
		}
		for _, id := range asked {
			records, err := l.byID(id)
			if err != nil {
				return nil, nil, err
			}
			for _, r := range records {
				at := place{id: r.ID}
				if len(r.Affected) > 0 {
					at.ecosystem = r.Affected[0].Ecosystem
				}
				if seen[at] || !means(&r.Advisory, id) {
					continue
				}
				seen[at] = true
				found = append(found, r)
				for _, other := range same(&r.Advisory) {
					if !slices.Contains(ids, other) && len(ids) < mostIDs {
						ids = append(ids, other)
					}
				}
			}
		}
	}
	return found, ids, nil
}

// means tells whether a record is about the vulnerability of an id, and not only
// related to it. Some distributions list the CVEs that an announcement is about
// as related.
func means(a *vulndb.Advisory, id string) bool {
	if a.ID == id || slices.Contains(a.Aliases, id) || slices.Contains(a.Upstream, id) {
		return true
	}
	for _, prefix := range []string{"ALSA-", "ALBA-", "ALEA-", "RHSA-", "RLSA-", "SUSE-", "OPENSUSE-"} {
		if strings.HasPrefix(strings.ToUpper(a.ID), prefix) {
			return len(a.Upstream) == 0
		}
	}
	return false
}

// same are the ids of the one vulnerability that a record is about; none where
// it announces fixes for several.
func same(a *vulndb.Advisory) []string {
	if cves := cvesOf(a); len(cves) > 1 && len(a.Upstream) > 0 {
		return nil
	}
	switch {
	case bareCVE(a.ID) != a.ID:
		return append([]string{a.ID}, bareCVE(a.ID))
	case len(a.Upstream) > 0 || len(a.Aliases) == 0:
		return []string{a.ID}
	}
	return append([]string{a.ID}, a.Aliases...)
}
