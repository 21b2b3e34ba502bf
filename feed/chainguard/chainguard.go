// Package chainguard is the feed of Chainguard's own security database, in the format of
// Alpine's: for each package, which release fixed which vulnerabilities
// (https://packages.cgr.dev/chainguard/security.json).
package chainguard

import "github.com/plimsoll/plimsoll/feed"

// Feed is Chainguard's security database.
func Feed() feed.Feed {
	return feed.OneSecDB(feed.Feed{
		Name:    "chainguard",
		Doc:     "Chainguard's own security database: the vulnerabilities that each release of a package fixed. It rates none; the OSV database has Chainguard too.",
		URL:     "https://packages.cgr.dev",
		License: "no open licence is stated with the data: Chainguard's terms (https://www.chainguard.dev/legal) hold for its use",
		Choice:  feed.Consented,
	}, "Chainguard", "/chainguard/security.json")
}
