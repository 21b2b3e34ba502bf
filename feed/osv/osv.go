// Package osv is the feed of the OSV database: one bucket with every
// ecosystem's advisories as a zip of OSV records, and a list of what changed
// when (https://google.github.io/osv.dev/data/). It also reads copies of the
// bucket: mirrors, directories and single zips.
package osv

import (
	"context"
	"net/http"
	"slices"

	"github.com/plimsoll/plimsoll/feed"
)

// families are the ecosystems that OSV keeps, by the names of its schema.
func families() []string {
	return []string{
		"Alpaquita", "AlmaLinux", "Alpine", "Android", "Azure Linux", "BellSoft Hardened Containers", "Bioconductor", "Bitnami",
		"Chainguard", "CleanStart", "ConanCenter", "CRAN", "crates.io", "Debian", "Docker Hardened Images", "Echo", "GHC",
		"GitHub Actions", "Go", "Hackage", "Hex", "Julia", "Kubernetes", "Linux", "Mageia", "Maven", "MinimOS", "npm", "NuGet",
		"opam", "openEuler", "openSUSE", "OSS-Fuzz", "Packagist", "Photon OS", "Pub", "PyPI", "Red Hat", "Rocky Linux", "Root",
		"RubyGems", "SUSE", "SwiftURL", "Ubuntu", "VSCode", "Wolfi",
	}
}

// Feed is the OSV database.
func Feed() feed.Feed {
	f := fetcher{limits{zipBytes: 4 << 30, changes: 2000}}
	return feed.Feed{
		Name:    "osv",
		Doc:     "The OSV database: advisories of distributions and language ecosystems in one format, collected by Google's osv.dev.",
		URL:     "https://osv-vulnerabilities.storage.googleapis.com",
		License: "as each source states, mostly CC-BY-4.0 and CC0-1.0",
		Covers:  func(ecosystem string) bool { return slices.Contains(families(), ecosystem) },
		Fetch: func(ctx context.Context, client *http.Client, r feed.Request) (bool, error) {
			return f.fetch(ctx, client, r)
		},
		Parse:   parse,
		Basis:   basis,
		Changes: changes,
	}
}

// limits bound what a source can make a fetch do.
type limits struct {
	zipBytes int64 // of all.zip
	changes  int   // single records before all.zip is cheaper
}
