package java

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mavenRepository is where Debian keeps what its Java packages are to Maven.
const mavenRepository = "/usr/share/maven-repo"

// differs gives the reason for archives that are found under another name.
var differs = map[string]string{
	"org/gnu/gettext/": "Debian's own name; nothing in the archive tells a group",
	"org/jsr-305/":     "another of Debian's names for com.google.code.findbugs:jsr305",
	"org/jsr305/":      "another of Debian's names for com.google.code.findbugs:jsr305",
}

// TestMavenRepository reads the archives in a Maven repository, where each lies
// under its true name: GROUP/ARTIFACT/VERSION/ARTIFACT-VERSION.jar. Entries under
// a made-up version ("debian", "3.x") that stand for another one are passed over.
func TestMavenRepository(t *testing.T) {
	root := mavenRepository
	if dir := os.Getenv("MAVEN_REPOSITORY"); dir != "" {
		root = dir
	}
	agree, total := 0, 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".jar" {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		parts := strings.Split(filepath.ToSlash(rel), "/")
		n := len(parts)
		if n < 4 || !strings.ContainsAny(parts[n-2][:1], "0123456789") || strings.HasSuffix(parts[n-2], ".x") {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return nil // a link to an archive of a package that is not installed
		}
		want := strings.Join(parts[:n-3], ".") + ":" + parts[n-3] + " " + parts[n-2]
		part, err := readFile(parts[n-1], content)
		if err != nil {
			t.Errorf("%s: %v", rel, err)
			return nil
		}
		total++
		got := list(part)
		for _, line := range got {
			if strings.HasSuffix(line, " "+want) || strings.Contains(line, " "+want+" ") {
				agree++
				return nil
			}
		}
		for prefix, why := range differs {
			if strings.HasPrefix(filepath.ToSlash(rel), prefix) {
				t.Logf("%s: found %q: %s", rel, got, why)
				return nil
			}
		}
		t.Errorf("%s:\n  want %s\n  got  %q", rel, want, got)
		return nil
	})
	if total == 0 {
		t.Skipf("no Maven repository on this machine: %v", err)
	}
	t.Logf("%s: agree %d of %d", root, agree, total)
}
