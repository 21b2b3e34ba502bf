package match

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/version"
)

// Need is one set of advisories that an inventory calls for.
type Need struct {
	// Ecosystem is its name in the OSV schema, "Debian:12" or "npm"; where no
	// source covers the packages, what they are called instead ("fedora 40").
	Ecosystem string
	// Packages is how many packages of the inventory it would answer for.
	Packages int
	// Extra says that the release may have such advisories but need not:
	// fetch them if there are any. Their absence is not a gap.
	Extra bool
	// Reason says why no source covers these packages; else it is empty.
	Reason string
	// Note is something that a reader of the findings should know.
	Note string
}

// Needs lists the advisories that an inventory calls for, ordered by name, so
// that only those are fetched; and the packages that no source covers.
func (m *Matcher) Needs(inv *inventory.Inventory) []Need {
	p := m.plan(inv)
	var order []*group
	for i := range inv.Packages {
		g := p.group(&inv.Packages[i])
		if g.packages == 0 {
			order = append(order, g)
		}
		g.packages++
	}
	var needs []Need
	for _, g := range order {
		if g.reason != "" {
			needs = append(needs, Need{Ecosystem: g.label, Packages: g.packages, Reason: g.reason})
			continue
		}
		for _, name := range g.required {
			needs = append(needs, Need{Ecosystem: name, Packages: g.packages, Note: g.note})
		}
		for _, name := range slices.Concat(g.extra, g.clearing) {
			needs = append(needs, Need{Ecosystem: name, Packages: g.packages, Extra: true, Note: g.note})
		}
	}
	slices.SortFunc(needs, func(a, b Need) int { return strings.Compare(a.Ecosystem, b.Ecosystem) })
	return needs
}

// group is a run of packages whose advisories are in the same place.
type group struct {
	release
	label    string
	reason   string // why no source covers it
	distro   bool   // a distribution's own packages
	names    naming
	scheme   string
	order    order
	unsure   order // for versions that do not tell their epoch
	packages int
	failed   string // why its advisories cannot be read
}

// plan finds the group of each package of an image.
type plan struct {
	matcher *Matcher
	distro  inventory.Distro
	family  family
	known   bool
	groups  map[string]*group // by purl type
}

func (m *Matcher) plan(inv *inventory.Inventory) *plan {
	p := &plan{matcher: m, distro: inv.Distro, groups: map[string]*group{}}
	p.family, p.known = familyOf(p.distro.ID)
	if p.distro.Extended == "" && fromESM(inv) {
		p.distro.Extended = "esm"
	}
	return p
}

// group is where the advisories of a package are.
func (p *plan) group(pkg *inventory.Package) *group {
	g, ok := p.groups[pkg.Ecosystem]
	if !ok {
		g = p.find(pkg.Ecosystem)
		p.groups[pkg.Ecosystem] = g
	}
	return g
}

func (p *plan) find(kind string) *group {
	e, ok := p.matcher.describe(kind)
	if !ok {
		return &group{label: kind, reason: "no advisories are known for packages of this kind"}
	}
	g := &group{label: e.Advisories, scheme: e.Scheme}
	if e.Advisories != "" {
		g.required, g.extra = []string{e.Advisories}, repositoriesOf(e.Advisories)
	} else {
		p.findDistro(g, kind)
	}
	if s, ok := version.For(e.Scheme); ok {
		g.order = orderOf(s)
		g.unsure = g.order
		if auto, ok := version.For("rpm:epoch-auto"); ok && e.Type == "rpm" {
			g.unsure = orderOf(auto)
		}
	} else if g.reason == "" {
		g.reason = fmt.Sprintf("versions of the scheme %q cannot be compared", e.Scheme)
	}
	return g
}

// findDistro fills the group of a distribution's own packages.
func (p *plan) findDistro(g *group, kind string) {
	g.distro, g.label, g.names = true, p.distro.String(), p.family.names
	switch {
	case p.distro.ID == "":
		g.label = kind
		g.reason = "the image does not say which distribution it is (no os-release file)"
	case !p.known:
		g.reason = fmt.Sprintf("no source of advisories is known for the distribution %q", p.distro.ID)
	case p.family.format != kind:
		g.label += " " + kind
		g.reason = fmt.Sprintf("%s has no advisories for %s packages", p.distro.ID, kind)
	case p.family.release == nil:
		g.reason = p.family.reason
	default:
		g.release = p.family.release(p.distro)
		if len(g.required)+len(g.extra) == 0 {
			g.reason = fmt.Sprintf("the release %q of %s is not known", p.distro.Version, p.distro.ID)
			return
		}
		g.label = slices.Concat(g.required, g.extra)[0]
	}
}

// covers tells whether the advisories that g needs are at hand, and if not,
// which are not.
func (g *group) covers(a Advisories) (missing []string) {
	for _, name := range g.required {
		if !a.Has(name) {
			missing = append(missing, name)
		}
	}
	if len(g.required) == 0 && !slices.ContainsFunc(g.extra, a.Has) {
		missing = append(missing, g.label)
	}
	return missing
}

// distroCovered tells whether the distribution's own advisories are at hand.
func (p *plan) distroCovered() bool {
	if !p.known || p.family.release == nil {
		return false
	}
	g := p.group(&inventory.Package{Ecosystem: p.family.format})
	return g.reason == "" && g.failed == "" && len(g.covers(p.matcher.Advisories)) == 0
}
