package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll/plimsoll/catalog/all"
	"github.com/plimsoll/plimsoll/feed/osv"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/match"
	"github.com/plimsoll/plimsoll/vulndb"
)

// known is the advisories at hand.
type known struct {
	dir     string // of the segments, removed by close
	db      *vulndb.DB
	matcher match.Matcher
	kinds   []inventory.Ecosystem
	// mentions are the packages that records on a vulnerability speak of, for the
	// ids that are labelled.
	mentions map[string][]vulndb.Key
	// components are what the summaries of AlmaLinux's records say is updated.
	components map[string][]string
	// misnamed are the packages, by name and version, of which a label's note says
	// that they are something else.
	misnamed map[[2]string]bool
}

// zipped is a zip of OSV records as the feed expects to find it.
type zipped string

// Open opens the zip under the name that it has in the OSV bucket.
func (z zipped) Open(name string) (fs.File, error) {
	if name != "all.zip" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return os.Open(string(z))
}

// compile makes segments of zips, of each those of the
// ecosystem that it is named for.
func compile(ctx context.Context, zips []string, labels []label) (*known, error) {
	dir, err := os.MkdirTemp("", "plimsoll-accuracy-")
	if err != nil {
		return nil, err
	}
	k := &known{dir: dir, mentions: map[string][]vulndb.Key{}, components: map[string][]string{}, misnamed: map[[2]string]bool{}}
	for i := range labels {
		for _, id := range labels[i].ids() {
			k.mentions[id] = nil
		}
	}
	for _, path := range zips {
		if err == nil {
			err = k.add(ctx, path)
		}
	}
	if err == nil {
		k.db, err = vulndb.Open(dir)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	for _, c := range all.Catalogers() {
		if c.Ecosystem.Type != "" {
			k.kinds = append(k.kinds, c.Ecosystem)
		}
	}
	k.matcher = match.Matcher{Ecosystems: k.kinds, Advisories: k.db, KernelHeaders: true}
	return k, nil
}

// add compiles one zip.
func (k *known) add(ctx context.Context, path string) error {
	name := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(path), ".zip"), "_", " ")
	want := func(ecosystem string) bool {
		family := vulndb.Family(ecosystem)
		return family == name || strings.HasPrefix(family, name+" ") // BellSoft.zip
	}
	records := osv.Feed().Parse(ctx, zipped(path))
	noting := func(yield func(vulndb.Advisory, error) bool) {
		for a, err := range records {
			if err == nil && a.Withdrawn.IsZero() {
				k.note(&a, want)
			}
			if !yield(a, err) {
				return
			}
		}
	}
	_, err := vulndb.Compile(ctx, k.dir, vulndb.Build{Source: "accuracy", Fetched: time.Now(), Want: want}, noting)
	if err != nil {
		return fmt.Errorf("compile %s: %w", filepath.Base(path), err)
	}
	return nil
}

// note remembers which packages a record speaks of, if a label asks for it.
func (k *known) note(a *vulndb.Advisory, want func(string) bool) {
	for _, id := range recordIDs(a) {
		keys, asked := k.mentions[id]
		if !asked {
			continue
		}
		for i := range a.Affected {
			key := vulndb.Key{Ecosystem: a.Affected[i].Ecosystem, Name: a.Affected[i].Name}
			if want(key.Ecosystem) && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
		k.mentions[id] = keys
		if _, rest, ok := strings.Cut(a.Summary, ": "); ok && strings.HasPrefix(a.ID, "ALSA-") {
			word, _, _ := strings.Cut(rest, " ")
			k.components[id] = append(k.components[id], word)
		}
	}
}

func (k *known) close() error { return errors.Join(k.db.Close(), os.RemoveAll(k.dir)) }

// recordIDs are all ids that a record gives, those of distributions also
// without their prefix: CVE-2024-1 for ALPINE-CVE-2024-1.
func recordIDs(a *vulndb.Advisory) []string {
	ids := append([]string{a.ID}, a.Aliases...)
	ids = append(ids, a.Upstream...)
	if i := slices.IndexFunc([]string{"ALSA-", "ALBA-", "ALEA-"}, func(p string) bool { return strings.HasPrefix(a.ID, p) }); i >= 0 {
		ids = append(ids, a.Related...)
	}
	for _, id := range ids {
		if at := strings.Index(id, "-CVE-"); at > 0 {
			ids = append(ids, id[at+1:])
		}
	}
	return ids
}

// purlType is the purl type of an OSV ecosystem of packages that no
// distribution makes.
func (k *known) purlType(ecosystem string) string {
	for _, e := range k.kinds {
		if e.Advisories == ecosystem {
			return e.Type
		}
	}
	return map[string]string{
		"crates.io": "cargo", "Packagist": "composer", "ConanCenter": "conan", "CRAN": "cran", "RubyGems": "gem", "Go": "golang",
		"Hackage": "hackage", "Hex": "hex", "Julia": "julia", "Maven": "maven", "npm": "npm", "NuGet": "nuget", "opam": "opam",
		"Pub": "pub", "PyPI": "pypi", "SwiftURL": "swift",
	}[ecosystem]
}

// find matches packages of an image and gives the findings of each. Packages are told apart by their place.
func (k *known) find(ctx context.Context, distro inventory.Distro, packages []inventory.Package) ([][]finding.Finding, error) {
	inv := &inventory.Inventory{Distro: distro, Packages: slices.Clone(packages)}
	for i := range inv.Packages {
		inv.Packages[i].At.Line = i + 1
	}
	result, err := k.matcher.Match(ctx, inv)
	if err != nil {
		return nil, err
	}
	found := make([][]finding.Finding, len(packages))
	for _, f := range result.Findings {
		found[f.At.Line-1] = append(found[f.At.Line-1], f)
	}
	return found, nil
}
