package secret

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// exampleConfig has what gitleaks documents for its rules and allow-lists.
const exampleConfig = `
title = "ours"

[[rules]]
id = "acme-key"
description = "Key of the Acme intranet."
regex = '''(?i)acme_([a-z]+_)?(?P<key>[0-9a-z]{12})\b'''
secretGroup = 2
entropy = 2.5
keywords = ["acme_"]
tags = ["ours"]
  [[rules.allowlists]]
  description = "the key of the demo"
  regexes = ['''^demo''']
  stopwords = ["0000demo"]

[[rules]]
id = "pin"
regex = '''\b[0-9]{4}-[0-9]{4}-[0-9]{4}\b'''

[[rules]]
id = "keystore"
path = '''\.jks$'''

[[rules]]
id = "only-in-env"
regex = '''TICKET=(\S+)'''
path = '''\.env$'''

[[allowlists]]
paths = ['''(^|/)generated/''']

[[allowlists]]
condition = "AND"
regexTarget = "line"
targetRules = ["pin"]
paths = ['''\.csv$''']
regexes = ['''^#''']
`

func TestReadGitleaks(t *testing.T) {
	kinds, allow, err := ReadGitleaks("gitleaks.toml", strings.NewReader(exampleConfig))
	if err != nil {
		t.Fatal(err)
	}
	f, err := New(kinds, allow)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, text string
		want       []string
	}{
		{"a.txt", "k: ACME_prod_4k2j8s7x9q1m;", []string{"acme-key 4k2j8s7x9q1m"}},
		{"a.txt", "k: acme_aaaaaaaaaaab;", nil},                     // entropy
		{"a.txt", "k: acme_demo8s7x9q1m;", nil},                     // allow-list of the rule
		{"generated/a.txt", "k: acme_4k2j8s7x9q1m;", nil},           // allow-list of all rules
		{"a.txt", "1290-3847-4471", []string{"pin 1290-3847-4471"}}, // no keywords
		{"a.csv", "# 1290-3847-4471\n", nil},
		{"a.csv", "1290-3847-4471\n", []string{"pin 1290-3847-4471"}},
		{"x/a.jks", "whatever", []string{"keystore "}},
		{"prod.env", "TICKET=q8w7e6", []string{"only-in-env q8w7e6"}},
		{"prod.txt", "TICKET=q8w7e6", nil},
	} {
		var got []string
		for _, m := range scanText(f, c.path, []byte(c.text)) {
			got = append(got, m.Kind.ID+" "+m.Secret)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s %q: %s", c.path, c.text, diff)
		}
	}
}

func TestReadGitleaksErrors(t *testing.T) {
	for name, c := range map[string]struct{ config, want string }{
		"expression": {
			"title = 'x'\n[[rules]]\nid = 'fine'\nregex = 'abcd'\n\n[[rules]]\nid = \"broken\"\nregex = '''key=([0-9'''\n",
			`gitleaks.toml:8: rule "broken": column 6 of the expression: error parsing regexp: missing closing ]`,
		},
		"no regex": {"[[rules]]\nid = 'empty'\n", `gitleaks.toml:1: rule "empty": it has neither regex nor path`},
		"no id":    {"[[rules]]\nregex = 'abcd'\n", `gitleaks.toml:2: rule "": it has no id`},
		"group":    {"[[rules]]\nid='a'\nregex='abcd'\nsecretGroup=3\n", `gitleaks.toml:3: rule "a": group 3: the expression has 0`},
		"syntax":   {"[[rules]\n", "gitleaks.toml:1:8: "},
		"allow":    {"[[allowlists]]\nregexes = ['(']\n", `gitleaks.toml: allow-list 1: expression "("`},
		"target":   {"[[allowlists]]\nregexes = ['a']\nregexTarget = 'word'\n", `gitleaks.toml: allow-list 1: target "word"`},
		"url":      {"[extend]\nurl = 'https://example.com/x'\n", "gitleaks.toml: extend.url is not followed"},
		"missing":  {"[extend]\npath = 'not-there.toml'\n", "gitleaks.toml: extend.path: open not-there.toml"},
	} {
		_, _, err := ReadGitleaks("gitleaks.toml", strings.NewReader(c.config))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", name, err, c.want)
		}
	}
}

func TestReadGitleaksExtends(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	read := func(path string) ([]Kind, error) {
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		kinds, _, err := ReadGitleaks(path, file)
		return kinds, err
	}
	top := write("top.toml", "[extend]\npath = 'base.toml'\ndisabledRules = ['jwt']\n[[rules]]\nid = 'github-pat'\nentropy = 4\ndescription = 'Ours'\n")
	write("base.toml", "[extend]\nuseDefault = true\n")
	kinds, err := read(top)
	if err != nil {
		t.Fatal(err)
	}
	if want := len(Kinds()) - 1; len(kinds) != want {
		t.Errorf("%d kinds, want %d", len(kinds), want)
	}
	f, err := New(kinds, nil)
	if err != nil {
		t.Fatal(err)
	}
	if f.Kind("jwt") != nil || f.Kind("github-pat").Title != "Ours" {
		t.Error("the extending configuration did not win")
	}
	_, allow, err := ReadGitleaks("top.toml", strings.NewReader("[extend]\nuseDefault = true\ndisabledRules = ['github-pat']\n"))
	if err != nil {
		t.Fatal(err)
	}
	if f, err = New(Kinds(), allow); err != nil {
		t.Fatal(err)
	}
	if found := f.Find([]byte("x ghp_ptgUzEjfebzJ6sZWdoHIxrXl0gqn87" + "38orVr")); len(found) > 0 {
		t.Errorf("a disabled rule has found %v", found)
	}
	loop := write("loop.toml", "[extend]\npath = 'loop.toml'\n")
	if _, err := read(loop); err == nil || !strings.Contains(err.Error(), "extends more than") {
		t.Errorf("a loop: %v", err)
	}
}

// TestEverywhere finds what has no keyword across the borders of blocks.
func TestEverywhere(t *testing.T) {
	f, err := New([]Kind{{ID: "pin", Severity: "low", Patterns: []Pattern{{Form: Search, Expression: `[0-9]{4}-[0-9]{4}`}}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("abc def ", 100_000)
	for _, at := range []int{0, blockSize - 4, bufferSize - 5, 3*blockSize + 2, len(text) - 9} {
		text = text[:at] + "8346-1957" + text[at+9:]
	}
	if got := scanText(f, "", []byte(text)); len(got) != 5 {
		t.Errorf("%d matches, want 5", len(got))
	}
}

func FuzzReadGitleaks(f *testing.F) {
	f.Add(exampleConfig)
	f.Add("[extend]\nuseDefault = true\n[[rules]]\nid='a'\nregex='(a|b)+c{2,}'\n")
	f.Add("[allowlist]\nstopwords=['x']\n")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "path") {
			return // no files are opened here
		}
		kinds, allow, err := ReadGitleaks("x", strings.NewReader(text))
		if err != nil {
			return
		}
		finder, err := New(kinds, allow)
		if err != nil {
			t.Fatalf("read but not taken: %v", err)
		}
		finder.Find([]byte(text))
	})
}
