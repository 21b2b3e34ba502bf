package secret

import (
	"encoding/binary"
	"math"
)

// prefilter finds places of keywords, in any case.
//
// It looks at four bytes at every second place of a text, folded to lower case
// and hashed into a bitmap. Of each keyword two neighbouring groups of four are
// in the bitmap, those that XX
// Most places are told apart from keywords by their bit alone; where it is set,
// the keywords are compared. The lookups at neighbouring places do not depend on
// each other, so that a processor works on several at once, where a classic
// automaton would wait for each transition.
type prefilter struct {
	bitmap  [1 << (hashBits - 6)]uint64
	slots   []slot // by hash: open addressing
	mask    uint32
	entries []entry
	words   []keyword
}

// keyword is what a prefilter looks for.
type keyword struct {
	text string // in lower case, of 3 bytes or more
	// next holds the bytes that may follow.
	next byteSet
}

const hashBits = 20

// slot is what three bytes lead to: entries[first:first+count]. A count of 0 is
// a free slot.
type slot struct{ trigram, first, count uint32 }

// entry is a keyword at a place of its trigram.
type entry struct {
	word int // index in words
	at   int // offset of the trigram in the keyword; -1 is a byte before it
}

// fold makes capital letters small, and does something harmless to others.
const fold = 0x20202020_20202020

func hash(four uint32) uint32 {
	return four * 0x9E3779B1 >> (32 - hashBits)
}

// newPrefilter makes a filter for keywords.
func newPrefilter(words []keyword) *prefilter {
	f := &prefilter{words: words}
	places := make([]int, len(words))
	total := 0
	for i := range words {
		w := &words[i]
		places[i] = rarest(w.text)
		w.eachFour(places[i], func(four uint32) {
			h := hash(four)
			f.bitmap[h>>6] |= 1 << (h & 63)
		})
		w.eachTrigram(places[i], func(uint32, int) { total++ })
	}
	size := uint32(4)
	for int(size) < 3*total {
		size *= 2
	}
	f.slots, f.mask = make([]slot, size), size-1
	for i := range words {
		words[i].eachTrigram(places[i], func(t uint32, _ int) {
			s := f.slot(t)
			s.trigram = t
			s.count++
		})
	}
	next := uint32(0)
	for i := range f.slots {
		f.slots[i].first = next
		next += f.slots[i].count
	}
	f.entries = make([]entry, total)
	filled := make([]uint32, len(f.entries))
	for i := range words {
		words[i].eachTrigram(places[i], func(t uint32, at int) {
			first := f.slot(t).first
			f.entries[first+filled[first]] = entry{i, at}
			filled[first]++
		})
	}
	return f
}

// each calls f with each byte of a set, folded.
func (s *byteSet) each(f func(c byte)) {
	for c := range 256 {
		if s.has(byte(c)) {
			f(byte(c) | 0x20)
		}
	}
}

// eachFour calls f with the groups of four bytes that stand for a keyword, of
// which the rarest part is at.
func (k *keyword) eachFour(at int, f func(four uint32)) {
	w := k.text
	switch len(w) {
	case 3:
		k.next.each(func(c byte) { f(trigram(w[0], w[1], w[2]) | uint32(c)<<24) })
		anyByte.each(func(c byte) { f(trigram(c, w[0], w[1]) | uint32(w[2]|0x20)<<24) })
	case 4:
		f(trigram(w[0], w[1], w[2]) | uint32(w[3]|0x20)<<24)
		k.next.each(func(c byte) { f(trigram(w[1], w[2], w[3]) | uint32(c)<<24) })
	default:
		f(trigram(w[at], w[at+1], w[at+2]) | uint32(w[at+3]|0x20)<<24)
		f(trigram(w[at+1], w[at+2], w[at+3]) | uint32(w[at+4]|0x20)<<24)
	}
}

// eachTrigram calls f with the first three bytes of these groups, and their
// places in the keyword.
func (k *keyword) eachTrigram(at int, f func(t uint32, at int)) {
	w := k.text
	f(trigram(w[at], w[at+1], w[at+2]), at)
	if len(w) > 3 {
		f(trigram(w[at+1], w[at+2], w[at+3]), at+1)
		return
	}
	for c := range 256 {
		if c&0x20 != 0 { // as folded
			f(trigram(byte(c), w[0], w[1]), -1)
		}
	}
}

// slot is the slot of a trigram, or the free one that it would have.
func (f *prefilter) slot(t uint32) *slot {
	n := t * 0x9E3779B1 >> 8 & f.mask
	for f.slots[n].count > 0 && f.slots[n].trigram != t {
		n = (n + 1) & f.mask
	}
	return &f.slots[n]
}

func trigram(a, b, c byte) uint32 {
	return uint32(a|0x20) | uint32(b|0x20)<<8 | uint32(c|0x20)<<16
}

// letters are in the order of their frequency in English, which names of things
// follow.
const letters = "etaoinsrhldcumfpgwybvkxjqz"

// byteCost is how uncommon a byte is in text and code: about the negative
// logarithm of its share.
func byteCost(c byte) float64 {
	for i := range len(letters) {
		if letters[i] == c {
			return 3 + float64(i)*0.25
		}
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

// rarest is the place of the five bytes in w, if there are as many, that are
// least common in text.
func rarest(w string) int {
	const part = 5
	best, at := math.Inf(-1), 0
	for i := 0; i+part <= len(w); i++ {
		five := w[i : i+part]
		cost := 0.0
		for j := range len(five) {
			cost += byteCost(five[j])
			if j > 0 {
				cost -= affinity(five[j-1], five[j])
			}
		}
		if five == "-----" {
			cost = 0
		}
		if cost > best {
			best, at = cost, i
		}
	}
	return at
}

// scan calls hit with the keyword and its place for each keyword of which a
// group of four bytes lies at a place in [from, to); from is even. It looks at
// text up to to+3.
func (f *prefilter) scan(text []byte, from, to int, hit func(word, at int)) {
	to = min(to, len(text)-2)
	i := from
	for ; i+6 <= to && i+8 <= len(text); i += 6 {
		x := binary.LittleEndian.Uint64(text[i:]) | fold
		h0, h1, h2 := hash(uint32(x)), hash(uint32(x>>16)), hash(uint32(x>>32))
		m0 := f.bitmap[h0>>6] >> (h0 & 63) & 1
		m1 := f.bitmap[h1>>6] >> (h1 & 63) & 1
		m2 := f.bitmap[h2>>6] >> (h2 & 63) & 1
		if m0|m1|m2 == 0 {
			continue
		}
		if m0 != 0 {
			f.look(text, i, hit)
		}
		if m1 != 0 {
			f.look(text, i+2, hit)
		}
		if m2 != 0 {
			f.look(text, i+4, hit)
		}
	}
	for ; i < to; i += 2 {
		f.look(text, i, hit)
	}
}

// look compares the keywords that have one of their trigrams at i.
func (f *prefilter) look(text []byte, i int, hit func(word, at int)) {
	t := trigram(text[i], text[i+1], text[i+2])
	s := f.slot(t)
	for _, e := range f.entries[s.first : s.first+s.count] {
		if at := i - e.at; at >= 0 && foldedPrefix(text[at:], f.words[e.word].text) {
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
