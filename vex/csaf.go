package vex

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The shape of CSAF 2.0 and 2.1 as far as it says what is affected
// (https://docs.oasis-open.org/csaf/csaf/v2.0/).
type (
	csafDocument struct {
		Document struct {
			Tracking struct {
				ID      string `json:"id"`
				Current string `json:"current_release_date"`
			} `json:"tracking"`
		} `json:"document"`
		Tree            csafTree            `json:"product_tree"`
		Vulnerabilities []csafVulnerability `json:"vulnerabilities"`
	}
	csafTree struct {
		Branches      []csafBranch  `json:"branches"`
		Products      []csafProduct `json:"full_product_names"`
		Relationships []struct {
			Part    string      `json:"product_reference"`
			Whole   string      `json:"relates_to_product_reference"`
			Product csafProduct `json:"full_product_name"`
		} `json:"relationships"`
		// Paths take the place of relationships in 2.1.
		Paths []struct {
			Part     string `json:"beginning_product_reference"`
			Subpaths []struct {
				Whole string `json:"next_product_reference"`
			} `json:"subpaths"`
			Product csafProduct `json:"full_product_name"`
		} `json:"product_paths"`
		Groups []struct {
			ID       string   `json:"group_id"`
			Products []string `json:"product_ids"`
		} `json:"product_groups"`
	}
	csafBranch struct {
		Category string       `json:"category"`
		Name     string       `json:"name"`
		Product  *csafProduct `json:"product"`
		Branches []csafBranch `json:"branches"`
	}
	csafProduct struct {
		ID     string `json:"product_id"`
		Name   string `json:"name"`
		Helper struct {
			PURL   string   `json:"purl"`  // 2.0
			PURLs  []string `json:"purls"` // 2.1
			CPE    string   `json:"cpe"`
			Hashes []struct {
				FileHashes []struct {
					Algorithm string `json:"algorithm"`
					Value     string `json:"value"`
				} `json:"file_hashes"`
			} `json:"hashes"`
		} `json:"product_identification_helper"`
	}
	csafVulnerability struct {
		CVE string `json:"cve"`
		IDs []struct {
			Text string `json:"text"`
		} `json:"ids"`
		Status       map[string][]string `json:"product_status"`
		Flags        []csafRemark        `json:"flags"`
		Threats      []csafRemark        `json:"threats"`
		Remediations []csafRemark        `json:"remediations"`
	}
	// csafRemark is a flag, a threat or a remediation: something said of some of
	// the products, or of all where it names none.
	csafRemark struct {
		Category string   `json:"category"`
		Label    string   `json:"label"`
		Details  string   `json:"details"`
		Products []string `json:"product_ids"`
		Groups   []string `json:"group_ids"`
	}
)

// csafStates are CSAF's product states; recommended is no state. Of last_affected
// and first_affected no more is known than that those versions are affected.
var csafStates = [...]struct {
	name   string
	status Status
}{
	{"known_not_affected", NotAffected}, {"fixed", Fixed}, {"first_fixed", Fixed},
	{"known_affected", Affected}, {"first_affected", Affected}, {"last_affected", Affected},
	{"under_investigation", UnderInvestigation}, {"unknown", UnderInvestigation},
}

// csafTreeReader resolves product ids.
type csafTreeReader struct {
	*reader
	products map[string]*Product
	groups   map[string][]string
}

func (r *reader) csaf() (*Document, error) {
	doc, err := decode[csafDocument](r)
	if err != nil {
		return nil, err
	}
	out := &Document{Name: doc.Document.Tracking.ID, Format: "CSAF"}
	t := &csafTreeReader{reader: r, products: map[string]*Product{}, groups: map[string][]string{}}
	if err := t.tree(&doc.Tree); err != nil {
		return nil, r.wrong(err, field("product_tree"))
	}
	made, err := when(doc.Document.Tracking.Current)
	if err != nil {
		return nil, r.wrong(err, field("document"), field("tracking"), field("current_release_date"))
	}
	for i := range doc.Vulnerabilities {
		statements, err := t.statements(&doc.Vulnerabilities[i])
		if err != nil {
			return nil, r.wrong(err, field("vulnerabilities"), item(i))
		}
		for _, s := range statements {
			s.Time = made
		}
		out.Statements = append(out.Statements, statements...)
	}
	return out, nil
}

func (t *csafTreeReader) tree(tree *csafTree) error {
	for i := range tree.Branches {
		if err := t.branch(&tree.Branches[i], 0); err != nil {
			return err
		}
	}
	for i := range tree.Products {
		t.product(&tree.Products[i])
	}
	for i := range tree.Relationships {
		r := &tree.Relationships[i]
		t.relate(r.Part, r.Whole, r.Product.ID)
	}
	for i := range tree.Paths {
		if p := &tree.Paths[i]; len(p.Subpaths) > 0 {
			t.relate(p.Part, p.Subpaths[len(p.Subpaths)-1].Whole, p.Product.ID)
		}
	}
	for _, g := range tree.Groups {
		t.groups[g.ID] = g.Products
	}
	return nil
}

