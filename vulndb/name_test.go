package vulndb

import (
	"context"
	"testing"
)

// TestNormalName has spellings that a registry takes for one package, and some
// that it does not.
func TestNormalName(t *testing.T) {
	for _, c := range []struct {
		ecosystem, a, b string
		same            bool
	}{
		{"PyPI", "Ruamel_Yaml", "ruamel.yaml", true},
		{"PyPI", "a--._b", "A-b", true},
		{"NuGet", "Newtonsoft.Json", "newtonsoft.json", true},
		{"NuGet", "Newtonsoft.Json", "Newtonsoft-Json", false},
		{"Packagist", "Sylius/Sylius", "sylius/sylius", true},
		{"Packagist:https://packages.drupal.org/8", "Drupal/Token", "drupal/token", true},
		{"crates.io", "Inflector", "inflector", true},
		{"crates.io", "tokio_core", "tokio-core", true},
		{"Hex", "Samly", "samly", true},
		{"Hex", "phoenix_html", "phoenix-html", false},
		{"Pub", "Http", "http", true},
		{"GitHub Actions", "Actions/Checkout", "actions/checkout", true},
		{"VSCode", "ms-python/Python", "ms-python/python", true},
		{"SwiftURL", "https://github.com/Vapor/Vapor.git", "github.com/vapor/vapor", true},
		{"SwiftURL", "git@github.com:vapor/vapor.git", "github.com/vapor/vapor", true},
		{"SwiftURL", "ssh://git@github.com/vapor/vapor/", "github.com/vapor/vapor", true},
		{"SwiftURL", "github.com/vapor/vapor", "github.com/vapor/leaf", false},
		{"npm", "JSONStream", "jsonstream", false},
		{"RubyGems", "RedCloth", "redcloth", false},
		{"Go", "github.com/BurntSushi/toml", "github.com/burntsushi/toml", false},
		{"Maven", "xerces:xercesImpl", "xerces:xercesimpl", false},
		{"CRAN", "rJava", "rjava", false},
		{"ConanCenter", "OpenSSL", "openssl", false},
		{"Julia", "HTTP", "http", false},
		{"Debian:12", "A", "a", false},
	} {
		a, b := NormalName(c.ecosystem, c.a), NormalName(c.ecosystem, c.b)
		if (a == b) != c.same {
			t.Errorf("%s: %s is %q, %s is %q", c.ecosystem, c.a, a, c.b, b)
		}
		for _, name := range []string{a, b} {
			if again := NormalName(c.ecosystem, name); again != name {
				t.Errorf("%s: %q becomes %q", c.ecosystem, name, again)
			}
		}
	}
}

// TestLookupSpelling finds a package by the spelling of whoever installed it, also
// where the records themselves differ.
func TestLookupSpelling(t *testing.T) {
	dir := t.TempDir()
	about := func(id, name string) Advisory {
		return Advisory{ID: id, Modified: day(1), Affected: []Affected{{Ecosystem: "NuGet", Name: name, Versions: []string{"1.0.0"}}}}
	}
	list := func(yield func(Advisory, error) bool) {
		_ = yield(about("A-1", "Newtonsoft.Json"), nil) && yield(about("A-2", "newtonsoft.json"), nil)
	}
	if _, err := Compile(context.Background(), dir, Build{Fetched: day(1)}, list); err != nil {
		t.Fatal(err)
	}
	db, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, name := range []string{"Newtonsoft.Json", "newtonsoft.json", "NEWTONSOFT.JSON"} {
		if got := lookup(t, db, Key{"NuGet", name}); len(got) != 2 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// FuzzNormalName holds that a folded name stays as it is, and that folding adds
// next to nothing to a name.
func FuzzNormalName(f *testing.F) {
	for _, name := range []string{"Ruamel_Yaml", "git@github.com:apple/swift-nio.git", "https://u@h/p.git/", "@", "://", "\u017fK"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		for _, ecosystem := range []string{"PyPI", "crates.io", "NuGet", "SwiftURL", "npm"} {
			once := NormalName(ecosystem, name)
			if len(once) > 4*len(name)+1 {
				t.Errorf("%s: %q becomes %q", ecosystem, name, once)
			}
			if again := NormalName(ecosystem, once); again != once && ecosystem != "SwiftURL" {
				t.Errorf("%s: %q becomes %q, then %q", ecosystem, name, once, again)
			}
		}
	})
}
