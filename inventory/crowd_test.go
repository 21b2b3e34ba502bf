package inventory

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestCrowded merges a layer in which thousands of links lead to a directory of
// thousands of links: it must not take their product in memory, and must say
// that it did not.
func TestCrowded(t *testing.T) {
	const many = 5000
	links := map[string]string{}
	for i := range many {
		links[fmt.Sprintf("a/to%d", i)] = "/d"
		links[fmt.Sprintf("d/in%d", i)] = "x"
	}
	part := Part{Links: links}
	part.Add("var/lib/dpkg/status", Package{Ecosystem: "deb", Name: "tar", Version: "1"})
	inv := Merge([]Part{part})
	if len(inv.Packages) != 1 {
		t.Errorf("%d packages, want 1", len(inv.Packages))
	}
	if len(inv.Warnings) != 1 || !strings.Contains(inv.Warnings[0].Message, "too many symbolic links") {
		t.Errorf("warnings: %v", inv.Warnings)
	}
}

// TestManyGone removes a hundred thousand links to one directory, which must
// not look at all the others for each.
func TestManyGone(t *testing.T) {
	const many = 100_000
	links := map[string]string{}
	for i := range many {
		links[fmt.Sprintf("a/to%d", i)] = "/d"
	}
	upper := Part{Opaque: []string{"a"}}
	upper.Add("d/status", Package{Ecosystem: "deb", Name: "tar", Version: "1"})
	start := time.Now()
	inv := Merge([]Part{{Links: links}, upper})
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	if len(inv.Packages) != 1 || len(inv.Warnings) != 0 {
		t.Errorf("%d packages, warnings %v", len(inv.Packages), inv.Warnings)
	}
}
