package python

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// script prints name and version of each distribution in a folder, as Python's
// own library reads them.
const script = `
import importlib.metadata, sys
for d in importlib.metadata.distributions(path=[sys.argv[1]]):
    name = d.metadata["Name"]
    if name:
        print(name + "@" + (d.version or ""))
`

// TestImportlib compares with Python's importlib.metadata over the folders where
// Debian and others keep Python packages.
func TestImportlib(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skipf("python3 is not installed: %v", err)
	}
	folders, err := filepath.Glob("/usr/lib/python3*/dist-packages")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(python, "-c", "import site; print('\\n'.join(site.getsitepackages()))").Output(); err == nil {
		folders = append(folders, strings.Fields(string(out))...)
	}
	compared := 0
	for _, folder := range folders {
		if _, err := os.Stat(folder); err != nil {
			continue
		}
		out, err := exec.Command(python, "-c", script, folder).Output()
		if err != nil {
			t.Skipf("python3 has no importlib.metadata: %v", err)
		}
		want := sorted(strings.Split(strings.TrimSpace(string(out)), "\n"))
		if strings.TrimSpace(string(out)) == "" {
			continue
		}
		got := sorted(installed(t, folder))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: importlib.metadata and the cataloger differ (-importlib +cataloger):\n%s", folder, diff)
		}
		t.Logf("%s: %d distributions", folder, len(want))
		compared += len(want)
	}
	if compared == 0 {
		t.Skip("no Python package is installed on this machine")
	}
}

// sorted gives each string once, in order.
func sorted(all []string) []string {
	slices.Sort(all)
	return slices.Compact(all)
}

// installed reads the metadata right in a folder of Python's path; what lies
// deeper, inside of packages, Python does not find either.
func installed(t *testing.T, folder string) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.dist-info/METADATA", "*.egg-info/PKG-INFO", "*.egg-info", "*.egg/EGG-INFO/PKG-INFO", "*.egg"} {
		paths, err := fs.Glob(os.DirFS(folder), pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if info, err := os.Stat(filepath.Join(folder, path)); err != nil || !info.Mode().IsRegular() {
				continue
			}
			content, err := os.ReadFile(filepath.Join(folder, path))
			if err != nil {
				t.Fatal(err)
			}
			part, err := readFile(path, content)
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			for _, p := range part.Files[0].Packages {
				all = append(all, p.Name+"@"+p.Version)
			}
		}
	}
	slices.Sort(all)
	return all
}
