// Package redhat is the feed of Red Hat's VEX files: for each CVE and product
// stream, which packages are fixed in which version, affected, not affected or
// will not be fixed (https://security.access.redhat.com/data/csaf/v2/vex/,
// explained in https://redhatproductsecurity.github.io/security-data-guidelines).
// It reads both forms of the files, that of 2024 and that of 2026.
package redhat

import (
	"context"
	"net/http"

	"github.com/plimsoll/plimsoll/feed"
)

// Feed is Red Hat's VEX files.
func Feed() feed.Feed { return newFeed(fetcher{changes: 5000}) }

func newFeed(f fetcher) feed.Feed {
	return feed.Feed{
		Name:    "redhat",
		Doc:     "Red Hat's VEX files: for each CVE and product stream what is fixed, affected, not affected, and what will not be fixed. The first fetch is some hundred megabytes; then only changes.",
		URL:     "https://security.access.redhat.com/data/csaf/v2/vex",
		License: "CC-BY-4.0",
		Choice:  feed.Named,
		Covers:  func(ecosystem string) bool { return ecosystem == "Red Hat" },
		Fetch: func(ctx context.Context, client *http.Client, r feed.Request) (bool, error) {
			return f.fetch(ctx, client, r)
		},
		Parse:   parse,
		Basis:   basis,
		Changes: changes,
	}
}
