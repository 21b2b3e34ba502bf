package match

import (
	"iter"
	"slices"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/vulndb"
)

// Step is the comparison by which one record calls a package affected.
type Step struct {
	Advisory  string // id of the record
	Ecosystem string // in which it speaks: "Debian:12"
	Name      string // of what: the package, or its source
	Version   string // that was compared
	Range     string // that holds it: ">=2.0, <2.1.3", "in every version", "version 1.0"
	Fixed     string // lowest version above it that the record does not call affected; empty if it knows none
	Scheme    string // the order of versions that decided: see package version
}

// Steps are the comparisons that make records, all about one vulnerability, hold
// for an installed package: those that Match makes, that of the record which
// speaks for all first. None means that they do not make the package a finding.
func (m *Matcher) Steps(inv *inventory.Inventory, pkg *inventory.Package, records []vulndb.Advisory) []Step {
	r := &run{advisories: given(records), plan: m.plan(inv)}
	g := r.plan.group(pkg)
	if g.reason != "" || !versioned(pkg) {
		return nil
	}
	s := r.search(g.question(pkg))
	var hits []*hit
	for _, c := range s.clusters() {
		for _, h := range c.hits {
			if !slices.Contains(hits, h) {
				hits = append(hits, h)
			}
		}
	}
	slices.SortStableFunc(hits, compareHits)
	steps := make([]Step, len(hits))
	for i, h := range hits {
		steps[i] = Step{
			Advisory: h.record.ID, Ecosystem: h.ecosystem, Name: h.name, Version: h.version,
			Range: h.because, Fixed: s.order.lowestFix([]*hit{h}), Scheme: g.scheme,
		}
	}
	return steps
}

// Spared is an installed package that a record speaks of and does not call affected.
type Spared struct {
	Package *inventory.Package
	// Advisory is the record's id; it speaks in Ecosystem of Name, and Version is
	// what that was held against.
	Advisory, Ecosystem, Name, Version string
}

// Spared are the packages of an inventory that records, all about one
// vulnerability, speak of, and that they do not make findings; each once.
func (m *Matcher) Spared(inv *inventory.Inventory, records []vulndb.Advisory) []Spared {
	var all []Spared
	r := &run{advisories: given(records), plan: m.plan(inv)}
	for i := range inv.Packages {
		pkg := &inv.Packages[i]
		g := r.plan.group(pkg)
		if g.reason != "" || !versioned(pkg) {
			continue
		}
		q := g.question(pkg)
		if record, ecosystem, ok := r.first(q); ok && len(r.search(q).clusters()) == 0 {
			all = append(all, Spared{pkg, record.ID, ecosystem, q.name, q.version})
		}
	}
	return all
}

// first is the first record that speaks of what is asked about.
func (r *run) first(q question) (record vulndb.Advisory, ecosystem string, ok bool) {
	for _, ecosystem := range slices.Concat(q.group.own, q.group.required, q.group.extra) {
		for record := range r.advisories.Lookup(vulndb.Key{Ecosystem: ecosystem, Name: q.name}) {
			if record.Withdrawn.IsZero() {
				return record, ecosystem, true
			}
		}
	}
	return vulndb.Advisory{}, "", false
}

// given are records at hand as if they were all that there are.
type given []vulndb.Advisory

// Has reports whether one of them speaks of an ecosystem.
func (g given) Has(ecosystem string) bool {
	return slices.ContainsFunc(g, func(a vulndb.Advisory) bool {
		return slices.ContainsFunc(a.Affected, func(e vulndb.Affected) bool { return e.Ecosystem == ecosystem })
	})
}

// Lookup gives those that speak of a package.
func (g given) Lookup(key vulndb.Key) iter.Seq2[vulndb.Advisory, error] {
	name := vulndb.NormalName(key.Ecosystem, key.Name)
	return func(yield func(vulndb.Advisory, error) bool) {
		for _, a := range g {
			var own []vulndb.Affected
			for _, e := range a.Affected {
				if e.Ecosystem == key.Ecosystem && vulndb.NormalName(e.Ecosystem, e.Name) == name {
					own = append(own, e)
				}
			}
			if len(own) == 0 {
				continue
			}
			a.Affected = own
			if !yield(a, nil) {
				return
			}
		}
	}
}
