package dpkg

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// catalogFile runs the cataloger over one file.
func catalogFile(t testing.TB, part *inventory.Part, path, text string) *inventory.File {
	t.Helper()
	f := walk.NewFile(path, 0o644, int64(len(text)), strings.NewReader(text))
	if err := Cataloger().Read(t.Context(), f, part); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return part.File(path)
}

func deb(name, version, arch string) inventory.Package {
	return inventory.Package{Ecosystem: "deb", Name: name, Version: version, Arch: arch}
}

func TestStatus(t *testing.T) {
	fromSource := func(p inventory.Package, source, version string) inventory.Package {
		p.Source, p.SourceVersion = source, version
		return p
	}
	for _, c := range []struct {
		name, path, text string
		want             []inventory.Package
		warnings         []string
	}{
		{"states", statusPath, `Package: a
Status: install ok installed
Version: 1

Package: b
Status: deinstall ok config-files
Version: 1

Package: c
Status: install reinstreq half-installed
Version: 1

Package: d
Status: install ok unpacked
Version: 1

Package: e
Status: install ok triggers-pending
Version: 1

Package: f
Status: purge ok not-installed

Package: g
Version: 1

Package: h
Status: hold ok installed
Version: 1
`, []inventory.Package{deb("a", "1", ""), deb("c", "1", ""), deb("d", "1", ""), deb("e", "1", ""), deb("h", "1", "")}, nil},
		{"source", statusPath, `Package: libssl3
Status: install ok installed
Source: openssl
Architecture: amd64
Version: 3.0.9-1

Package: bash
Status: install ok installed
Source: bash (5.2.15-2)
Architecture: amd64
Version: 5.2.15-2+b2

Package: gcc-12-base
Status: install ok installed
Source: gcc-12 (12.2.0-14)
Architecture: amd64
Version: 12.2.0-14`, []inventory.Package{
			fromSource(deb("libssl3", "3.0.9-1", "amd64"), "openssl", ""),
			fromSource(deb("bash", "5.2.15-2+b2", "amd64"), "", "5.2.15-2"),
			fromSource(deb("gcc-12-base", "12.2.0-14", "amd64"), "gcc-12", ""),
		}, nil},
		{"two architectures, a repeated stanza", statusPath, `Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-8

Package: libc6
Status: install ok installed
Architecture: i386
Version: 2.36-9

Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9
`, []inventory.Package{deb("libc6", "2.36-9", "amd64"), deb("libc6", "2.36-9", "i386")}, nil},
		{"carriage returns, continuations, odd case", statusPath,
			"PACKAGE: a\r\nStatus:install ok installed\r\nConffiles:\r\n /etc/x 0123\r\n Version: 9\r\n\tPackage: z\r\nversion:  1:2-3  \r\n\r\n\r\nPackage: b\r\nStatus: install ok installed\r\nVersion: 1",
			[]inventory.Package{deb("a", "1:2-3", ""), deb("b", "1", "")}, nil},
		{"broken stanzas", statusPath, "Package: a\nStatus: install ok installed\n\nStatus: install ok installed\nVersion: 1\n\nnonsense\nPackage: b\nStatus: install ok installed\nVersion: 1\n\nPackage: c\nStatus: whatever\nVersion: 1\n\nPackage: d\nStatus: install ok installed\nVersion: " + strings.Repeat("9", maxField+1),
			[]inventory.Package{deb("b", "1", "")}, []string{
				"skipped: stanzas without a usable Package or Version: 2, the first at line 1",
				"skipped: lines that are no field: 1, the first at line 7",
				"skipped: stanzas with an unknown Status: 1, the first at line 12",
				"skipped: stanzas with a field of more than 1024 bytes: 1, the first at line 16",
			}},
		{"a huge field that nobody reads", statusPath, "Package: a\nStatus: install ok installed\nDescription: " + strings.Repeat("long ", 1<<18) + "\nVersion: 1\n",
			[]inventory.Package{deb("a", "1", "")}, nil},
		{"noise", statusPath, "\x00\xff\x01\n\x7fELF\n", nil, []string{"skipped: lines that are no field: 2, the first at line 1"}},
		{"empty", statusPath, "", nil, nil},
		{"distroless", statusDir + "/base-files", "Package: base-files\nVersion: 12.4+deb12u5\nArchitecture: amd64\n", []inventory.Package{deb("base-files", "12.4+deb12u5", "amd64")}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			part := &inventory.Part{}
			got := catalogFile(t, part, c.path, c.text)
			if diff := cmp.Diff(c.want, got.Packages, cmpopts.IgnoreFields(inventory.Package{}, "At"), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			var warnings []string
			for _, w := range part.Warnings {
				warnings = append(warnings, w.Message)
			}
			if diff := cmp.Diff(c.warnings, warnings); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPlace(t *testing.T) {
	f := catalogFile(t, &inventory.Part{}, statusPath, "\nPackage: a\nStatus: install ok installed\nVersion: 1\n")
	if want := (inventory.Place{Path: statusPath, Line: 2}); f.Packages[0].At != want {
		t.Errorf("%+v, want %+v", f.Packages[0].At, want)
	}
}

func TestOwned(t *testing.T) {
	part := &inventory.Part{}
	got := catalogFile(t, part, "var/lib/dpkg/info/python3-six:all.list", "/.\n/usr\n/usr/lib/python3/dist-packages/six-1.16.0.egg-info/PKG-INFO\n/usr/lib/x.so\n/usr/bin/six\n")
	want := map[string]string{"usr/lib/python3/dist-packages/six-1.16.0.egg-info/PKG-INFO": "python3-six", "usr/bin/six": "python3-six"}
	if diff := cmp.Diff(want, got.Owned); diff != "" {
		t.Error(diff)
	}
}

func TestDistrolessOwned(t *testing.T) {
	sums := "d41d8cd98f00b204e9800998ecf8427e  ./usr/bin/openssl\nd41d8cd98f00b204e9800998ecf8427e  usr/share/doc/openssl/copyright\n"
	for name, want := range map[string]string{
		"openssl":        "openssl",
		"b3BlbnNzbA==":   "openssl", // base64
		"6f70656e73736c": "openssl", // a valid name by itself: the stanza must tell
		"0A_unknown":     "",
	} {
		part := &inventory.Part{}
		if name == "6f70656e73736c" {
			catalogFile(t, part, statusDir+"/"+name, "Package: openssl\nVersion: 1\n")
		}
		got := catalogFile(t, part, statusDir+"/"+name+".md5sums", sums)
		var owned map[string]string
		if want != "" {
			owned = map[string]string{"usr/bin/openssl": want}
		}
		if diff := cmp.Diff(owned, got.Owned); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if len(got.Packages) > 0 {
			t.Errorf("%s: sums gave packages %v", name, got.Packages)
		}
	}
}

func TestCopyright(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"machine-readable", "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: x\n\nFiles: *\nCopyright: 2000 somebody\nLicense: GPL-2+ or Artistic\n\nFiles: y\nlicense: Expat, GPL-2+ with OpenSSL exception\n\nLicense: Expat\n Permission is hereby granted\n License: not-this\n On Debian see /usr/share/common-licenses/BSD.\n",
			[]string{"Artistic", "Expat", "GPL-2+", "GPL-2+ with OpenSSL exception"}},
		{"prose", "This is free.\nLicense: as you like it\nSee `/usr/share/common-licenses/GPL-2', /usr/share/common-licenses/LGPL-2.1. and\n/usr/share/common-licenses/GPL-2.\n", []string{"GPL-2", "LGPL-2.1"}},
		{"nothing", "All rights reserved.\n", nil},
		{"empty", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := catalogFile(t, &inventory.Part{}, "usr/share/doc/libx/copyright", c.text)
			if diff := cmp.Diff(c.want, got.Licenses["libx"]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestWant holds apart what apt keeps: lists of what could be installed.
func TestWant(t *testing.T) {
	wanted := func(p string) bool {
		return slices.ContainsFunc(Cataloger().Want, func(w walk.Pattern) bool {
			ok, err := path.Match(w.Glob, p)
			return err == nil && ok
		})
	}
	for p, want := range map[string]bool{
		"var/lib/dpkg/status":                   true,
		"var/lib/dpkg/status.d/libc6":           true,
		"var/lib/dpkg/status.d/libc6.md5sums":   true,
		"var/lib/dpkg/info/libc6:amd64.list":    true,
		"var/lib/dpkg/info/libc6:amd64.md5sums": true,
		"usr/share/doc/libc6/copyright":         true,
		"var/lib/dpkg/status-old":               false,
		"var/lib/dpkg/available":                false,
		"var/lib/apt/extended_states":           false,
		"var/lib/apt/lists/deb.debian.org_debian_dists_bookworm_main_binary-amd64_Packages": false,
		"lib/apt/status": false,
	} {
		if wanted(p) != want {
			t.Errorf("%s: wanted %v, should be %v", p, !want, want)
		}
	}
}

// TestWritten writes random databases and reads them back.
func TestWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z0-9][a-z0-9+.-]{1,20}`), 0, 30, rapid.ID[string]).Draw(t, "names")
		end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "line end")
		var text strings.Builder
		var want []inventory.Package
		for _, n := range names {
			p := deb(n, rapid.StringMatching(`([0-9]:)?[0-9][A-Za-z0-9.+~]{0,10}(-[0-9a-z.]{1,5})?`).Draw(t, "version"), "arm64")
			installed := rapid.Bool().Draw(t, "installed")
			status := "deinstall ok config-files"
			if installed {
				status = "install ok installed"
				want = append(want, p)
			}
			fmt.Fprintf(&text, "Package: %s%sStatus: %s%sDescription: x%s Version: 0%sVersion: %s%sArchitecture: arm64%s%s", n, end, status, end, end, end, p.Version, end, end, end)
		}
		part := &inventory.Part{}
		f := walk.NewFile(statusPath, 0o644, int64(text.Len()), strings.NewReader(text.String()))
		if err := Cataloger().Read(t.Context(), f, part); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, part.File(statusPath).Packages, cmpopts.IgnoreFields(inventory.Package{}, "At"), cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzRead(f *testing.F) {
	paths := []string{statusPath, statusDir + "/x", statusDir + "/x.md5sums", "var/lib/dpkg/info/x.list", "usr/share/doc/x/copyright", "var/lib/dpkg/info/x.md5sums", diversionsPath}
	for i := range paths {
		f.Add(i, "Package: a\nStatus: install ok installed\nVersion: 1\nSource: b (2)\n\n")
		f.Add(i, "Format: x\nLicense: GPL-2+ or MIT\n/usr/share/common-licenses/GPL-2\n")
		f.Add(i, "/usr/bin/x\nabc  usr/bin/y\n")
	}
	f.Fuzz(func(t *testing.T, i int, text string) {
		got := catalogFile(t, &inventory.Part{}, paths[int(uint(i)%uint(len(paths)))], text)
		for _, p := range got.Packages {
			if p.Name == "" || p.Version == "" || strings.ContainsAny(p.Name+p.Version+p.Source+p.SourceVersion, " \n\x00\x1b") {
				t.Errorf("%q gave %+v", text, p)
			}
		}
	})
}

func TestDiversions(t *testing.T) {
	text := "/usr/bin/a\n/usr/bin/a.distrib\n:\n/usr/bin/b\n/usr/bin/b.dash\ndash\n/cut\n/cut.off\n"
	got := catalogFile(t, &inventory.Part{}, diversionsPath, text).Diversions
	want := []inventory.Diversion{{From: "usr/bin/a", To: "usr/bin/a.distrib"}, {From: "usr/bin/b", To: "usr/bin/b.dash", By: "dash"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	many := strings.Repeat("/a\n/b\n:\n", maxDiversions+5)
	if n := len(catalogFile(t, &inventory.Part{}, diversionsPath, many).Diversions); n != maxDiversions {
		t.Errorf("%d diversions", n)
	}
}

// BenchmarkStatus reads a database of 400 packages, as a usual image has.
func BenchmarkStatus(b *testing.B) {
	var text strings.Builder
	for i := range 400 {
		fmt.Fprintf(&text, "Package: package-%d\nStatus: install ok installed\nPriority: optional\nSection: libs\nInstalled-Size: %d\nMaintainer: Somebody <somebody@example.org>\nArchitecture: amd64\nMulti-Arch: same\nSource: source-%d (1.%d-1)\nVersion: 1.%d-1+b1\nDepends: libc6 (>= 2.34), libgcc-s1 (>= 3.0), libstdc++6 (>= 5)\nConffiles:\n /etc/p 0123456789abcdef0123456789abcdef\nDescription: a package\n%sHomepage: https://example.org/\n\n", i, i, i/2, i, i, strings.Repeat(" some lines of text that nobody reads here, and then some more.\n", 8))
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if n := len(catalogFile(b, &inventory.Part{}, statusPath, text.String()).Packages); n != 400 {
			b.Fatal(n)
		}
	}
}
