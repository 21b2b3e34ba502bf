package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/vulndb"
)

// question is what the OSV API was asked, and its answer.
type question struct {
	Ecosystem, Name, Version string
	Vulns                    []string
}

// Why a found vulnerability is in no recorded answer, or a recorded one was
// not found.
const (
	newerRecord reason = "the record is newer than the newest in the answers"
	foreign     reason = "the record is from a database that OSV does not have"
	changed     reason = "the data have changed since: matching follows the record as it is now"
)

// judgeAnswers asks the matcher what the OSV API was asked, one package at a
// time. Of an answer those ids count that the data hold for the ecosystem.
func (k *known) judgeAnswers(ctx context.Context, questions []question) (*set, error) {
	s := newSet("osv-answers")
	recorded := k.recordedAt(questions)
	for _, q := range questions {
		distro, pkg, ok := k.subject(q)
		if !ok || !k.db.Has(q.Ecosystem) {
			s.absent["no advisories of "+vulndb.Family(q.Ecosystem)+" are in the data"] += len(q.Vulns)
			continue
		}
		found, err := k.find(ctx, distro, []inventory.Package{pkg})
		if err != nil {
			return nil, err
		}
		var ids []string
		for _, f := range found[0] {
			ids = append(append(ids, f.ID), f.Aliases...)
		}
		if err := k.judgeAnswer(s, q, ids, recorded); err != nil {
			return nil, err
		}
	}
	s.sort()
	return s, nil
}

// judgeAnswer goes through the records on a package.
func (k *known) judgeAnswer(s *set, q question, found []string, recorded map[string]time.Time) error {
	s.questions++
	family := vulndb.Family(q.Ecosystem)
	c := s.count(family)
	key := vulndb.Key{Ecosystem: q.Ecosystem, Name: q.Name}
	held := 0
	for a, err := range k.db.Lookup(key) {
		if err != nil {
			return fmt.Errorf("look up %s %s: %w", key.Ecosystem, key.Name, err)
		}
		got, want := slices.Contains(found, a.ID), slices.Contains(q.Vulns, a.ID)
		if want {
			held++
		}
		d := disagreement{ecosystem: family, name: q.Name, version: q.Version, id: a.ID, found: got, detail: saying(&a)}
		switch {
		case got && want:
			c.Right++
		case !got && !want:
			c.Spared++
		case got && slices.ContainsFunc(recordIDs(&a), func(id string) bool { return slices.Contains(q.Vulns, id) }):
			// Another record of a vulnerability that is in the answer.
		case got != (a.Withdrawn.IsZero() && holds(&a, key, q.Version)):
			d.reason = mistake
			s.disagree(d, false)
		case want:
			d.reason = changed
			s.disagree(d, false)
		default:
			d.reason = changed
			if !native(a.ID) {
				d.reason = foreign
			} else if a.Published.After(recorded[family]) {
				d.reason = newerRecord
			}
			s.disagree(d, true)
		}
	}
	c.NoData += len(q.Vulns) - held
	s.absent["the data lack the record, or it names other releases or packages"] += len(q.Vulns) - held
	return nil
}

// recordedAt is the day of the newest record in any answer, by family of
// ecosystems: later ones were not there to be answered.
func (k *known) recordedAt(questions []question) map[string]time.Time {
	newest := map[string]time.Time{}
	for _, q := range questions {
		for a, err := range k.db.Lookup(vulndb.Key{Ecosystem: q.Ecosystem, Name: q.Name}) {
			family := vulndb.Family(q.Ecosystem)
			if err == nil && slices.Contains(q.Vulns, a.ID) && a.Published.After(newest[family]) {
				newest[family] = a.Published
			}
		}
	}
	return newest
}

// native tells whether OSV has the database that an id is of.
func native(id string) bool {
	prefix, _, _ := strings.Cut(id, "-")
	return !slices.Contains([]string{"GLAD", "GMS", "FOP", "RUBYSEC", "NSWG", "RETIREJS", "MIREGO"}, prefix)
}

// subject is the package of a question, and the distribution that it is of.
func (k *known) subject(q question) (inventory.Distro, inventory.Package, bool) {
	pkg := inventory.Package{Name: q.Name, Version: q.Version}
	if kind := k.purlType(q.Ecosystem); kind != "" {
		pkg.Ecosystem = kind
		return inventory.Distro{}, pkg, true
	}
	family, release, _ := strings.Cut(q.Ecosystem, ":")
	for _, d := range []struct{ family, id, kind string }{
		{"Alpine", "alpine", "apk"}, {"Debian", "debian", "deb"}, {"Ubuntu", "ubuntu", "deb"}, {"AlmaLinux", "almalinux", "rpm"},
		{"Rocky Linux", "rocky", "rpm"}, {"Azure Linux", "azurelinux", "rpm"}, {"Wolfi", "wolfi", "apk"}, {"Chainguard", "chainguard", "apk"},
	} {
		if d.family == family {
			pkg.Ecosystem = d.kind
			release = strings.TrimSuffix(strings.TrimPrefix(release, "v"), ":LTS")
			return inventory.Distro{ID: d.id, Version: release}, pkg, true
		}
	}
	return inventory.Distro{}, pkg, false
}
