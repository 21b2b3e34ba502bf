package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll/plimsoll/rules"
)

// TestOwnKind reads kinds of secrets that users write, and says of a wrong one
// what is wrong in the words of who wrote it.
func TestOwnKind(t *testing.T) {
	for text, want := range map[string]string{
		"acme=acme_[0-9a-f]{32}": "",
		`{id: acme, regex: 'acmepw:(\S{12,})', group: 1, keywords: [acmepw], entropy: 3, severity: critical, title: A, path: x}`: "",
		"acme":                                "want ID=EXPRESSION",
		"acme=(b":                             "column 1 of the expression: error parsing regexp: missing closing ): `(b`",
		"{id: acme, regx: y}":                 `unknown key "regx": did you mean regex?`,
		"{id: acme}":                          "want ID=EXPRESSION",
		"{id: acme, regex: y, severity: bad}": `unknown severity "bad"`,
		"{id: acme, regex: a(b)c, group: 4}":  "group 4: the expression has 1",
		"{id: acme":                           "yaml",
		"{id: [a], regex: y}":                 "yaml",
		"{id: acme, regex: '(?=x)y'}":         "unsupported Perl syntax",
		"{id: acme, regex: 'a{1,5000}'}":      "invalid repeat count",
	} {
		kinds, err := ownKind(text)
		switch {
		case want == "" && (err != nil || len(kinds) != 1):
			t.Errorf("%s: %v, %d kinds", text, err, len(kinds))
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %s", text, err, want)
		case err != nil && strings.Contains(err.Error(), "acme:"):
			t.Errorf("%s: %v names a place that nobody wrote", text, err)
		}
	}
}

func TestListsAreSorted(t *testing.T) {
	for _, word := range []string{"rules", "secrets"} {
		if lines := listOf(word, rules.All()); len(lines) < 100 || !slices.IsSorted(lines) {
			t.Errorf("%s: %d lines, not in order", word, len(lines))
		}
	}
}
