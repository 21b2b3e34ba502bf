package gobinary

import (
	"path"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/internal/cases"
)

// TestCases compares with what peers find in the same files.
func TestCases(t *testing.T) {
	c := cases.Catalog{
		Name:       "gobinary",
		Ecosystems: []string{"golang/binary", "language/golang/gobinary", "language/golang/binary", "golang"},
		Path:       imagePath,
		Read: func(_ *cases.CatalogCase, file cases.File, found func(name, version string)) error {
			part, err := readFile(file.Path, file.Content)
			for _, f := range part.Files {
				for _, p := range f.Packages {
					found(p.Name, p.Version)
				}
			}
			return err
		},
		Expect: expectedName,
	}
	c.Compare(t)
}

// imagePath is where in an image the input would lie, or empty where it is not
// an executable.
func imagePath(c *cases.CatalogCase, input string) string {
	if c.Ecosystem == "golang" && strings.Contains(path.Base(input), ".") {
		return ""
	}
	return "app/" + path.Base(input)
}

// expectedName calls the standard library as the Go vulnerability database does.
func expectedName(p cases.Package) string {
	if p.Name == "go" {
		return standardLibrary
	}
	return p.Name
}
