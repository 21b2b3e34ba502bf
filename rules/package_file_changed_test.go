package rules

import (
	"crypto/md5"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPackageFileChanged wants changed files one by one, with what runs first,
// and many of one package at once.
func TestPackageFileChanged(t *testing.T) {
	var image, sums strings.Builder
	add := func(path, content, installed string) {
		fmt.Fprintf(&image, "-rw-r--r-- 0 0 0 %s\n    %s\n", path, content)
		fmt.Fprintf(&sums, "    %x  %s\n", md5.Sum([]byte(installed+"\n")), path)
	}
	seal := func(pkg string) {
		fmt.Fprintf(&image, "-rw-r--r-- 0 0 0 var/lib/dpkg/info/%s.md5sums\n%s", pkg, sums.String())
		sums.Reset()
	}
	add("usr/bin/tool", "evil", "good")
	add("usr/share/tool/data", "other", "data")
	add("usr/share/tool/same", "same", "same")
	add("usr/local/bin/tool", "own", "their")
	seal("tool")
	for n := range maxChangedTogether + 5 {
		add(fmt.Sprintf("usr/lib/many/%d.js", n), "new", "old")
	}
	add("usr/lib/many/bin/many", "new", "old")
	seal("many")
	want := []string{
		"high 0 usr/bin/tool /usr/bin/tool differs from what the package tool installed",
		"high 0 usr/lib/many/bin/many 56 files differ from what the package many installed, /usr/lib/many/bin/many for one: something else was installed over it",
		"medium 0 usr/share/tool/data /usr/share/tool/data differs from what the package tool installed",
	}
	if d := cmp.Diff(want, judged(t, image.String(), packageFileChanged())); d != "" {
		t.Error(d)
	}
}
