package spelling

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b        string
		limit, want int
	}{
		{"", "", 3, 0},
		{"a", "", 3, 1},
		{"kitten", "sitting", 9, 3},
		{"kitten", "sitting", 3, 3},
		{"kitten", "sitting", 2, 3},
		{"kitten", "sitting", 0, 1},
		{"same", "same", 0, 0},
		{strings.Repeat("a", 300), strings.Repeat("a", 300), 2, 3},
	} {
		if got := Distance(tt.a, tt.b, tt.limit); got != tt.want {
			t.Errorf("from %.20q to %.20q, at most %d: %d, want %d", tt.a, tt.b, tt.limit, got, tt.want)
		}
	}
}

// TestDistanceProperties holds the distance against what any distance is.
func TestDistanceProperties(t *testing.T) {
	word := rapid.StringMatching(`[ab]{0,12}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := word.Draw(t, "a"), word.Draw(t, "b"), word.Draw(t, "c")
		const far = 100
		ab := Distance(a, b, far)
		if ab != Distance(b, a, far) {
			t.Error("it depends on the direction")
		}
		if (ab == 0) != (a == b) {
			t.Errorf("%d between %q and %q", ab, a, b)
		}
		if ab > Distance(a, c, far)+Distance(c, b, far) {
			t.Errorf("the way over %q is shorter", c)
		}
		if limit := rapid.IntRange(0, 5).Draw(t, "limit"); Distance(a, b, limit) != min(ab, limit+1) {
			t.Errorf("the limit %d changes it", limit)
		}
	})
}

func TestNearest(t *testing.T) {
	known := []string{"scan", "skip", "output", "offline"}
	for _, tt := range []struct {
		word  string
		limit int
		want  string
	}{
		{"scna", 2, "scan"},
		{"offlin", 2, "offline"},
		{"sxip", 1, "skip"},
		{"sxxp", 1, ""},
		{"scap", 2, "scan"},
		{"", 2, ""},
		{strings.Repeat("scan", 1e6), 3, ""},
	} {
		if got := Nearest(tt.word, known, tt.limit); got != tt.want {
			t.Errorf("%.20q: %q, want %q", tt.word, got, tt.want)
		}
	}
}
