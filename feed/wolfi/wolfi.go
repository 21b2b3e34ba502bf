// Package wolfi is the feed of Wolfi's own security database, in the format of
// Alpine's: for each package, which release fixed which vulnerabilities
// (https://packages.wolfi.dev/os/security.json).
package wolfi

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/http"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/vulndb"
)

// file is the name of the copy of the database.
const file = "security.json"

// Feed is Wolfi's security database.
func Feed() feed.Feed {
	return feed.Feed{
		Name:    "wolfi",
		Doc:     "Wolfi's own security database: the vulnerabilities that each release of a package fixed. It rates none; the OSV database has Wolfi too.",
		URL:     "https://packages.wolfi.dev",
		License: "no open licence is stated with the data: Chainguard's terms (https://www.chainguard.dev/legal) hold for its use",
		Choice:  feed.Consented,
		Covers:  func(ecosystem string) bool { return ecosystem == "Wolfi" },
		Fetch: func(ctx context.Context, client *http.Client, r feed.Request) (bool, error) {
			return feed.Keep(ctx, r.Getter(client), r, plan)
		},
		Parse: parse,
	}
}

// plan is the one file that Wolfi publishes.
func plan(_ context.Context, s *feed.Source) ([]feed.Item, error) {
	return []feed.Item{{Name: file, URL: s.URL + "/os/security.json", Gzip: true, Check: feed.IsJSON}}, nil
}

// parse yields a record for each vulnerability.
func parse(_ context.Context, dir fs.FS) iter.Seq2[vulndb.Advisory, error] {
	return func(yield func(vulndb.Advisory, error) bool) {
		g := feed.NewFixes("WOLFI-", "")
		c, err := feed.OpenCopy(dir, file)
		if err == nil {
			err = errors.Join(g.ReadSecDB(c, "Wolfi"), c.Close())
		}
		if err != nil {
			yield(vulndb.Advisory{}, fmt.Errorf("read Wolfi's security database: %w", err))
			return
		}
		g.Yield(yield)
	}
}
