package match

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/vulndb"
)

// ask looks a question up in all ecosystems that may answer it.
func (r *run) ask(q question, pkg *inventory.Package) []vulnerability {
	s := &search{question: q, denied: map[string]bool{}}
	for _, ecosystem := range slices.Concat(q.group.extra, q.group.required) {
		if !r.advisories.Has(ecosystem) {
			continue
		}
		err := s.look(r.advisories, vulndb.Key{Ecosystem: ecosystem, Name: q.name}, q.version)
		if err == nil && q.binary != "" {
			err = s.look(r.advisories, vulndb.Key{Ecosystem: ecosystem, Name: q.binary}, q.binaryVersion)
		}
		if err != nil {
			q.group.failed = fmt.Sprintf("the advisories for %s cannot be read (%v): run plimsoll db update", ecosystem, err)
			break
		}
	}
	if s.broken > 0 {
		r.warn(pkg, incomparable)
	}
	return s.vulnerabilities()
}

// search gathers the hits of one question.
type search struct {
	question
	hits   []*hit
	denied map[string]bool // ids of vulnerabilities that the vendor says are absent
	broken int             // records that could not be compared

	entries []*vulndb.Affected // room for concerned
}

// look judges version v by all records that speak of a package.
func (s *search) look(from Advisories, key vulndb.Key, v string) error {
	for record, err := range from.Lookup(key) {
		if err != nil {
			return err
		}
		if record.Withdrawn.IsZero() {
			s.judge(record, key, v)
		}
	}
	return nil
}

// judge evaluates one record. One that says "not affected", and one of Ubuntu
// Pro whose fix is installed, overrules what others say of the vulnerability.
func (s *search) judge(record vulndb.Advisory, key vulndb.Key, v string) {
	var because string
	var says *vulndb.Affected
	absent, broken, judged := false, false, false
	entries := s.concerned(&record)
	for _, a := range entries {
		if stateOf(a.Status) == stateAbsent {
			absent = true
			continue
		}
		d := s.group.order.judge(v, a)
		judged, broken = true, broken || d.broken > 0
		if d.affected && says == nil {
			because, says = d.because, a
		}
	}
	if broken {
		s.broken++
	}
	switch {
	case says != nil:
		if s.group.distro && justBugs(&record) {
			return
		}
		open := slices.DeleteFunc(slices.Clone(entries), func(a *vulndb.Affected) bool { return stateOf(a.Status) == stateAbsent })
		s.hits = append(s.hits, &hit{record, says, open, key.Ecosystem, key.Name, v, because})
	case absent || judged && !broken && strings.HasPrefix(key.Ecosystem, ubuntuPro):
		for _, ids := range subjects(&record, s.group.distro) {
			for _, id := range ids {
				s.denied[canonical(id)] = true
			}
		}
	}
}

// justBugs tells whether a record announces an update that mends no
// vulnerability: AlmaLinux and Red Hat publish those beside the others.
func justBugs(a *vulndb.Advisory) bool {
	for _, prefix := range []string{"ALBA-", "ALEA-", "RHBA-", "RHEA-", "RLBA-", "RLEA-"} {
		if strings.HasPrefix(a.ID, prefix) {
			return !slices.ContainsFunc(slices.Concat(a.Aliases, a.Upstream, a.Related), isCVE)
		}
	}
	return false
}