// relate makes a product of a part in something. What is part of a part is told
// by the outermost and the innermost. A relationship of unknown products, of
// which validators complain, means nothing.
func (t *csafTreeReader) relate(part, whole, id string) {
	p, w := t.products[part], t.products[whole]
	if p != nil && w != nil {
		t.products[id] = &Product{Whole: w.Whole, Parts: []Identifier{p.innermost()}, Versions: p.Versions}
	}
}

func (p *Product) innermost() Identifier {
	if len(p.Parts) > 0 {
		return p.Parts[0]
	}
	return p.Whole
}

// branch reads a branch. One of category product_version_range gives versions to
// the product that is in it.
func (t *csafTreeReader) branch(b *csafBranch, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("branches in more than %d others", maxDepth)
	}
	if b.Product != nil {
		p := t.product(b.Product)
		if b.Category == "product_version_range" && strings.HasPrefix(b.Name, "vers:") && len(p.Whole.PURLs) > 0 {
			p.Versions = []string{b.Name}
		}
	}
	for i := range b.Branches {
		if err := t.branch(&b.Branches[i], depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (t *csafTreeReader) product(in *csafProduct) *Product {
	p := &Product{}
	// Some generators have nothing but the purl as id or name.
	for _, name := range append([]string{in.ID, in.Name, in.Helper.PURL}, in.Helper.PURLs...) {
		if strings.HasPrefix(name, "pkg:") {
			p.Whole.named(name)
		}
	}
	if in.Helper.CPE != "" {
		p.Whole.CPEs = []string{in.Helper.CPE}
	}
	for _, h := range in.Helper.Hashes {
		for _, f := range h.FileHashes {
			p.Whole.hashed(f.Algorithm, f.Value)
		}
	}
	t.products[in.ID] = p
	return p
}

// statements are what is said of one vulnerability: for each state one statement
// for each set of reasons. A vulnerability may have neither a CVE nor another
// id; what is said of it concerns nobody.
func (t *csafTreeReader) statements(v *csafVulnerability) ([]*Statement, error) {
	names := []string{v.CVE}
	for _, id := range v.IDs {
		names = append(names, id.Text)
	}
	known := ids(names)
	flags, err1 := t.remarks(v.Flags, "")
	threats, err2 := t.remarks(v.Threats, "impact")
	remedies, err3 := t.remarks(v.Remediations, "")
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	var out []*Statement
	type reasons struct {
		status               Status
		flag, impact, remedy string
	}
	byReasons := map[reasons]*Statement{}
	for _, state := range csafStates {
		for _, id := range v.Status[state.name] {
			why := reasons{status: state.status, remedy: remedies.of(id).Details}
			if state.status == NotAffected {
				why = reasons{NotAffected, flags.of(id).Label, threats.of(id).Details, ""}
			}
			s := byReasons[why]
			if s == nil {
				s = &Statement{IDs: known, Status: state.status, Justification: clip(why.flag), Impact: clip(why.impact), Action: clip(why.remedy)}
				byReasons[why] = s
				out = append(out, s)
			}
			if err := t.count(1); err != nil {
				return nil, err
			}
			if p := t.products[id]; p != nil {
				s.Products = append(s.Products, p)
			}
		}
	}
	return out, nil
}

// remarks are flags, threats or remediations by product.
type remarks struct {
	byProduct map[string]*csafRemark
	all       *csafRemark // that names no product
}

func (r *remarks) of(product string) *csafRemark {
	switch {
	case r.byProduct[product] != nil:
		return r.byProduct[product]
	case r.all != nil:
		return r.all
	}
	return &csafRemark{}
}

// remarks sorts remarks of a category, or of any, by product; the first of a
// product counts.
func (t *csafTreeReader) remarks(list []csafRemark, category string) (*remarks, error) {
	out := &remarks{byProduct: map[string]*csafRemark{}}
	for i := range list {
		r := &list[i]
		if category != "" && r.Category != category {
			continue
		}
		if len(r.Products)+len(r.Groups) == 0 && out.all == nil {
			out.all = r
		}
		products := slices.Clone(r.Products)
		for _, g := range r.Groups {
			products = append(products, t.groups[g]...)
			if err := t.count(len(t.groups[g])); err != nil {
				return nil, err
			}
		}
		for _, id := range products {
			if out.byProduct[id] == nil {
				out.byProduct[id] = r
			}
		}
	}
	return out, nil
}
