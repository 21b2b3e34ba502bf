package vex

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
)

// The shape of a CycloneDX document as far as it says what is affected
// (https://cyclonedx.org/docs/1.6/json/, https://cyclonedx.org/docs/1.6/xml/).
type (
	cycloneDXDocument struct {
		SerialNumber string `json:"serialNumber" xml:"serialNumber,attr"`
		Metadata     struct {
			Timestamp string              `json:"timestamp" xml:"timestamp"`
			Component *cycloneDXComponent `json:"component" xml:"component"`
		} `json:"metadata" xml:"metadata"`
		Components      []cycloneDXComponent     `json:"components" xml:"components>component"`
		Vulnerabilities []cycloneDXVulnerability `json:"vulnerabilities" xml:"vulnerabilities>vulnerability"`
	}
	cycloneDXComponent struct {
		Ref     string `json:"bom-ref" xml:"bom-ref,attr"`
		Type    string `json:"type" xml:"type,attr"`
		Group   string `json:"group" xml:"group"`
		Name    string `json:"name" xml:"name"`
		Version string `json:"version" xml:"version"`
		PURL    string `json:"purl" xml:"purl"`
		CPE     string `json:"cpe" xml:"cpe"`
		Hashes  []struct {
			Algorithm string `json:"alg" xml:"alg,attr"`
			Content   string `json:"content" xml:",chardata"`
		} `json:"hashes" xml:"hashes>hash"`
		Components []cycloneDXComponent `json:"components" xml:"components>component"`
	}
	cycloneDXVulnerability struct {
		ID         string `json:"id" xml:"id"`
		References []struct {
			ID string `json:"id" xml:"id"`
		} `json:"references" xml:"references>reference"`
		Updated  string            `json:"updated" xml:"updated"`
		Analysis cycloneDXAnalysis `json:"analysis" xml:"analysis"`
		Affects  []struct {
			Ref      string             `json:"ref" xml:"ref"`
			Versions []cycloneDXVersion `json:"versions" xml:"versions>version"`
		} `json:"affects" xml:"affects>target"`
		Recommendation string `json:"recommendation" xml:"recommendation"`
	}
	cycloneDXAnalysis struct {
		State         string `json:"state" xml:"state"`
		Justification string `json:"justification" xml:"justification"`
		Detail        string `json:"detail" xml:"detail"`
		FirstIssued   string `json:"firstIssued" xml:"firstIssued"`
		LastUpdated   string `json:"lastUpdated" xml:"lastUpdated"`
	}
	cycloneDXVersion struct {
		Version string `json:"version" xml:"version"`
		Range   string `json:"range" xml:"range"`
		Status  string `json:"status" xml:"status"`
	}
)

// cycloneDXState is the state of an analysis in OpenVEX's words.
func cycloneDXState(word string) (Status, bool) {
	switch word {
	case "resolved", "resolved_with_pedigree":
		return Fixed, true
	case "exploitable":
		return Affected, true
	case "in_triage":
		return UnderInvestigation, true
	case "false_positive", "not_affected":
		return NotAffected, true
	}
	return "", false
}

// cycloneDXReader resolves references to components.
type cycloneDXReader struct {
	*reader
	byRef map[string]*Identifier
}

func (r *reader) cycloneDX() (*Document, error) {
	doc, err := decode[cycloneDXDocument](r)
	if err != nil {
		return nil, err
	}
	return r.cycloneDXDocument(doc)
}

// cycloneDXNamespace begins the XML namespaces of all versions.
const cycloneDXNamespace = "http://cyclonedx.org/schema/bom"

// cycloneDXML reads the XML form, which says the same by other means.
func (r *reader) cycloneDXML() (*Document, error) {
	d := xml.NewDecoder(bytes.NewReader(r.data))
	for {
		token, err := d.Token()
		if err != nil {
			return nil, r.failedXML(err, d)
		}
		root, ok := token.(xml.StartElement)
		switch {
		case !ok:
			continue
		case root.Name.Local != "bom" || !strings.HasPrefix(root.Name.Space, cycloneDXNamespace):
			return nil, ErrFormat
		}
		var doc cycloneDXDocument
		if err := d.DecodeElement(&doc, &root); err != nil {
			return nil, r.failedXML(err, d)
		}
		trim(doc.Components)
		if doc.Metadata.Component != nil {
			trim([]cycloneDXComponent{*doc.Metadata.Component})
		}
		return r.cycloneDXDocument(&doc)
	}
}

// trim takes the space around texts away that XML leaves in them.
func trim(components []cycloneDXComponent) {
	for i := range components {
		c := &components[i]
		c.PURL, c.CPE = strings.TrimSpace(c.PURL), strings.TrimSpace(c.CPE)
		c.Group, c.Name, c.Version = strings.TrimSpace(c.Group), strings.TrimSpace(c.Name), strings.TrimSpace(c.Version)
		for j := range c.Hashes {
			c.Hashes[j].Content = strings.TrimSpace(c.Hashes[j].Content)
		}
		trim(c.Components)
	}
}

// failedXML gives an error of the XML decoder its place.
func (r *reader) failedXML(err error, d *xml.Decoder) error {
	if errors.Is(err, io.EOF) {
		return ErrFormat // nothing but white space and comments
	}
	e := &Error{File: r.file, Err: err}
	e.Line, e.Column = d.InputPos()
	return e
}

