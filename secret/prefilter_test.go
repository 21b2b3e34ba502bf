package secret

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// wordAt is a keyword and where it stands.
type wordAt struct{ word, at int }

// TestPrefilterFinds compares the filter, which goes over a text in one or two
// steps, with a plain search: it finds every keyword that has what must follow
// it, at any place, and nothing that is none.
func TestPrefilterFinds(t *testing.T) {
	f := finder(t).filter()
	rapid.Check(t, func(t *rapid.T) {
		text := drawKeywords(t, f)
		step := 2 * rapid.IntRange(0, len(text)/2).Draw(t, "step")
		var got []wordAt
		hit := func(word, at int) { got = append(got, wordAt{word, at}) }
		f.scan(text, 0, step, hit)
		f.scan(text, step, len(text), hit)
		for _, g := range got {
			if !f.stands(text, g) {
				t.Fatalf("%q: %q does not stand at %d", text, f.words[g.word].text, g.at)
			}
		}
		for i, w := range f.words {
			for at := range len(text) {
				end := at + len(w.text)
				followed := len(w.text) > 4 || w.next == anyByte || end < len(text) && w.next.has(text[end])
				if p := (wordAt{i, at}); followed && f.stands(text, p) && !slices.Contains(got, p) {
					t.Fatalf("%q: %q at %d was not found", text, w.text, at)
				}
			}
		}
	})
}

// stands is the plain search.
func (f *prefilter) stands(text []byte, p wordAt) bool {
	word := f.words[p.word].text
	return p.at+len(word) <= len(text) && strings.EqualFold(string(text[p.at:p.at+len(word)]), word)
}

// drawKeywords makes a text of keywords, their parts, and anything between.
func drawKeywords(t *rapid.T, f *prefilter) []byte {
	var text []byte
	for range rapid.IntRange(0, 12).Draw(t, "pieces") {
		w := f.words[rapid.IntRange(0, len(f.words)-1).Draw(t, "word")].text
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			w = strings.ToUpper(w)
		case 1:
			w = w[rapid.IntRange(0, len(w)-1).Draw(t, "cut"):]
		}
		text = append(append(text, w...), rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "between")...)
	}
	return text
}
