package main

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	feeds "github.com/plimsoll/plimsoll/feed/all"
	"github.com/plimsoll/plimsoll/feed/starter"
	"github.com/plimsoll/plimsoll/intel"
	"github.com/plimsoll/plimsoll/match"
	"github.com/plimsoll/plimsoll/refresh"
	"github.com/plimsoll/plimsoll/report"
	"github.com/plimsoll/plimsoll/scan"
	"github.com/plimsoll/plimsoll/trust"
	"github.com/plimsoll/plimsoll/vulndb"
)

// dataFlags say where advisory data is and where it comes from.
type dataFlags struct {
	dir    string
	source string
	// intelligence is where what else is known of CVEs comes from.
	intelligence string
	mirrors      []string
	verifyKeys   []string // files of the keys that mirrors must be signed by
	signKeys     []string // files of the keys to sign with
	replace      bool     // see mirror.Mirror.Replace
	allowOlder   bool     // see refresh.Refresher.AllowOlder
	feeds        []string // NAME[=URL] that are asked first
	accepted     []string // feeds whose licences are accepted
	asOf         day
	all          bool // every ecosystem, for update
	refresh      time.Duration
	maxAge       time.Duration // see --max-data-age; 0 is any
	// wanted are sources of intelligence that have to be at hand, with the flag
	// that needs each.
	wanted map[string]string
}

// starterOnly as the directory of the database means the embedded advisories.
const starterOnly = "starter"

func (f *dataFlags) add(flags *pflag.FlagSet) {
	f.addDir(flags)
	f.addSource(flags)
	f.addIntelligence(flags)
	f.addMirror(flags)
	addVerifyKey(flags, &f.verifyKeys)
	flags.Var(&f.asOf, "db-as-of", "answer as of this `date` (2024-05-01, or RFC 3339), as far as the data allow")
	flags.DurationVar(&f.refresh, "db-refresh", 12*time.Hour, "bring advisories up to date when that was last done longer ago than this `duration`")
}

func (f *dataFlags) addDir(flags *pflag.FlagSet) {
	flags.StringVar(&f.dir, "db", "", "`directory` of the advisory database (default: db in the user's cache directory), or \"starter\" for the few advisories inside the program")
}

func (f *dataFlags) addSource(flags *pflag.FlagSet) {
	flags.StringVar(&f.source, "db-source", "", "`URL`, directory or zip to take advisories from, laid out like the OSV bucket (default: the OSV bucket)")
	f.addFeeds(flags)
}

// data brings advisories to a scan: those of the database, brought up to date
// first, and where there are none the starter's.
type data struct {
	app     *app
	flags   dataFlags
	keys    []trust.PublicKey // that the user's mirrors must be signed by
	mirrors []place
	// published are the segments that the project publishes, if it does.
	published place
	named     []refresh.Named
	beside    *beside // the update that runs beside a scan, if there is one
	starter   bool    // nothing but the starter's
	// learning is what asks for intelligence on CVEs since the program began.
	learning <-chan learned
}

func (a *app) newData(f dataFlags) (*data, error) {
	d := &data{app: a, flags: f, starter: f.dir == starterOnly}
	var err error
	if d.published, err = parsePublished(publishedText); err != nil {
		return nil, &exitError{exitFailed, err}
	}
	if d.keys, err = verifyKeys(append(slices.Clone(a.verifyKeys), f.verifyKeys...)); err != nil {
		return nil, err
	}
	if d.mirrors, err = d.mirrorsOf(); err != nil {
		return nil, err
	}
	if d.named, err = f.namedFeeds(); err != nil {
		return nil, err
	}
	if f.dir == "" {
		user, err := cacheDir()
		if err != nil {
			return nil, err
		}
		d.flags.dir = filepath.Join(user, "db")
	}
	return d, nil
}

func (d *data) refresher() *refresh.Refresher {
	a := d.app
	r := &refresh.Refresher{
		Dir: d.flags.dir, Feeds: feeds.Feeds(), URL: d.flags.source, Named: d.named, Client: &http.Client{}, Now: a.now,
		MaxAge: d.flags.refresh, Offline: a.offline,
		Progress: func(family string, done, total int64) {
			if total > 0 {
				a.progress.say("fetching advisories for %s: %s of %s", family, humanBytes(done), humanBytes(total))
			} else {
				a.progress.say("fetching advisories for %s: %s", family, humanBytes(done))
			}
		},
		Trouble: func(mirror string, err error) {
			a.warn("%s is of no use, the next source is asked: %s", mirror, without(mirror, err))
		},
	}
	for _, p := range d.mirrors {
		r.Mirrors = append(r.Mirrors, p.mirror(r))
	}
	return r
}

