package suse

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unique"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/version"
	"github.com/plimsoll/plimsoll/vulndb"
)

const (
	idPrefix   = "SUSE-" // so that one sees whose word it is
	maxDepth   = 16      // of branches
	maxEntries = 500_000 // of a document; real ones have some ten thousand
)

// document is as much of a VEX file (CSAF 2.0) as is used.
type document struct {
	Document struct {
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
		Branches []branch `json:"branches"`
	} `json:"product_tree"`
	Vulnerabilities []vulnerability `json:"vulnerabilities"`
}

type branch struct {
	Branches []branch `json:"branches"`
	Product  *struct {
		ID     string `json:"product_id"`
		Helper struct {
			PURL string `json:"purl"`
		} `json:"product_identification_helper"`
	} `json:"product"`
}

type vulnerability struct {
	CVE   string `json:"cve"`
	Notes []struct {
		Category string `json:"category"`
		Text     string `json:"text"`
	} `json:"notes"`
	Status struct {
		Recommended   []string `json:"recommended"` // what SUSE calls fixed
		FirstFixed    []string `json:"first_fixed"`
		Fixed         []string `json:"fixed"`
		Affected      []string `json:"known_affected"`
		NotAffected   []string `json:"known_not_affected"`
		Investigation []string `json:"under_investigation"`
	} `json:"product_status"`
	Remediations []struct {
		Category string   `json:"category"`
		Products []string `json:"product_ids"`
	} `json:"remediations"`
	Scores []struct {
		V3 struct {
			Vector string `json:"vectorString"`
		} `json:"cvss_v3"`
		V4 struct {
			Vector string `json:"vectorString"`
		} `json:"cvss_v4"`
	} `json:"scores"`
}

// parseDocument turns a VEX file into a record, whose entries are those of source
// packages: SUSE decides on these, and all that is made from one has one state.
func parseDocument(data []byte) (vulndb.Advisory, error) {
	var a vulndb.Advisory
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
		ID: idPrefix + cve, Upstream: []string{cve}, Published: feed.Day(d.Document.Tracking.Released), Modified: feed.Day(d.Document.Tracking.Current),
		References: []vulndb.Reference{{Type: "ADVISORY", URL: "https://www.suse.com/security/cve/" + cve}},
	}
	for _, n := range v.Notes {
		if n.Category == "general" && a.Details == "" {
			a.Details = vulndb.Brief(n.Text)
		}
	}
	if word := d.Document.Severity.Text; word != "" {
		a.Severities = []vulndb.Severity{{Type: "word", Score: strings.ToLower(word)}}
	}
	for _, s := range v.Scores {
		for kind, vector := range map[string]string{"CVSS_V3": s.V3.Vector, "CVSS_V4": s.V4.Vector} {
			if vector != "" && !slices.ContainsFunc(a.Severities, func(have vulndb.Severity) bool { return have.Type == kind }) {
				a.Severities = append(a.Severities, vulndb.Severity{Type: kind, Score: vector})
			}
		}
	}
	slices.SortFunc(a.Severities, func(x, y vulndb.Severity) int { return cmp.Compare(y.Type, x.Type) })
	s, err := newStatements(&d, v)
	if err != nil {
		return a, err
	}
	a.Affected, err = s.entries()
	return a, err
}

// said is what a product has to say of a source package: the best of it holds.
type said struct {
	rank   int    // fixed, not affected, affected
	fixed  string // the version, if it is
	status string
}

const (
	rankFixed = iota
	rankNot
	rankOpen
)

// statements gathers what is said, by product and source package.
type statements struct {
	v     *vulnerability
	purls map[string]string // by product id of a package
	rpm   version.Scheme
	by    map[[2]string]said
	count int
}

func newStatements(d *document, v *vulnerability) (*statements, error) {
	rpm, ok := version.For("rpm")
	if !ok {
		return nil, errors.New("versions of rpm packages cannot be compared")
	}
	s := &statements{v: v, purls: map[string]string{}, rpm: rpm, by: map[[2]string]said{}}
	s.branches(d.Tree.Branches, 0)
	return s, nil
}

func (s *statements) branches(list []branch, depth int) {
	if depth > maxDepth {
		return
	}
	for _, b := range list {
		if p := b.Product; p != nil && p.Helper.PURL != "" {
			s.purls[p.ID] = p.Helper.PURL
		}
		s.branches(b.Branches, depth+1)
	}
}

