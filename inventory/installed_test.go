package inventory

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func md5Of(content string) Sum {
	digest := md5.Sum([]byte(content))
	return SumOf(MD5, digest[:])
}

// summed is a part with files, "path" for a directory with a slash behind it,
// given as pairs of path and content, with the MD5 of each.
func summed(files ...string) Part {
	var p Part
	for i := 0; i < len(files); i += 2 {
		name := files[i]
		if name[len(name)-1] == '/' {
			p.SeenDirs = append(p.SeenDirs, PathHash(name[:len(name)-1]))
			continue
		}
		p.Seen = append(p.Seen, PathHash(name))
		p.Sums.Add(PathHash(name), md5Of(files[i+1]))
	}
	return finished(p)
}

func finished(p Part) Part {
	slices.Sort(p.Seen)
	slices.Sort(p.SeenDirs)
	p.Seen, p.SeenDirs = slices.Compact(p.Seen), slices.Compact(p.SeenDirs)
	p.Finish()
	return p
}

// TestChanged lays layers over a base whose database lists a few files.
func TestChanged(t *testing.T) {
	base := func() Part {
		p := summed("usr/", "", "usr/bin/", "", "usr/bin/a", "a", "usr/bin/a", "A", "usr/bin/b", "b", "usr/bin/empty", "", "etc/conf", "mine", "opt/own", "x")
		p.Links = map[string]string{"bin": "usr/bin"}
		p.Seen = append(p.Seen, PathHash("bin"), PathHash("usr/bin/hard"), PathHash("db"))
		p.Sums.Link(PathHash("usr/bin/hard"), PathHash("usr/bin/b"))
		db := p.File("db")
		for file, content := range map[string]string{"bin/a": "A", "usr/bin/b": "b", "usr/bin/empty": "", "usr/bin/hard": "b", "usr/share/doc/gone": "g"} {
			db.AddInstalled(Installed{Package: "p", Path: file, Sum: md5Of(content)})
		}
		db.AddInstalled(Installed{Package: "p", Path: "usr/bin"})
		db.AddInstalled(Installed{Package: "p", Path: "etc/conf", Sum: md5Of("theirs"), Config: true})
		return finished(p)
	}
	loose := summed("bin/a", "evil")
	loose.Loose = []string{"bin/a"}
	link := finished(Part{Seen: []uint64{PathHash("usr/bin/a")}, Links: map[string]string{"usr/bin/a": "b"}})
	hard := summed("usr/bin/z", "b")
	hard.Seen = append(hard.Seen, PathHash("usr/bin/b"))
	hard.Sums.Link(PathHash("usr/bin/b"), PathHash("usr/bin/z"))
	partial := finished(Part{Seen: []uint64{PathHash("usr/bin/a")}, Sums: Sums{Partial: [...]bool{MD5: true, SHA256: false}}})
	for name, tt := range map[string]struct {
		upper   []Part
		want    []string
		unknown int
	}{
		"clean":                         {nil, nil, 0},
		"other content":                 {[]Part{summed("usr/bin/a", "x")}, []string{"usr/bin/a 1 false"}, 0},
		"the same content again":        {[]Part{summed("usr/bin/a", "A")}, nil, 0},
		"changed and changed back":      {[]Part{summed("usr/bin/a", "x"), summed("usr/bin/a", "A")}, nil, 0},
		"changed, then removed":         {[]Part{summed("usr/bin/a", "x"), {Hidden: []string{"usr/bin/a"}}}, nil, 0},
		"changed in a removed place":    {[]Part{summed("usr/bin/a", "x"), {Hidden: []string{"usr/bin"}}}, nil, 0},
		"removed, then other content":   {[]Part{{Opaque: []string{"usr"}}, summed("usr/bin/a", "x")}, []string{"usr/bin/a 2 false"}, 0},
		"empty file with content":       {[]Part{summed("usr/bin/empty", "x")}, []string{"usr/bin/empty 1 false"}, 0},
		"file that is empty now":        {[]Part{summed("usr/bin/b", "")}, []string{"usr/bin/b 1 false"}, 0},
		"a link in its place":           {[]Part{link}, []string{"usr/bin/a 1 true"}, 0},
		"a directory in its place":      {[]Part{summed("usr/bin/a/", "")}, []string{"usr/bin/a 1 true"}, 0},
		"a hard link to the same":       {[]Part{finished(hard)}, nil, 0},
		"through the link of the base":  {[]Part{loose}, []string{"usr/bin/a 1 false"}, 0},
		"configuration":                 {[]Part{summed("etc/conf", "again mine")}, []string{"etc/conf 1 false"}, 0},
		"a layer that was not summed":   {[]Part{partial}, nil, 1},
		"nobody's file":                 {[]Part{summed("usr/bin/new", "x")}, nil, 0},
		"a layer with the other digest": {[]Part{{Seen: []uint64{PathHash("usr/bin/a")}, Sums: Sums{Partial: [...]bool{MD5: true, SHA256: false}}}}, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			disk := Merge(append([]Part{base()}, tt.upper...)).Disk
			changed, unknown := disk.Changed()
			var got []string
			for _, c := range changed {
				if c.Config && c.Layer == 0 {
					continue // the base's own
				}
				got = append(got, fmt.Sprint(c.Path, " ", c.Layer, " ", c.Replaced))
			}
			if d := cmp.Diff(tt.want, got); d != "" || unknown != tt.unknown {
				t.Errorf("unknown %d, want %d (-want +got)%s", unknown, tt.unknown, d)
			}
			if need := disk.Unread(); (len(need) > 0) != (tt.unknown > 0) {
				t.Errorf("layers to be read again: %v", need)
			}
		})
	}
	var none *Disk
	if changed, unknown := none.Changed(); changed != nil || unknown != 0 {
		t.Error("nothing has changed on no disk")
	}
}

