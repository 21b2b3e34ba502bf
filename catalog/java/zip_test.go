package java

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// listed is what both readers of zip files say of an entry.
type listed struct {
	Name    string
	Size    int64
	Content string // of small entries
}

// readBoth lists an archive with the reader here and with the standard
// library's.
func readBoth(content []byte) (ours, theirs []listed, ourErr, theirErr error) {
	a, err := openArchive(bytes.NewReader(content), int64(len(content)))
	ourErr = err
	if err == nil {
		ourErr = a.entries(func([]byte) bool { return true }, func(e entry) error {
			l := listed{Name: e.name, Size: e.size}
			if !strings.HasSuffix(e.name, "/") && e.size < 4096 {
				b, err := a.bytes(&e, 4096)
				if err != nil {
					return fmt.Errorf("%s: %w", e.name, err)
				}
				l.Content = string(b)
			}
			ours = append(ours, l)
			return nil
		})
	}
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return ours, nil, ourErr, err
	}
	for _, f := range z.File {
		l := listed{Name: f.Name, Size: int64(f.UncompressedSize64)}
		if !strings.HasSuffix(f.Name, "/") && l.Size < 4096 {
			r, err := f.Open()
			if err != nil {
				return ours, theirs, ourErr, err
			}
			b, err := io.ReadAll(r)
			if err != nil {
				return ours, theirs, ourErr, err
			}
			l.Content = string(b)
		}
		theirs = append(theirs, l)
	}
	return ours, theirs, ourErr, nil
}

// TestArchive compares the reader here with the standard library's.
func TestArchive(t *testing.T) {
	many := func(n int) string {
		members := make([]member, n)
		for i := range members {
			members[i] = member{name: fmt.Sprintf("a/%d.class", i), content: fmt.Sprint(i), stored: n > 100 || i%2 == 0}
		}
		return pack(t, members...)
	}
	plain := many(10)
	var commented bytes.Buffer
	z := zip.NewWriter(&commented)
	z.Create("x")
	z.SetComment(strings.Repeat("comment ", 8000))
	z.Close()
	archives := map[string]string{
		"plain": plain, "empty": many(0), "prefix": "#!/bin/sh\nexit\n" + plain,
		"more entries than 16 bits hold": many(70_000), "comment": commented.String(),
	}
	paths, _ := filepath.Glob("/usr/share/java/*.jar")
	for _, path := range paths[:min(len(paths), 25)] {
		if content, err := os.ReadFile(path); err == nil {
			archives[path] = string(content)
		}
	}
	for name, content := range archives {
		ours, theirs, ourErr, theirErr := readBoth([]byte(content))
		if ourErr != nil || theirErr != nil {
			t.Errorf("%s: errors %v and %v", name, ourErr, theirErr)
		}
		if diff := cmp.Diff(theirs, ours); diff != "" {
			t.Errorf("%s: the readers differ (-standard +here):\n%s", name, diff)
		}
	}
	t.Logf("%d archives", len(archives))
}

// FuzzArchive looks for archives that both readers take and read differently.
func FuzzArchive(f *testing.F) {
	f.Add([]byte(pack(f, member{"a", "x", false}, member{"b/", "", true}, member{"c", "y", true})))
	f.Fuzz(func(t *testing.T, b []byte) {
		ours, theirs, ourErr, theirErr := readBoth(b)
		if ourErr != nil || theirErr != nil {
			return
		}
		if len(ours) != len(theirs) {
			t.Skip("the standard library stops at the first record that is no entry")
		}
		if diff := cmp.Diff(theirs, ours); diff != "" {
			t.Error(diff)
		}
	})
}