// entries are all statements in the order of product and package.
func (s *statements) entries() ([]vulndb.Affected, error) {
	given := map[string]bool{}
	for _, r := range s.v.Remediations {
		if r.Category == "no_fix_planned" {
			for _, id := range r.Products {
				given[id] = true
			}
		}
	}
	for _, list := range [...][]string{s.v.Status.Recommended, s.v.Status.FirstFixed, s.v.Status.Fixed} {
		for _, id := range list {
			s.add(id, said{rank: rankFixed})
		}
	}
	for _, id := range s.v.Status.NotAffected {
		s.add(id, said{rank: rankNot, status: "not-affected"})
	}
	for _, id := range s.v.Status.Affected {
		status := ""
		if given[id] {
			status = "will-not-fix"
		}
		s.add(id, said{rank: rankOpen, status: status})
	}
	for _, id := range s.v.Status.Investigation {
		s.add(id, said{rank: rankOpen, status: "under-investigation"})
	}
	if s.count > maxEntries {
		return nil, fmt.Errorf("more than %d statements", maxEntries)
	}
	s.outlived()
	var list []vulndb.Affected
	for _, key := range slices.SortedFunc(maps.Keys(s.by), func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) }) {
		what := s.by[key]
		events := []vulndb.Event{{Introduced: "0"}}
		if what.fixed != "" {
			events = append(events, vulndb.Event{Fixed: what.fixed})
		}
		list = append(list, vulndb.Affected{
			Ecosystem: key[0], Name: key[1], Status: what.status, Ranges: []vulndb.Range{{Type: "ECOSYSTEM", Events: events}},
		})
	}
	return list, nil
}

// outlived takes back that a product is affected where what is bought after its
// end (LTSS) has a fix: it is the same package further on, and that fix is the only
// one to come.
func (s *statements) outlived() {
	for key, what := range s.by {
		plain, ok := strings.CutSuffix(key[0], "-LTSS")
		if !ok || what.rank != rankFixed {
			continue
		}
		if open, ok := s.by[[2]string{plain, key[1]}]; ok && open.rank == rankOpen {
			delete(s.by, [2]string{plain, key[1]})
		}
	}
}

// add notes what is said of "SUSE Linux Enterprise Server 15 SP5:curl-8.0.1-1.1".
func (s *statements) add(id string, what said) {
	product, component, ok := strings.Cut(id, ":")
	ecosystem := ecosystemOf(product)
	if !ok || ecosystem == "" {
		return
	}
	source, v := s.source(component, what.rank == rankFixed)
	if source == "" || what.rank == rankFixed && v == "" {
		return
	}
	if s.count++; s.count > maxEntries {
		return
	}
	if what.rank == rankFixed {
		what.fixed = v
	}
	key := [2]string{intern(ecosystem), intern(source)}
	have, seen := s.by[key]
	switch {
	case !seen || what.rank < have.rank:
	case what.rank == rankFixed:
		// Of several versions that mend it the first is the one.
		if c, err := s.rpm.Compare(what.fixed, have.fixed); err != nil || c >= 0 {
			return
		}
	default:
		return
	}
	s.by[key] = what
}

// intern keeps one copy of a text: the same products and packages come in
// thousands of documents.
func intern(s string) string { return unique.Make(s).Value() }

// ecosystemOf is a product as OSV spells it, "SUSE:Linux Enterprise Server 15 SP5";
// empty for what is no distribution, as images.
func ecosystemOf(product string) string {
	if len(product) > 200 {
		return ""
	}
	if rest, ok := strings.CutPrefix(product, "SUSE "); ok && strings.HasPrefix(rest, "Linux ") {
		return "SUSE:" + strings.Replace(rest, " LTSS", "-LTSS", 1)
	}
	if rest, ok := strings.CutPrefix(product, "openSUSE "); ok {
		return "openSUSE:" + rest
	}
	return ""
}

// source is the source package that a component is made from, and its version: by
// the purl "pkg:rpm/suse/curl@8.0.1-1.1?upstream=curl-8.0.1-1.1.src.rpm". A component
// without a version is named by its id alone, for its purl is often wrong.
func (s *statements) source(component string, versioned bool) (name, v string) {
	_, qualifiers, _ := strings.Cut(s.purls[component], "?")
	values, err := url.ParseQuery(qualifiers)
	if err != nil {
		return "", ""
	}
	from := strings.TrimSuffix(values.Get("upstream"), ".src.rpm")
	switch {
	case !versioned:
		return cmp.Or(from, component), ""
	case from == "":
		from = component
	}
	release := strings.LastIndexByte(from, '-')
	if release <= 0 {
		return "", ""
	}
	at := strings.LastIndexByte(from[:release], '-')
	if at <= 0 {
		return "", ""
	}
	return from[:at], strings.Clone(from[at+1:])
}
