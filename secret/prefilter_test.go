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
		for _, p := range f.sure(text) {
			if !slices.Contains(got, p) {
				t.Fatalf("%q: %q at %d was not found", text, f.words[p.word].text, p.at)
			}
		}
	})
}

// sure are the keywords in a text that have what must follow them, by a plain
// search.
func (f *prefilter) sure(text []byte) []wordAt {
	var all []wordAt
	for i, w := range f.words {
		for at := range len(text) {
			end := at + len(w.text)
			followed := len(w.text) > 4 || w.next == anyByte || end < len(text) && w.next.has(text[end])
			if p := (wordAt{i, at}); followed && f.stands(text, p) {
				all = append(all, p)
			}
		}
	}
	return all
}

// TestStrings compares the search in strings, in one or two steps, with that in
// all text: each keyword in a string that is long enough is found, once.
func TestStrings(t *testing.T) {
	f := finder(t).filter()
	rapid.Check(t, func(t *rapid.T) {
		text := drawKeywords(t, f)
		for range rapid.IntRange(0, 5).Draw(t, "fillings") {
			at := rapid.IntRange(0, len(text)).Draw(t, "at")
			fill := strings.Repeat(rapid.SampledFrom([]string{"\x00", "\xff", "x", "\n", " "}).Draw(t, "fill"), rapid.IntRange(1, 70).Draw(t, "times"))
			text = slices.Insert(text, at, []byte(fill)...)
		}
		step := 2 * rapid.IntRange(0, len(text)/2).Draw(t, "step")
		got := map[wordAt]int{}
		hit := func(word, at int) { got[wordAt{word, at}]++ }
		f.scanStrings(text, 0, step, hit)
		f.scanStrings(text, step, len(text), hit)
		for p, n := range got {
			if n > 1 || !f.stands(text, p) {
				t.Fatalf("%q: %q at %d was found %d times", text, f.words[p.word].text, p.at, n)
			}
		}
		for _, p := range f.sure(text) {
			begin, end := p.at, p.at+len(f.words[p.word].text)
			for begin > 0 && isText(text[begin-1]) {
				begin--
			}
			for end < len(text) && isText(text[end]) {
				end++
			}
			if got[p] == 0 && end-begin >= shortString {
				t.Fatalf("%q: %q at %d was not found", text, f.words[p.word].text, p.at)
			}
		}
	})
}

func isText(c byte) bool { return c >= '\t' && c < 0x80 }

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