// TestOwnership has packages take files from each other, as dpkg and rpm do it.
func TestOwnership(t *testing.T) {
	p := summed("usr/bin/taken", "new", "usr/bin/shared", "of b", "usr/bin/aside", "admin", "usr/bin/aside.distrib", "a", "usr/lib/distroless", "d")
	list := func(path, pkg string, files ...string) {
		for _, f := range files {
			p.File(path).AddInstalled(Installed{Package: pkg, Path: f})
		}
	}
	sums := func(path, pkg string, files ...string) {
		f := p.File(path)
		f.Manifest = &Manifest{Beside: true}
		for i := 0; i < len(files); i += 2 {
			f.AddInstalled(Installed{Package: pkg, Path: files[i], Sum: md5Of(files[i+1])})
		}
	}
	list("info/z.list", "z", "usr/bin/aside")
	sums("info/z.md5sums", "z", "usr/bin/taken", "old", "usr/bin/aside", "a")
	list("info/a.list", "a", "usr/bin/taken", "usr/bin/shared")
	sums("info/a.md5sums", "a", "usr/bin/taken", "new", "usr/bin/shared", "of a")
	sums("info/distroless.md5sums", "distroless", "usr/lib/distroless", "d")
	p.File("rpmdb").AddInstalled(Installed{Package: "b", Path: "usr/bin/shared", Sum: md5Of("of b")})
	p.File("diversions").Diversions = []Diversion{{From: "usr/bin/aside", To: "usr/bin/aside.distrib", By: "admin"}}
	disk := Merge([]Part{finished(p)}).Disk
	if changed, unknown := disk.Changed(); len(changed) > 0 || unknown > 0 {
		t.Errorf("changed: %v, unknown %d", changed, unknown)
	}
	for path, want := range map[string]string{"usr/bin/taken": "a", "usr/bin/aside": "", "usr/bin/aside.distrib": "z", "usr/lib/distroless": "distroless"} {
		if f, _ := disk.Installed(path); f.Package != want {
			t.Errorf("%s belongs to %q, want %q", path, f.Package, want)
		}
	}
}

// TestLinkOfPackage wants a symbolic link to be the one that apk wrote the sum of.
func TestLinkOfPackage(t *testing.T) {
	for target, want := range map[string]int{"libz.so.1": 0, "evil.so": 1} {
		p := Part{Seen: []uint64{PathHash("lib/libz.so")}, Links: map[string]string{"lib/libz.so": target}}
		old, now := sha1.Sum([]byte("libz.so.1")), sha256.Sum256([]byte("libz.so.1"))
		for _, sum := range []Sum{SumOf(SHA1, old[:]), SumOf(SHA256, now[:])} {
			p := p
			p.File("lib/apk/db/installed").Manifest = nil
			p.File("lib/apk/db/installed").AddInstalled(Installed{Package: "zlib", Path: "lib/libz.so", Sum: sum})
			if changed, _ := Merge([]Part{finished(p)}).Disk.Changed(); len(changed) != want {
				t.Errorf("link to %s, algorithm %d: %v", target, sum.Algorithm, changed)
			}
		}
	}
}

func TestSumsSort(t *testing.T) {
	var s Sums
	for n, h := range []uint64{5, 3, 5, 1, 3, 9} {
		s.Add(h, SumOf(SHA256, []byte(fmt.Sprintf("%08d", n))))
	}
	s.Link(7, 9)
	s.Link(8, 7)
	s.Sort()
	for h, want := range map[uint64]string{1: "00000003", 3: "00000004", 5: "00000002", 7: "00000005", 8: "00000005", 9: "00000005", 2: "", 10: ""} {
		sum, ok := s.of(h, SHA256)
		if ok != (want != "") || ok && string(sum.Prefix[:]) != want {
			t.Errorf("%d: %s %v, want %s", h, sum.Prefix, ok, want)
		}
		if _, ok := s.of(h, MD5); ok {
			t.Errorf("%d has no MD5", h)
		}
	}
}

// BenchmarkChanged compares 50,000 files of packages in 20 layers.
func BenchmarkChanged(b *testing.B) {
	const files = 50_000
	base := Part{Links: map[string]string{"bin": "usr/bin"}}
	for n := range files {
		name := fmt.Sprintf("usr/share/package-%d/directory/file-%d.txt", n/100, n)
		sum := md5Of(name)
		base.Seen = append(base.Seen, PathHash(name))
		base.Sums.Add(PathHash(name), sum)
		base.File("list").AddInstalled(Installed{Package: fmt.Sprint(n / 100), Path: name})
		base.File("sums").AddInstalled(Installed{Package: fmt.Sprint(n / 100), Path: name, Sum: sum})
	}
	parts := []Part{finished(base)}
	for n := range 20 {
		var p Part
		for i := range 2000 {
			p.Seen = append(p.Seen, PathHash(fmt.Sprintf("app/%d/%d", n, i)))
		}
		parts = append(parts, finished(p))
	}
	for b.Loop() {
		changed, unknown := Merge(parts).Disk.Changed()
		if len(changed) > 0 || unknown > 0 {
			b.Fatal(len(changed), unknown)
		}
	}
}
