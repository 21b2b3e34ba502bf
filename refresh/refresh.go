// Package refresh keeps the advisory database of a machine fresh: it fetches
// and compiles those ecosystems that are asked for and too old, and leaves
// what is there when that fails.
package refresh

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/mirror"
	"github.com/plimsoll/plimsoll/vulndb"
)

var (
	// ErrOffline is why a source was not asked when Refresher.Offline is set.
	ErrOffline = errors.New("offline: sources are not asked")
	// ErrOlder is why Pull leaves a segment as it is: that of the mirror is older.
	ErrOlder = errors.New("older than what is at hand")
	// ErrBack is why a mirror that is checked is not believed: it has had newer
	// segments before. Signatures stay good, so an old state can be shown again.
	ErrBack = errors.New("older than what it had before")
)

var (
	errNoSegment = errors.New("no segment")
	errOld       = errors.New("older than allowed")
)

// side is how many families are fetched at once; they are compiled one by one,
// which takes all cores anyway.
const side = 3

// Refresher fetches advisories into a directory. It may be used by several
// processes at once: one does the work for a family, the others wait for it.
type Refresher struct {
	Dir   string      // of the segments; what was fetched is kept in sources below it
	Feeds []feed.Feed // one is used for a family: see feed.Choice
	// URL replaces the feeds' own, such as a mirror's or a directory's; the
	// first general feed is then used for every family, and segments from
	// elsewhere are made anew. Empty: their own.
	URL string
	// Named are asked first, where they cover a family; segments from elsewhere
	// are then made anew.
	Named []Named
	// Mirrors are asked before the feeds, in this order, unless URL is set or a
	// feed was named.
	Mirrors []*mirror.Mirror
	// Trouble is told why a mirror was of no use; the next place is then asked.
	// It may be nil.
	Trouble func(mirror string, err error)
	// AllowOlder lets Pull put older segments in the place of newer ones, and lets
	// a mirror that is checked go back to what it had before.
	AllowOlder bool
	Client     *http.Client
	Now        func() time.Time
	// MaxAge is how old a segment may be before its source is asked again.
	MaxAge  time.Duration
	Offline bool // ask no source but those on this machine; compile what was fetched before
	// Progress is told of the bytes fetched of a family, from several
	// goroutines; total 0 is unknown. It may be nil.
	Progress func(family string, done, total int64)
	// Broken is told of records that cannot be read, from several goroutines;
	// it may be nil.
	Broken func(family string, err error)
}

// State is what became of an ecosystem's segment.
type State string

// The states of a segment after Ensure.
const (
	Fresh   State = "fresh"   // young enough
	Updated State = "updated" // its source was asked just now
	Stale   State = "stale"   // older than allowed, or of data that are; Err says why
	Missing State = "missing" // there is none; Err says why
)

// Result is what became of one ecosystem.
type Result struct {
	Ecosystem string
	State     State
	Segment   vulndb.SegmentInfo // zero if missing
	// Parts are the segments made of a family that has releases and no segment
	// of its own, when its name alone was given ("Debian").
	Parts   []vulndb.SegmentInfo
	Records int // read from the source, if it was compiled
	Broken  int // of these, records left out because they cannot be read
	Err     error
}

