package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/policy"
)

// group is one thing to mend: all that is known to be wrong with one version
// of one source package, wherever its parts are installed. Findings that are
// not about vulnerable packages form a group for each id and title.
type group struct {
	kind      finding.Kind
	ecosystem string
	name      string   // of the source package, or the id of a rule
	parts     []string // names of the installed packages, sorted, without name itself
	version   string   // installed
	fixed     string   // the version that clears all findings which have a fix
	title     string   // of a group that is no package
	// issues are its findings, the worst first. The same id in several parts or
	// places is one issue.
	issues []finding.Finding
	places []inventory.Place
	base   int                      // how many places are in layers of the base image
	stops  bool                     // a gate stops because of one of its findings
	known  map[string]int           // where in issues an id is
	named  map[string]bool          // what parts holds
	placed map[inventory.Place]told // what places holds, with what is said of the findings there
}

// fixable counts the issues that a newer version clears.
func (g *group) fixable() int {
	n := 0
	for _, i := range g.issues {
		if i.Fixed != "" {
			n++
		}
	}
	return n
}

// count is how many findings a group that is no package has.
func (g *group) count() int {
	n := 0
	for _, at := range g.places {
		n += max(1, g.placed[at].count())
	}
	return n
}

// unscanned tells whether the group is of files that nobody looked for malware
// in, which says nothing of what they are.
func (g *group) unscanned() bool { return g.kind == finding.Malware && g.name == "not-scanned" }

// severity is the worst one that counts in the list: of what can be fixed, or
// of all where nothing can.
func (g *group) severity() finding.Severity {
	worst := finding.Unknown
	for _, i := range g.issues {
		if i.Fixed != "" || g.fixed == "" {
			worst = max(worst, i.Severity)
		}
	}
	return worst
}

// risk is the highest of what counts in the list.
func (g *group) risk() int {
	highest := 0
	for _, i := range g.issues {
		if i.Fixed != "" || g.fixed == "" {
			highest = max(highest, i.Risk)
		}
	}
	return highest
}

// maxNotes is how many findings at one place are told apart.
const maxNotes = 1000

// told are the messages of the findings at one place, each once, and how many
// findings there are past maxNotes.
type told struct {
	notes []string
	more  int
}

func (t *told) add(note string) {
	switch {
	case len(t.notes) == maxNotes:
		t.more++
	case !slices.Contains(t.notes, note):
		t.notes = append(t.notes, note)
	}
}

func (t told) count() int { return len(t.notes) + t.more }

// digest is a report sorted out for a reader.
type digest struct {
	*Report
	groups     map[finding.Kind][]*group
	owner      map[string]owned // by fingerprint
	suppressed []finding.Finding
}

// owned is the issue that a fingerprint stands for.
type owned struct {
	group *group
	id    string
}

func kindRank(k finding.Kind) int {
	if i := slices.Index(finding.Kinds(), k); i >= 0 {
		return i
	}
	return len(finding.Kinds())
}

// digestOf groups what a canonical report found.
func digestOf(r *Report, compare func(ecosystem, a, b string) int) *digest {
	d := &digest{Report: r, groups: map[finding.Kind][]*group{}, owner: map[string]owned{}}
	packages := indexPackages(r.Packages)
	stopping := map[string]bool{}
	for _, decision := range r.Verdict.Decisions {
		if decision.Result == policy.Stop {
			for _, print := range decision.Fingerprints {
				stopping[print] = true
			}
		}
	}
	groups := map[groupKey]*group{}
	for _, f := range r.Findings {
		if f.Suppressed != "" {
			d.suppressed = append(d.suppressed, f)
			continue
		}
		p := packages.find(f)
		key := keyOf(f, p)
		g := groups[key]
		if g == nil {
			g = newGroup(key)
			groups[key] = g
			d.groups[f.Kind] = append(d.groups[f.Kind], g)
		}
		g.add(f, p, r.Target.Layers)
		d.owner[f.Fingerprint] = owned{g, f.ID}
		g.stops = g.stops || stopping[f.Fingerprint]
		if f.Fixed != "" && (g.fixed == "" || compare(g.ecosystem, f.Fixed, g.fixed) > 0) {
			g.fixed = f.Fixed
		}
	}
	for _, list := range d.groups {
		for _, g := range list {
			g.order()
		}
		slices.SortStableFunc(list, compareGroups)
	}
	return d
}

// groupKey is what findings of one group have in common.
type groupKey struct {
	kind                            finding.Kind
	ecosystem, name, version, title string
	severity                        finding.Severity // of what is no package
}

