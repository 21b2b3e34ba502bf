// Package suse is the feed of SUSE's VEX files: for each CVE and product of SUSE
// and openSUSE, what is fixed in which version, affected, not affected or will not
// be fixed (https://ftp.suse.com/pub/projects/security/csaf-vex/). The OSV
// database has only what is fixed.
package suse

import (
	"context"
	"net/http"
	"path"
	"strings"

	"github.com/plimsoll/plimsoll/feed"
)

const (
	file          = "vex.tar" // name of the copy of the archive
	archiveLimit  = 4 << 30   // bytes
	unpackedLimit = 256 << 30 // bytes of all files
	documentSize  = 128 << 20 // bytes of a file; those of kernel CVEs have some million
)

// Feed is SUSE's VEX files.
func Feed() feed.Feed {
	return feed.Feed{
		Name:    "suse",
		Doc:     "SUSE's VEX files: for each CVE and product of SUSE and openSUSE what is fixed, affected and not affected, also what is not fixed yet. One archive of some hundred megabytes, which takes many minutes to read.",
		URL:     "https://ftp.suse.com/pub/projects/security",
		License: "CC-BY-4.0",
		Choice:  feed.Named,
		Covers:  func(ecosystem string) bool { return ecosystem == "SUSE" || ecosystem == "openSUSE" },
		Fetch: func(ctx context.Context, client *http.Client, r feed.Request) (bool, error) {
			return feed.Keep(ctx, r.Getter(client), r, plan)
		},
		Parse: records().Read,
	}
}

// plan is the one archive of all files.
func plan(_ context.Context, s *feed.Source) ([]feed.Item, error) {
	return []feed.Item{{Name: file, URL: s.URL + "/csaf-vex.tar.bz2", Limit: archiveLimit, Check: records().Check, Long: true}}, nil
}

// records are the archive's: a file for each CVE.
func records() feed.Archive {
	return feed.Archive{
		Copy: file, Records: "SUSE's VEX files", Unpacked: unpackedLimit, Record: documentSize, Parse: parseDocument,
		Named: func(name string) string {
			if name = path.Base(path.Clean("/" + name)); path.Ext(name) != ".json" || !strings.HasPrefix(strings.ToLower(name), "cve-") {
				return ""
			}
			return name
		},
	}
}
