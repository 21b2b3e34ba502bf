package osrelease

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/internal/cases"
	"github.com/plimsoll/plimsoll/inventory"
)

// releaseCase is a release file and what a peer reads out of it.
type releaseCase struct {
	Input    string `json:"input"`
	Expected struct {
		ID, VersionID, PrettyName, Name, VersionCodename, CPEName, VariantID string
		IDLike                                                               []string
	} `json:"expected"`
}

// differs says in which field a distribution is not what the case expects, and
// nothing where it is. These differences are meant:
//   - Debian's VERSION_ID counts, the point release of debian_version does not,
//     for advisories are for the major release;
//   - a rolling release without VERSION_ID has its BUILD_ID or code name as Version;
//   - the peer puts a distribution's own ID into the ID_LIKE that it makes up for
//     old release files; here that has what the later os-release files say.
func (c *releaseCase) differs(d inventory.Distro, path string) string {
	want := c.Expected
	version := want.VersionID
	if want.ID == "debian" {
		version, _, _ = strings.Cut(version, ".")
	}
	name := want.PrettyName
	if name == "" {
		name = want.Name
	}
	switch {
	case d.ID != want.ID:
		return "ID " + d.ID + ", want " + want.ID
	case d.Version != version && (version != "" || d.Version != "rolling" && d.Version != d.Codename):
		return "Version " + d.Version + ", want " + version
	case d.Name != name:
		return "Name " + d.Name + ", want " + name
	case want.VersionCodename != "" && d.Codename != want.VersionCodename:
		return "Codename " + d.Codename + ", want " + want.VersionCodename
	case d.CPE != want.CPEName:
		return "CPE " + d.CPE + ", want " + want.CPEName
	case d.VariantID != want.VariantID:
		return "VariantID " + d.VariantID + ", want " + want.VariantID
	case strings.HasSuffix(path, "os-release") && !slices.Equal(d.IDLike, want.IDLike):
		return "IDLike " + strings.Join(d.IDLike, " ") + ", want " + strings.Join(want.IDLike, " ")
	}
	for _, id := range want.IDLike {
		if id != d.ID && !slices.Contains(d.IDLike, id) {
			return "IDLike lacks " + id
		}
	}
	return ""
}

func TestCases(t *testing.T) {
	dir := cases.Dir(t, "cases", "catalog")
	agree, all, absent, wrong := 0, 0, 0, 0
	cases.Each(t, filepath.Join(dir, "os-release.jsonl"), func(c releaseCase) {
		path := insidePath(c.Input)
		if path == "" {
			t.Logf("not supported, a distribution told by its programs: %s", c.Input)
			return
		}
		text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(c.Input)))
		if errors.Is(err, fs.ErrNotExist) {
			absent++
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		all++
		var d inventory.Distro
		if got := catalogFile(t, path, string(text)).Files[0].Distro; got != nil {
			d = *got
		}
		if why := c.differs(d, path); why == "" {
			agree++
		} else if wrong++; wrong <= 20 {
			t.Errorf("%s: %s", c.Input, why)
		}
	})
	if absent > 0 {
		t.Logf("cases/catalog/os-release: the input of %d cases does not lie in the folder", absent)
	}
	cases.Agree(t, "cases/catalog/os-release", agree, all)
	if agree < all {
		t.Fail()
	}
}

// insidePath is the path in an image that the tail of a case's input stands
// for, an os-release where the tail does not tell, empty for a program.
func insidePath(input string) string {
	for _, p := range Files() {
		if strings.HasSuffix(input, "/"+p) {
			return p
		}
	}
	if strings.Contains(input, "/bin/") {
		return ""
	}
	return "etc/os-release"
}
