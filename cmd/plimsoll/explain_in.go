package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/match"
	"github.com/plimsoll/plimsoll/report"
	"github.com/plimsoll/plimsoll/vulndb"
)

// explainedIn is where a vulnerability is in an image.
type explainedIn struct {
	Ref      string             `json:"ref"`
	Findings []explainedFinding `json:"findings"`
	// Spared are packages that the advisories at hand speak of and do not call
	// affected.
	Spared []sparedPackage `json:"spared,omitempty"`

	ecosystems []string // whose advisories concern the image
}

// explainedFinding is one package that has the vulnerability, and why.
type explainedFinding struct {
	finding.Finding
	// Compared are the comparisons that decided, one for each record at hand that
	// calls the package affected.
	Compared []comparison `json:"compared,omitempty"`
	// From is the layer that brought the package, with its instruction, and whether
	// it is of the base image where that is known.
	From string `json:"from,omitempty"`
	// Base says that it came with the base image.
	Base bool `json:"base"`
}

// sparedPackage is an installed package that does not have the vulnerability.
type sparedPackage struct {
	Package  string `json:"package"`
	Version  string `json:"version"`
	Advisory string `json:"advisory"`
	Name     string `json:"name"`     // of what it speaks: the package, or its source
	Affected string `json:"affected"` // which versions, by the advisory
}

// comparison is one step of matching, for a reader.
type comparison struct {
	Advisory string `json:"advisory"`
	Text     string `json:"text"`  // "4.17.10 ≥ 0 and < 4.17.21"
	Order    string `json:"order"` // of versions, by which that holds: "npm"
	Fixed    string `json:"fixed,omitempty"`
}

// explainIn finds a vulnerability in a report, or in an image, which is scanned
// for it.
func (a *app) explainIn(ctx context.Context, f explainFlags, e *explanation) (*explainedIn, error) {
	r, err := a.reportOf(ctx, f)
	if err != nil {
		return nil, err
	}
	in := &explainedIn{Ref: r.Target.Ref, Findings: []explainedFinding{}}
	for _, need := range (&match.Matcher{}).Needs(inventoryOf(r)) {
		in.ecosystems = append(in.ecosystems, need.Ecosystem)
	}
	for _, s := range (&match.Matcher{}).Spared(inventoryOf(r), e.records) {
		p := sparedPackage{Package: s.Package.Name, Version: s.Version, Advisory: s.Advisory, Name: s.Name, Affected: e.affected(s)}
		if !slices.Contains(in.Spared, p) {
			in.Spared = append(in.Spared, p)
		}
	}
	ids := append([]string{e.ID}, e.Aliases...)
	for _, found := range r.Findings {
		named := func(id string) bool { return found.ID == id || slices.Contains(found.Aliases, id) }
		if (found.Kind == finding.Vulnerability || found.Kind == finding.Malware) && slices.ContainsFunc(ids, named) {
			in.Findings = append(in.Findings, e.explainFinding(r, found))
		}
	}
	return in, nil
}

// reportOf reads the report, or scans the image, that --in names.
func (a *app) reportOf(ctx context.Context, f explainFlags) (*report.Report, error) {
	if isReport(f.in) {
		return readReport(f.in)
	}
	scanner, err := a.newScanner(ctx, f.scan)
	if err != nil {
		return nil, err
	}
	r, err := a.scanOne(ctx, scanner, f.scan.options(a, f.scan.platform), f.in)
	a.progress.clear()
	return r, err
}

// isReport tells a JSON document from an image, which never begins like one.
func isReport(path string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 512)
	n, _ := io.ReadFull(f, head) // a shorter one is fine, too
	return bytes.HasPrefix(bytes.TrimSpace(head[:n]), []byte("{"))
}

// explainFinding says why a package was found and where it came from.
func (e *explanation) explainFinding(r *report.Report, f finding.Finding) explainedFinding {
	out := explainedFinding{Finding: f}
	pkg := installed(r, f)
	for _, step := range (&match.Matcher{}).Steps(inventoryOf(r), pkg, e.records) {
		out.Compared = append(out.Compared, comparison{step.Advisory, compared(step), step.Scheme, step.Fixed})
	}
	if n := f.At.Layer; n >= 0 && n < len(r.Target.Layers) {
		layer := r.Target.Layers[n]
		out.Base = layer.Base
		out.From = strings.TrimSuffix(fmt.Sprintf("layer %d, %s", n, layer.CreatedBy), ", ")
		switch based := slices.ContainsFunc(r.Target.Layers, func(l report.Layer) bool { return l.Base }); {
		case layer.Base:
			out.From = strings.TrimSuffix("base "+r.Target.Base, " ") + ": " + out.From
		case based:
			out.From = "yours: " + out.From
		}
	}
	return out
}

// installed is the installed package of a finding.
func installed(r *report.Report, f finding.Finding) *inventory.Package {
	for i := range r.Packages {
		if p := &r.Packages[i]; p.PURL == f.Package.PURL && p.At == f.At {
			return p
		}
	}
	return &inventory.Package{PURL: f.Package.PURL, Ecosystem: f.Package.Ecosystem, Name: f.Package.Name, Version: f.Package.Version}
}

// inventoryOf is what a report says is installed.
func inventoryOf(r *report.Report) *inventory.Inventory {
	return &inventory.Inventory{Distro: r.Target.Distro, Packages: r.Packages}
}

// compared writes a step as the comparisons that it is: "4.17.10 ≥ 0 and < 4.17.21".
func compared(s match.Step) string {
	if listed, ok := strings.CutPrefix(s.Range, "version "); ok {
		return s.Version + " = " + listed + ", which the record lists"
	}
	var parts []string
	for part := range strings.SplitSeq(s.Range, ", ") {
		for _, sign := range [...][2]string{{">=", "≥ "}, {"<=", "≤ "}, {"<", "< "}} {
			if v, ok := strings.CutPrefix(part, sign[0]); ok {
				parts = append(parts, sign[1]+v)
				break
			}
		}
	}
	if len(parts) == 0 {
		return s.Version + ": every version is affected"
	}
	if !strings.HasPrefix(parts[0], "≥") {
		parts = append([]string{"≥ 0"}, parts...)
	}
	return s.Version + " " + strings.Join(parts, " and ")
}

// affected are the versions that a record calls affected, as a reader's condition.
func (e *explanation) affected(s match.Spared) string {
	var runs []string
	for _, row := range e.Affected {
		if row.ID == s.Advisory && row.Ecosystem == s.Ecosystem && vulndb.NormalName(row.Ecosystem, row.Package) == vulndb.NormalName(s.Ecosystem, s.Name) {
			runs = append(runs, row.Affected)
		}
	}
	return strings.Join(runs, " or ")
}
