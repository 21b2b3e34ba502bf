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
	s := r.search(q)
	if s.broken > 0 {
		r.warn(pkg, incomparable)
	}
	return s.vulnerabilities()
}

// search judges by all records that speak of what is asked about.
func (r *run) search(q question) *search {
	s := newSearch(q)
	s.rater = r.plan.matcher.rater(q.group.distro)
	for _, ecosystem := range slices.Concat(q.group.clearing, q.group.extra, q.group.required) {
		if !r.advisories.Has(ecosystem) {
			continue
		}
		err := s.look(r.advisories, vulndb.Key{Ecosystem: ecosystem, Name: q.name}, q.version)
		if err == nil && q.binary != "" {
			sure := s.order
			if q.binaryUnsure {
				s.order = q.group.unsure
			}
			err = s.look(r.advisories, vulndb.Key{Ecosystem: ecosystem, Name: q.binary}, q.binaryVersion)
			s.order = sure
		}
		if err == nil && q.source != "" {
			err = s.lookAside(r.advisories, ecosystem)
		}
		if err != nil {
			q.group.failed = fmt.Sprintf("the advisories for %s cannot be read (%v): run plimsoll db update", ecosystem, err)
			break
		}
	}
	return s
}

// search gathers the hits of one question.
type search struct {
	question
	hits   []*hit
	denied map[string]bool // ids of vulnerabilities that the vendor says are absent
	mended map[string]bool // ids of those that the installed stream has mended
	broken int             // records that could not be compared

	order   order
	rater   rater
	entries []*vulndb.Affected // room for concerned
}

func newSearch(q question) *search {
	s := &search{question: q, denied: map[string]bool{}, mended: map[string]bool{}, order: q.group.order}
	if q.unsure {
		s.order = q.group.unsure
	}
	return s
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
// Pro or of the stream that a Red Hat image or build is of and whose fix is
// installed, overrules what others say of the vulnerability.
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
		d := s.order.judge(v, a)
		judged, broken = true, broken || d.broken > 0
		if d.affected && says == nil {
			because, says = d.because, a
		}
	}
	if broken {
		s.broken++
	}
	if strings.HasPrefix(key.Ecosystem, "Red Hat:") && s.mendedInStream(entries, v) {
		s.deny(&record, s.mended)
	}
	switch {
	case slices.Contains(s.group.clearing, key.Ecosystem):
	case says != nil:
		if s.group.distro && justBugs(&record) {
			return
		}
		open := slices.DeleteFunc(slices.Clone(entries), func(a *vulndb.Affected) bool { return stateOf(a.Status) == stateAbsent })
		s.hits = append(s.hits, &hit{record, says, open, key.Ecosystem, key.Name, v, because})
	case absent || judged && !broken && s.overrules(key.Ecosystem, v):
		s.deny(&record, s.denied)
	}
}

// overrules tells whether a fix that an ecosystem's stream has for version v, and
// that is installed, is one whatever others say: in Ubuntu Pro, and in the stream
// that a Red Hat image follows, unless the build is of a later minor release.
func (s *search) overrules(ecosystem, v string) bool {
	if strings.HasPrefix(ecosystem, ubuntuPro) {
		return true
	}
	return slices.Contains(s.group.own, ecosystem) && !laterMinor(v, ecosystem)
}

// deny notes the ids of a record among those that the package does not have.
func (s *search) deny(record *vulndb.Advisory, among map[string]bool) {
	for _, ids := range subjects(record, s.group.distro) {
		for _, id := range ids {
			among[canonical(id)] = true
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
