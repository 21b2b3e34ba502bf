package match

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/plimsoll/plimsoll/vulndb"
)

// hit is one record that says a package is affected.
type hit struct {
	record    vulndb.Advisory
	entry     *vulndb.Affected   // the entry of the record that says so
	entries   []*vulndb.Affected // all its entries that concern the package
	ecosystem string             // where the record was found
	name      string             // the name it was found by
	version   string             // the version that was compared
	because   string             // the range that holds it
}

// fixable tells whether the record knows a fix.
func (h *hit) fixable() bool {
	for _, r := range h.entry.Ranges {
		if slices.ContainsFunc(r.Events, func(e vulndb.Event) bool { return e.Fixed != "" }) {
			return true
		}
	}
	return false
}

// cluster is one vulnerability of a package: the records about it and all its ids.
type cluster struct {
	ids  []string
	hits []*hit
}

// canonical is the id by which records of different databases know each other:
// distributions that give every CVE a record of its own put a prefix before it
// (DEBIAN-CVE-2024-1, UBUNTU-CVE-…, ALPINE-CVE-…).
func canonical(id string) string {
	if i := strings.Index(id, "-CVE-"); i > 0 {
		if _, _, ok := cveNumber(id[i+1:]); ok {
			return id[i+1:]
		}
	}
	return id
}

func isCVE(id string) bool { return strings.HasPrefix(id, "CVE-") }

// subjects are the vulnerabilities that a record is about, each with the ids
// that mean it. A record about one vulnerability has its own id among them; an
// announcement of fixes for several (a DSA, an RHSA) is about each of the ids
// that it lists as upstream, and its own id means none of them alone.
func subjects(a *vulndb.Advisory, distro bool) [][]string {
	own := append([]string{a.ID}, a.Aliases...)
	if id := canonical(a.ID); isCVE(id) {
		return [][]string{append(own, id)}
	}
	upstream := a.Upstream
	if len(upstream) == 0 && distro && !slices.ContainsFunc(a.Aliases, isCVE) {
		// AlmaLinux, and older records of Red Hat and SUSE, list them as related.
		upstream = slices.DeleteFunc(slices.Clone(a.Related), func(id string) bool { return !isCVE(canonical(id)) })
	}
	var about []string
	for _, id := range upstream {
		if id = canonical(id); !slices.Contains(about, id) {
			about = append(about, id)
		}
	}
	if len(about) < 2 {
		return [][]string{append(own, about...)}
	}
	units := make([][]string, len(about))
	for i, id := range about {
		units[i] = []string{id}
	}
	return units
}

// union says which ids mean the same: each points to another, and those that
// point to none, or to themselves, stand for all that lead to them.
type union map[string]string

func (u union) find(id string) string {
	for u[id] != "" && u[id] != id {
		if up := u[u[id]]; up != "" {
			u[id] = up
		}
		id = u[id]
	}
	return id
}

func (u union) join(ids []string) {
	root := u.find(canonical(ids[0]))
	for _, id := range ids {
		u[u.find(canonical(id))] = root
	}
}

// clusters joins hits that are about the same vulnerability, without those that
// are denied, and without those of other streams where that of the installed
// build has a fix that is installed, or that of the image one that is to be
// installed. The order is that of the first hit of each.
func (s *search) clusters() []*cluster {
	if len(s.hits) == 0 {
		return nil
	}
	same := union{}
	units := make([][][]string, len(s.hits))
	for i, h := range s.hits {
		units[i] = subjects(&h.record, s.group.distro)
	}
	if s.group.distro {
		s.announced(units)
	}
	for _, about := range units {
		for _, ids := range about {
			same.join(ids)
		}
	}
	var out []*cluster
	byRoot := map[string]*cluster{}
	denied, mended := map[string]bool{}, map[string]bool{}
	for id := range s.denied {
		denied[same.find(id)] = true
	}
	for id := range s.mended {
		mended[same.find(id)] = true
	}
	for i, h := range s.hits {
		for _, ids := range units[i] {
			root := same.find(canonical(ids[0]))
			if denied[root] || mended[root] && !sameMinor(h) {
				continue
			}
			c := byRoot[root]
			if c == nil {
				c = &cluster{}
				byRoot[root] = c
				out = append(out, c)
			}
			c.ids = append(append(c.ids, h.record.ID), ids...)
			if !slices.Contains(c.hits, h) {
				c.hits = append(c.hits, h)
			}
		}
	}
	for _, c := range out {
		own := func(h *hit) bool { return slices.Contains(s.group.own, h.ecosystem) && h.fixable() }
		if slices.ContainsFunc(c.hits, own) {
			c.hits = slices.DeleteFunc(c.hits, func(h *hit) bool { return !own(h) })
		}
		slices.SortFunc(c.ids, compareIDs)
		c.ids = slices.Compact(c.ids)
	}
	return out
}

// display is the id that a finding goes by, and all others: the CVE if there
// is one, else the GHSA, else the first record's own.
func (c *cluster) display() (id string, others []string) {
	id = c.hits[0].record.ID
	for _, prefix := range []string{"CVE-", "GHSA-"} {
		if i := slices.IndexFunc(c.ids, func(s string) bool { return strings.HasPrefix(s, prefix) }); i >= 0 {
			id = c.ids[i]
			break
		}
	}
	others = slices.DeleteFunc(slices.Clone(c.ids), func(s string) bool { return s == id })
	slices.Sort(others)
	return id, others
}

// compareIDs orders ids as text, but CVEs by year and number, so that of two
// the older comes first.
func compareIDs(a, b string) int {
	ya, na, oka := cveNumber(a)
	yb, nb, okb := cveNumber(b)
	if !oka || !okb {
		return strings.Compare(a, b)
	}
	return cmp.Or(cmp.Compare(ya, yb), cmp.Compare(na, nb), strings.Compare(a, b))
}

func cveNumber(id string) (year, number int, ok bool) {
	rest, ok := strings.CutPrefix(id, "CVE-")
	if !ok {
		return 0, 0, false
	}
	y, n, _ := strings.Cut(rest, "-")
	year, err1 := strconv.Atoi(y)
	number, err2 := strconv.Atoi(n)
	return year, number, err1 == nil && err2 == nil
}
