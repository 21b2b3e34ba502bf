package vex

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
)

// The shape of a CycloneDX document as far as it says what is affected
// (https://cyclonedx.org/docs/1.6/json/).
type (
	cycloneDXDocument struct {
		SerialNumber string `json:"serialNumber"`
		Metadata     struct {
			Timestamp string              `json:"timestamp"`
			Component *cycloneDXComponent `json:"component"`
		} `json:"metadata"`
		Components      []cycloneDXComponent     `json:"components"`
		Vulnerabilities []cycloneDXVulnerability `json:"vulnerabilities"`
	}
	cycloneDXComponent struct {
		Ref     string `json:"bom-ref"`
		Type    string `json:"type"`
		Group   string `json:"group"`
		Name    string `json:"name"`
		Version string `json:"version"`
		PURL    string `json:"purl"`
		CPE     string `json:"cpe"`
		Hashes  []struct {
			Algorithm string `json:"alg"`
			Content   string `json:"content"`
		} `json:"hashes"`
		Components []cycloneDXComponent `json:"components"`
	}
	cycloneDXVulnerability struct {
		ID         string `json:"id"`
		References []struct {
			ID string `json:"id"`
		} `json:"references"`
		Updated  string            `json:"updated"`
		Analysis cycloneDXAnalysis `json:"analysis"`
		Affects  []struct {
			Ref      string             `json:"ref"`
			Versions []cycloneDXVersion `json:"versions"`
		} `json:"affects"`
		Recommendation string `json:"recommendation"`
	}
	cycloneDXAnalysis struct {
		State         string `json:"state"`
		Justification string `json:"justification"`
		Detail        string `json:"detail"`
		FirstIssued   string `json:"firstIssued"`
		LastUpdated   string `json:"lastUpdated"`
	}
	cycloneDXVersion struct {
		Version string `json:"version"`
		Range   string `json:"range"`
		Status  string `json:"status"`
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
