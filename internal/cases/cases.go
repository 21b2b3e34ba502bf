// Package cases finds and reads the shared cases: what other projects' tests
// expect, kept outside this repository. Only tests import it. What it finds is
// of any number and any content, so a test assumes no particular case.
package cases

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// maxLine is the longest line of a cases file, in bytes.
const maxLine = 64 << 20

// Dir is the folder of the shared cases, or what lies at elem in it:
// PLIMSOLL_CASES, else "shared" beside the repository. The test is skipped where
// that does not exist.
func Dir(t testing.TB, elem ...string) string {
	t.Helper()
	dir := os.Getenv("PLIMSOLL_CASES")
	if dir == "" {
		dir = filepath.Join(root(t), "..", "shared")
	}
	dir = filepath.Join(dir, filepath.Join(elem...))
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no shared cases: %v (set PLIMSOLL_CASES to their folder)", err)
	}
	return dir
}

// root is the folder of the repository, above the package under test.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = up
	}
}

// Each calls f with each record of a file that has one JSON value a line. The
// test is skipped where there is no such file, and fails at a line that is no T.
func Each[T any](t testing.TB, path string, f func(T)) {
	t.Helper()
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no shared cases: %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxLine)
	n := 1
	for ; lines.Scan(); n++ {
		var v T
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatalf("%s:%d: %v", path, n, err)
		}
		f(v)
	}
	if err := lines.Err(); err != nil {
		t.Fatalf("%s:%d: %v", path, n, err)
	}
}

// Agree logs in how many of the cases called name the test agrees. Programs read
// these lines; a test that disagrees fails by itself.
func Agree(t testing.TB, name string, agree, total int) {
	t.Helper()
	t.Logf("%s: agree %d of %d", name, agree, total)
}
