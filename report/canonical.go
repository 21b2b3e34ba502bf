package report

import (
	"cmp"
	"math"
	"slices"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
)

// Canonical is the report as every format writes it: lists that are nil become
// empty, packages are ordered by ecosystem, name, version and place, findings
// by kind, the worst first, and warnings by place. The receiver stays as it is.
func (r *Report) Canonical() *Report {
	c := *r
	if c.Schema == 0 {
		c.Schema = SchemaVersion
	}
	c.Target.Layers = list(r.Target.Layers)
	c.Packages = list(r.Packages)
	c.Findings = list(r.Findings)
	c.Warnings = list(r.Warnings)
	c.Verdict.Decisions = list(r.Verdict.Decisions)
	c.Database.Segments = list(r.Database.Segments)
	c.Database.Missing = list(r.Database.Missing)
	c.Database.Notes = slices.Clone(r.Database.Notes)
	for i := range c.Packages {
		c.Packages[i].Licenses = list(c.Packages[i].Licenses)
	}
	for i := range c.Findings {
		f := &c.Findings[i]
		f.Aliases = list(f.Aliases)
		f.Ratings = slices.Clone(f.Ratings)
		f.Exploit.EPSS, f.Exploit.Percentile = finite(f.Exploit.EPSS), finite(f.Exploit.Percentile)
		for j := range f.Ratings {
			f.Ratings[j].Score = finite(f.Ratings[j].Score)
		}
	}
	slices.SortStableFunc(c.Packages, comparePackages)
	slices.SortStableFunc(c.Findings, compareFindings)
	slices.SortStableFunc(c.Warnings, func(a, b inventory.Warning) int {
		return cmp.Or(comparePlaces(a.At, b.At), cmp.Compare(a.Message, b.Message))
	})
	return &c
}

// finite is 0 for a number that JSON does not have.
func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}

// list is a copy that is never nil.
func list[T any](from []T) []T {
	return append(make([]T, 0, len(from)), from...)
}

func comparePackages(a, b inventory.Package) int {
	return cmp.Or(
		cmp.Compare(a.Ecosystem, b.Ecosystem),
		cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.Version, b.Version),
		comparePlaces(a.At, b.At),
		cmp.Compare(a.PURL, b.PURL),
	)
}

func compareFindings(a, b finding.Finding) int {
	return cmp.Or(
		cmp.Compare(kindRank(a.Kind), kindRank(b.Kind)),
		cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(b.Severity, a.Severity),
		cmp.Compare(a.ID, b.ID),
		cmp.Compare(a.Package.Name, b.Package.Name),
		cmp.Compare(a.Package.PURL, b.Package.PURL),
		comparePlaces(a.At, b.At),
		cmp.Compare(a.Fingerprint, b.Fingerprint),
	)
}

func comparePlaces(a, b inventory.Place) int {
	return cmp.Or(
		cmp.Compare(a.Path, b.Path),
		cmp.Compare(a.Layer, b.Layer),
		cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Column, b.Column),
	)
}
