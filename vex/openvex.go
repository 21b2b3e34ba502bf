package vex

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// The shape of OpenVEX (https://github.com/openvex/spec). Version 0.0.1 names
// vulnerability, products and subcomponents by plain texts, and has the last
// beside the products.
type (
	openVEXDocument struct {
		ID          string             `json:"@id"`
		Timestamp   string             `json:"timestamp"`
		LastUpdated string             `json:"last_updated"`
		Statements  []openVEXStatement `json:"statements"`
	}
	openVEXStatement struct {
		Vulnerability   openVEXVulnerability `json:"vulnerability"`
		Products        []openVEXProduct     `json:"products"`
		Subcomponents   []openVEXProduct     `json:"subcomponents"`
		Status          string               `json:"status"`
		Justification   string               `json:"justification"`
		ImpactStatement string               `json:"impact_statement"`
		ActionStatement string               `json:"action_statement"`
		Timestamp       string               `json:"timestamp"`
		LastUpdated     string               `json:"last_updated"`
	}
	openVEXVulnerability struct {
		ID      string   `json:"@id"`
		Name    string   `json:"name"`
		Aliases []string `json:"aliases"`
	}
	openVEXProduct struct {
		ID            string            `json:"@id"`
		Identifiers   map[string]string `json:"identifiers"`
		Hashes        map[string]string `json:"hashes"`
		Subcomponents []openVEXProduct  `json:"subcomponents"`
	}
)

// UnmarshalJSON reads a vulnerability, also one that is only a name.
func (v *openVEXVulnerability) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		return json.Unmarshal(data, &v.Name)
	}
	type plain openVEXVulnerability
	return json.Unmarshal(data, (*plain)(v))
}

// UnmarshalJSON reads a product, also one that is only a name.
func (p *openVEXProduct) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		return json.Unmarshal(data, &p.ID)
	}
	type plain openVEXProduct
	return json.Unmarshal(data, (*plain)(p))
}

var errUnnamed = errors.New("the vulnerability has no name")

func (r *reader) openVEX() (*Document, error) {
	doc, err := decode[openVEXDocument](r)
	if err != nil {
		return nil, err
	}
	out := &Document{Name: doc.ID, Format: "OpenVEX"}
	for i := range doc.Statements {
		s, err := r.openVEXStatement(doc, i)
		if err != nil {
			return nil, err
		}
		out.Statements = append(out.Statements, s)
	}
	return out, nil
}

func (r *reader) openVEXStatement(doc *openVEXDocument, i int) (*Statement, error) {
	in := &doc.Statements[i]
	at := func(name string) []step { return []step{field("statements"), item(i), field(name)} }
	s := &Statement{
		Status: Status(in.Status), Justification: clip(in.Justification),
		Impact: clip(in.ImpactStatement), Action: clip(in.ActionStatement),
	}
	switch s.Status {
	case NotAffected, Affected, Fixed, UnderInvestigation:
	default:
		return nil, r.wrong(fmt.Errorf("%q is none of not_affected, affected, fixed and under_investigation", clip(in.Status)), at("status")...)
	}
	s.IDs = ids(append([]string{in.Vulnerability.Name, lastSegment(in.Vulnerability.ID)}, in.Vulnerability.Aliases...))
	if len(s.IDs) == 0 {
		return nil, r.wrong(errUnnamed, at("vulnerability")...)
	}
	for _, stamp := range []struct {
		text string
		path []step
	}{
		{in.LastUpdated, at("last_updated")}, {in.Timestamp, at("timestamp")},
		{doc.LastUpdated, []step{field("last_updated")}}, {doc.Timestamp, []step{field("timestamp")}},
	} {
		t, err := when(stamp.text)
		if err != nil {
			return nil, r.wrong(err, stamp.path...)
		}
		if s.Time.IsZero() {
			s.Time = t
		}
	}
	for _, p := range in.Products {
		product := &Product{Whole: p.identifier()}
		for _, part := range append(p.Subcomponents, in.Subcomponents...) {
			product.Parts = append(product.Parts, part.identifier())
		}
		s.Products = append(s.Products, product)
		if err := r.count(1 + len(product.Parts)); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// identifier gathers all ways to know a product.
func (p *openVEXProduct) identifier() Identifier {
	var id Identifier
	id.named(p.ID)
	for kind, value := range p.Identifiers {
		switch kind {
		case "purl":
			id.named(value)
		case "cpe22", "cpe23", "cpe22Type", "cpe23Type":
			id.CPEs = append(id.CPEs, value)
		}
	}
	for algorithm, value := range p.Hashes {
		id.hashed(algorithm, value)
	}
	return id
}

// named takes in a name of a product, a purl where it looks like one.
func (id *Identifier) named(name string) {
	if !strings.HasPrefix(name, "pkg:") {
		id.Name = name
		return
	}
	if p, err := ParsePURL(name); err == nil {
		id.PURLs = append(id.PURLs, p)
	}
}

// hashed takes in a hash. Images are known by SHA-256 and SHA-512 alone.
func (id *Identifier) hashed(algorithm, value string) {
	switch strings.ToLower(strings.ReplaceAll(algorithm, "-", "")) {
	case "sha256":
		id.Digests = append(id.Digests, "sha256:"+strings.ToLower(value))
	case "sha512":
		id.Digests = append(id.Digests, "sha512:"+strings.ToLower(value))
	}
}

// ids are names of a vulnerability, each once, without what is no name.
func ids(names []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, name := range names {
		key := canonical(name)
		if key != "" && !strings.ContainsAny(key, "/ ") && !seen[key] {
			seen[key] = true
			out = append(out, name)
		}
	}
	return out
}

// canonical is an id as it is compared.
func canonical(id string) string { return strings.ToUpper(strings.TrimSpace(id)) }

// lastSegment is what follows the last slash of an IRI:
// "https://nvd.nist.gov/vuln/detail/CVE-2014-123456".
func lastSegment(iri string) string { return iri[strings.LastIndexByte(iri, '/')+1:] }
