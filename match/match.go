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
	// Intelligence knows more of CVEs than advisories say; nil is nothing.
	Intelligence Intelligence
	// SeverityOrder says whose rating is in force, the first that there is. Those
	// that are not named come after, in the order of their usual trust: for
	// distributions vendor, nvd, ghsa, for languages ghsa, vendor, nvd.
	SeverityOrder []SeveritySource
	// KernelHeaders counts the kernel's vulnerabilities also in packages that hold
	// nothing but its headers. Otherwise they are set aside: no code runs from there.
	KernelHeaders bool
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
	// Notes are what a reader of the findings should know of the advisories.
	Notes []string
}

// Match finds the vulnerabilities of an inventory's packages. It fails only
// when ctx ends; advisories that cannot be read make their ecosystem Missing.
func (m *Matcher) Match(ctx context.Context, inv *inventory.Inventory) (Result, error) {
	r := &run{
		advisories: m.Advisories,
		plan:       m.plan(inv),
		answers:    map[question][]vulnerability{},
	}
	for i := range inv.Packages {
		if err := ctx.Err(); err != nil {
			return Result{}, err
		}
		r.add(&inv.Packages[i])
	}
	return r.result(), nil
}

// question is what is asked of the advisories: everything that an answer
// depends on, so that packages of one source are judged once.
type question struct {
	group         *group
	name, version string
	binary        string // second name to ask for, or empty
	binaryVersion string
	binaryUnsure  bool   // that version does not tell its epoch
	source        string // source whose other packages are asked for too, or empty
	module        string
	unsure        bool // the version does not tell its epoch
}

// run is one call of Match.
type run struct {
	advisories Advisories
	plan       *plan
	order      []*group // as they came up
	answers    map[question][]vulnerability
	matches    []matched
	doubts     []*doubt
}

// matched is a vulnerability of an installed package.
type matched struct {
	pkg           *inventory.Package
	vulnerability *vulnerability
}

// add judges one package.
func (r *run) add(pkg *inventory.Package) {
	g := r.plan.group(pkg)
	if g.packages == 0 {
		r.order = append(r.order, g)
	}
	g.packages++
	switch {
	case g.reason != "" || g.failed != "":
	case !versioned(pkg):
		r.warn(pkg, unversioned)
	default:
		answer := r.answer(g, pkg)
		for i := range answer {
			r.matches = append(r.matches, matched{pkg, &answer[i]})
		}
	}
}

// versioned tells whether a package states a version. The main module of a Go
// program built from a working directory does not.
func versioned(pkg *inventory.Package) bool {
	return pkg.Version != "" && pkg.Version != "(devel)" && !strings.HasPrefix(pkg.Version, "devel ")
}

// answer judges a package, or remembers how another of the same source was.
func (r *run) answer(g *group, pkg *inventory.Package) []vulnerability {
	q := g.question(pkg)
	answer, ok := r.answers[q]
	if !ok {
		answer = r.ask(q, pkg)
		r.answers[q] = answer
	}
	return answer
}

// question is what is asked about a package of the group.
func (g *group) question(pkg *inventory.Package) question {
	q := question{group: g, name: pkg.Name, version: pkg.Version, module: pkg.Module}
	switch {
	case !g.distro || g.names == byBinary:
	case g.names == bySourceRPM:
		q.binary, q.binaryVersion = pkg.SourceName()+".src", pkg.Version
		if sourceOf(pkg) == "" { // versions of their own, of which the source's name tells no epoch
			q.binaryVersion = sourceVersion(pkg)
			q.binaryUnsure = !strings.Contains(q.binaryVersion, ":")
		}
	case g.names == bySibling:
		q.source = sourceOf(pkg)
	default:
		q.name, q.version = pkg.SourceName(), sourceVersion(pkg)
		// The name of a source rpm has no epoch, and that of the package may differ.
		q.unsure = pkg.SourceVersion != "" && !strings.Contains(q.version, ":")
		if g.names == byBoth && pkg.Name != q.name {
			q.binary, q.binaryVersion = pkg.Name, pkg.Version
		}
	}
	return q
}

// result writes down what was found, what was not checked and what was doubtful.
func (r *run) result() Result {
	var out Result
	slices.SortStableFunc(r.matches, compareMatched)
	covered := r.plan.distroCovered()
	out.Findings = make([]finding.Finding, 0, len(r.matches))
	for _, m := range r.matches {
		f := m.vulnerability.finding(m.pkg)
		f.Suppressed = r.suppressed(m, covered)
		out.Findings = append(out.Findings, f)
	}
	for _, g := range r.order {
		out.Missing = append(out.Missing, g.missing(r.advisories)...)
		if g.note != "" {
			out.Notes = append(out.Notes, g.note)
		}
	}
	slices.SortStableFunc(out.Missing, func(a, b Missing) int { return strings.Compare(a.Ecosystem, b.Ecosystem) })
	for _, d := range r.doubts {
		out.Warnings = append(out.Warnings, d.warning())
	}
	return out
}

// suppressed says why a match does not count, or is empty. A language package
// that belongs to a package of the distribution is the distribution's to mend,
// under its own versions; it is set aside if the distribution's advisories are
// at hand (covered).
func (r *run) suppressed(m matched, covered bool) string {
	switch {
	case m.vulnerability.distro && !r.plan.matcher.KernelHeaders && headersOnly(m.pkg.Name):
		return "headers only: no kernel code runs from this package"
	case !m.vulnerability.distro && m.pkg.Owner != "" && covered && m.vulnerability.kind == finding.Vulnerability:
		return fmt.Sprintf("belongs to the %s package %s, which %s's own advisories cover", r.plan.family.format, m.pkg.Owner, r.plan.distro)
	}
	return ""
}

// missing are the gaps of a group.
func (g *group) missing(a Advisories) []Missing {
	switch {
	case g.reason != "":
		return []Missing{{g.label, g.packages, g.reason}}
	case g.failed != "":
		return []Missing{{g.label, g.packages, g.failed}}
	}
	var gaps []Missing
	for _, name := range g.covers(a) {
		gaps = append(gaps, Missing{name, g.packages, "no advisories for " + name + " are at hand: run plimsoll db update"})
	}
	return gaps
}