// Ensure brings the advisories that an image needs up to date and opens them.
func (d *data) Ensure(ctx context.Context, needs []match.Need) (scan.Advisories, report.Database, error) {
	database := report.Database{Segments: []report.Segment{}, Missing: []report.Missing{}}
	o := &opened{mender: d.mender(ctx)}
	var err error
	stale := map[string]string{}
	learning := d.learn(ctx)
	if !d.starter {
		if stale, err = d.bring(ctx, needs, &database); err != nil {
			return nil, database, err
		}
		if o.full, err = vulndb.Open(d.flags.dir); err != nil {
			return nil, database, err
		}
	}
	if o.starter, err = starter.Open(); err != nil {
		return nil, database, errors.Join(err, o.Close())
	}
	d.refused(o, needs, stale)
	o.describe(needs, stale, d.tooOld, &database)
	o.known = d.know(learning, &database)
	d.lack(&database)
	d.loud(database)
	return d.asOf(o, &database), database, nil
}

// bring asks the sources for what is needed, and notes what could not be had.
// It gives the ecosystems whose data is older than wanted, and why.
func (d *data) bring(ctx context.Context, needs []match.Need, database *report.Database) (map[string]string, error) {
	var wanted []match.Need
	var names []string
	for _, n := range needs {
		if n.Reason == "" {
			wanted = append(wanted, n)
			names = append(names, n.Ecosystem)
		}
	}
	results, err := d.ensure(ctx, d.later(names))
	if err != nil {
		return nil, err
	}
	d.remember(names)
	stale := map[string]string{}
	for _, r := range append(d.come(), results...) {
		at := slices.Index(names, r.Ecosystem)
		if at < 0 {
			continue // the last scan needed it
		}
		if r.Broken > 0 {
			d.app.warn("%d of %d advisories for %s cannot be read and are left out", r.Broken, r.Records, r.Ecosystem)
		}
		switch {
		case r.State == refresh.Stale && !errors.Is(r.Err, refresh.ErrOffline):
			stale[r.Ecosystem] = r.Err.Error()
			d.app.warn("the advisories for %s could not be brought up to date, older ones are used: %v", r.Ecosystem, r.Err)
		case r.State == refresh.Missing && !wanted[at].Extra && !errors.Is(r.Err, refresh.ErrOffline):
			database.Missing = append(database.Missing, report.Missing{Ecosystem: r.Ecosystem, Packages: wanted[at].Packages, Reason: r.Err.Error()})
		}
	}
	return stale, nil
}

// refused notes of which needed ecosystems there are advisories that cannot be
// used, and could not be made anew: the starter's stand in for them, or none.
func (d *data) refused(o *opened, needs []match.Need, stale map[string]string) {
	if o.full == nil {
		return
	}
	for _, n := range needs {
		if err := o.full.Refusal(n.Ecosystem); err != nil {
			d.app.warn("%v", err)
			if stale[n.Ecosystem] == "" {
				stale[n.Ecosystem] = strings.ReplaceAll(err.Error(), vulndb.ErrFormat.Error(), "not a usable segment")
			}
		}
	}
}

// opened is the downloaded database, with the starter's for the ecosystems that
// are not in it. Either may be nil.
type opened struct {
	full, starter *vulndb.DB
	known         *intel.File
	mender        *mender
}

// CVE gives what else is known of a CVE.
func (o *opened) CVE(id string) (intel.Record, bool) { return o.known.CVE(id) }

func (o *opened) of(ecosystem string) *vulndb.DB {
	if db := o.mender.of(ecosystem); db != nil {
		return db
	}
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
	db := o.of(key.Ecosystem)
	switch {
	case db != nil && db == o.full:
		return o.mender.lookup(db, key)
	case db != nil:
		return db.Lookup(key)
	}
	return func(func(vulndb.Advisory, error) bool) {}
}

// Close lets the files go.
func (o *opened) Close() error {
	if o.full == nil {
		return nil
	}
	return errors.Join(o.full.Close(), o.mender.close())
}

// describe notes the segments that the ecosystems of an image are judged by.
func (o *opened) describe(needs []match.Need, stale map[string]string, old func(time.Time) bool, database *report.Database) {
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
				Digest: s.Digest, Advisories: s.Advisories, Stale: stale[s.Ecosystem],
				Old: db != o.starter && old(s.Fetched),
			})
			database.Starter = database.Starter || db == o.starter
			if oldest.IsZero() || s.Fetched.Before(oldest) {
				oldest = s.Fetched
			}
		}
	}
	database.AsOf = report.Time(oldest)
}
