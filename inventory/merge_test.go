package inventory

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// layer builds a Part as a walk would: a path ending in "/" is a directory,
// "a -> b" a link, "-a" a whiteout, "=a" an opaque directory, "a: p q" a file
// that was read and holds packages p and q, and any other path a file that
// nobody read.
func layer(lines ...string) Part {
	var p Part
	for _, l := range lines {
		from, to, isLink := strings.Cut(l, " -> ")
		file, packages, isRead := strings.Cut(l, ":")
		switch {
		case strings.HasPrefix(l, "-"):
			p.Hidden = append(p.Hidden, l[1:])
		case strings.HasPrefix(l, "="):
			p.Opaque = append(p.Opaque, l[1:])
		case isLink:
			if p.Links == nil {
				p.Links = map[string]string{}
			}
			p.Links[from] = to
			p.Seen = append(p.Seen, PathHash(from))
		case strings.HasSuffix(l, "/"):
			p.SeenDirs = append(p.SeenDirs, PathHash(strings.TrimSuffix(l, "/")))
		case isRead:
			p.Seen = append(p.Seen, PathHash(file))
			p.File(file)
			for _, name := range strings.Fields(packages) {
				p.Add(file, Package{Ecosystem: "npm", Name: name, PURL: "pkg:npm/" + name})
			}
		default:
			p.Seen = append(p.Seen, PathHash(l))
		}
	}
	slices.Sort(p.Seen)
	slices.Sort(p.SeenDirs)
	return p
}

