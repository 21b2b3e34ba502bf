package refresh

import (
	"testing"

	"github.com/plimsoll/plimsoll/feed"
)

// TestChoose holds which feed is asked for a family.
func TestChoose(t *testing.T) {
	covering := func(names ...string) func(string) bool {
		return func(ecosystem string) bool {
			for _, n := range names {
				if n == ecosystem {
					return true
				}
			}
			return false
		}
	}
	feeds := []feed.Feed{
		{Name: "debian", URL: "d", Choice: feed.Named, Covers: covering("Debian")},
		{Name: "all", URL: "a", Choice: feed.General, Covers: covering("Debian", "Wolfi", "Oracle Linux")},
		{Name: "oracle", URL: "o", Choice: feed.Own, Covers: covering("Oracle Linux")},
		{Name: "wolfi", URL: "w", Choice: feed.Consented, Covers: covering("Wolfi")},
	}
	for _, c := range []struct {
		family, url string
		named       []Named
		want        string // feed and URL
	}{
		{"Debian", "", nil, "all a"},
		{"Debian", "", []Named{{"wolfi", ""}, {"debian", ""}}, "debian d"},
		{"Debian", "", []Named{{"debian", "elsewhere"}}, "debian elsewhere"},
		{"Debian", "mirror", []Named{{"debian", ""}}, "all mirror"},
		{"Oracle Linux", "", nil, "oracle o"},
		{"Oracle Linux", "", []Named{{"all", ""}}, "all a"},
		{"Wolfi", "", []Named{{"debian", ""}}, "all a"},
		{"Plan 9", "", nil, " "},
	} {
		f := family{Refresher: &Refresher{Feeds: feeds, URL: c.url, Named: c.named}, name: c.family}
		if ok := f.choose(); ok != (c.want != " ") || f.feed.Name+" "+f.url != c.want {
			t.Errorf("%s from %q, named %v: %v %s %s, want %s", c.family, c.url, c.named, ok, f.feed.Name, f.url, c.want)
		}
	}
}
