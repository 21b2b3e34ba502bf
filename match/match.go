// Package match says which installed packages have known vulnerabilities: an
// inventory held against the advisories of its distribution and of the
// language ecosystems in it.
//
// A distribution's packages are judged by the distribution's own advisories,
// by source package where it speaks of those, and with its own states (not
// affected, will not fix, end of life). Language packages follow the
// evaluation of the OSV schema (https://ossf.github.io/osv-schema/#evaluation).
// Records about the same vulnerability become one finding that shows every id
// and every rating.
//
// What could not be judged is said, never passed over: an ecosystem without
// data is Missing, a version that cannot be read is a warning.
package match

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/vulndb"
)

// Advisories answers which advisories speak of a package; *vulndb.DB does.
// The Affected of what it answers are only those for the key, and an answer
// stays good after the next. Has reports whether an ecosystem ("Debian:12",
// "npm") is at hand at all.
type Advisories interface {
	Lookup(vulndb.Key) iter.Seq2[vulndb.Advisory, error]
	Has(ecosystem string) bool
}

// Matcher holds inventories against advisories. Its methods may be called side
// by side if Advisories allows it.
type Matcher struct {
	// Ecosystems says how each kind of package is named and compared; the
	// catalogers state it.
	Ecosystems []inventory.Ecosystem
	Advisories Advisories
}

// Missing is an ecosystem of an image for which no advisories could be asked:
// its packages are not known to be safe, they were not checked.
type Missing struct {
	Ecosystem string // as OSV writes it, or what the packages are called where OSV has none
	Packages  int    // how many packages were not checked, or not fully
	Reason    string
}

// Result is what matching an inventory gives.
type Result struct {
	// Findings are ordered by severity, the worst first, then those with a fix
	// first, then by package and id.
	Findings []finding.Finding
	Missing  []Missing
	Warnings []inventory.Warning
}

// Match finds the vulnerabilities of an inventory's packages. It fails only
// when ctx ends; advisories that cannot be read make their ecosystem Missing.
func (m *Matcher) Match(ctx context.Context, inv *inventory.Inventory) (Result, error) {
	r := &run{
		advisories: m.Advisories,
		plan:       m.plan(inv.Distro),
		answers:    map[question][]vulnerability{},
		seen:       map[string]*doubt{},
	}
	for i := range inv.Packages {
		if err := ctx.Err(); err != nil {
			return Result{}, err
		}
		r.add(&inv.Packages[i])
	}
	r.suppressOwned(inv)
	slices.SortStableFunc(r.result.Findings, compareFindings)
	r.finish()
	return r.result, nil
}

// question is what is asked of the advisories: everything that an answer
// depends on, so that packages of one source are judged once.
type question struct {
	group         *group
	name, version string
	binary        string // second name to ask for, or empty
	binaryVersion string
	module        string
}

// run is one call of Match.
type run struct {
	advisories Advisories
	plan       *plan
	order      []*group // as they came up
	answers    map[question][]vulnerability
	doubts     []*doubt
	seen       map[string]*doubt
	owned      []ownedFinding
	result     Result
}

// ownedFinding is a finding, by its index, in a package that a distribution's
// package installed.
type ownedFinding struct {
	index int
	owner string
}

// add judges one package.
func (r *run) add(pkg *inventory.Package) {
	g := r.plan.group(pkg)
	if g.packages == 0 {
		r.order = append(r.order, g)
	}
	g.packages++
	if g.reason != "" || g.failed != "" || !versioned(pkg) {
		if g.reason == "" && !versioned(pkg) {
			r.warn(pkg, unversioned, "%d %s packages have no version to compare and were not matched: %s")
		}
		return
	}
	for _, v := range r.answer(g, pkg) {
		f := v.finding(pkg)
		if g.distro && headersOnly(pkg.Name) {
			f.Suppressed = "headers only: no kernel code runs from this package"
		}
		if !g.distro && pkg.Owner != "" {
			r.owned = append(r.owned, ownedFinding{len(r.result.Findings), pkg.Owner})
		}
		r.result.Findings = append(r.result.Findings, f)
	}
}

// versioned tells whether a package states a version. The main module of a Go
// program built from a working directory does not.
func versioned(pkg *inventory.Package) bool {
	return pkg.Version != "" && pkg.Version != "(devel)" && !strings.HasPrefix(pkg.Version, "devel ")
}

// answer judges a package, or remembers how another of the same source was.
func (r *run) answer(g *group, pkg *inventory.Package) []vulnerability {
	q := question{group: g, name: pkg.Name, version: pkg.Version, module: pkg.Module}
	if g.distro && g.names != byBinary {
		q.name, q.version = pkg.SourceName(), pkg.SourceVer()
		if g.names == byBoth && pkg.Name != q.name {
			q.binary, q.binaryVersion = pkg.Name, pkg.Version
		}
	}
	answer, ok := r.answers[q]
	if !ok {
		answer = r.ask(q, pkg)
		r.answers[q] = answer
	}
	return answer
}

// suppressOwned sets aside findings in language packages that belong to a
// package of the distribution, if the distribution's advisories are at hand:
// it mends them in place, under its own versions.
func (r *run) suppressOwned(inv *inventory.Inventory) {
	if len(r.owned) == 0 || !r.plan.distroCovered() {
		return
	}
	for _, o := range r.owned {
		f := &r.result.Findings[o.index]
		if f.Kind == finding.Vulnerability {
			f.Suppressed = fmt.Sprintf("belongs to the %s package %s, which %s's own advisories cover", r.plan.family.format, o.owner, inv.Distro)
		}
	}
}

// finish states what was not checked and what was doubtful.
func (r *run) finish() {
	for _, g := range r.order {
		for _, name := range g.missing(r.advisories) {
			r.result.Missing = append(r.result.Missing, Missing{name.Ecosystem, g.packages, name.Reason})
		}
		if g.note != "" {
			r.result.Warnings = append(r.result.Warnings, inventory.Warning{Message: g.note})
		}
	}
	slices.SortStableFunc(r.result.Missing, func(a, b Missing) int { return strings.Compare(a.Ecosystem, b.Ecosystem) })
	for _, d := range r.doubts {
		r.result.Warnings = append(r.result.Warnings, d.warning())
	}
}

// missing are the gaps of a group.
func (g *group) missing(a Advisories) []Missing {
	switch {
	case g.reason != "":
		return []Missing{{Ecosystem: g.label, Reason: g.reason}}
	case g.failed != "":
		return []Missing{{Ecosystem: g.label, Reason: g.failed}}
	}
	var gaps []Missing
	for _, name := range g.covers(a) {
		gaps = append(gaps, Missing{Ecosystem: name, Reason: "no advisories for " + name + " are at hand: run plimsoll db update"})
	}
	return gaps
}
