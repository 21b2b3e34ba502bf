package secret

import "math"

// prefilter finds places of keywords, in any case.
//
// A sieve looks for groups of four bytes at every second place of a text: of each
// keyword two neighbouring groups, those that are least common in text. Most
// places are told apart from keywords by that alone; at others the keywords are
// compared that have the first three bytes of the group.
type prefilter struct {
	sieve   *sieve
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

// slot is what three bytes lead to: the first of some entries; 0 in a free slot.
type slot struct{ trigram, first uint32 }

// entry is a keyword at a place of its trigram.
type entry struct {
	word int32  // index in words
	at   int32  // offset of the trigram in the keyword; -1 is a byte before it
	next uint32 // another entry of the same trigram; 0 for none
}

// newPrefilter makes a filter for keywords.
func newPrefilter(words []keyword) *prefilter {
	f := &prefilter{words: words}
	places := make([]int, len(words))
	total := 0
	var sets []*groupSet
	w := newWeights()
	for i := range words {
		places[i] = rarest(words[i].text)
		one, other := words[i].groups(places[i], w)
		sets = append(sets, one, other)
		words[i].eachTrigram(places[i], func(uint32, int) { total++ })
	}
	f.sieve = newSieve(sets, w)
	size := uint32(4)
	for int(size) < 2*total {
		size *= 2
	}
	f.slots, f.mask = make([]slot, size), size-1
	f.entries = make([]entry, 1, 1+total) // the first is nobody's
	for i := len(words) - 1; i >= 0; i-- {
		words[i].eachTrigram(places[i], func(t uint32, at int) {
			s := f.slot(t)
			f.entries = append(f.entries, entry{int32(i), int32(at), s.first})
			*s = slot{t, uint32(len(f.entries) - 1)}
		})
	}
	return f
}

// eachFolded calls f with each byte of a set, folded.
func (s *byteSet) eachFolded(f func(c byte)) {
	for c := range 256 {
		if c := byte(c); c&0x20 != 0 && (s.has(c) || s.has(c&^0x20)) {
			f(c)
		}
	}
}

// groups are the groups of four bytes that stand for a keyword, of which the
// rarest part is at: one of the two is at an even place.
func (k *keyword) groups(at int, w *weights) (one, other *groupSet) {
	one, other = new(groupSet), new(groupSet)
	t := k.text
	switch len(t) {
	case 3:
		one.first.add(pair(t[0], t[1]), w)
		k.next.eachFolded(func(c byte) { one.last.add(pair(t[2], c), w) })
		anyByte.eachFolded(func(c byte) { other.first.add(pair(c, t[0]), w) })
		other.last.add(pair(t[1], t[2]), w)
	case 4:
		one.first.add(pair(t[0], t[1]), w)
		one.last.add(pair(t[2], t[3]), w)
		other.first.add(pair(t[1], t[2]), w)
		k.next.eachFolded(func(c byte) { other.last.add(pair(t[3], c), w) })
	default:
		t = t[at:]
		one.first.add(pair(t[0], t[1]), w)
		one.last.add(pair(t[2], t[3]), w)
		other.first.add(pair(t[1], t[2]), w)
		other.last.add(pair(t[3], t[4]), w)
	}
	return one, other
}

func pair(a, b byte) uint16 { return uint16(a|0x20) | uint16(b|0x20)<<8 }

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
	for f.slots[n].first > 0 && f.slots[n].trigram != t {
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
// group of four bytes begins at a place in [from, to). It looks at text up to
// to+3. A text may be gone through in several calls, each an even number of bytes.
func (f *prefilter) scan(text []byte, from, to int, hit func(word, at int)) {
	var s sifted
	f.scanRange(text, from, min(to, len(text)-2), &s, hit)
}

func (f *prefilter) scanRange(text []byte, from, to int, s *sifted, hit func(word, at int)) {
	if from >= to {
		return
	}
	i, end := from, min(to+3, len(text))
	for end-i >= 16 {
		next := i + min(sieveSpan, (end-i)&^15)
		f.sieve.sift(text, i, next, s, func(at int) {
			if at >= from && at < to {
				f.look(text, at, hit)
			}
		})
		i = next
	}
	for i = max(from, i-2); i < to; i += 2 {
		f.look(text, i, hit)
	}
}

// look compares the keywords that have one of their trigrams at i.
func (f *prefilter) look(text []byte, i int, hit func(word, at int)) {
	for n := f.slot(trigram(text[i], text[i+1], text[i+2])).first; n > 0; {
		e := f.entries[n]
		n = e.next
		if at := i - int(e.at); at >= 0 && foldedPrefix(text[at:], f.words[e.word].text) {
			hit(int(e.word), at)
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
