package dpkg

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/internal/cases"
	"github.com/plimsoll/plimsoll/inventory"
)

// indexCase is a package database and what a peer finds in it.
type indexCase struct {
	Input     string `json:"input"`
	Ecosystem string `json:"ecosystem"`
	Expected  []struct {
		Name, Version, Release, Type, Arch string
		Epoch                              int
		SrcName                            string `json:"src_name"`
		SrcVersion                         string `json:"src_version"`
		SrcRelease                         string `json:"src_release"`
		Meta                               struct{ Architecture, SourceName string }
	} `json:"expected"`
}

func (c *indexCase) isDpkg() bool {
	return (c.Ecosystem == "os/dpkg" || c.Ecosystem == "pkg/dpkg" || c.Ecosystem == "debian") && !strings.Contains(c.Input, "/opkg/")
}

// packages gives the lines "name version arch source" of what a peer expects.
// A field that it does not state is "-".
func (c *indexCase) packages() map[string][3]string {
	want := map[string][3]string{}
	for _, e := range c.Expected {
		arch, source := e.Arch, e.SrcName
		if arch == "" {
			arch = e.Meta.Architecture
		}
		if source == "" {
			source = e.Meta.SourceName
		}
		version := e.Version
		if e.Release != "" {
			version += "-" + e.Release
		}
		if e.Epoch > 0 {
			version = strconv.Itoa(e.Epoch) + ":" + version
		}
		want[e.Name] = [3]string{version, arch, source}
	}
	return want
}

// halfway are the packages whose Status is neither plainly installed nor plainly
// gone. Peers take them all or none, by an option of theirs; here those count
// whose files may be there (see state). So cases are compared without them.
func halfway(text string) []string {
	var names []string
	for stanza := range strings.SplitSeq(text, "\n\n") {
		var name, status string
		for line := range strings.SplitSeq(stanza, "\n") {
			if s, ok := strings.CutPrefix(line, "Package: "); ok {
				name = s
			}
			if s, ok := strings.CutPrefix(line, "Status: "); ok {
				status = s
			}
		}
		if name != "" && !strings.HasSuffix(status, " installed") {
			names = append(names, name)
		}
	}
	return names
}

// differs says how the packages found are not those expected.
func (c *indexCase) differs(got []inventory.Package, ignore []string) string {
	want := c.packages()
	for _, name := range ignore {
		delete(want, name)
	}
	for _, p := range got {
		if slices.Contains(ignore, p.Name) {
			continue
		}
		w, ok := want[p.Name]
		if !ok {
			return "not expected: " + p.Name
		}
		delete(want, p.Name)
		if w[0] != p.Version || w[1] != "" && w[1] != p.Arch || w[2] != "" && w[2] != p.SourceName() {
			return p.Name + " " + p.Version + " " + p.Arch + " " + p.SourceName() + ", want " + strings.Join(w[:], " ")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		return "not found: " + name
	}
	return ""
}

func TestCases(t *testing.T) {
	dir := cases.Dir(t, "cases", "catalog")
	agree, all, wrong, without := 0, 0, 0, 0
	cases.Each(t, filepath.Join(dir, "index.jsonl"), func(line json.RawMessage) {
		var c indexCase
		if err := json.Unmarshal(line, &c); err != nil || !c.isDpkg() {
			return // other ecosystems have other shapes
		}
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(c.Input)))
		if err != nil {
			t.Logf("the input does not lie in the folder: %v", err)
			return
		}
		path, text := database(c.Input, b)
		var ignore []string
		if path == statusPath {
			ignore = halfway(text)
			without += len(ignore)
		}
		all++
		got := catalogFile(t, &inventory.Part{}, path, text).Packages
		if why := c.differs(got, ignore); why == "" {
			agree++
		} else if wrong++; wrong <= 20 {
			t.Errorf("%s: %s", c.Input, why)
		}
	})
	if without > 0 {
		t.Logf("compared without %d packages whose Status is not plainly installed: peers take all or none of them", without)
	}
	cases.Agree(t, "cases/catalog/index.dpkg", agree, all)
	if agree < all {
		t.Fail()
	}
}

// database gives the path in an image and the text of a case's input, which may
// be an archive in text form (txtar), whose files begin with "-- PATH --".
func database(input string, b []byte) (path, text string) {
	path = statusPath
	if i := strings.Index(input, "/status.d/"); i >= 0 {
		path = statusDir + input[i+len("/status.d"):]
	}
	text = string(b)
	if strings.HasSuffix(input, ".txtar") {
		if _, after, ok := strings.Cut(text, "-- "+statusPath+" --\n"); ok {
			text, _, _ = strings.Cut(after, "\n-- ")
		}
	}
	return path, text
}
