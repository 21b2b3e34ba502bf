package catalog_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/catalog"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

func TestLicenses(t *testing.T) {
	for statement, want := range map[string][]string{
		"":                               nil,
		"MIT":                            {"MIT"},
		"GPL-2.0-only AND (MIT OR Zlib)": {"GPL-2.0-only", "MIT", "Zlib"},
		"GPLv2+ and LGPLv2+ with exceptions and GPLv2+": {"GPLv2+", "LGPLv2+ with exceptions"},
		"BSD and Public Domain":                         {"BSD", "Public Domain"},
		"GPL-2.0-only WITH Classpath-exception-2.0":     {"GPL-2.0-only WITH Classpath-exception-2.0"},
		"(GPL+ or Artistic), MIT; X11":                  {"Artistic", "GPL+", "MIT", "X11"},
		"and or ( , )":                                  nil,
		"a\x00b or MIT":                                 {"MIT"},
		strings.Repeat("x", 200) + " or MIT":            {"MIT"},
	} {
		if diff := cmp.Diff(want, catalog.Licenses(statement)); diff != "" {
			t.Errorf("%q: %s", statement, diff)
		}
	}
}

func TestMayHoldPackage(t *testing.T) {
	for path, want := range map[string]bool{
		"usr/lib/python3/dist-packages/requests-2.28.1.egg-info/PKG-INFO": true,
		"usr/lib/python3/dist-packages/six-1.16.0.egg-info":               true,
		"usr/lib/python3.11/site-packages/pip-23.dist-info/METADATA":      true,
		"usr/lib/python3.11/site-packages/pip-23.dist-info/RECORD":        false,
		"usr/share/nodejs/semver/package.json":                            true,
		"usr/share/java/commons-io.jar":                                   true,
		"usr/share/rubygems-integration/all/specifications/x.gemspec":     true,
		"usr/bin/docker":                        true,
		"usr/libexec/podman/rootlessport":       true,
		"bin/busybox":                           true,
		"usr/lib/go-1.19/pkg/tool/linux/vet":    true,
		"usr/lib/x86_64-linux-gnu/libc.so.6":    false,
		"usr/share/doc/libc6/copyright":         false,
		"usr/share/man/man1/ls.1.gz":            false,
		"usr/share/doc/METADATA":                false,
		"usr/lib/docker/cli-plugins/docker-foo": true,
	} {
		if got := catalog.MayHoldPackage(path); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

func lines(t testing.TB, ctx context.Context, text string) ([]string, error) {
	t.Helper()
	l, err := catalog.ReadLines(ctx, walk.NewFile("x", 0o644, int64(len(text)), strings.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for {
		line, ok := l.Next()
		if !ok {
			return got, l.Err()
		}
		got = append(got, string(line))
		if l.Line() != len(got) {
			t.Fatalf("line %d is said to be %d", len(got), l.Line())
		}
	}
}

func TestLines(t *testing.T) {
	long := strings.Repeat("y", 3*catalog.MaxLine)
	got, err := lines(t, t.Context(), "a\r\n\nb\n"+long+"\nc")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "", "b", long[:catalog.MaxLine], "c"}, got); diff != "" {
		t.Error(diff)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := lines(t, ctx, strings.Repeat("x\n", 5000)); err != context.Canceled {
		t.Errorf("after cancelling: %v", err)
	}
	f := walk.NewFile("x", 0o644, 10, strings.NewReader("short"))
	if _, err := catalog.ReadLines(t.Context(), f); err == nil {
		t.Error("a file that is shorter than it says was read without an error")
	}
}

func TestFaults(t *testing.T) {
	var f catalog.Faults
	f.Add("broken lines", 3)
	f.Add("broken lines", 9)
	f.Add("broken packages", 0)
	part := &inventory.Part{}
	f.Warn(part, "x")
	var got []string
	for _, w := range part.Warnings {
		got = append(got, w.At.Path+" "+w.Message)
	}
	if diff := cmp.Diff([]string{"x skipped: broken lines: 2, the first at line 3", "x skipped: broken packages: 1"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestBudget(t *testing.T) {
	var b catalog.Budget
	kept := 0
	for b.Package(&inventory.Package{Name: strings.Repeat("x", 1024), Licenses: []string{"MIT"}}) {
		if kept++; kept > catalog.MaxKept/1024 {
			t.Fatal("the budget has no end of bytes")
		}
	}
	if b.Path(strings.Repeat("x", 1024)) {
		t.Error("a spent budget has room for a path")
	}
	b = catalog.Budget{}
	for range catalog.MaxPackages {
		if !b.Package(&inventory.Package{Name: "a"}) {
			t.Fatal("no room for the packages that are promised")
		}
	}
	if b.Package(&inventory.Package{Name: "a"}) {
		t.Error("the budget has no end of packages")
	}
}

func FuzzLines(f *testing.F) {
	f.Add("a\nb\r\n\nc")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "\r") || len(text) > catalog.MaxLine {
			return
		}
		got, err := lines(t, t.Context(), text)
		if err != nil || strings.Join(got, "\n") != strings.TrimSuffix(text, "\n") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	})
}
