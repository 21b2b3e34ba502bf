package gobinary

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// catalogCase is one line of cases/catalog/index.jsonl: what a peer finds in one
// file, or in several of a folder.
type catalogCase struct {
	Input     string
	Inputs    []string
	Peer      string
	Ecosystem string
	Expected  []struct{ Name, Version, PURL string }
}

// casesDir finds the shared cases or skips the test.
func casesDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("PLIMSOLL_CASES")
	if dir == "" {
		root, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
				break
			}
			if root == filepath.Dir(root) {
				t.Fatal("no go.mod above the test")
			}
			root = filepath.Dir(root)
		}
		dir = filepath.Join(root, "..", "shared")
	}
	dir = filepath.Join(dir, "cases", "catalog")
	if _, err := os.Stat(filepath.Join(dir, "index.jsonl")); err != nil {
		t.Skipf("no shared cases: %v (set PLIMSOLL_CASES to the folder that holds cases/)", err)
	}
	return dir
}

// loadCases reads the cases of the given ecosystems.
func loadCases(t *testing.T, dir string, ecosystems ...string) []catalogCase {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "index.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []catalogCase
	in := bufio.NewScanner(f)
	in.Buffer(nil, 64<<20)
	for in.Scan() {
		var c catalogCase
		if err := json.Unmarshal(in.Bytes(), &c); err != nil {
			t.Fatalf("%s: %v", f.Name(), err)
		}
		if slices.Contains(ecosystems, c.Ecosystem) {
			all = append(all, c)
		}
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// loadInput reads an input file, unpacked where it is kept packed.
func loadInput(dir, name string) ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil || path.Ext(name) != ".gz" {
		return b, err
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// sorted gives each string once, in order.
func sorted(all []string) []string {
	slices.Sort(all)
	return slices.Compact(all)
}

// TestCases compares with what peers find in the same files. It fails at each
// disagreement but those that have a reason below. Inputs that another cataloger
// reads are counted and passed over.
func TestCases(t *testing.T) {
	dir := casesDir(t)
	var agree, total, other, missing, shown int
	reasons := map[string]int{}
	for _, c := range loadCases(t, dir, ecosystems...) {
		inputs := c.Inputs
		if len(inputs) == 0 {
			inputs = []string{c.Input}
		}
		var got, failures []string
		mine, absent := 0, false
		for _, input := range inputs {
			where := imagePath(&c, strings.TrimSuffix(input, ".gz"))
			if where == "" {
				continue
			}
			mine++
			content, err := loadInput(dir, input)
			if err != nil {
				absent = true
				continue
			}
			part, err := readFile(where, content)
			if err != nil {
				failures = append(failures, err.Error())
			}
			for _, f := range part.Files {
				for _, p := range f.Packages {
					got = append(got, foundName(&c, p.Name)+"@"+strings.TrimPrefix(p.Version, "v"))
				}
			}
		}
		if mine == 0 || absent {
			if absent {
				missing++
			} else {
				other++
			}
			continue
		}
		var want []string
		for _, e := range c.Expected {
			want = append(want, expectedName(&c, e.Name, e.PURL)+"@"+strings.TrimPrefix(e.Version, "v"))
		}
		got, want = sorted(got), sorted(want)
		total++
		if slices.Equal(got, want) {
			agree++
			continue
		}
		if why := disagreement(&c); why != "" {
			reasons[why]++
			continue
		}
		if shown++; shown <= 20 {
			t.Errorf("%s (%s):\n  want %q\n  got  %q %q", c.Input, c.Peer, want, got, failures)
		}
	}
	for why, n := range reasons {
		t.Logf("%d disagree, as decided: %s", n, why)
	}
	t.Logf("%d inputs are for other catalogers, %d are not in this folder", other, missing)
	t.Logf("%s: agree %d of %d", "cases/catalog/index.gobinary", agree, total)
}

// ecosystems are the peers' names for what is read here.
var ecosystems = []string{"golang/binary", "language/golang/gobinary", "language/golang/binary", "golang"}

// imagePath is where in an image the input would lie, or empty where it is not
// an executable.
func imagePath(c *catalogCase, input string) string {
	if c.Ecosystem == "golang" && strings.Contains(path.Base(input), ".") {
		return ""
	}
	return "app/" + path.Base(input)
}

// expectedName calls the standard library as the Go vulnerability database does.
func expectedName(_ *catalogCase, name, _ string) string {
	if name == "go" {
		return standardLibrary
	}
	return name
}

func foundName(_ *catalogCase, name string) string { return name }

// disagreement is why a case is decided otherwise here.
func disagreement(*catalogCase) string { return "" }