// Ensure sees to it that there are segments for ecosystems ("Debian:12", "npm";
// "Debian" for all its releases) and says of each, in the same order, what it has come to. The error is that
// of the whole: the directory cannot be used, or the context has ended.
func (r *Refresher) Ensure(ctx context.Context, ecosystems []string) ([]Result, error) {
	if err := os.MkdirAll(r.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("advisory database: %w", err)
	}
	results := make([]Result, len(ecosystems))
	wanted := make([]*Result, len(ecosystems))
	for i, ecosystem := range ecosystems {
		results[i] = Result{Ecosystem: ecosystem, State: Missing}
		wanted[i] = &results[i]
	}
	families := map[string]*family{}
	wanted, own := r.byChoice(wanted)
	for _, result := range slices.Concat(r.fromMirrors(ctx, wanted), own) {
		name := vulndb.Family(result.Ecosystem)
		if families[name] == nil {
			families[name] = &family{Refresher: r, name: name}
		}
		families[name].wanted = append(families[name].wanted, result)
	}
	var compiling sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(side)
	for _, f := range families {
		f.compiling = &compiling
		group.Go(func() error {
			f.ensure(ctx)
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("advisory database: %w", err)
	}
	return results, nil
}

// family is the part of the work for one family, such as Debian.
type family struct {
	*Refresher
	name      string
	wanted    []*Result
	feed      feed.Feed
	url       string
	named     bool      // by the user
	rating    feed.Feed // adds severities to feed, if that has a name
	ratingURL string
	compiling *sync.Mutex
	answered  bool // by the source, just now
}

// ensure fills in the results.
func (f *family) ensure(ctx context.Context) {
	if f.settle(nil) {
		return
	}
	if !f.choose() {
		f.settle(fmt.Errorf("no source of advisories covers %s", f.name))
		return
	}
	if err := os.MkdirAll(f.source(), 0o755); err != nil {
		f.settle(err)
		return
	}
	unlock, err := vulndb.Lock(ctx, f.source()+".lock")
	if err != nil {
		f.settle(err)
		return
	}
	defer unlock()
	if f.settle(nil) { // another process has done it meanwhile
		return
	}
	f.sweep()
	f.settle(f.update(ctx))
}

// source is the directory that belongs to the feed and the family.
func (f *family) source() string {
	return filepath.Join(f.Dir, "sources", f.feed.Name, vulndb.SegmentName(f.name))
}

func (r *Refresher) segment(ecosystem string) string {
	return filepath.Join(r.Dir, vulndb.SegmentName(ecosystem)+vulndb.Extension)
}

// settle looks at the segments as they are now and fills in the results; why
// is what has kept the source from being asked. It reports whether nothing is
// left to do.
func (f *family) settle(why error) bool {
	done := true
	seen, asked := f.seen()
	for _, r := range f.wanted {
		info, err := f.look(r.Ecosystem)
		switch {
		case why == nil && err != nil && len(r.Parts) > 0:
			r.State, r.Err = Updated, nil
		case err == nil && (f.young(info.Fetched) && f.rightSource(info) || r.State == Updated && why == nil):
			r.Segment, r.Err = info, nil
			if r.State != Updated {
				r.State = Fresh
			}
		case err == nil && why == nil && asked && !slices.Contains(seen.Ecosystems, r.Ecosystem):
			r.Segment, r.State, r.Err = info, Stale, fmt.Errorf("no advisories for %s any more in %s", r.Ecosystem, seen.Source)
		case err == nil:
			r.Segment, r.State, r.Err = info, Stale, why
			if why == nil {
				r.Err = errOld
			}
			done = false
		case why == nil && asked && !slices.Contains(seen.Ecosystems, r.Ecosystem):
			r.State, r.Err = Missing, fmt.Errorf("no advisories for %s in %s%s", r.Ecosystem, seen.Source, seen.like(r.Ecosystem))
		case errors.Is(why, feed.ErrNoData) && errors.Is(err, errNoSegment):
			r.State, r.Err = Missing, fmt.Errorf("no advisories for %s in %s: %w", r.Ecosystem, f.origin(), why)
			done = false
		case why != nil && errors.Is(err, errNoSegment):
			r.State, r.Err = Missing, why
			done = false
		default:
			r.State, r.Err = Missing, cmp.Or(why, err)
			done = false
		}
	}
	return done
}

// look opens a segment for a moment.
func (r *Refresher) look(ecosystem string) (vulndb.SegmentInfo, error) {
	db, err := vulndb.OpenSegment(r.segment(ecosystem))
	if errors.Is(err, os.ErrNotExist) {
		return vulndb.SegmentInfo{}, errNoSegment
	}
	if err != nil {
		return vulndb.SegmentInfo{}, err
	}
	info := db.Segments()[0]
	if info.Ecosystem != ecosystem {
		err = fmt.Errorf("%s holds %s", info.Name, info.Ecosystem)
	}
	return info, errors.Join(err, db.Close())
}

// young reports whether data of that time are young enough. Those of the
// future are not: a clock was wrong.
func (r *Refresher) young(fetched time.Time) bool { return r.within(fetched, r.MaxAge) }

// rightSource reports whether a segment is from the source that was asked for
// by name; without a name any will do.
func (f *family) rightSource(info vulndb.SegmentInfo) bool {
	return f.URL == "" && !f.named || f.feed.Name == "" || info.Source == f.origin()
}

// sweep deletes what killed processes have left.
func (f *family) sweep() {
	left, err := filepath.Glob(filepath.Join(f.Dir, vulndb.TemporaryPrefix+"*"))
	if err != nil {
		return
	}
	for _, path := range left {
		if info, err := os.Stat(path); err == nil && f.Now().Sub(info.ModTime()) > time.Hour {
			_ = os.Remove(path) // it is only a matter of space
		}
	}
}

// belongs reports whether a segment is made from this family's source.
func (f *family) belongs(ecosystem string) bool {
	return vulndb.Family(ecosystem) == f.name
}

// origin is what segments and messages call the source.
func (f *family) origin() string {
	name := f.feed.Name + " " + strings.TrimSuffix(f.url, "/")
	if f.rating.Name != "" {
		name += " with " + f.rating.Name + " " + strings.TrimSuffix(f.ratingURL, "/")
	}
	return name
}
