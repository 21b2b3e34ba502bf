package npm

import (
	"path"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/internal/cases"
)

// TestCases compares with what peers find in the same files.
func TestCases(t *testing.T) {
	c := cases.Catalog{
		Name:       "npm",
		Ecosystems: []string{"javascript", "language/javascript/packagejson", "language/nodejs/pkg", "npm"},
		Path:       imagePath,
		Read: func(_ *cases.CatalogCase, file cases.File, found func(name, version string)) error {
			part, err := readFile(file.Path, file.Content)
			for _, p := range part.Files[0].Packages {
				found(p.Name, p.Version)
			}
			return err
		},
		Decided: disagreement,
	}
	c.Compare(t)
}

// imagePath is where in an image the input would lie, or empty where it is not
// the package.json of something installed.
func imagePath(c *cases.CatalogCase, input string) string {
	if len(c.Inputs) > 0 {
		return "" // a lock file and the project's own package.json
	}
	base := path.Base(input)
	if !strings.HasPrefix(base, "package") || !strings.HasSuffix(base, ".json") || strings.Contains(base, "lock") ||
		strings.Contains(input, "lock/") {
		return ""
	}
	return "app/node_modules/x/package.json"
}

// disagreement is why a case is decided otherwise here.
func disagreement(c *cases.CatalogCase) string {
	switch {
	case len(c.Expected) == 1 && c.Expected[0].Name == "":
		return "a peer lists a package without a name, which is none"
	case len(c.Expected) > 1:
		return "a peer lists the ranges in dependencies, which are not installed by being named"
	}
	return ""
}
