package npm

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// readFile runs the cataloger over one file.
func readFile(path string, content []byte) (*inventory.Part, error) {
	part := &inventory.Part{}
	f := walk.NewFile(path, 0o644, int64(len(content)), bytes.NewReader(content))
	err := Cataloger().Read(context.Background(), f, part)
	return part, err
}

func TestInstalled(t *testing.T) {
	tests := []struct {
		path, name string
		ok         bool
	}{
		{"node_modules/lodash/package.json", "lodash", true},
		{"app/node_modules/lodash/package.json", "lodash", true},
		{"app/node_modules/@babel/core/package.json", "@babel/core", true},
		{"app/node_modules/a/node_modules/b/package.json", "b", true},
		{"app/node_modules/.pnpm/ms@2.1.3/node_modules/ms/package.json", "ms", true},
		{"usr/local/lib/node_modules/npm/package.json", "npm", true},
		{"usr/share/nodejs/semver/package.json", "semver", true},
		{"usr/share/nodejs/@types/node/package.json", "@types/node", true},
		{"usr/share/nodejs/npm/node_modules/x/package.json", "x", true},
		{"opt/yarn-v1.22.19/package.json", "yarn", true},
		{"app/package.json", "", false},
		{"app/node_modules/package.json", "", false},
		{"app/node_modules/@babel/package.json", "", false},
		{"app/node_modules/resolve/test/package.json", "", false},
		{"app/node_modules/@babel/core/lib/package.json", "", false},
		{"app/not_node_modules/a/package.json", "", false},
		{"srv/usr/share/nodejs/a/package.json", "", false},
		{"opt/yarn-v1/lib/package.json", "", false},
	}
	for _, tt := range tests {
		name, ok := installed(tt.path)
		if ok != tt.ok || ok && name != tt.name {
			t.Errorf("installed(%q) = %q, %v; want %q, %v", tt.path, name, ok, tt.name, tt.ok)
		}
	}
}

func TestRead(t *testing.T) {
	tests := []struct {
		name, path, content string
		want                []inventory.Package
	}{
		{
			"scoped", "a/node_modules/@babel/core/package.json",
			"\xef\xbb\xbf" + `{"name":"@babel/core","version":"7.1.0","license":"MIT","author":{"name":"x"}}`,
			[]inventory.Package{{PURL: "pkg:npm/%40babel/core@7.1.0", Name: "@babel/core", Version: "7.1.0", Licenses: []string{"MIT"}}},
		},
		{
			"last of equal keys wins, keys match by case", "node_modules/a/package.json",
			`{"Name":"wrong","version":"1.0.0","name":"a","VERSION":"9","version":" v2.0.0 "}`,
			[]inventory.Package{{PURL: "pkg:npm/a@2.0.0", Name: "a", Version: "2.0.0"}},
		},
		{
			"folder's name where there is none", "node_modules/@s/a/package.json", `{"version":"1.0.0"}`,
			[]inventory.Package{{PURL: "pkg:npm/%40s/a@1.0.0", Name: "@s/a", Version: "1.0.0"}},
		},
		{
			"alias: the package's own name", "node_modules/lodash3/package.json", `{"name":"lodash","version":"3.10.1"}`,
			[]inventory.Package{{PURL: "pkg:npm/lodash@3.10.1", Name: "lodash", Version: "3.10.1"}},
		},
		{
			"licence objects", "node_modules/a/package.json",
			`{"name":"a","version":"1.0.0","license":7,"licenses":[{"type":"MIT","url":"u"},"ISC",{"url":"u"},[["x"]]]}`,
			[]inventory.Package{{PURL: "pkg:npm/a@1.0.0", Name: "a", Version: "1.0.0", Licenses: []string{"MIT", "ISC"}}},
		},
		{
			"licence expression", "node_modules/a/package.json", `{"name":"a","version":"1.0.0","license":"(MIT OR Apache-2.0)"}`,
			[]inventory.Package{{PURL: "pkg:npm/a@1.0.0", Name: "a", Version: "1.0.0", Licenses: []string{"Apache-2.0", "MIT"}}},
		},
		{"only a setting", "node_modules/a/package.json", `{"type":"module"}`, nil},
		{"a version that is no string", "node_modules/a/package.json", `{"name":"a","version":1}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			part, err := readFile(tt.path, []byte(tt.content))
			if err != nil {
				t.Fatal(err)
			}
			for i := range tt.want {
				tt.want[i].Ecosystem = "npm"
				tt.want[i].At.Path = tt.path
			}
			if len(part.Files) != 1 || part.Files[0].Path != tt.path {
				t.Fatalf("files read: %v, want %s", part.Files, tt.path)
			}
			if diff := cmp.Diff(tt.want, part.Files[0].Packages); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadBroken(t *testing.T) {
	const path = "node_modules/a/package.json"
	tests := []struct {
		name, content, want string
	}{
		{"cut", "{\n \"name\": \"a\",", "package.json:2:13"},
		{"array", `[1]`, "package.json:1:1"},
		{"empty", " \n", "empty"},
		{"a name with a line end", `{"name":"a\nb","version":"1.0.0"}`, "no name"},
		{"noise", "\x00\x01\x02", "package.json:1:1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			part, err := readFile(path, []byte(tt.content))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
			if len(part.Files) != 1 {
				t.Error("a broken file must still take the place of the one below")
			}
		})
	}
	big := append([]byte(`{"name":"a","version":"1.0.0","x":"`), bytes.Repeat([]byte("x"), maxManifest)...)
	if _, err := readFile(path, big); !errors.Is(err, walk.ErrTooLarge) {
		t.Errorf("error %v, want ErrTooLarge", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"name":"@a/b","version":"1.0.0","license":{"type":"MIT"},"licenses":["x",{"type":"y"}]}`))
	f.Add([]byte("\xef\xbb\xbf{}"))
	f.Add([]byte(`{"name":"a","version":"v=1","license":[[[["x"]]]]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		part, err := readFile("node_modules/a/package.json", b)
		if len(part.Files) != 1 {
			t.Fatal("the file was not recorded")
		}
		if n := len(part.Files[0].Packages); n > 1 || err != nil && n > 0 {
			t.Fatalf("%d packages with error %v", n, err)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	content := []byte(`{"name":"a","version":"1.0.0","license":"MIT","description":"` + strings.Repeat("x", 1500) +
		`","dependencies":{` + strings.TrimSuffix(strings.Repeat(`"dependency":"^1.0.0",`, 20), ",") + `}}`)
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		if _, err := readFile("node_modules/a/package.json", content); err != nil {
			b.Fatal(err)
		}
	}
}
