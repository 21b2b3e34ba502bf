// Package feed says what a feed is: a source of advisories, how to fetch it
// and how to read it. The feeds themselves are one folder each below this one.
package feed

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"net/http"

	"github.com/plimsoll/plimsoll/vulndb"
)

// ErrNoData is what Fetch fails with when the source answers, but has nothing on
// the ecosystem.
var ErrNoData = errors.New("the source has no data on this ecosystem")

// Request says what a feed is to fetch and where it may keep it.
type Request struct {
	// URL is where to fetch: Feed.URL, a mirror laid out like it, or what else
	// the feed understands, such as a local directory.
	URL string
	// Ecosystem is the one to fetch, without a release: "Debian", "npm".
	Ecosystem string
	// Dir keeps what was fetched, and what is needed to fetch only changes the
	// next time. It belongs to this feed and ecosystem alone.
	Dir string
	// Key is the user's own for the source, if it gives more to those who have one.
	Key string
	// Progress is told how many bytes have come of how many (0: unknown); it
	// may be nil.
	Progress func(done, total int64)
	// Patience is how long the source is waited for; the zero value is Patient.
	Patience Patience
}

// Getter asks the source with the patience of the request.
func (r Request) Getter(client *http.Client) Getter {
	g := Getter{Client: client, Patience: r.Patience}
	if g.Patience == (Patience{}) {
		g.Patience = Patient()
	}
	return g
}

// Choice says when a feed is asked.
type Choice int

const (
	// General is a feed of everybody's advisories: it is asked where no Own is,
	// and a source that is named without a feed is laid out like it.
	General Choice = iota
	// Own is the distribution's own and asked before any General.
	Own
	// Named is asked only by those who name it: it says more than another feed
	// does, but takes more to fetch or lacks severities.
	Named
	// Consented is Named, and its licence has to be accepted first.
	Consented
)

// Feed is a source of advisories.
type Feed struct {
	Name    string // what users call it: "osv"
	Doc     string // one sentence on what it holds
	URL     string // where it is by default
	License string // the licence of its data
	Choice  Choice // when it is asked
	// Unrated says that its records have no severities: those of a general
	// feed's records with the same ids are added.
	Unrated bool
	// Covers reports whether the feed has data on an ecosystem ("Debian").
	Covers func(ecosystem string) bool
	// Fetch brings Dir up to date and reports whether anything changed. When it
	// fails, Dir is as it was or can be continued from; it never holds half a
	// file under its final name.
	Fetch func(ctx context.Context, client *http.Client, r Request) (changed bool, err error)
	// Parse reads what Fetch left. A record that cannot be read is yielded as
	// a *vulndb.RecordError and the reading goes on; any other error is the
	// last thing that is yielded.
	Parse func(ctx context.Context, dir fs.FS) iter.Seq2[vulndb.Advisory, error]
	// Basis names the export of the source that what Fetch left builds on: it
	// stays while only changes are fetched. Nil for a feed that fetches all
	// each time.
	Basis func(dir fs.FS) (string, error)
	// Changes is Parse for the records that came after that export; of one that
	// the source has deleted only the id. Nil if Basis is.
	Changes func(ctx context.Context, dir fs.FS) iter.Seq2[vulndb.Advisory, error]
}
