package lint_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/internal/cases"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/lint"
	"github.com/plimsoll/plimsoll/report"
	"github.com/plimsoll/plimsoll/rules"
)

// TestCasesPinned pins the packages of every real Dockerfile, alone and together
// with all other fixes, to a made-up report that has them all. Afterwards each
// version is there, nothing that can be pinned is open, the text is as well
// understood as before, and a second run changes nothing.
func TestCasesPinned(t *testing.T) {
	all := readCases(t, "real-dockerfiles")
	var pinning []string
	for _, r := range rules.All() {
		if strings.HasSuffix(r.ID, "-pin-version") {
			pinning = append(pinning, r.ID)
		}
	}
	alone, err := lint.Select(rules.All(), lint.Selection{Only: pinning})
	if err != nil {
		t.Fatal(err)
	}
	versions := madeUpReport(t, &lint.Linter{Rules: alone}, all)
	for _, l := range []*lint.Linter{{Rules: alone}, {Rules: rules.All()}} {
		good, pins, left, shown := 0, 0, 0, 0
		for i := range all {
			c := &all[i]
			of := versions.For(t.TempDir())
			fixed := l.Fix(t.Context(), lint.Source{Path: "Dockerfile", Text: []byte(c.Dockerfile)}, lint.FixOptions{Version: of.Version})
			problem := pinProblem(t, l, versions, &fixed)
			for _, title := range fixed.Titles {
				if strings.HasPrefix(title, "pin ") {
					pins++
				}
			}
			left += len(of.Left())
			if problem == "" {
				good++
			} else if shown++; shown <= 20 {
				t.Logf("%s: %s\n%s", c.ID, problem, lint.Diff("Dockerfile", fixed.Before, fixed.After))
			}
		}
		t.Logf("%d rules: %d packages pinned, %d words left", len(l.Rules), pins, left)
		cases.Agree(t, "cases/lint/real-dockerfiles pinned", good, len(all))
		if pins == 0 || good < len(all) {
			t.Errorf("%d files are not pinned well", len(all)-good)
		}
	}
}

func pinProblem(t *testing.T, l *lint.Linter, versions *lint.Versions, fixed *lint.Fixed) string {
	before, after := dockerfile.Parse(fixed.Before), dockerfile.Parse(fixed.After)
	if len(after.Problems) > len(before.Problems) {
		return "less is understood than before"
	}
	known := versions.For(t.TempDir())
	for _, u := range fixed.Result.Unpinned {
		if known.Version(fixed.Result.File, &u) != "" {
			return u.Word + " is still open"
		}
	}
	again := l.Fix(t.Context(), lint.Source{Path: "Dockerfile", Text: fixed.Text}, lint.FixOptions{Version: versions.For(t.TempDir()).Version})
	if again.Changed() {
		return "a second run changes it again:\n" + lint.Diff("Dockerfile", again.Before, again.After)
	}
	return ""
}

// madeUpReport is a report of an image, of no distribution in particular, that
// holds every package that some Dockerfile leaves open.
func madeUpReport(t *testing.T, l *lint.Linter, all []lintCase) *lint.Versions {
	t.Helper()
	doc := report.Report{Schema: report.SchemaVersion}
	seen := map[[2]string]bool{}
	version := map[string]string{"deb": "1:2.3~rc1-1+b1", "apk": "1.2.3-r4", "rpm": "1:2.3-4.el9", "pypi": "1.2.3", "npm": "1.2.3", "gem": "1.2.3", "golang": "v1.2.3"}
	for i := range all {
		r := l.Lint(t.Context(), lint.Source{Path: "Dockerfile", Text: []byte(all[i].Dockerfile)})
		for _, u := range r.Unpinned {
			if key := [2]string{u.Ecosystem, u.Name}; !seen[key] && u.Name != "" {
				seen[key] = true
				doc.Packages = append(doc.Packages, inventory.Package{Ecosystem: u.Ecosystem, Name: u.Name, Version: version[u.Ecosystem]})
			}
		}
	}
	data, err := json.Marshal(&doc)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "report.json")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	v := &lint.Versions{}
	if err := v.AddReport(path, ""); err != nil {
		t.Fatal(err)
	}
	return v
}
