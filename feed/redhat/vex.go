package redhat

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unique"

	"github.com/plimsoll/plimsoll/vulndb"
)

const (
	// sourceSuffix marks the name of a source package, as Red Hat's product ids do.
	sourceSuffix = ".src"
	// idPrefix begins the ids of records, so that one sees whose word it is.
	idPrefix   = "REDHAT-"
	maxDepth   = 16      // of branches and of relationships
	maxEntries = 200_000 // of a document; real ones have some thousand
)

// document is as much of a VEX file (CSAF 2.0) as is used.
type document struct {
	Document struct {
		Title    string `json:"title"`
		Severity struct {
			Text string `json:"text"`
		} `json:"aggregate_severity"`
		Tracking struct {
			ID       string `json:"id"`
			Released string `json:"initial_release_date"`
			Current  string `json:"current_release_date"`
		} `json:"tracking"`
	} `json:"document"`
	Tree struct {
		Branches      []branch       `json:"branches"`
		Relationships []relationship `json:"relationships"`
	} `json:"product_tree"`
	Vulnerabilities []vulnerability `json:"vulnerabilities"`
}

type branch struct {
	Branches []branch `json:"branches"`
	Product  *struct {
		ID     string `json:"product_id"`
		Helper struct {
			CPE  string `json:"cpe"`
			PURL string `json:"purl"`
		} `json:"product_identification_helper"`
	} `json:"product"`
}

type relationship struct {
	Whole struct {
		ID string `json:"product_id"`
	} `json:"full_product_name"`
	Part string `json:"product_reference"`
	Of   string `json:"relates_to_product_reference"`
}

type vulnerability struct {
	CVE    string `json:"cve"`
	Title  string `json:"title"`
	Notes  []note `json:"notes"`
	Status struct {
		Fixed         []string `json:"fixed"`
		Affected      []string `json:"known_affected"`
		NotAffected   []string `json:"known_not_affected"`
		Investigation []string `json:"under_investigation"`
	} `json:"product_status"`
	Remediations []struct {
		Category string   `json:"category"`
		Details  string   `json:"details"`
		URL      string   `json:"url"`
		Products []string `json:"product_ids"`
	} `json:"remediations"`
	Scores []struct {
		V2 vector `json:"cvss_v2"`
		V3 vector `json:"cvss_v3"`
		V4 vector `json:"cvss_v4"`
	} `json:"scores"`
	Threats []struct {
		Category string   `json:"category"`
		Details  string   `json:"details"`
		Products []string `json:"product_ids"`
	} `json:"threats"`
}

type note struct {
	Category string `json:"category"`
	Text     string `json:"text"`
}

type vector struct {
	Vector string `json:"vectorString"`
}

// parseDocument turns a VEX file into a record. Its entries are those of rpm
// packages: containers and archives have no versions to compare.
func parseDocument(data []byte) (vulndb.Advisory, error) {
	var a vulndb.Advisory
	if len(data) > documentSize {
		return a, fmt.Errorf("%d bytes, more than the limit of %d", len(data), documentSize)
	}
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return a, err
	}
	if len(d.Vulnerabilities) != 1 {
		return a, fmt.Errorf("%d vulnerabilities, want one", len(d.Vulnerabilities))
	}
	v := &d.Vulnerabilities[0]
	cve := cmp.Or(v.CVE, d.Document.Tracking.ID)
	if !strings.HasPrefix(cve, "CVE-") || len(cve) > 64 {
		return a, errors.New("no CVE")
	}
	a = vulndb.Advisory{
		ID: idPrefix + cve, Upstream: []string{cve},
		Published: day(d.Document.Tracking.Released), Modified: day(d.Document.Tracking.Current),
		Summary:    cmp.Or(v.Title, d.Document.Title),
		References: []vulndb.Reference{{Type: "ADVISORY", URL: "https://access.redhat.com/security/cve/" + cve}},
	}
	for _, n := range v.Notes {
		if n.Category == "description" && a.Details == "" {
			a.Details = vulndb.Brief(n.Text)
		}
	}
	a.Severities = v.severities(d.Document.Severity.Text)
	s := newStatements(&d, v)
	s.all()
	if s.count > maxEntries {
		return a, fmt.Errorf("more than %d statements", maxEntries)
	}
	a.Affected = s.entries()
	a.Related = v.errata()
	return a, nil
}

