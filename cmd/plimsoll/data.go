package main

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"github.com/plimsoll/plimsoll/feed/starter"
	"github.com/plimsoll/plimsoll/match"
	"github.com/plimsoll/plimsoll/report"
	"github.com/plimsoll/plimsoll/scan"
	"github.com/plimsoll/plimsoll/vulndb"
)

// dataFlags say where advisory data is and where it comes from.
type dataFlags struct {
	dir     string
	source  string
	refresh time.Duration
}

// starterOnly as the directory of the database means the embedded advisories.
const starterOnly = "starter"

func (f *dataFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.dir, "db", "", "`directory` of the advisory database (default: db in the user's cache directory), or \"starter\" for the few advisories inside the program")
	flags.StringVar(&f.source, "db-source", "", "`URL`, directory or zip to take advisories from, laid out like the OSV bucket (default: the OSV bucket)")
	flags.DurationVar(&f.refresh, "db-refresh", 12*time.Hour, "bring advisories up to date when that was last done longer ago than this `duration`")
}

// data brings advisories to a scan: downloaded ones, and where there are none
// and the network may not be asked, the starter's.
type data struct {
	app *app
	dir string // of the segments; starterOnly for none
}

func (a *app) newData(f dataFlags) (scan.Data, error) {
	d := &data{app: a, dir: f.dir}
	if d.dir == "" {
		user, err := cacheDir()
		if err != nil {
			return nil, err
		}
		d.dir = filepath.Join(user, "db")
	}
	return d, nil
}

// Ensure opens what is at hand for the ecosystems of an image.
func (d *data) Ensure(ctx context.Context, needs []match.Need) (scan.Advisories, report.Database, error) {
	opened := &opened{}
	database := report.Database{Segments: []report.Segment{}, Missing: []report.Missing{}}
	var err error
	if d.dir != starterOnly {
		if opened.full, err = vulndb.Open(d.dir); err != nil {
			return nil, database, err
		}
		for _, err := range opened.full.Refused() {
			d.app.warn("%v", err)
		}
	}
	if d.dir == starterOnly || d.app.offline {
		if opened.starter, err = starter.Open(); err != nil {
			opened.Close()
			return nil, database, err
		}
	}
	opened.describe(needs, &database)
	return opened, database, nil
}

// opened is the downloaded database, with the starter's for the ecosystems that
// are not in it. Either may be nil.
type opened struct{ full, starter *vulndb.DB }

func (o *opened) of(ecosystem string) *vulndb.DB {
	switch {
	case o.full != nil && o.full.Has(ecosystem):
		return o.full
	case o.starter != nil && o.starter.Has(ecosystem):
		return o.starter
	}
	return nil
}

// Has reports whether there are advisories for an ecosystem.
func (o *opened) Has(ecosystem string) bool { return o.of(ecosystem) != nil }

// Lookup gives the advisories of a package.
func (o *opened) Lookup(key vulndb.Key) iter.Seq2[vulndb.Advisory, error] {
	if db := o.of(key.Ecosystem); db != nil {
		return db.Lookup(key)
	}
	return func(func(vulndb.Advisory, error) bool) {}
}

// Close lets the files go.
func (o *opened) Close() error {
	if o.full == nil {
		return nil
	}
	return o.full.Close()
}

// describe notes the segments that the ecosystems of an image are judged by.
func (o *opened) describe(needs []match.Need, database *report.Database) {
	oldest := time.Time{}
	for _, need := range needs {
		db := o.of(need.Ecosystem)
		if db == nil {
			continue
		}
		for _, s := range db.Segments() {
			if s.Ecosystem != need.Ecosystem {
				continue
			}
			database.Segments = append(database.Segments, report.Segment{
				Name: s.Name, Ecosystem: s.Ecosystem, Source: s.Source, AsOf: report.Time(s.AsOf), Fetched: report.Time(s.Fetched),
				Digest: s.Digest, Advisories: s.Advisories,
			})
			database.Starter = database.Starter || db == o.starter
			if oldest.IsZero() || s.Fetched.Before(oldest) {
				oldest = s.Fetched
			}
		}
	}
	database.AsOf = report.Time(oldest)
}

var _ = fmt.Sprint
