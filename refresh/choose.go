package refresh

import (
	"cmp"
	"slices"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/vulndb"
)

// Named is a feed that is asked before others for the families that it covers,
// because someone has named it.
type Named struct {
	Feed string // its name
	URL  string // where its data are instead, laid out alike; empty: its own
}

// choose takes the feed: with a source for all, the one of that layout; else
// one that was named, the distribution's own, or one of everybody's advisories.
func (f *family) choose() bool {
	if f.URL != "" {
		return f.use(f.URL, func(c *feed.Feed) bool { return c.Choice == feed.General })
	}
	for _, n := range f.Named {
		if f.use(n.URL, func(c *feed.Feed) bool { return c.Name == n.Feed && c.Covers(f.name) }) {
			f.named = true
			return true
		}
	}
	for _, choice := range []feed.Choice{feed.Own, feed.General} {
		if f.use("", func(c *feed.Feed) bool { return c.Choice == choice && c.Covers(f.name) }) {
			return true
		}
	}
	return false
}

// byChoice parts results into those of families whose feed was named, which no
// mirror can stand for, and others.
func (r *Refresher) byChoice(results []*Result) (others, named []*Result) {
	for _, result := range results {
		f := family{Refresher: r, name: vulndb.Family(result.Ecosystem)}
		if len(r.Named) > 0 && r.URL == "" && f.choose() && f.named {
			named = append(named, result)
		} else {
			others = append(others, result)
		}
	}
	return others, named
}

// use chooses the first feed that suits.
func (f *family) use(url string, suits func(*feed.Feed) bool) bool {
	i := slices.IndexFunc(f.Feeds, func(c feed.Feed) bool { return suits(&c) })
	if i < 0 {
		return false
	}
	f.feed, f.url = f.Feeds[i], cmp.Or(url, f.Feeds[i].URL)
	f.complete()
	return true
}
