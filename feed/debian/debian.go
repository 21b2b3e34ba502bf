// Package debian is the feed of Debian's security tracker: what Debian says of
// each vulnerability in each source package of each release, with the states
// that no other source keeps: not affected, no DSA planned, ignored, postponed,
// end of life, undetermined (https://security-tracker.debian.org/tracker/data/json,
// explained in https://security-team.debian.org/security_tracker.html).
package debian

import (
	"context"
	"net/http"

	"github.com/plimsoll/plimsoll/feed"
)

// file is the name of the copy of the tracker's data.
const file = "tracker.json"

// releases are the releases by the codenames that the tracker uses. Unstable is
// not a release; its fixes reach the next one under the same version.
var releases = [...]struct{ codename, number string }{
	{"lenny", "5"}, {"squeeze", "6"}, {"wheezy", "7"}, {"jessie", "8"}, {"stretch", "9"}, {"buster", "10"},
	{"bullseye", "11"}, {"bookworm", "12"}, {"trixie", "13"}, {"forky", "14"}, {"duke", "15"},
}

// number is that of a release; empty for one that is not known.
func number(codename string) string {
	for _, r := range releases {
		if r.codename == codename {
			return r.number
		}
	}
	return ""
}

// Feed is Debian's security tracker.
func Feed() feed.Feed {
	return feed.Feed{
		Name:    "debian",
		Doc:     "Debian's security tracker: every vulnerability of every source package in each release, with Debian's own decisions (not affected, no DSA, ignored, postponed, end of life).",
		URL:     "https://security-tracker.debian.org",
		License: "as Debian's security tracker states; descriptions are those of the CVE list",
		Choice:  feed.Named,
		Unrated: true,
		Covers:  func(ecosystem string) bool { return ecosystem == "Debian" },
		Fetch: func(ctx context.Context, client *http.Client, r feed.Request) (bool, error) {
			return feed.Keep(ctx, r.Getter(client), r, plan)
		},
		Parse: parse,
	}
}

// plan is the one file that the tracker exports.
func plan(_ context.Context, s *feed.Source) ([]feed.Item, error) {
	return []feed.Item{{Name: file, URL: s.URL + "/tracker/data/json", Gzip: true, Check: feed.IsJSON}}, nil
}