func newGroup(k groupKey) *group {
	return &group{
		kind: k.kind, ecosystem: k.ecosystem, name: k.name, version: k.version, title: k.title,
		known: map[string]int{}, named: map[string]bool{}, placed: map[inventory.Place]told{},
	}
}

func keyOf(f finding.Finding, p *inventory.Package) groupKey {
	if f.Kind == finding.Vulnerability || f.ID == "" {
		return groupKey{kind: f.Kind, ecosystem: p.Ecosystem, name: p.SourceName(), version: p.SourceVer()}
	}
	return groupKey{kind: f.Kind, name: f.ID, title: headline(f), severity: f.Severity}
}

// headline is what a finding says in one line.
func headline(f finding.Finding) string {
	return cmp.Or(flat(f.Title), flat(f.Message))
}

func (g *group) add(f finding.Finding, p *inventory.Package, layers []Layer) {
	if i, ok := g.known[f.ID]; !ok {
		g.known[f.ID] = len(g.issues)
		g.issues = append(g.issues, f)
	} else {
		known := &g.issues[i]
		known.Severity = max(known.Severity, f.Severity)
		known.Fixed = cmp.Or(known.Fixed, f.Fixed)
		known.Risk = max(known.Risk, f.Risk)
		if !known.Exploit.Known() {
			known.Exploit.KEV = f.Exploit.KEV
		}
	}
	if g.kind == finding.Vulnerability && p.Name != "" && !g.named[p.Name] {
		g.named[p.Name] = true
		g.parts = append(g.parts, p.Name)
	}
	said, ok := g.placed[f.At]
	if g.kind != finding.Vulnerability {
		said.add(flat(f.Message))
	}
	g.placed[f.At] = said
	if !ok {
		g.places = append(g.places, f.At)
		if n := f.At.Layer; n >= 0 && n < len(layers) && layers[n].Base {
			g.base++
		}
	}
}

// order sorts what is in a group for reading.
func (g *group) order() {
	slices.Sort(g.parts)
	if len(g.parts) == 1 && g.parts[0] == g.name {
		g.parts = nil
	}
	harmless := func(f *finding.Finding) int { // so far
		if f.Exploit.Known() {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(g.issues, func(a, b finding.Finding) int {
		return cmp.Or(cmp.Compare(harmless(&a), harmless(&b)), cmp.Compare(b.Severity, a.Severity), cmp.Compare(b.Risk, a.Risk), cmp.Compare(a.ID, b.ID))
	})
	slices.SortStableFunc(g.places, func(a, b inventory.Place) int {
		return cmp.Or(cmp.Compare(len(a.Path), len(b.Path)), comparePlaces(a, b))
	})
}

// compareGroups puts first what is to be done first: what stops, what is more
// of a risk or, where that is not known, worse, what clears more.
func compareGroups(a, b *group) int {
	switch {
	case a.stops && !b.stops:
		return -1
	case b.stops && !a.stops:
		return 1
	}
	return cmp.Or(
		cmp.Compare(b.risk(), a.risk()),
		cmp.Compare(b.severity(), a.severity()),
		cmp.Compare(b.fixable(), a.fixable()),
		cmp.Compare(len(b.issues), len(a.issues)),
		cmp.Compare(a.ecosystem, b.ecosystem),
		cmp.Compare(a.name, b.name),
		cmp.Compare(a.version, b.version),
		cmp.Compare(a.title, b.title),
	)
}

// packageIndex finds the package that a finding is about.
type packageIndex struct {
	exact map[placedPURL]*inventory.Package
	purl  map[string]*inventory.Package
}

type placedPURL struct{ purl, path string }

func indexPackages(packages []inventory.Package) packageIndex {
	x := packageIndex{map[placedPURL]*inventory.Package{}, map[string]*inventory.Package{}}
	for i := range packages {
		p := &packages[i]
		x.exact[placedPURL{p.PURL, p.At.Path}] = p
		if x.purl[p.PURL] == nil {
			x.purl[p.PURL] = p
		}
	}
	return x
}

// find returns the package, or what the finding itself says where the report
// lists no such package.
func (x packageIndex) find(f finding.Finding) *inventory.Package {
	if f.Package.PURL != "" {
		if p := x.exact[placedPURL{f.Package.PURL, f.At.Path}]; p != nil {
			return p
		}
		if p := x.purl[f.Package.PURL]; p != nil {
			return p
		}
	}
	p := &inventory.Package{PURL: f.Package.PURL, Ecosystem: f.Package.Ecosystem, Name: f.Package.Name, Version: f.Package.Version}
	if kind, _, ok := strings.Cut(strings.TrimPrefix(f.Package.PURL, "pkg:"), "/"); ok && p.Ecosystem == "" {
		p.Ecosystem = kind
	}
	return p
}
