package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/catalog/all"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/report"
	"github.com/plimsoll/plimsoll/version"
	"github.com/plimsoll/plimsoll/vulndb"
)

// explainedIn is where a vulnerability is in an image.
type explainedIn struct {
	Ref      string             `json:"ref"`
	Findings []explainedFinding `json:"findings"`
}

// explainedFinding is one package that has the vulnerability, and why.
type explainedFinding struct {
	finding.Finding
	// Compared is the comparison that decided, step by step.
	Compared string `json:"compared,omitempty"`
	// From is the layer that brought the package, with its instruction, and whether
	// it is of the base image where that is known.
	From string `json:"from,omitempty"`
	// Base says that it came with the base image.
	Base bool `json:"base"`
}

// explainIn finds a vulnerability in a report, or in an image, which is scanned
// for it.
func (a *app) explainIn(ctx context.Context, f explainFlags, e *explanation) (*explainedIn, error) {
	r, err := a.reportOf(ctx, f)
	if err != nil {
		return nil, err
	}
	in := &explainedIn{Ref: r.Target.Ref, Findings: []explainedFinding{}}
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
	out.Compared = e.compared(pkg, r.Target.Distro)
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

// compared holds the installed version against the runs of versions that the
// advisories at hand call affected: "4.17.10 ≥ 0 and < 4.17.21, by npm's order".
func (e *explanation) compared(pkg *inventory.Package, distro inventory.Distro) string {
	scheme := ""
	for _, c := range all.Catalogers() {
		if c.Ecosystem.Type == pkg.Ecosystem {
			scheme = c.Ecosystem.Scheme
		}
	}
	for _, row := range e.Affected {
		v := ""
		switch {
		case distroOf(row.Ecosystem, distro) && row.Package == pkg.SourceName():
			v = pkg.SourceVer()
		case distroOf(row.Ecosystem, distro) && row.Package == pkg.Name, ofLanguage(row.Ecosystem, pkg.Ecosystem) && strings.EqualFold(row.Package, pkg.Name):
			v = pkg.Version
		default:
			continue
		}
		for _, run := range row.runs {
			if text, ok := step(scheme, v, run); ok {
				return fmt.Sprintf("%s, by the order of %s (%s)", text, scheme, row.ID)
			}
		}
	}
	return ""
}

// distroOf tells whether an ecosystem is that of a distribution's release:
// "Debian:12" of Debian 12.
func distroOf(ecosystem string, d inventory.Distro) bool {
	family, release, ok := strings.Cut(ecosystem, ":")
	release = strings.TrimPrefix(release, "v")
	return ok && d.ID != "" && strings.HasPrefix(strings.ReplaceAll(strings.ToLower(family), " ", ""), strings.ToLower(d.ID)) &&
		(d.Version == release || strings.HasPrefix(d.Version, release+"."))
}

// ofLanguage tells whether an ecosystem is that of packages of a purl type.
func ofLanguage(ecosystem, kind string) bool {
	for _, c := range all.Catalogers() {
		if c.Ecosystem.Type == kind {
			return c.Ecosystem.Advisories == vulndb.Family(ecosystem)
		}
	}
	return false
}

// step writes the comparison of a version with a run of versions, if it is in it.
func step(scheme, v string, run vulndb.Range) (string, bool) {
	for i := range run.Events {
		from := run.Events[i].Introduced
		if from == "" {
			continue
		}
		text := v + " ≥ " + from
		if c, err := version.Compare(scheme, v, from); from != "0" && (err != nil || c < 0) {
			continue
		}
		if i+1 == len(run.Events) {
			return text + " and nothing mends it", true
		}
		end := run.Events[i+1]
		switch {
		case end.Fixed != "":
			if c, err := version.Compare(scheme, v, end.Fixed); err == nil && c < 0 {
				return text + " and < " + end.Fixed, true
			}
		case end.LastAffected != "":
			if c, err := version.Compare(scheme, v, end.LastAffected); err == nil && c <= 0 {
				return text + " and ≤ " + end.LastAffected, true
			}
		}
	}
	return "", false
}
