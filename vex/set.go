package vex

import (
	"cmp"
	"slices"
	"strings"
)

// Set answers which statement of some documents holds. It is filled with Add and
// may then be asked from several goroutines.
type Set struct {
	// InRange tells whether a version is inside a range ("vers:npm/<2"); nil is
	// inside none.
	InRange func(version, vers string) (bool, error)

	documents []*Document
	byKey     map[string][]*entry // by id of the vulnerability and key of the package
	ids       map[string]bool
	entries   int
}

// entry is one product of one statement.
type entry struct {
	statement *Statement
	product   *Product
	document  int // in the order of Add
	number    int // in the order of all
}

// Add takes in a document.
func (s *Set) Add(d *Document) {
	if s.byKey == nil {
		s.byKey, s.ids = map[string][]*entry{}, map[string]bool{}
	}
	for _, statement := range d.Statements {
		for _, product := range statement.Products {
			e := &entry{statement, product, len(s.documents), s.entries}
			s.entries++
			for _, key := range product.keys() {
				for _, id := range statement.IDs {
					id = canonical(id)
					s.ids[id] = true
					s.byKey[id+"\x00"+key] = append(s.byKey[id+"\x00"+key], e)
				}
			}
		}
	}
	s.documents = append(s.documents, d)
}

// Documents are all documents in the order in which they were added.
func (s *Set) Documents() []*Document { return s.documents }

// keys are the names of the packages that a product may mean; the empty one where
// it may mean any.
func (p *Product) keys() []string {
	targets := p.Parts
	if len(targets) == 0 {
		targets = []Identifier{p.Whole}
	}
	var keys []string
	for i := range targets {
		for j := range targets[i].PURLs {
			if purl := &targets[i].PURLs[j]; !purl.isImage() {
				keys = append(keys, purl.key())
			}
		}
	}
	if len(p.Parts) == 0 {
		keys = append(keys, "")
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Subject is a package with a vulnerability.
type Subject struct {
	// IDs are all names of the vulnerability.
	IDs []string
	// PURL is the package's.
	PURL string
	// Source and SourceVersion are the distribution's source package, where there
	// is one; Module is the rpm module.
	Source, SourceVersion, Module string
	// Within are the purls of packages that hold this one, as a jar holds others.
	Within []string
}

// component is a subject taken apart.
type component struct {
	own, source PURL
	module      string
	within      []component
}

func newComponent(s *Subject) *component {
	c := &component{module: s.Module}
	c.own, _ = ParsePURL(s.PURL) // one that cannot be read equals nothing
	c.source = c.own
	if s.Source != "" {
		c.source.Name = s.Source
	}
	if s.SourceVersion != "" {
		c.source.Version = s.SourceVersion
	}
	for _, text := range s.Within {
		if p, err := ParsePURL(text); err == nil {
			c.within = append(c.within, component{own: p, source: p})
		}
	}
	return c
}

// Judge gives the statement that holds for a package of an image: of all that
// speak of it the latest. Of statements of one time in one document the last
// holds, of several documents one that leaves the finding. A nil Set has none.
func (s *Set) Judge(img *Image, subject *Subject) (*Statement, bool) {
	if s == nil {
		return nil, false
	}
	var c *component
	byDocument := map[int]*entry{}
	for _, id := range subject.IDs {
		if id = canonical(id); !s.ids[id] {
			continue
		}
		if c == nil {
			c = newComponent(subject)
		}
		keys := []string{"", c.own.key(), c.source.key()}
		slices.Sort(keys)
		for _, key := range slices.Compact(keys) {
			for _, e := range s.byKey[id+"\x00"+key] {
				if best := byDocument[e.document]; (best == nil || e.supersedes(best)) && s.covers(e.product, img, c) {
					byDocument[e.document] = e
				}
			}
		}
	}
	var best *entry
	for _, e := range byDocument {
		if best == nil || e.overrules(best) {
			best = e
		}
	}
	if best == nil {
		return nil, false
	}
	return best.statement, true
}

// supersedes tells whether e is later than another of its document.
func (e *entry) supersedes(other *entry) bool {
	c := e.statement.Time.Compare(other.statement.Time)
	return c > 0 || c == 0 && e.number > other.number
}

// overrules tells whether e holds against one of another document.
func (e *entry) overrules(other *entry) bool {
	clears := func(e *entry) int {
		if e.statement.Status.Clears() {
			return 1
		}
		return 0
	}
	return cmp.Or(e.statement.Time.Compare(other.statement.Time), cmp.Compare(clears(other), clears(e)),
		cmp.Compare(other.statement.Document, e.statement.Document), cmp.Compare(other.document, e.document)) > 0
}

// covers tells whether a product is, or holds, the package in the image.
func (s *Set) covers(p *Product, img *Image, c *component) bool {
	if len(p.Parts) == 0 {
		if p.Whole.is(img) {
			return s.allows(p.Versions, tags(img))
		}
		return s.means(&p.Whole, p.Versions, c)
	}
	if !p.Whole.is(img) && !p.Whole.runs(img) && !slices.ContainsFunc(c.within, func(outer component) bool {
		return s.means(&p.Whole, nil, &outer)
	}) {
		return false
	}
	return slices.ContainsFunc(p.Parts, func(part Identifier) bool { return s.means(&part, p.Versions, c) })
}

// means tells whether an identifier is that of a package of one of versions.
func (s *Set) means(id *Identifier, versions []string, c *component) bool {
	return slices.ContainsFunc(id.PURLs, func(p PURL) bool {
		version := c.own.Version
		if p.isSource() {
			version = c.source.Version
		}
		return p.covers(c) && s.allows(versions, []string{version})
	})
}

// allows tells whether one of versions is among, or inside, those of a product.
func (s *Set) allows(wanted, versions []string) bool {
	if len(wanted) == 0 {
		return true
	}
	for _, want := range wanted {
		for _, v := range versions {
			if !strings.HasPrefix(want, "vers:") {
				if want == v {
					return true
				}
				continue
			}
			if s.InRange != nil {
				if in, err := s.InRange(v, want); err == nil && in {
					return true
				}
			}
		}
	}
	return false
}

// tags are what stands for the version of an image.
func tags(img *Image) []string {
	tags := slices.Clone(img.Digests)
	for _, name := range img.Names {
		if _, tag, _ := splitReference(name); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}
