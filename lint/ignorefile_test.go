package lint

import (
	"strings"
	"testing"
)

func TestIgnored(t *testing.T) {
	tests := []struct {
		file, path string
		want       bool
	}{
		{"", "a", false},
		{"a", "a", true},
		{"a", "a/b/c", true},
		{"a", "b/a", false},
		{"/a", "a", true},
		{"a/", "a/b", true},
		{"**/a", "a", true},
		{"**/a", "x/y/a", true},
		{"**/a", "x/ya", false},
		{"**/*.md", "x/y/z.md", true},
		{"*.md", "x/z.md", false},
		{"*/tmp/*", "x/tmp/y", true},
		{"*/tmp/*", "./tmp/y", false},
		{"*", "x", true},
		{"*", "x/y", true},
		{"*", ".", true},
		{"a/**", "a/b", true},
		{"a/**", "a", false},
		{"a/**/b", "a/b", true},
		{"a/**/b", "a/x/y/b", true},
		{"*.md\n!README.md", "README.md", false},
		{"*.md\n!README.md", "x.md", true},
		{"*\n!src", "src/main.go", false},
		{"*\n!src\nsrc/secret", "src/secret", true},
		{"# comment\n\n  b  ", "b", true},
		{" # no comment", "# no comment", true},
		{"a?c", "abc", true},
		{"a?c", "a/c", false},
		{"[a-c]x", "bx", true},
		{"[^a-c]x", "bx", false},
		{`\*`, "*", true},
		{`\*`, "x", false},
		{"! b\nb", "b", true},
		{"b\r\nc\r\n", "b", true},
		{"../a", "a", false},
		{"\ufeffa", "a", true},
	}
	for _, tt := range tests {
		f, err := ParseIgnore([]byte(tt.file))
		if err != nil {
			t.Fatalf("%q: %v", tt.file, err)
		}
		if got := f.Ignored(tt.path); got != tt.want {
			t.Errorf("%q ignores %q: %v, want %v", tt.file, tt.path, got, tt.want)
		}
	}
}

func TestIgnoreErrors(t *testing.T) {
	f, err := ParseIgnore([]byte("a\n[b\nc"))
	if err == nil || !strings.HasPrefix(err.Error(), "2: ") || !f.Ignored("c") {
		t.Errorf("error %v, c ignored: %v", err, f.Ignored("c"))
	}
}

func FuzzIgnore(f *testing.F) {
	f.Add("**/*.md\n!a/[b-c]?\\*", "a/b/c.md")
	f.Fuzz(func(t *testing.T, file, name string) {
		if i, _ := ParseIgnore([]byte(file)); i != nil {
			i.Ignored(name)
		}
	})
}
