package npm

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// node is what "npm ls --all --long --json" says of one package.
type node struct {
	Name         string          `json:"name"`
	Version      string          `json:"version"`
	Path         string          `json:"path"`
	Missing      bool            `json:"missing"` // wanted, not installed
	Dependencies map[string]node `json:"dependencies"`
}

// collect adds the installed packages below n as "path name@version", the path
// relative to root. A package has one line for each folder it is installed in,
// however many others use it.
func (n node) collect(root string, into map[string]bool) {
	for _, d := range n.Dependencies {
		if !d.Missing && d.Path != "" {
			rel, err := filepath.Rel(root, d.Path)
			if err == nil {
				into[filepath.ToSlash(rel)+" "+d.Name+"@"+d.Version] = true
			}
		}
		d.collect(root, into)
	}
}

// TestNpmList installs several hundred packages with npm and compares with what
// npm itself lists. Optional packages for other platforms and optional peers,
// which npm lists as missing, are not installed and so not compared.
func TestNpmList(t *testing.T) {
	if testing.Short() {
		t.Skip("downloads packages; left out by -short")
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skipf("npm is not installed: %v", err)
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := os.ReadFile("testdata/package.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "package.json"), manifest, 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error",
		"--prefer-offline", "--fetch-retries=1", "--fetch-retry-maxtimeout=5000")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("npm install does not work here: %v\n%s", err, out)
	}

	ls := exec.Command(npm, "ls", "--all", "--long", "--json")
	ls.Dir = dir
	out, err := ls.Output()
	if err != nil && len(out) == 0 {
		t.Fatalf("npm ls: %v", err)
	}
	var root node
	if err := json.Unmarshal(out, &root); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	root.collect(dir, want)
	if len(want) < 300 {
		t.Fatalf("npm lists %d packages, want at least 300 for a test that says something", len(want))
	}

	var got []string
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "package.json" || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		part, err := readFile(filepath.ToSlash(rel), content)
		if err != nil {
			return err
		}
		for _, f := range part.Files {
			for _, p := range f.Packages {
				got = append(got, strings.TrimSuffix(f.Path, "/package.json")+" "+p.Name+"@"+p.Version)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	var all []string
	for line := range want {
		all = append(all, line)
	}
	slices.Sort(all)
	if diff := cmp.Diff(all, got); diff != "" {
		t.Errorf("npm ls and the cataloger differ (-npm +cataloger):\n%s", diff)
	}
	t.Logf("npm ls: %d packages", len(all))
}
