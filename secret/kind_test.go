package secret

import (
	"regexp"
	"strings"
	"testing"
)

// TestTable holds every kind of the table to what New asks of the kinds that a
// user brings.
func TestTable(t *testing.T) {
	kinds := Kinds()
	if len(kinds) < 250 {
		t.Errorf("%d kinds, want 250 or more", len(kinds))
	}
	seen := map[string]bool{}
	for i := range kinds {
		k := &kinds[i]
		if seen[k.ID] {
			t.Errorf("%s is there twice", k.ID)
		}
		seen[k.ID] = true
		k.builtin = false
		if k.Title == "" || len(k.Patterns) == 0 {
			t.Errorf("%s has no title or no pattern", k.ID)
		}
		if !regexp.MustCompile(`^(critical|high|medium|low)$`).MatchString(k.Severity) {
			t.Errorf("%s: severity %q", k.ID, k.Severity)
		}
		if !regexp.MustCompile(`^[a-z0-9-]+$`).MatchString(k.ID) {
			t.Errorf("id %q", k.ID)
		}
		if why := k.Why(); !strings.Contains(why, "revoke") || strings.Contains(why, "  ") {
			t.Errorf("%s: %s", k.ID, why)
		}
	}
	if _, err := New(kinds, nil); err != nil {
		t.Error(err)
	}
}

// TestExpressionsKnowTheirKeywords fails on a token whose expression cannot
// begin with one of its keywords: it would never be found there.
func TestExpressionsKnowTheirKeywords(t *testing.T) {
	for _, k := range Kinds() {
		for _, p := range k.Patterns {
			if p.Form != Token {
				continue
			}
			e, err := compileExpression(p.Expression)
			if err != nil {
				t.Fatalf("%s: %v", k.ID, err)
			}
			for _, word := range p.Keywords {
				for i := range min(len(word), len(e.gate)) {
					c := word[i]
					upper := c
					if isAlpha(c) {
						upper = c &^ 0x20
					}
					if !e.gate[i].has(c) && !e.gate[i].has(upper) {
						t.Errorf("%s: no match of %s begins with %q", k.ID, p.Expression, word)
						break
					}
				}
			}
		}
	}
}

func TestParseTableErrors(t *testing.T) {
	for text, want := range map[string]string{
		"title x":                           "line 1: no kind yet",
		"[a]\nkeys abc":                     `line 2: "keys" before any pattern`,
		"[a]\ntoken x\n\nbogus 1":           `line 4: unknown key "bogus"`,
		"[a]\ntoken x\nentropy high":        "line 3: strconv.ParseFloat",
		"# nothing\n[a]\nsearch x\ngroup b": "line 4: strconv.Atoi",
	} {
		_, err := parseTable(text)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
