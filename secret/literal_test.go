package secret

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLiterals(t *testing.T) {
	for _, test := range []struct {
		expression string
		want       []string
	}{
		{`abc`, []string{"abc"}},
		{`ABC[0-9]+`, []string{"abc"}}, // the digit may be any of ten: no string is longer for all
		{`ab[0-9]*`, nil},
		{`[12]Q~[0-9A-Za-z]{31}`, []string{"1q~", "2q~"}},
		{`(?:^|[^a-z])x[ab]c`, []string{"xac", "xbc"}},
		{`a[xX]b`, []string{"axb"}},
		{`a[^x]b`, nil},
		{`(?:abc|defg)h`, []string{"abc", "defg"}},
		{`[a-z]{9}tok_`, []string{"tok_"}},
		{`ab?c`, nil},
	} {
		if diff := cmp.Diff(test.want, literals(test.expression)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.expression, diff)
		}
	}
}

// TestReach sees to it that a search around a keyword that bounds its matches
// does not go over thousands of bytes.
func TestReach(t *testing.T) {
	if got := reach(`(?:^|\W)(\w{3}[0-9]Q~[0-9A-Za-z]{31,34})`, []string{"0q~", "1q~", "2q~", "3q~", "4q~", "5q~", "6q~", "7q~", "8q~", "9q~"}); got != 44 {
		t.Errorf("got %d, want 44: four for what is before, and the forty of the longest match", got)
	}
	if got := reach(`pass[^;]*;x=[a-z]+`, []string{"pass"}); got != 0 {
		t.Errorf("got %d, want 0: there is no bound", got)
	}
}
