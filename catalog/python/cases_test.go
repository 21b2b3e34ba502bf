package python

import (
	"path"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/internal/cases"
)

// TestCases compares with what peers find in the same files.
func TestCases(t *testing.T) {
	c := cases.Catalog{
		Name:       "python",
		Ecosystems: []string{"python", "language/python/wheelegg", "language/python/packaging", "python/packaging"},
		Path:       imagePath,
		Read: func(c *cases.CatalogCase, file cases.File, found func(name, version string)) error {
			part, err := readFile(file.Path, file.Content)
			for _, p := range part.Files[0].Packages {
				found(foundName(c, p.Name), p.Version)
			}
			return err
		},
		Decided: disagreement,
	}
	c.Compare(t)
}

// imagePath is where in an image the input would lie, or empty where it is no
// metadata of something installed.
func imagePath(c *cases.CatalogCase, input string) string {
	base := path.Base(input)
	switch {
	case strings.HasSuffix(base, ".egg"), strings.HasSuffix(base, ".egg-info"):
		return "app/" + base
	case strings.HasSuffix(base, ".whl"):
		return "app/" + base
	case strings.HasSuffix(base, "METADATA"):
		return "app/x.dist-info/METADATA"
	case base == "PKG-INFO", path.Ext(base) == "" && c.Ecosystem == "language/python/wheelegg":
		return "app/x.egg-info/PKG-INFO"
	}
	return ""
}

// foundName is a name as the peer writes it: one of them normalizes all.
func foundName(c *cases.CatalogCase, name string) string {
	if c.Peer == "syft" {
		return normalize(name)
	}
	return name
}

// disagreement is why a case is decided otherwise here.
func disagreement(c *cases.CatalogCase) string {
	if strings.HasSuffix(c.Input, ".whl") {
		return "a wheel is not installed; it is what an installer takes"
	}
	return ""
}