func TestMerge(t *testing.T) {
	tests := []struct {
		name   string
		layers []Part
		want   string // "name@layer" of each package
	}{
		{"one layer", []Part{layer("db: a b")}, "a@0 b@0"},
		{"rewritten database keeps who brought what", []Part{layer("db: a b"), layer("db: a b c"), layer("db: b c d")}, "b@0 c@1 d@2"},
		{"removed and installed again", []Part{layer("db: a"), layer("db:"), layer("db: a")}, "a@2"},
		{"emptied database", []Part{layer("db: a"), layer("db:")}, ""},
		{"whiteout of a file", []Part{layer("x/db: a", "y/db: b"), layer("-x/db")}, "b@0"},
		{"whiteout of a directory", []Part{layer("x/y/db: a", "xy/db: b"), layer("-x")}, "b@0"},
		{"whiteout and file again in one layer", []Part{layer("x/db: a"), layer("-x", "x/db: a c")}, "a@0 c@1"},
		{"opaque directory", []Part{layer("x/y/db: a", "x/db: b", "z: c"), layer("x/", "=x", "x/db: d")}, "c@0 d@1"},
		{"opaque root", []Part{layer("x/db: a"), layer("=", "db: b")}, "b@1"},
		{"file takes the place of a directory", []Part{layer("app/x/db: a"), layer("app")}, ""},
		{"link takes the place of a directory", []Part{layer("app/x/db: a", "new/x/db: b"), layer("app -> new")}, "b@0"},
		{"directory takes the place of a file", []Part{layer("app: a"), layer("app/")}, ""},
		{"unread file takes the place of a read one", []Part{layer("bin/tool: a"), layer("bin/tool")}, ""},
		{"merged usr: database through the link", []Part{layer("lib -> usr/lib", "usr/lib/apk: a b"), layer("lib/apk: a c")}, "a@0 c@1"},
		{"merged usr: real path over path through the link", []Part{layer("lib -> usr/lib", "lib/apk: a"), layer("usr/lib/apk: c")}, "c@1"},
		{"merged usr: whiteout through the link", []Part{layer("lib -> usr/lib", "usr/lib/apk: a"), layer("-lib/apk")}, ""},
		{"merged usr: unread file through the link", []Part{layer("lib -> usr/lib", "usr/lib/apk: a"), layer("lib/apk")}, ""},
		{"link written again", []Part{layer("lib -> usr/lib", "usr/lib/apk: a"), layer("lib -> usr/lib", "lib/apk: b")}, "b@1"},
		{"absolute link", []Part{layer("var/db -> /data", "data/s: a"), layer("var/db/s: b")}, "b@1"},
		{"directory takes the place of a link", []Part{layer("lib -> usr/lib", "usr/lib/apk: a"), layer("lib/", "lib/apk: b")}, "a@0 b@1"},
		{"opaque directory takes the place of a link", []Part{layer("lib -> usr/lib", "usr/lib/apk: a"), layer("lib/", "=lib", "lib/apk: b")}, "a@0 b@1"},
		{"link out of the image stays inside", []Part{layer("x -> ../../../y", "y/db: a"), layer("x/db: b")}, "b@1"},
		{"loop of links", []Part{layer("a -> b", "b -> a", "a/db: p")}, "p@0"},
		{"link to itself", []Part{layer("a -> a", "a/db: p")}, "p@0"},
		{"link to the root", []Part{layer("host -> /", "db: a"), layer("db: b")}, "b@1"},
		{"duplicate names in different files", []Part{layer("x/p: a", "y/p: a"), layer("-x")}, "a@0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := installed(Merge(tt.layers)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func installed(inv *Inventory) string {
	var got []string
	for _, p := range inv.Packages {
		got = append(got, fmt.Sprintf("%s@%d", p.Name, p.At.Layer))
	}
	return strings.Join(got, " ")
}

func TestMergeFacts(t *testing.T) {
	base := layer("lib -> usr/lib")
	base.File("etc/os-release").Distro = &Distro{ID: "debian", Version: "12"}
	base.File("usr/lib/os-release").Distro = &Distro{ID: "other"}
	base.Add("var/lib/dpkg/status", Package{Ecosystem: "deb", Name: "python3-six", Version: "1.16.0-4", Arch: "all"})
	base.Add("var/lib/dpkg/status", Package{Ecosystem: "deb", Name: "libx", Version: "1:2-3"})
	base.File("var/lib/dpkg/info/python3-six.list").Owned = map[string]string{"lib/python3/dist-packages/six.egg-info": "python3-six"}
	base.File("usr/share/doc/python3-six/copyright").Licenses = map[string][]string{"python3-six": {"MIT"}}
	base.Links["usr/share/doc/libx"] = "python3-six"
	base.Add("usr/lib/python3/dist-packages/six.egg-info", Package{Ecosystem: "pypi", Name: "six", Version: "1.16.0", PURL: "pkg:pypi/six@1.16.0"})
	base.Warn("x", "broken")
	inv := Merge([]Part{{}, base})
	inv.Disk = nil // has tests of its own
	want := &Inventory{
		Distro: Distro{ID: "debian", Version: "12"},
		Packages: []Package{
			{PURL: "pkg:deb/debian/libx@1:2-3?distro=debian-12", Ecosystem: "deb", Name: "libx", Version: "1:2-3", Licenses: []string{"MIT"}, At: Place{1, "var/lib/dpkg/status", 0, 0, 0}},
			{PURL: "pkg:deb/debian/python3-six@1.16.0-4?arch=all&distro=debian-12", Ecosystem: "deb", Name: "python3-six", Version: "1.16.0-4", Arch: "all", Licenses: []string{"MIT"}, At: Place{1, "var/lib/dpkg/status", 0, 0, 0}},
			{PURL: "pkg:pypi/six@1.16.0", Ecosystem: "pypi", Name: "six", Version: "1.16.0", Licenses: []string{}, Owner: "python3-six", At: Place{1, "usr/lib/python3/dist-packages/six.egg-info", 0, 0, 0}},
		},
		Warnings: []Warning{{At: Place{Layer: 1, Path: "x"}, Message: "broken"}},
	}
	if d := cmp.Diff(want, inv); d != "" {
		t.Error(d)
	}
}

// TestMergeAgainstFileSystem applies random layers to a model that is a plain
// set of files and compares what is left.
func TestMergeAgainstFileSystem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dirs := []string{"", "a/", "a/b/", "c/"}
		var parts []Part
		model := map[string]int{} // path of a read file → layer
		for n := range rapid.IntRange(1, 5).Draw(t, "layers") {
			var lines []string
			used := map[string]bool{}
			for range rapid.IntRange(0, 4).Draw(t, "lines") {
				p := rapid.SampledFrom(dirs).Draw(t, "dir") + rapid.SampledFrom([]string{"a", "c", "x", "y"}).Draw(t, "name")
				clash := false
				for u := range used {
					clash = clash || u == p || strings.HasPrefix(u, p+"/") || strings.HasPrefix(p, u+"/")
				}
				if clash {
					continue
				}
				used[p] = true
				below := func(k string, _ int) bool { return k == p || strings.HasPrefix(k, p+"/") }
				switch rapid.SampledFrom([]string{"read", "unread", "whiteout", "opaque"}).Draw(t, "what") {
				case "read":
					lines = append(lines, p+": "+strings.ReplaceAll(p, "/", "-"))
					maps.DeleteFunc(model, below)
					model[p] = n
				case "unread":
					lines = append(lines, p)
					maps.DeleteFunc(model, below)
				case "whiteout":
					lines = append(lines, "-"+p)
					maps.DeleteFunc(model, below)
				case "opaque":
					lines = append(lines, p+"/", "="+p)
					maps.DeleteFunc(model, below)
				}
				// A file in a directory turns what was there into one.
				for dir := p; strings.Contains(dir, "/"); {
					dir = dir[:strings.LastIndexByte(dir, '/')]
					if lines != nil && !strings.HasPrefix(lines[len(lines)-1], "-") {
						lines = append(lines, dir+"/")
						delete(model, dir)
					}
				}
			}
			parts = append(parts, layer(lines...))
		}
		want := []string{}
		for p := range model {
			want = append(want, strings.ReplaceAll(p, "/", "-"))
		}
		slices.Sort(want)
		got := []string{}
		for _, p := range Merge(parts).Packages {
			got = append(got, p.Name)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("%s\nlayers %+v", d, parts)
		}
	})
}
