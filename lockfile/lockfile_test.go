package lockfile

import (
	"errors"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// told is what the tests compare: a line for each package, or the error.
func told(packages []Package, err error) string {
	if err != nil {
		return "error " + err.Error() + "\n"
	}
	var b strings.Builder
	for _, p := range packages {
		b.WriteString(strings.Join(append([]string{p.Name, p.Version}, p.Ranges...), " ") + "\n")
	}
	return b.String()
}

// eachFile calls f for the lock files of testdata; want is what is read of them.
func eachFile(t testing.TB, f func(at, name string, data []byte, want string)) {
	t.Helper()
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no testdata: %v", err)
	}
	for _, a := range archives {
		archive, err := txtar.ParseFile(a)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(archive.Files); i += 2 {
			file := archive.Files[i]
			f(file.Name, path.Base(file.Name), file.Data, string(archive.Files[i+1].Data))
		}
	}
}

func TestParse(t *testing.T) {
	eachFile(t, func(at, name string, data []byte, want string) {
		packages, err := Parse(name, data)
		if diff := cmp.Diff(want, told(packages, err)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", at, diff)
		}
		wantEcosystem, known := Ecosystem(name)
		for _, p := range packages {
			if !known || p.Ecosystem != wantEcosystem {
				t.Errorf("%s: %s is of %q", at, p.Name, p.Ecosystem)
			}
		}
		windows := strings.ReplaceAll(string(data), "\n", "\r\n")
		packages, err = Parse(name, []byte("\ufeff"+windows))
		if diff := cmp.Diff(want, told(packages, err)); diff != "" {
			t.Errorf("%s with carriage returns (-want +got)\n%s", at, diff)
		}
	})
}

func TestParseHostile(t *testing.T) {
	for name, text := range map[string]string{
		"package-lock.json": `{"lockfileVersion":3,"packages":` + strings.Repeat(`{"a":`, 20_000),
		"yarn.lock":         "a@^1:\n  version \"1\x00\"\n",
		"go.mod":            "module x\n\x00",
	} {
		_, err := Parse(name, []byte(text))
		if place := (*Error)(nil); !errors.As(err, &place) || place.Line < 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	deep := "lockfileVersion: 9\n"
	for i := range 3000 {
		deep += strings.Repeat(" ", i) + "k:\n"
	}
	if p, err := Parse("pnpm-lock.yaml", []byte(deep)); len(p) != 0 || err != nil {
		t.Errorf("%d packages, %v", len(p), err)
	}
	if _, err := Parse("yarn.lock", make([]byte, MaxSize+1)); err == nil {
		t.Error("a file of any size is read")
	}
}

func FuzzParse(f *testing.F) {
	eachFile(f, func(_, name string, data []byte, _ string) { f.Add(name, data) })
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		packages, err := Parse(name, data)
		lines := 1 + strings.Count(string(data), "\n")
		if place := (*Error)(nil); errors.As(err, &place) && (place.Line < 1 || place.Line > lines) {
			t.Errorf("line %d of %d: %v", place.Line, lines, err)
		}
		if err != nil && packages != nil {
			t.Error("packages besides an error")
		}
		for i, p := range packages {
			if p.Name == "" || p.Version == "" || p.Ecosystem == "" || i > 0 && packages[i-1].Name > p.Name {
				t.Errorf("package %d: %+v", i, p)
			}
		}
	})
}