func (r *reader) cycloneDXDocument(doc *cycloneDXDocument) (*Document, error) {
	c := &cycloneDXReader{reader: r, byRef: map[string]*Identifier{}}
	all := doc.Components
	if doc.Metadata.Component != nil {
		all = append([]cycloneDXComponent{*doc.Metadata.Component}, all...)
	}
	if err := c.components(all, 0); err != nil {
		return nil, r.wrong(err, field("components"))
	}
	out := &Document{Name: doc.SerialNumber, Format: "CycloneDX"}
	for i := range doc.Vulnerabilities {
		statements, err := c.statements(doc, i)
		if err != nil {
			return nil, err
		}
		out.Statements = append(out.Statements, statements...)
	}
	return out, nil
}

func (c *cycloneDXReader) components(list []cycloneDXComponent, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("components in more than %d others", maxDepth)
	}
	for i := range list {
		in := &list[i]
		id := &Identifier{}
		if strings.HasPrefix(in.PURL, "pkg:") {
			id.named(in.PURL)
		}
		if in.CPE != "" && in.Type == "operating-system" {
			id.CPEs = []string{in.CPE}
		}
		for _, h := range in.Hashes {
			id.hashed(h.Algorithm, h.Content)
		}
		if in.Type == "container" {
			id.Name = reference(in)
			id.hashed("sha256", strings.TrimPrefix(in.Version, "sha256:"))
		}
		if in.Ref != "" {
			c.byRef[in.Ref] = id
		}
		if err := c.components(in.Components, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// reference is the reference of a component that is an image.
func reference(in *cycloneDXComponent) string {
	name := in.Name
	if in.Group != "" {
		name = in.Group + "/" + name
	}
	if in.Version == "" || strings.HasPrefix(in.Version, "sha256:") || strings.Contains(lastSegment(name), ":") {
		return name
	}
	return name + ":" + in.Version
}

// statements are what the document says of a vulnerability. One that nobody has
// analysed and of which no versions are named is listed, not judged.
func (c *cycloneDXReader) statements(doc *cycloneDXDocument, i int) ([]*Statement, error) {
	v := &doc.Vulnerabilities[i]
	at := func(path ...step) []step { return append([]step{field("vulnerabilities"), item(i)}, path...) }
	names := []string{v.ID}
	for _, r := range v.References {
		names = append(names, r.ID)
	}
	known := ids(names)
	status, analysed := cycloneDXState(v.Analysis.State)
	switch {
	case v.Analysis.State != "" && !analysed:
		return nil, c.wrong(fmt.Errorf("%q is no state of an analysis", clip(v.Analysis.State)), at(field("analysis"), field("state"))...)
	case analysed && len(known) == 0:
		return nil, c.wrong(errUnnamed, at(field("id"))...)
	}
	stamp := cmp.Or(v.Analysis.LastUpdated, v.Analysis.FirstIssued, v.Updated, doc.Metadata.Timestamp)
	made, err := when(stamp)
	if err != nil {
		return nil, c.wrong(err, at()...)
	}
	byStatus := map[Status]*Statement{}
	var out []*Statement
	for _, a := range v.Affects {
		id := c.resolve(a.Ref)
		for _, group := range versionGroups(a.Versions, status, analysed) {
			s := byStatus[group.status]
			if s == nil {
				s = &Statement{
					IDs: known, Status: group.status, Justification: clip(v.Analysis.Justification),
					Impact: clip(v.Analysis.Detail), Action: clip(v.Recommendation), Time: made,
				}
				byStatus[group.status] = s
				out = append(out, s)
			}
			s.Products = append(s.Products, &Product{Whole: id, Versions: group.versions})
			if err := c.count(1 + len(group.versions)); err != nil {
				return nil, c.wrong(err, at()...)
			}
		}
	}
	return out, nil
}

// versionGroup are versions of which the same is said.
type versionGroup struct {
	status   Status
	versions []string
}

// versionGroups sorts the versions of an affected component by what is said of
// them. The state of the analysis holds for all that are named; only where it
// is "exploitable", or there is none, versions may be called unaffected.
func versionGroups(versions []cycloneDXVersion, status Status, analysed bool) []versionGroup {
	if len(versions) == 0 {
		if !analysed {
			return nil
		}
		return []versionGroup{{status: status}}
	}
	var groups []versionGroup
	for _, v := range versions {
		says := status
		if !analysed || status == Affected {
			switch v.Status {
			case "unaffected":
				says = NotAffected
			case "unknown":
				says = UnderInvestigation
			default:
				says = Affected
			}
		}
		i := 0
		for i < len(groups) && groups[i].status != says {
			i++
		}
		if i == len(groups) {
			groups = append(groups, versionGroup{status: says})
		}
		groups[i].versions = append(groups[i].versions, cmp.Or(v.Version, v.Range))
	}
	return groups
}

// resolve finds what a reference means: a component of the document, or in a
// BOM-Link ("urn:cdx:…/1#ref") or as the reference itself a purl.
func (c *cycloneDXReader) resolve(ref string) Identifier {
	if id := c.byRef[ref]; id != nil {
		return *id
	}
	var id Identifier
	if strings.HasPrefix(ref, "urn:cdx:") {
		_, ref, _ = strings.Cut(ref, "#")
		if id := c.byRef[ref]; id != nil {
			return *id
		}
		if plain, err := url.PathUnescape(ref); err == nil && !strings.HasPrefix(ref, "pkg:") {
			ref = plain
		}
	}
	if strings.HasPrefix(ref, "pkg:") {
		id.named(ref)
	}
	return id
}
