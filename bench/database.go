package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll/plimsoll/catalog/all"
	"github.com/plimsoll/plimsoll/feed/starter"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/match"
	"github.com/plimsoll/plimsoll/vulndb"
)

// database is the advisories that the bench scans with: compiled from OSV zips,
// or the starter's.
type database struct {
	dir  string              // of the segments; empty for the starter
	seen map[string][]string // names of packages with advisories, by ecosystem, sorted
}

// matched is how many packages the matching is measured with.
const matched = 500

// compileOSV compiles the zips of a directory that are laid out like the OSV
// bucket's all.zip files.
func compileOSV(ctx context.Context, zips, dir string) (database, error) {
	names := map[string]map[string]bool{}
	wanted := func(ecosystem string) bool {
		family, _, _ := strings.Cut(ecosystem, ":")
		return slices.Contains([]string{"npm", "PyPI", "Go", "Maven", "Debian", "Alpine"}, family)
	}
	records := func(yield func(vulndb.Advisory, error) bool) {
		for a, err := range readZips(zips) {
			for _, affected := range a.Affected {
				if wanted(affected.Ecosystem) {
					if names[affected.Ecosystem] == nil {
						names[affected.Ecosystem] = map[string]bool{}
					}
					names[affected.Ecosystem][affected.Name] = true
				}
			}
			if !yield(a, err) {
				return
			}
		}
	}
	_, err := vulndb.Compile(ctx, dir, vulndb.Build{Source: "bench", Fetched: time.Now(), Want: wanted}, records)
	if err != nil {
		return database{}, err
	}
	db := database{dir: dir, seen: map[string][]string{}}
	for ecosystem, set := range names {
		db.seen[ecosystem] = slices.Sorted(maps.Keys(set))
	}
	return db, nil
}

// readZips gives the records of all zips in a directory that are wanted here.
func readZips(dir string) iter.Seq2[vulndb.Advisory, error] {
	return func(yield func(vulndb.Advisory, error) bool) {
		for _, name := range []string{"npm", "PyPI", "Go", "Maven", "Debian", "Alpine"} {
			z, err := zip.OpenReader(filepath.Join(dir, name+".zip"))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				yield(vulndb.Advisory{}, fmt.Errorf("open %s.zip: %w", name, err))
				return
			}
			for _, f := range z.File {
				if a, err := readRecord(f); !yield(a, err) {
					z.Close()
					return
				}
			}
			z.Close()
		}
	}
}

func readRecord(f *zip.File) (vulndb.Advisory, error) {
	r, err := f.Open()
	if err != nil {
		return vulndb.Advisory{}, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, vulndb.MaxRecord))
	if err != nil {
		return vulndb.Advisory{}, err
	}
	a, err := vulndb.ParseOSV(data)
	if err != nil {
		return a, &vulndb.RecordError{ID: f.Name, Err: err}
	}
	return a, nil
}

// starterNames are packages that the starter advisories speak of.
func starterNames() map[string][]string {
	return map[string][]string{
		"npm":       {"lodash", "minimist", "axios", "express", "ws", "node-fetch", "ejs", "qs", "semver", "json5"},
		"PyPI":      {"requests", "urllib3", "jinja2", "django", "flask", "pyyaml", "pillow", "cryptography"},
		"Debian:12": {"openssl", "zlib", "glibc", "curl", "perl", "tar", "gnutls28", "util-linux", "bash", "xz-utils"},
	}
}

// open opens the segments.
func (d database) open() (*vulndb.DB, error) {
	if d.dir == "" {
		return starter.Open()
	}
	return vulndb.Open(d.dir)
}

// packages makes an inventory of a Debian with npm and Python packages: half
// of them are in the database, evenly spread over it, and half are not.
func (d database) packages() *inventory.Inventory {
	inv := &inventory.Inventory{Distro: inventory.Distro{ID: "debian", Version: "11"}}
	names := d.seen
	if d.dir == "" {
		names, inv.Distro.Version = starterNames(), "12"
	}
	for _, kind := range []struct {
		ecosystem, advisories, version string
		share                          int
	}{
		{"deb", "Debian:" + inv.Distro.Version, "1.2.3-1", 200}, {"npm", "npm", "1.2.3", 200}, {"pypi", "PyPI", "1.2.3", 100},
	} {
		known := names[kind.advisories]
		for i := range kind.share {
			name := fmt.Sprintf("package-%d", i)
			if i%2 == 0 && len(known) > 0 {
				name = known[i*len(known)/kind.share]
			}
			inv.Packages = append(inv.Packages, inventory.Package{Ecosystem: kind.ecosystem, Name: name, Version: kind.version})
		}
	}
	return inv
}

// matching opens the database, matches the packages and closes it again, and
// says how long that took and how many findings there were.
func (d database) matching(ctx context.Context) (time.Duration, int, error) {
	inv := d.packages()
	var kinds []inventory.Ecosystem
	for _, c := range all.Catalogers() {
		if c.Ecosystem.Type != "" {
			kinds = append(kinds, c.Ecosystem)
		}
	}
	start := time.Now()
	db, err := d.open()
	if err != nil {
		return 0, 0, err
	}
	defer db.Close()
	m := match.Matcher{Ecosystems: kinds, Advisories: db}
	result, err := m.Match(ctx, inv)
	return time.Since(start), len(result.Findings), err
}
