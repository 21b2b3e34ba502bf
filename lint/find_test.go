package lint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree writes files below a new directory, which becomes the working directory.
func tree(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func paths(sources []Source) []string {
	out := []string{}
	for _, s := range sources {
		out = append(out, s.Path)
	}
	return out
}

func messages(errs []error) []string {
	out := []string{}
	for _, err := range errs {
		out = append(out, err.Error())
	}
	return out
}

func TestFind(t *testing.T) {
	tree(t, map[string]string{
		"Dockerfile": "FROM a", "Dockerfile.dev": "FROM a", "Dockerfile.dockerignore": "x", "dockerfile.go": "package x",
		"api/web.Dockerfile": "FROM a", "api/Containerfile": "FROM a", "api/DockerfileX": "no", "README.md": "no",
		".git/Dockerfile": "no", "node_modules/x/Dockerfile": "no", "deep/a/b/Dockerfile": "FROM a",
		"Dockerfile.d/Dockerfile": "FROM a", "empty/x": "",
	})
	tests := []struct {
		name   string
		args   []string
		want   []string
		errors []string
	}{
		{"nothing", nil, []string{"Dockerfile", "Dockerfile.d/Dockerfile", "Dockerfile.dev", "api/Containerfile", "api/web.Dockerfile", "deep/a/b/Dockerfile"}, []string{}},
		{"file and again", []string{"Dockerfile", "./Dockerfile", "."}, []string{"Dockerfile", "Dockerfile.d/Dockerfile", "Dockerfile.dev", "api/Containerfile", "api/web.Dockerfile", "deep/a/b/Dockerfile"}, []string{}},
		{"any name", []string{"README.md"}, []string{"README.md"}, []string{}},
		{"order", []string{"deep", "Dockerfile"}, []string{"deep/a/b/Dockerfile", "Dockerfile"}, []string{}},
		{"pattern", []string{"**/Dockerfile"}, []string{"Dockerfile", "Dockerfile.d/Dockerfile", "deep/a/b/Dockerfile"}, []string{}},
		{"pattern below", []string{"api/*.Dockerfile"}, []string{"api/web.Dockerfile"}, []string{}},
		{"pattern of nothing", []string{"*.none", "Dockerfile"}, []string{"Dockerfile"}, []string{"*.none: no file matches this pattern"}},
		{"missing", []string{"none", "Dockerfile"}, []string{"Dockerfile"}, []string{"none: no such file or directory"}},
		{"empty directory", []string{"empty", "Dockerfile"}, []string{"Dockerfile"}, []string{"empty: no Dockerfile in this directory"}},
		{"standard input", []string{"-", "Dockerfile"}, []string{"-", "Dockerfile"}, []string{}},
	}
	for _, tt := range tests {
		f := Finder{Stdin: strings.NewReader("FROM b")}
		sources, errs := f.Find(tt.args)
		if diff := cmp.Diff(tt.want, paths(sources)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.errors, messages(errs)); diff != "" {
			t.Errorf("%s: errors (-want +got)\n%s", tt.name, diff)
		}
	}
}

func TestFindIgnoreFile(t *testing.T) {
	tree(t, map[string]string{
		"Dockerfile": "FROM a", ".dockerignore": "a", "Dockerfile.dev": "FROM a", "Dockerfile.dev.dockerignore": "b", "sub/Dockerfile": "FROM a",
	})
	f := Finder{}
	sources, errs := f.Find([]string{"Dockerfile", "Dockerfile.dev", "sub/Dockerfile"})
	if len(errs) > 0 || !sources[0].Ignore.Ignored("a") || sources[1].Ignore.Ignored("a") || !sources[1].Ignore.Ignored("b") || sources[2].Ignore != nil {
		t.Errorf("%v %+v", errs, sources)
	}
	f = Finder{Context: "."}
	if sources, _ = f.Find([]string{"sub/Dockerfile"}); sources[0].Ignore == nil || !sources[0].Ignore.Ignored("a") {
		t.Error("--context is not looked at")
	}
}

func TestFindLarge(t *testing.T) {
	tree(t, map[string]string{"Dockerfile": "FROM a"})
	large, err := os.Create("Dockerfile.large")
	if err != nil {
		t.Fatal(err)
	}
	if err := large.Truncate(100 << 20); err != nil {
		t.Fatal(err)
	}
	large.Close()
	f := Finder{}
	sources, errs := f.Find(nil)
	if len(sources) != 1 || len(errs) != 1 || errs[0].Error() != "Dockerfile.large:1:1: more than 16 MiB: this is no Dockerfile" {
		t.Errorf("%v %v", paths(sources), errs)
	}
}

const composeText = `services:
  web:
    build:
      context: web
      dockerfile_inline: |
        FROM scratch
        RUN bad
      args:
        A: "1"
        B: ${HOME}
  api:
    build: ./api
  quoted:
    build:
      dockerfile_inline: "FROM scratch\nRUN bad"
      args: ["A=2", "B"]
  remote:
    build: https://example.com/x.git
  image:
    image: x
  missing:
    build: {context: ., dockerfile: None.Dockerfile}
`

func TestCompose(t *testing.T) {
	tree(t, map[string]string{"compose.yaml": composeText, "api/Dockerfile": "FROM scratch\nRUN bad"})
	f := Finder{}
	sources, errs := f.Find(nil)
	if diff := cmp.Diff([]string{"api/Dockerfile", "compose.yaml", "compose.yaml"}, paths(sources)); diff != "" {
		t.Fatal(diff)
	}
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), "None.Dockerfile: no such file or directory (named by compose.yaml)") {
		t.Errorf("errors: %v", errs)
	}
	if diff := cmp.Diff(map[string]string{"A": "1"}, sources[1].BuildArgs); diff != "" {
		t.Error(diff)
	}
	places := [][3]int{}
	for _, r := range marks().LintAll(t.Context(), sources) {
		for _, f := range r.Findings {
			places = append(places, [3]int{f.At.Line, f.At.Column, f.At.EndLine})
		}
		for _, fix := range r.Fixes[:min(len(r.Fixes), 0)] {
			t.Errorf("a fix: %v", fix)
		}
	}
	if diff := cmp.Diff([][3]int{{2, 5, 2}, {7, 13, 7}, {15, 26, 15}}, places); diff != "" {
		t.Errorf("places (-want +got)\n%s", diff)
	}
}