// day reads a time; one that is not there is the zero time.
func day(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// severities are Red Hat's word for the whole and the first vector of each
// version of CVSS.
func (v *vulnerability) severities(word string) []vulndb.Severity {
	var list []vulndb.Severity
	if word != "" && !strings.EqualFold(word, "none") {
		list = append(list, vulndb.Severity{Type: "word", Score: word})
	}
	seen := map[string]bool{}
	for _, s := range v.Scores {
		for _, of := range [...]struct{ kind, vector string }{{"CVSS_V4", s.V4.Vector}, {"CVSS_V3", s.V3.Vector}, {"CVSS_V2", s.V2.Vector}} {
			if of.vector != "" && !seen[of.kind] {
				seen[of.kind] = true
				list = append(list, vulndb.Severity{Type: of.kind, Score: of.vector})
			}
		}
	}
	return list
}

// errata are the ids of the announcements of fixes, from their URLs.
func (v *vulnerability) errata() []string {
	ids := map[string]bool{}
	for _, r := range v.Remediations {
		if _, id, ok := strings.Cut(r.URL, "/errata/"); ok && r.Category == "vendor_fix" && strings.HasPrefix(id, "RH") && len(id) < 32 {
			ids[id] = true
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// statements turns a document's product ids into entries.
type statements struct {
	v        *vulnerability
	parts    map[string]relationship
	products map[string]string         // CPE by product id
	packages map[string]component      // by product id
	plans    map[string]string         // the vendor's state by id of an affected product
	impacts  map[string]string         // severity where it is not that of the whole, by product id
	binaries map[string]*binaries      // that are named one by one, by stream
	ranges   map[string][]vulndb.Range // by the version that they end at
	seen     map[string]vulndb.Affected
	count    int
}

func newStatements(d *document, v *vulnerability) *statements {
	s := &statements{
		v: v, parts: map[string]relationship{}, products: map[string]string{}, packages: map[string]component{},
		plans: map[string]string{}, impacts: map[string]string{}, ranges: map[string][]vulndb.Range{}, seen: map[string]vulndb.Affected{},
		binaries: map[string]*binaries{},
	}
	s.branches(d.Tree.Branches, 0)
	for _, r := range d.Tree.Relationships {
		s.parts[r.Whole.ID] = r
	}
	for _, r := range v.Remediations {
		if state := planned(r.Category, r.Details); state != "" {
			for _, id := range r.Products {
				s.plans[id] = state
			}
		}
	}
	for _, t := range v.Threats {
		if t.Category == "impact" && !strings.EqualFold(t.Details, d.Document.Severity.Text) {
			for _, id := range t.Products {
				s.impacts[id] = t.Details
			}
		}
	}
	return s
}

// planned is the vendor's state of what is affected: the category of its
// remediation, and Red Hat's own words for it.
func planned(category, details string) string {
	switch strings.ToLower(strings.TrimSpace(details)) {
	case "will not fix":
		return "will-not-fix"
	case "out of support scope":
		return "out-of-support-scope"
	case "fix deferred":
		return "fix-deferred"
	case "under investigation":
		return "under-investigation"
	}
	if category == "no_fix_planned" {
		return "will-not-fix"
	}
	return ""
}

// branches notes products and packages.
func (s *statements) branches(list []branch, depth int) {
	if depth > maxDepth {
		return
	}
	for _, b := range list {
		if p := b.Product; p != nil && p.Helper.CPE != "" {
			s.products[p.ID] = p.Helper.CPE
		} else if p != nil {
			s.packages[p.ID] = componentOf(p.ID, p.Helper.PURL)
		}
		s.branches(b.Branches, depth+1)
	}
}

// binaries are the packages of a stream that are named beside their source.
type binaries struct{ names, versions map[string]bool }

// of reports whether packages of a source are among them: one has its name, or
// its version.
func (b *binaries) of(source component) bool {
	return b != nil && (b.names[source.name] || source.version != "" && b.versions[source.version])
}

// gather notes the binaries of all lists: where they are named, a source stands
// for no others.
func (s *statements) gather() {
	for _, list := range [...][]string{s.v.Status.Fixed, s.v.Status.Affected, s.v.Status.Investigation, s.v.Status.NotAffected} {
		for _, id := range list {
			cpe, c := s.resolve(id)
			if c.name == "" || c.source {
				continue
			}
			b := s.binaries[cpe]
			if b == nil {
				b = &binaries{map[string]bool{}, map[string]bool{}}
				s.binaries[cpe] = b
			}
			b.names[c.name] = true
			if c.version != "" {
				b.versions[c.version] = true
			}
		}
	}
}

// all reads the four lists of product ids.
func (s *statements) all() {
	s.gather()
	for _, id := range s.v.Status.Fixed {
		s.add(id, "fixed")
	}
	for _, id := range s.v.Status.Affected {
		s.add(id, s.plans[id])
	}
	for _, id := range s.v.Status.Investigation {
		s.add(id, "under-investigation")
	}
	for _, id := range s.v.Status.NotAffected {
		s.add(id, "not-affected")
	}
}

// resolve finds the stream and the package of a product id: a package is a part
// of a stream, perhaps by way of a module.
func (s *statements) resolve(id string) (cpe string, c component) {
	for range maxDepth {
		r, ok := s.parts[id]
		if !ok {
			return s.products[id], c
		}
		part := s.packages[r.Part]
		switch {
		case c.name == "":
			c = part
		case part.module != "" && c.module == "":
			c.module = part.module
		}
		if c.name == "" {
			return "", c
		}
		id = r.Of
	}
	return "", component{}
}

// add notes what is said of one product id.
func (s *statements) add(id, status string) {
	cpe, c := s.resolve(id)
	stream := streamOf(cpe)
	fixed := status == "fixed"
	if stream == "" || c.name == "" || fixed && c.version == "" || c.source && s.binaries[cpe].of(c) {
		return
	}
	if c.source {
		c.name += sourceSuffix // it stands for all packages that are made from it
	}
	if s.count++; s.count > maxEntries {
		return
	}
	a := vulndb.Affected{Ecosystem: intern("Red Hat:" + stream), Name: intern(c.name), Module: intern(c.module)}
	until := c.version
	if !fixed {
		until, a.Status = "", status
	}
	a.Ranges = s.until(until)
	if word := s.impacts[id]; word != "" {
		a.Severities = []vulndb.Severity{{Type: "word", Score: word}}
	}
	key := strings.Join([]string{a.Ecosystem, a.Name, a.Module, until}, "\x00")
	if _, ok := s.seen[key]; !ok {
		s.seen[key] = a
	}
}

// intern keeps one copy of a string: the same streams and names come in
// thousands of documents.
func intern(s string) string { return unique.Make(s).Value() }

// until is the range of all versions below one; of all, if it is empty. The
// packages of one source share it.
func (s *statements) until(version string) []vulndb.Range {
	if have, ok := s.ranges[version]; ok {
		return have
	}
	events := []vulndb.Event{{Introduced: "0"}}
	if version != "" {
		events = append(events, vulndb.Event{Fixed: strings.Clone(version)})
	}
	s.ranges[version] = []vulndb.Range{{Type: "ECOSYSTEM", Events: events}}
	return s.ranges[version]
}

// entries are the statements in the order of stream, name, module and version.
func (s *statements) entries() []vulndb.Affected {
	list := make([]vulndb.Affected, 0, len(s.seen))
	for _, key := range slices.Sorted(maps.Keys(s.seen)) {
		list = append(list, s.seen[key])
	}
	return list
}

// streamOf is the product stream of a CPE, as OSV's ecosystems have it:
// "enterprise_linux:9::baseos" of "cpe:/o:redhat:enterprise_linux:9::baseos".
func streamOf(cpe string) string {
	_, rest, ok := strings.Cut(cpe, ":/")
	if !ok || len(cpe) > 200 {
		return ""
	}
	_, rest, _ = strings.Cut(rest, ":")
	stream, ok := strings.CutPrefix(rest, "redhat:")
	if !ok {
		return ""
	}
	return stream
}
