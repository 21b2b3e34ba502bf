package refresh

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/vulndb"
)

// complete finds the feed that adds severities, texts and days to the records of
// one that has none: the general feed that was named too, or where the other's
// place was not named, the one that covers the family.
func (f *family) complete() {
	if !f.feed.Unrated || f.URL != "" {
		return
	}
	general := func(c feed.Feed) bool { return c.Choice == feed.General && c.Covers(f.name) }
	for _, n := range f.Named {
		i := slices.IndexFunc(f.Feeds, func(c feed.Feed) bool { return c.Name == n.Feed && general(c) })
		if i >= 0 {
			f.rating, f.ratingURL = f.Feeds[i], cmp.Or(n.URL, f.Feeds[i].URL)
			return
		}
	}
	if i := slices.IndexFunc(f.Feeds, general); i >= 0 && f.url == f.feed.URL {
		f.rating, f.ratingURL = f.Feeds[i], f.Feeds[i].URL
	}
}

// ratingSource is the directory of the feed that completes.
func (f *family) ratingSource() string {
	return filepath.Join(f.Dir, "sources", f.rating.Name, vulndb.SegmentName(f.name))
}

// fetchAll fetches the feed, and the one that completes it.
func (f *family) fetchAll(ctx context.Context, request feed.Request) (changed bool, err error) {
	changed, err = f.feed.Fetch(ctx, asker(f.Client, f.Offline), request)
	if err != nil || f.rating.Name == "" {
		return changed, err
	}
	request.URL, request.Dir = f.ratingURL, f.ratingSource()
	if err := os.MkdirAll(request.Dir, 0o755); err != nil {
		return changed, err
	}
	rated, err := f.rating.Fetch(ctx, asker(f.Client, f.Offline), request)
	if err != nil {
		err = fmt.Errorf("severities for %s: %w", f.feed.Name, err)
	}
	return changed || rated, err
}

// records reads what was fetched: the feed's records, completed with what the
// other one says under the same ids.
func (f *family) records(ctx context.Context) iter.Seq2[vulndb.Advisory, error] {
	own := f.feed.Parse(ctx, os.DirFS(f.source()))
	if f.rating.Name == "" {
		return own
	}
	return completed(own, f.rating.Parse(ctx, os.DirFS(f.ratingSource())))
}

// completed yields the records of own. What they lack comes from those of
// general with the same ids: severities, texts, days, links. What is affected,
// and in which state, is own's alone.
func completed(own, general iter.Seq2[vulndb.Advisory, error]) iter.Seq2[vulndb.Advisory, error] {
	return func(yield func(vulndb.Advisory, error) bool) {
		known := map[string]vulndb.Advisory{}
		for a, err := range general {
			if broken := (*vulndb.RecordError)(nil); errors.As(err, &broken) {
				continue // the record is left as its own source has it
			}
			if err != nil {
				yield(vulndb.Advisory{}, err)
				return
			}
			a.Affected, a.Upstream, a.Related = nil, nil, nil
			known[a.ID] = a
		}
		for a, err := range own {
			if err == nil {
				if more, ok := known[a.ID]; ok {
					fill(&a, more)
				}
			}
			if !yield(a, err) {
				return
			}
		}
	}
}

func fill(a *vulndb.Advisory, more vulndb.Advisory) {
	if len(a.Severities) == 0 {
		a.Severities = more.Severities
	}
	a.Summary, a.Details = cmp.Or(a.Summary, more.Summary), cmp.Or(a.Details, more.Details)
	if len(a.References) < len(more.References) {
		a.References = more.References
	}
	if len(a.Aliases) == 0 {
		a.Aliases = more.Aliases
	}
	if a.Published.IsZero() {
		a.Published = more.Published
	}
	if a.Modified.IsZero() {
		a.Modified = more.Modified
	}
}