const bakeText = `# targets
variable "TAG" { default = "1.2" }
variable "NONE" {}
group "default" { targets = ["app", "db"] }
target "app" {
  context = "app"
  args = {
    TAG = TAG
    OTHER = NONE
    "FIXED" = "x" // remark
    CALLED = upper("${TAG}-x")
  }
  dockerfile-inline = <<EOT
FROM scratch
RUN bad
EOT
  tags = ["a:${TAG}", /* and */ notequal("", TAG) ? "b" : "c"]
}
target "db" {
  dockerfile-inline = <<-EOT
    FROM scratch
      RUN bad
  EOT
}
target "file" { dockerfile = "x.Dockerfile" }
target "none" { inherits = ["app"] }
target "dynamic" { context = "${TAG}" }
`

func TestBake(t *testing.T) {
	tree(t, map[string]string{
		"docker-bake.hcl": bakeText, "x.Dockerfile": "FROM scratch",
		"docker-bake.json": `{"target": {"a": {"dockerfile-inline": "FROM scratch\nRUN bad", "args": {"A": "1"}}}}`,
	})
	f := Finder{}
	sources, errs := f.Find([]string{"docker-bake.hcl", "docker-bake.json"})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if diff := cmp.Diff([]string{"docker-bake.hcl", "docker-bake.hcl", "x.Dockerfile", "docker-bake.json"}, paths(sources)); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff(map[string]string{"TAG": "1.2", "FIXED": "x"}, sources[0].BuildArgs); diff != "" {
		t.Error(diff)
	}
	places := [][2]int{}
	for _, r := range marks().LintAll(t.Context(), sources) {
		for _, f := range r.Findings {
			places = append(places, [2]int{f.At.Line, f.At.Column})
		}
	}
	if diff := cmp.Diff([][2]int{{15, 5}, {22, 11}, {1, 40}}, places); diff != "" {
		t.Errorf("places (-want +got)\n%s", diff)
	}
}

func TestBuildFileErrors(t *testing.T) {
	tests := map[string]struct{ name, text, want string }{
		"yaml":    {"compose.yml", "services:\n  a: [\n", "compose.yml:"},
		"hcl":     {"docker-bake.hcl", "target \"a\" {\n  x = \"\n}", "docker-bake.hcl:2:8: a string has no end"},
		"hcl end": {"docker-bake.hcl", "target \"a\" {\n", "docker-bake.hcl:2:1: a block has no end"},
		"hcl doc": {"docker-bake.hcl", "target \"a\" {\n x = <<E\n", "a here-document has no end"},
	}
	for name, tt := range tests {
		tree(t, map[string]string{tt.name: tt.text})
		f := Finder{}
		if _, errs := f.Find([]string{tt.name}); len(errs) != 1 || !strings.Contains(errs[0].Error(), tt.want) {
			t.Errorf("%s: %v, want %s", name, errs, tt.want)
		}
	}
}

func FuzzBuildFiles(f *testing.F) {
	f.Add("compose.yaml", composeText)
	f.Add("docker-bake.hcl", bakeText)
	f.Add("docker-bake.json", `{"target": {"a": {"dockerfile-inline": "FROM"}}}`)
	f.Fuzz(func(t *testing.T, name, text string) {
		if !strings.HasSuffix(name, ".yaml") && !strings.HasSuffix(name, ".json") && !strings.HasSuffix(name, ".hcl") {
			return
		}
		builds, _ := readBuilds(name, []byte(text))
		for _, b := range builds {
			if b.inline != nil {
				marks().Lint(t.Context(), Source{Text: []byte(b.inline.text), Line: b.inline.line, Column: b.inline.column, Inline: true})
			}
		}
	})
}
