package all

import (
	"path/filepath"
	"testing"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/feed/feedtest"
)

// TestSources has every feed stand a server that changes, fails, breaks off, lies
// and asks for patience, and a mirror in a directory. A new feed takes part by
// being in the generated lists.
func TestSources(t *testing.T) {
	sources := Feeds()
	for _, k := range Intelligence() {
		sources = append(sources, feedtest.Known(k))
	}
	for _, f := range sources {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			s := feedtest.Script(t, filepath.Join("..", f.Name, "testdata", "suite.txtar"))
			s.Feed = f
			s.Run(t)
		})
	}
}

// TestDescribed holds that users are told of every feed what it is, where its
// data come from and by which licence.
func TestDescribed(t *testing.T) {
	names := map[string]bool{}
	check := func(name, doc, url, license string) {
		if name == "" || doc == "" || license == "" || len(url) < len("https://x") || url[:8] != "https://" || url[len(url)-1] == '/' || names[name] {
			t.Errorf("%q: %q, %q, %q", name, doc, url, license)
		}
		names[name] = true
	}
	for _, f := range Feeds() {
		check(f.Name, f.Doc, f.URL, f.License)
		if f.Covers == nil || f.Fetch == nil || f.Parse == nil || (f.Basis == nil) != (f.Changes == nil) || f.Choice < feed.General || f.Choice > feed.Consented {
			t.Errorf("%s lacks something", f.Name)
		}
	}
	for _, k := range Intelligence() {
		check(k.Name, k.Doc, k.URL, k.License)
		if k.Fetch == nil || k.Parse == nil {
			t.Errorf("%s lacks something", k.Name)
		}
	}
}
