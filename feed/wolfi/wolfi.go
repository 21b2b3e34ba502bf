// Package wolfi is the feed of Wolfi's own security database, in the format of
// Alpine's: for each package, which release fixed which vulnerabilities
// (https://packages.wolfi.dev/os/security.json).
package wolfi

import "github.com/plimsoll/plimsoll/feed"

// Feed is Wolfi's security database.
func Feed() feed.Feed {
	return feed.OneSecDB(feed.Feed{
		Name:    "wolfi",
		Doc:     "Wolfi's own security database: the vulnerabilities that each release of a package fixed. It rates none; the OSV database has Wolfi too.",
		URL:     "https://packages.wolfi.dev",
		License: "no open licence is stated with the data: Chainguard's terms (https://www.chainguard.dev/legal) hold for its use",
		Choice:  feed.Consented,
	}, "Wolfi", "/os/security.json")
}
