package main

import (
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// npmNode is a package in what `npm ls --all --json --long` prints.
type npmNode struct {
	Name, Version, Path string
	Dependencies        map[string]npmNode
}

// into gathers the installed packages by their folder below dir. What npm
// misses, an optional package for another system, has no folder.
func (n npmNode) into(dir string, all map[string]string) {
	if rel, err := filepath.Rel(dir, n.Path); err == nil && n.Path != "" && rel != "." && n.Version != "" {
		all[filepath.ToSlash(rel)] = n.Name + "@" + n.Version
	}
	for _, d := range n.Dependencies {
		d.into(dir, all)
	}
}

// npmList is what npm says of a folder, by the path of each package.
func npmList(t *testing.T, dir string) map[string]string {
	t.Helper()
	var top npmNode
	if err := json.Unmarshal([]byte(capture(t, dir, "npm", "ls", "--all", "--json", "--long")), &top); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	top.into(dir, all)
	return all
}

// TestNPM installs several hundred packages in one layer, removes and changes
// some in the next, and wants what npm itself lists.
func TestNPM(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("installs packages from the registry")
	}
	tool(t, "npm")
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	app := filepath.Join(base, "app")
	put(t, app, "package.json", `{"name":"app","version":"1.0.0","private":true}`)
	npm := func(command string, names ...string) {
		capture(t, app, "npm", append([]string{command, "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"}, names...)...)
	}
	before := tree{base, map[string]state{}}
	npm("install", "webpack@5", "eslint@8", "jest@29", "@babel/core@7", "@babel/preset-env@7", "lodash@4.17.10")
	first := npmList(t, app)
	after := treeOf(t, base)
	layers := []string{after.layer(t, before)}
	before = after
	npm("uninstall", "jest")
	npm("install", "lodash@4.17.11", "express@4")
	last := npmList(t, app)
	layers = append(layers, treeOf(t, base).layer(t, before))
	if len(last) < 300 || len(last) >= len(first) {
		t.Fatalf("npm installed %d packages, then %d: not the test that it should be", len(first), len(last))
	}

	var want []string
	for place, id := range last {
		layer := 1
		if first[place] == id {
			layer = 0
		}
		want = append(want, line(path.Join("app", place, "package.json"), id, layer))
	}
	docker := dockerArchive(t, imageFrom(t, opener(layers[0]), opener(layers[1])))
	r, _ := newSession(t).scan(t, docker)
	var got []string
	for _, p := range packages(r, "npm") {
		got = append(got, line(p.At.Path, p.Name+"@"+p.Version, p.At.Layer))
	}
	diff(t, got, want)
	t.Logf("%d packages, npm lists %d (%d before the second layer)", len(got), len(want), len(first))
	found := false
	for _, f := range r.Findings {
		found = found || strings.HasPrefix(f.Package.PURL, "pkg:npm/lodash@4.17.11")
	}
	if !found {
		t.Error("no finding for lodash 4.17.11, which the starter advisories know")
	}
}

func line(path, id string, layer int) string {
	b, err := json.Marshal([]any{path, id, layer})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// TestNPMNames wants scoped names, a nested second version, and none of the
// package.json files that packages carry for their own tests.
func TestNPMNames(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	dir := filepath.Join(s.dir, "root")
	put(t, dir,
		"etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n",
		"srv/node_modules/@scope/a/package.json", `{"name":"@scope/a","version":"1.0.0"}`,
		"srv/node_modules/@scope/a/node_modules/b/package.json", `{"name":"b","version":"2.0.0"}`,
		"srv/node_modules/b/package.json", `{"name":"b","version":"1.0.0","license":"MIT"}`,
		"srv/node_modules/b/test/fixtures/package.json", `{"name":"not-installed","version":"1.0.0"}`,
		"srv/package.json", `{"name":"srv","version":"0.0.1"}`,
	)
	r, _ := s.scan(t, "dir:"+dir)
	var got []string
	for _, p := range packages(r, "npm") {
		got = append(got, p.PURL)
	}
	diff(t, got, []string{"pkg:npm/%40scope/a@1.0.0", "pkg:npm/b@2.0.0", "pkg:npm/b@1.0.0"})
	if _, err := os.Stat(filepath.Join(dir, "srv")); err != nil {
		t.Error("a scan must not change what it reads")
	}
}
