package java

import (
	"path"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/internal/cases"
)

// TestCases compares with what peers find in the same files.
func TestCases(t *testing.T) {
	c := cases.Catalog{
		Name:       "java",
		Ecosystems: []string{"java", "java/jar", "language/java/archive", "language/java/jar"},
		Path:       imagePath,
		Read: func(_ *cases.CatalogCase, file cases.File, found func(name, version string)) error {
			part, err := readFile(file.Path, file.Content)
			for _, p := range part.Files[0].Packages {
				found(p.Name, p.Version)
			}
			return err
		},
		Expect:  expectedName,
		Decided: disagreement,
	}
	c.Compare(t)
}

// imagePath is where in an image the input would lie, or empty where it is not
// an archive.
func imagePath(_ *cases.CatalogCase, input string) string {
	if !isArchive(input) {
		return ""
	}
	return "app/" + path.Base(input)
}

// expectedName is "group:artifact", which one peer has in the purl only.
func expectedName(p cases.Package) string {
	if p.PURL == "" {
		return p.Name
	}
	purl, _, _ := strings.Cut(strings.TrimPrefix(p.PURL, "pkg:maven/"), "@")
	return strings.Replace(purl, "/", ":", 1)
}

// disagreement is why a case is decided otherwise here.
func disagreement(c *cases.CatalogCase) string {
	switch base := path.Base(c.Input); {
	case c.Peer == "trivy" && (base == "test.jar" || base == "heuristic-1.0.0-SNAPSHOT.jar"):
		return "the peer's test has a database made up for it, in which it looks the archive's digest or name up"
	case c.Peer == "scalibr" && base == "complex.jar" && len(c.Expected) == 1:
		return "the peer was told in this test not to look into archives within archives"
	}
	return ""
}
