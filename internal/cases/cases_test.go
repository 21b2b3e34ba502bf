package cases

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// probe is a test that notes what it is told.
type probe struct {
	testing.TB
	log []string
}

// errEnded is what a probe panics with where a test would end.
var errEnded = errors.New("ended")

func (p *probe) Helper() {}

func (p *probe) note(kind, format string, args ...any) {
	p.log = append(p.log, kind+": "+fmt.Sprintf(format, args...))
}

func (p *probe) Logf(format string, args ...any)   { p.note("log", format, args...) }
func (p *probe) Errorf(format string, args ...any) { p.note("error", format, args...) }
func (p *probe) Skipf(format string, args ...any)  { p.note("skip", format, args...); panic(errEnded) }
func (p *probe) Fatalf(format string, args ...any) { p.note("fatal", format, args...); panic(errEnded) }

// told is what f tells the test that it is given.
func told(f func(t testing.TB)) string {
	var p probe
	func() {
		defer func() {
			if r := recover(); r != nil && r != errEnded {
				panic(r)
			}
		}()
		f(&p)
	}()
	return strings.Join(p.log, "\n")
}

// folder makes a folder of shared cases.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("PLIMSOLL_CASES", dir)
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestDir(t *testing.T) {
	dir := folder(t, map[string]string{"cases/versions/deb.jsonl": ""})
	if got := Dir(t); got != dir {
		t.Errorf("got %s, want %s", got, dir)
	}
	if got, want := Dir(t, "cases", "versions"), filepath.Join(dir, "cases", "versions"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	got := told(func(t testing.TB) { Dir(t, "cases", "none") })
	if !strings.HasPrefix(got, "skip: ") || !strings.Contains(got, "PLIMSOLL_CASES") || !strings.Contains(got, "none") {
		t.Errorf("told %q", got)
	}
}

func TestRoot(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root(t), "go.mod"))
	if err != nil || !strings.HasPrefix(string(text), "module github.com/plimsoll/plimsoll\n") {
		t.Errorf("%v: %.60q", err, text)
	}
}

func TestEach(t *testing.T) {
	long := strings.Repeat("a", 1<<20) // longer than a scanner takes by itself
	path := filepath.Join(folder(t, map[string]string{"a.jsonl": `{"Name":"x","Other":1}` + "\n" + `{"Name":"` + long + `"}` + "\n{}\n[1]\n"}), "a.jsonl")
	var got []string
	report := told(func(t testing.TB) {
		Each(t, path, func(p Package) { got = append(got, p.Name) })
	})
	if diff := cmp.Diff([]string{"x", long, ""}, got); diff != "" {
		t.Error(diff)
	}
	if !strings.HasPrefix(report, "fatal: "+path+":4: ") {
		t.Errorf("told %q", report)
	}
	report = told(func(t testing.TB) { Each(t, path+".none", func(Package) {}) })
	if !strings.HasPrefix(report, "skip: ") {
		t.Errorf("told %q", report)
	}
}

func TestAgree(t *testing.T) {
	got := told(func(t testing.TB) { Agree(t, "cases/versions/deb", 3, 4) })
	if want := "log: cases/versions/deb: agree 3 of 4"; got != want {
		t.Errorf("told %q, want %q", got, want)
	}
}

// TestCompare compares a cataloger whose packages are the words of a file.
func TestCompare(t *testing.T) {
	folder(t, map[string]string{
		"cases/catalog/index.jsonl": strings.Join([]string{
			`{"input":"a","peer":"p","ecosystem":"e","expected":[{"name":"x","version":"v1"},{"name":"x","version":"1"}]}`,
			`{"inputs":["a","b"],"ecosystem":"e","expected":[{"name":"y","version":"1"},{"name":"X","version":"1"}]}`,
			`{"input":"b","peer":"p","ecosystem":"e","expected":[]}`,
			`{"input":"b","peer":"other","ecosystem":"e","expected":[]}`,
			`{"input":"none","ecosystem":"e","expected":[]}`,
			`{"input":"foreign","ecosystem":"e","expected":[]}`,
			`{"input":"b","ecosystem":"f","expected":[]}`,
		}, "\n"),
		"cases/catalog/a": "x",
		"cases/catalog/b": "y",
	})
	c := Catalog{
		Name:       "words",
		Ecosystems: []string{"e"},
		Path: func(_ *CatalogCase, input string) string {
			if input == "foreign" {
				return ""
			}
			return "app/" + input
		},
		Read: func(_ *CatalogCase, f File, found func(name, version string)) error {
			for word := range strings.FieldsSeq(string(f.Content)) {
				found(word, "1")
			}
			return nil
		},
		Expect: func(p Package) string { return strings.ToLower(p.Name) },
		Decided: func(c *CatalogCase) string {
			if c.Peer == "other" {
				return "so decided"
			}
			return ""
		},
	}
	want := strings.Join([]string{
		"error: b (p):\n  want []\n  got  [\"y@1\"] []",
		"log: 1 disagree, as decided: so decided",
		"log: 1 inputs are for other catalogers, 1 are not in this folder",
		"log: cases/catalog/index.words: agree 2 of 4",
	}, "\n")
	if diff := cmp.Diff(want, told(func(t testing.TB) { c.Compare(t) })); diff != "" {
		t.Error(diff)
	}
}
