package inventory

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestManifest(t *testing.T) {
	sum := SumOf(SHA1, []byte("12345678901234567890"))
	want := []Installed{
		{Package: "a", Path: "usr"}, {Package: "a", Path: "usr/bin/x", Sum: sum}, {Package: "a", Path: "etc/x", Sum: sum, Config: true},
		{Package: "b", Path: "usr/bin/y"}, {Package: "b", Path: "é\xff\n"}, {Package: "a", Path: "usr/bin/y", Sum: SumOf(MD5, make([]byte, 16))},
	}
	var m Manifest
	for _, f := range want {
		if !m.Add(f) {
			t.Errorf("%v was refused", f)
		}
	}
	if m.Add(Installed{}) || m.Add(Installed{Path: strings.Repeat("x", maxInstalledPath+1)}) {
		t.Error("took a file without a path or with one that is too long")
	}
	if d := cmp.Diff(want, slices.Collect(m.All())); d != "" {
		t.Error(d)
	}
	if SumOf(MD5, []byte("short")) != (Sum{}) {
		t.Error("a short digest is no sum")
	}
	for n := range m.Data { // a file of the cache that is cut has a bad sum, but no panic even so
		for range (&Manifest{Packages: m.Packages, Data: m.Data[:n]}).All() {
		}
	}
}

func FuzzManifest(f *testing.F) {
	var m Manifest
	m.Add(Installed{Package: "a", Path: "usr/bin/x", Sum: SumOf(SHA1, make([]byte, 20))})
	f.Add(m.Data)
	f.Fuzz(func(t *testing.T, data []byte) {
		for f := range (&Manifest{Packages: []string{"a", "b"}, Data: data}).All() {
			if f.Package != "a" && f.Package != "b" {
				t.Errorf("package %q", f.Package)
			}
		}
	})
}

func TestDisk(t *testing.T) {
	part := func(seen string, hidden, opaque []string) Part {
		p := notePart(seen)
		p.Hidden, p.Opaque = hidden, opaque
		return p
	}
	base := part("etc/ etc/passwd usr/ usr/bin/ usr/bin/su bin opt/ opt/a/ opt/a/x opt/b srv/ srv/old", nil, nil)
	base.Links = map[string]string{"bin": "usr/bin"}
	db := base.File("var/lib/db")
	db.AddInstalled(Installed{Package: "login", Path: "bin/su"})
	db.AddInstalled(Installed{Package: "login", Path: "usr/bin/su", Sum: SumOf(MD5, make([]byte, 16))})
	db.AddInstalled(Installed{Package: "gone", Path: "bin/su"})
	base.Seen = append(base.Seen, PathHash("var/lib/db"))
	slices.Sort(base.Seen)
	parts := []Part{base, part("", []string{"opt/a", "etc/passwd"}, []string{"srv"}), part("srv/ srv/new opt/b/ opt/b/y", nil, nil), part("usr/bin/su", nil, nil)}
	disk := Merge(parts).Disk
	for path, want := range map[string]string{
		"bin/su": "3 true", "usr/bin/su": "3 true", "etc/passwd": "0 false", "opt/a/x": "0 false", "opt/a": "0 false", "srv/old": "0 false",
		"srv/new": "2 true", "srv": "2 true", "opt/b": "2 true", "opt/b/y": "2 true", "never": "0 false", "": "0 true", "bin": "0 true",
	} {
		layer, ok := disk.Layer(path)
		if got := fmt.Sprint(layer, ok); got != want || disk.Exists(path) != ok {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	f, ok := disk.Installed("bin/su")
	if !ok || f.Package != "login" || f.Sum.Algorithm != MD5 {
		t.Errorf("bin/su: %v %v", f, ok)
	}
	if _, ok := disk.Installed("etc/passwd"); ok {
		t.Error("etc/passwd belongs to nobody")
	}
	var none *Disk
	if none.Exists("x") || none.Real("x") != "x" {
		t.Error("nothing is known of no disk")
	}
	if _, ok := none.Installed("x"); ok {
		t.Error("nothing is known of no disk")
	}
}
