package rules

import (
	"strings"
	"testing"
)

// TestUsers checks who is in force at the end, over stages.
func TestUsers(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{"FROM a\n", "user-missing"},
		{"FROM a\nUSER root\n", "user-not-numeric-anywhere user-root"},
		{"FROM a\nUSER 0:0\n", "user-root"},
		{"FROM a\nARG U=0\nUSER $U\n", "user-root"},
		{"FROM a\nUSER 1\n", ""},
		{"FROM a:nonroot\n", ""},
		{"FROM a AS b\nUSER root\nFROM b\n", "user-not-numeric-anywhere user-root"},
		{"FROM a AS b\nUSER 1\nFROM b\n", ""},
		{"FROM a AS b\nUSER 1\nFROM c\n", "user-missing"},
		{"FROM a AS b\nUSER root\nFROM c\nUSER 1\n", "user-not-numeric-anywhere user-root-build-stage"},
		{"FROM a AS b\nUSER app\nRUN x\nUSER 1\n", "user-not-numeric-anywhere"},
		{"FROM a\nUSER app\n", "user-not-numeric"},
		{"FROM a\nARG U\nUSER $U\n", ""},
		{"FROM a\nARG U=7\nUSER ${U}:app\n", ""},
		{"RUN x\n", ""},
	} {
		var got []string
		for _, r := range All() {
			if strings.HasPrefix(r.ID, "user-") && len(problems(r, c.source)) > 0 {
				got = append(got, r.ID)
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%q: got %s, want %s", c.source, s, c.want)
		}
	}
}
