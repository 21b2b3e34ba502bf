// Package ubuntu is the feed of Ubuntu's own OSV records: CVEs with what Ubuntu
// has decided on them, and its notices, also those of the pockets that Ubuntu Pro
// opens (https://documentation.ubuntu.com/security/security-updates/osv/).
package ubuntu

import (
	"context"
	"net/http"
	"path"
	"strings"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/vulndb"
)

const (
	// file is the name of the copy of the archive.
	file         = "records.tar"
	archiveLimit = 4 << 30 // bytes
	// unpackedLimit bounds the bytes of all records; real ones have under ten billion.
	unpackedLimit = 64 << 30
)

// Feed is Ubuntu's OSV records.
func Feed() feed.Feed {
	return feed.Feed{
		Name:    "ubuntu",
		Doc:     "Ubuntu's own OSV records of CVEs and notices, with Ubuntu Pro. The OSV database has the same records and sends changes alone; this one is for those who want the source.",
		URL:     "https://github.com/canonical/ubuntu-security-notices",
		License: "CC-BY-SA-4.0",
		Choice:  feed.Named,
		Covers:  func(ecosystem string) bool { return ecosystem == "Ubuntu" },
		Fetch: func(ctx context.Context, client *http.Client, r feed.Request) (bool, error) {
			return feed.Keep(ctx, r.Getter(client), r, plan)
		},
		Parse: records().Read,
	}
}

// plan is one archive of the whole repository, as its host makes it; or, of a
// URL that ends like the name of one, just that file.
func plan(_ context.Context, s *feed.Source) ([]feed.Item, error) {
	address := s.URL + "/archive/refs/heads/main.tar.gz"
	for _, ending := range []string{".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.bz2"} {
		if strings.HasSuffix(s.URL, ending) {
			address = s.URL
		}
	}
	return []feed.Item{{Name: file, URL: address, Limit: archiveLimit, Check: records().Check}}, nil
}

// records are the archive's: the JSON files below a folder osv.
func records() feed.Archive {
	return feed.Archive{
		Copy: file, Records: "Ubuntu's OSV records", Unpacked: unpackedLimit, Record: vulndb.MaxRecord, Parse: vulndb.ParseOSV,
		Named: func(name string) string {
			if name = "/" + path.Clean(name); path.Ext(name) != ".json" || !strings.Contains(name, "/osv/") {
				return ""
			}
			return strings.TrimSuffix(path.Base(name), ".json")
		},
	}
}
