package apk

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

const installed = "lib/apk/db/installed"

// catalogFile runs the cataloger over one file.
func catalogFile(t testing.TB, part *inventory.Part, path, text string) *inventory.File {
	t.Helper()
	f := walk.NewFile(path, 0o644, int64(len(text)), strings.NewReader(text))
	if err := Cataloger().Read(t.Context(), f, part); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return part.File(path)
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []inventory.Package
		owned      map[string]string
		warnings   []string
	}{
		{"two packages, no last line end", "C:Q1x=\nP:libcrypto3\nV:3.1.4-r5\nA:x86_64\nT:a text: with colons\nL:Apache-2.0\no:openssl\np:so:libcrypto.so.3=3\nF:lib\nR:libcrypto.so.3\nF:usr/bin\nR:c_rehash\na:0:0:755\nZ:Q1x=\n\nP:six\nV:1.16-r1\nA:noarch\nL:MIT AND (BSD-3-Clause OR GPL-2.0-only WITH Linux-syscall-note)\no:six\nF:\nR:top.jar\nF:usr/lib/python3.11/site-packages/six-1.16.0.dist-info\nR:METADATA",
			[]inventory.Package{
				{Ecosystem: "apk", Name: "libcrypto3", Version: "3.1.4-r5", Arch: "x86_64", Source: "openssl", Licenses: []string{"Apache-2.0"}, At: inventory.Place{Path: installed, Line: 1}},
				{Ecosystem: "apk", Name: "six", Version: "1.16-r1", Arch: "noarch", Licenses: []string{"BSD-3-Clause", "GPL-2.0-only WITH Linux-syscall-note", "MIT"}, At: inventory.Place{Path: installed, Line: 16}},
			},
			map[string]string{"usr/bin/c_rehash": "libcrypto3", "top.jar": "six", "usr/lib/python3.11/site-packages/six-1.16.0.dist-info/METADATA": "six"}, nil},
		{"old licence list", "P:a\nV:1\nL:MIT BSD GPL2+\n\n", []inventory.Package{{Ecosystem: "apk", Name: "a", Version: "1", Licenses: []string{"BSD", "GPL2+", "MIT"}, At: inventory.Place{Path: installed, Line: 1}}}, nil, nil},
		{"broken", "noise\nP:a\n\nV:1\n\nP:b\r\nV:2\r\n\r\nP:c\nV:" + strings.Repeat("1", maxField+1) + "\nF:bin\nR:c\n\nP:d e\nV:1\n",
			[]inventory.Package{{Ecosystem: "apk", Name: "b", Version: "2", At: inventory.Place{Path: installed, Line: 6}}}, nil,
			[]string{"skipped: lines that are no field: 1, the first at line 1", "skipped: packages without a usable name or version: 3, the first at line 2",
				"skipped: packages with a field of more than 1024 bytes: 1, the first at line 9"}},
		{"empty", "", nil, nil, nil},
		{"blank lines", "\n\n\n", nil, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			part := &inventory.Part{}
			got := catalogFile(t, part, installed, c.text)
			if diff := cmp.Diff(c.want, got.Packages, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.owned, got.Owned); diff != "" {
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

func FuzzRead(f *testing.F) {
	f.Add("P:musl\nV:1.2-r0\nA:x86_64\nL:MIT AND BSD\no:musl\nF:bin\nR:ldd\n\nP:b\nV:1\n")
	f.Add("P:\nV:\n\nx\n::\nR:a\nF:")
	f.Fuzz(func(t *testing.T, text string) {
		got := catalogFile(t, &inventory.Part{}, installed, text)
		for _, p := range got.Packages {
			if p.Name == "" || p.Version == "" || strings.ContainsAny(p.Name+p.Version+p.Source, " \n\x00\x1b") {
				t.Errorf("%q gave %+v", text, p)
			}
		}
	})
}

// BenchmarkRead reads a database of 400 packages with 50 files each.
func BenchmarkRead(b *testing.B) {
	var text strings.Builder
	for i := range 400 {
		fmt.Fprintf(&text, "C:Q1YCAH7jdO2W816b85sUh9Z8av4Cc=\nP:package-%d\nV:1.%d-r0\nA:x86_64\nS:1\nI:2\nT:a package\nU:https://example.org/\nL:MIT AND BSD-3-Clause\no:source-%d\nF:usr/lib/package-%d\n%s\n", i, i, i/2, i,
			strings.Repeat("R:some-file.so\na:0:0:755\nZ:Q11Q7hNe8QpDS531guqCdrXBzoA/o=\n", 50))
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if n := len(catalogFile(b, &inventory.Part{}, installed, text.String()).Packages); n != 400 {
			b.Fatal(n)
		}
	}
}
