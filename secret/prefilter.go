package secret

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// prefilter finds places of keywords, in any case.
//
// Each keyword is represented by the rarest three bytes in it. The three bytes
// at each place of the text are folded to lower case and hashed into a bitmap,
// which tells most places apart from keywords; places where the bit is set are
// looked up and compared. The lookups of neighbouring places do not depend on
// each other, so that a processor works on several at once, where a classic
// automaton would wait for each transition.
type prefilter struct {
	bitmap  [1 << (hashBits - 6)]uint64
	buckets map[uint32][]entry // by the three folded bytes
	words   []string           // the keywords
}

const hashBits = 16

// entry is a keyword at a place of its trigram.
type entry struct {
	word int // index in words
	at   int // offset of the trigram in the keyword
}

// fold makes capital letters small, and does something harmless to others.
const fold = 0x20202020_20202020

func hash(trigram uint64) uint64 {
	return trigram * 0x9E3779B1 & 0xffffffff >> (32 - hashBits)
}

// newPrefilter makes a filter for keywords in lower case of 3 bytes or more.
func newPrefilter(words []string) *prefilter {
	f := &prefilter{words: words, buckets: make(map[uint32][]entry, len(words))}
	for i, w := range words {
		at := rarest(w)
		t := trigram(w[at:])
		f.buckets[t] = append(f.buckets[t], entry{i, at})
		h := hash(uint64(t))
		f.bitmap[h>>6] |= 1 << (h & 63)
	}
	return f
}

func trigram(s string) uint32 {
	return uint32(s[0]|0x20) | uint32(s[1]|0x20)<<8 | uint32(s[2]|0x20)<<16
}

// byteCost is how common a byte is in text and code, as the negative logarithm
// of its share, roughly: letters by their frequency in English, which names of
// things follow.
const letters = "etaoinsrhldcumfpgwybvkxjqz"

func byteCost(c byte) float64 {
	if i := indexByte(letters, c); i >= 0 {
		return 3 + float64(i)*0.25
	}
	switch {
	case c >= '0' && c <= '9':
		return 7.5
	case c == '_' || c == '-' || c == '.' || c == '=' || c == ':' || c == '/' || c == '"':
		return 6
	case c == ' ':
		return 2.5
	}
	return 9
}

func indexByte(s string, c byte) int {
	for i := range len(s) {
		if s[i] == c {
			return i
		}
	}
	return -1
}

// rarest is the place of the three bytes in w that are least common in text.
func rarest(w string) int {
	best, at := math.Inf(-1), 0
	for i := 0; i+3 <= len(w); i++ {
		cost := byteCost(w[i]) + byteCost(w[i+1]) + byteCost(w[i+2])
		if c := w[i]; c == '-' && w[i+1] == '-' && w[i+2] == '-' {
			cost = 0
		}
		if cost > best {
			best, at = cost, i
		}
	}
	return at
}

// stride is how many places one step of scan looks at: as many as have their
// three bytes in one word of eight.
const stride = 6

// scan calls hit with the keyword and its place for each keyword whose trigram
// lies at a place in [from, to). It looks at text up to to+2.
func (f *prefilter) scan(text []byte, from, to int, hit func(word, at int)) {
	to = min(to, len(text)-2)
	i := from
	for ; i+stride <= to && i+8 <= len(text); i += stride {
		x := binary.LittleEndian.Uint64(text[i:]) | fold
		h0 := hash(x & 0xffffff)
		h1 := hash(x >> 8 & 0xffffff)
		h2 := hash(x >> 16 & 0xffffff)
		h3 := hash(x >> 24 & 0xffffff)
		h4 := hash(x >> 32 & 0xffffff)
		h5 := hash(x >> 40 & 0xffffff)
		m := f.bitmap[h0>>6]>>(h0&63)&1 |
			f.bitmap[h1>>6]>>(h1&63)&1<<1 |
			f.bitmap[h2>>6]>>(h2&63)&1<<2 |
			f.bitmap[h3>>6]>>(h3&63)&1<<3 |
			f.bitmap[h4>>6]>>(h4&63)&1<<4 |
			f.bitmap[h5>>6]>>(h5&63)&1<<5
		for ; m != 0; m &= m - 1 {
			f.look(text, i+bits.TrailingZeros64(m), hit)
		}
	}
	for ; i < to; i++ {
		f.look(text, i, hit)
	}
}

// look compares the keywords that have their trigram at i.
func (f *prefilter) look(text []byte, i int, hit func(word, at int)) {
	t := uint32(text[i]|0x20) | uint32(text[i+1]|0x20)<<8 | uint32(text[i+2]|0x20)<<16
	for _, e := range f.buckets[t] {
		if at := i - e.at; at >= 0 && foldedPrefix(text[at:], f.words[e.word]) {
			hit(e.word, at)
		}
	}
}

// foldedPrefix says whether text begins with word, which is in lower case.
func foldedPrefix(text []byte, word string) bool {
	if len(text) < len(word) {
		return false
	}
	for i := range len(word) {
		c := text[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != word[i] {
			return false
		}
	}
	return true
}
