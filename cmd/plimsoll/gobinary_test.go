package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/inventory"
)

// TestGoBinaries builds programs with the go tool and wants the modules that
// `go version -m` prints, and the standard library of the release.
func TestGoBinaries(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds programs")
	}
	tool(t, "go")
	base := t.TempDir()
	bin := filepath.Join(base, "usr/local/bin")
	build := func(dir, name, what string, flags ...string) {
		capture(t, dir, "go", append(append([]string{"build", "-buildvcs=false", "-o", filepath.Join(bin, name)}, flags...), what)...)
	}
	build(root(t), "stripped", "./cmd/plimsoll", "-trimpath", "-ldflags=-s -w")
	build(root(t), "plain", "./cmd/plimsoll")
	alone := filepath.Join(t.TempDir(), "alone")
	put(t, alone, "go.mod", "module example.org/alone/v2\n\ngo 1.24\n", "main.go", "package main\n\nfunc main() { println(1) }\n",
		"vendored/go.mod", "module example.org/vendored\n", "vendored/v.go", "package vendored\n\nconst X = 1\n",
		"replaced/go.mod", "module example.org/replaced\n\ngo 1.24\n\nrequire example.org/vendored v1.2.3\n\nreplace example.org/vendored => ../vendored\n",
		"replaced/main.go", "package main\n\nimport \"example.org/vendored\"\n\nfunc main() { println(vendored.X) }\n")
	build(alone, "alone", ".")
	build(filepath.Join(alone, "replaced"), "replaced", ".", "-ldflags=-s -w")
	// A script, which is no program, and a program that nobody may execute.
	put(t, base, "usr/local/bin/script", "#!/bin/sh\nexit 0\n"+strings.Repeat("#", 1<<17))

	var want []string
	for _, name := range []string{"stripped", "plain", "alone", "replaced"} {
		mods := goVersion(t, filepath.Join(bin, name))
		if len(mods) < 2 {
			t.Fatalf("go version -m %s gives %v", name, mods)
		}
		for _, m := range mods {
			want = append(want, "usr/local/bin/"+name+" "+m)
		}
	}
	img := imageFrom(t, opener(treeOf(t, base).layer(t, tree{})))
	for _, ref := range []string{dockerArchive(t, img), "oci:" + ociLayout(t, img), "dir:" + base} {
		r, _ := newSession(t).scan(t, ref)
		var got []string
		for _, p := range packages(r, "golang") {
			got = append(got, p.At.Path+" "+modLine(p))
		}
		diff(t, got, want)
		t.Logf("%s: %d modules, go version -m lists %d", r.Target.Source, len(got), len(want))
	}
}

func modLine(p inventory.Package) string { return p.Name + " " + p.Version }

// goVersion reads what `go version -m` prints of one program: its own module,
// those built in, a replacement by a module in place of what it replaces, and
// the release of Go as the version of stdlib. A replacement by a folder has no
// version.
func goVersion(t *testing.T, file string) []string {
	t.Helper()
	var mods []string
	for l := range strings.Lines(capture(t, "", "go", "version", "-m", file)) {
		if rest, ok := strings.CutPrefix(l, file+": go"); ok {
			mods = append(mods, "stdlib "+strings.TrimSpace(rest))
			continue
		}
		f := strings.Split(strings.TrimSpace(l), "\t")
		switch f[0] {
		case "mod", "dep":
			mods = append(mods, f[1]+" "+f[2])
		case "=>":
			last := &mods[len(mods)-1]
			if len(f) < 3 || f[2] == "" || f[2] == "(devel)" {
				name, _, _ := strings.Cut(*last, " ")
				*last = name + " (devel)"
			} else {
				*last = f[1] + " " + f[2]
			}
		}
	}
	return mods
}

// TestGoBinaryBroken wants a warning, and no more, of a program cut in half.
func TestGoBinaryBroken(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(s.dir, "root")
	put(t, dir, "etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n", "bin/half", string(b[:len(b)/2]))
	if err := os.Chmod(filepath.Join(dir, "bin/half"), 0o755); err != nil {
		t.Fatal(err)
	}
	s.scan(t, "dir:"+dir)
}
