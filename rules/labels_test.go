package rules

import (
	"strings"
	"testing"
)

// TestLabelKinds checks the values that labels of each kind may have.
func TestLabelKinds(t *testing.T) {
	for kind, c := range map[string]struct {
		valid     func(string) bool
		good, bad []string
	}{
		"url":     {validURL, []string{"https://example.org", "mailto:a@b", "http://a/b?c=d#e"}, []string{"", "example.org", "not-url", "http://a b", "://"}},
		"rfc3339": {validTime, []string{"2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5+02:00"}, []string{"", "2026-01-31", "now"}},
		"hash":    {validHash, []string{"2dbfae9", strings.Repeat("a1", 20)}, []string{"", "main", "2DBFAE9", "2dbfae", strings.Repeat("a", 41)}},
		"semver":  {validVersion, []string{"1.0.0", "2.0.1-rc1", "1.2.3-a.1+b.02"}, []string{"", "1", "v1.0.0", "1.0.0.0", "01.0.0", "1.0.0-", "1.0.0-01", "1.0.0+"}},
		"email":   {validEmail, []string{"a@example.org", "a.b+c@example.org"}, []string{"", "a", "A <a@example.org>", "a@", " a@b.c"}},
		"spdx":    {validLicence, []string{"MIT", "apache-2.0", "MIT OR (GPL-2.0+ WITH Classpath-exception-2.0)", "LicenseRef-own"}, []string{"", "Apache 2", "MIT OR", "(MIT", "MIT)", "OR", "()"}},
	} {
		for _, v := range c.good {
			if !c.valid(v) {
				t.Errorf("%s: %q is refused", kind, v)
			}
		}
		for _, v := range c.bad {
			if c.valid(v) {
				t.Errorf("%s: %q is let through", kind, v)
			}
		}
	}
}
