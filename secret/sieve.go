package secret

import (
	"cmp"
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
)

// sieve finds places where one of many groups of four bytes may stand, in any
// case, quickly passing over all others.
//
// It takes a text apart into pairs of bytes, folded to lower case. Each group is
// in one of 32 buckets, and to each pair belongs a word: its upper half has the
// buckets with a group that begins with the pair, its lower half those with one
// that ends with it. A group may stand where two neighbouring pairs have a bucket
// in common. Where they do, a second look at the whole group drops most that is
// there by chance.
//
// Neither look depends on what another has found, nor is there a branch on it:
// places are written down in any case, and what is not of interest is overwritten
// by the next one. So a processor works on many places at once, where a classic
// automaton would wait for each transition, and never guesses wrong.
type sieve struct {
	pairs  [1 << 16]uint64
	groups [1 << (groupBits - 6)]uint64 // a bit for each hash of a group
}

const (
	buckets   = 32
	groupBits = 20
)

// fold makes capital letters small, and does something harmless to others.
const fold = 0x20202020_20202020

// sieveSpan is how many bytes of text are sifted at once.
const sieveSpan = 2 << 10

// sifted is what a sieve writes down of one span, as offsets in the span.
type sifted struct {
	octets [sieveSpan / 8]uint16 // of eight bytes in which a group may end
	groups [sieveSpan / 2]uint16 // of two bytes behind where one may begin
}

// sift goes through text[from:to], a span of a length that sixteen divides, and
// calls found with the places at which a group may begin, if it ends in the span.
// Places are an even number of bytes from from.
func (v *sieve) sift(text []byte, from, to int, s *sifted, found func(at int)) {
	var before uint64 // the word of the pair in front
	if from >= 2 {
		before = v.pairs[pair(text[from-2], text[from-1])]
	}
	octets := s.octets[:v.octets(text[from:to], before, &s.octets)]
	for _, at := range s.groups[:v.groupsIn(text, from, octets, &s.groups)] {
		found(from + int(at) - 2)
	}
}

// octets is the first look, at pairs.
func (v *sieve) octets(text []byte, before uint64, found *[sieveSpan / 8]uint16) (n int) {
	for i := 0; i < len(text)-15; i += 16 {
		both := (*[16]byte)(text[i : i+16])
		x, y := binary.LittleEndian.Uint64(both[:])|fold, binary.LittleEndian.Uint64(both[8:])|fold
		a, b, c, d := v.pairs[uint16(x)], v.pairs[uint16(x>>16)], v.pairs[uint16(x>>32)], v.pairs[x>>48]
		found[n&(sieveSpan/8-1)] = uint16(i)
		if before>>buckets&a|a>>buckets&b|b>>buckets&c|c>>buckets&d != 0 { // becomes an addition, no branch
			n++
		}
		a, b, c, before = v.pairs[uint16(y)], v.pairs[uint16(y>>16)], v.pairs[uint16(y>>32)], v.pairs[y>>48]
		found[n&(sieveSpan/8-1)] = uint16(i) + 8
		if d>>buckets&a|a>>buckets&b|b>>buckets&c|c>>buckets&before != 0 {
			n++
		}
	}
	return n
}

// groupsIn is the second look, at the four groups that end in each octet.
func (v *sieve) groupsIn(text []byte, from int, octets []uint16, found *[sieveSpan / 2]uint16) (n int) {
	for _, k := range octets {
		at := from + int(k)
		y := binary.LittleEndian.Uint64(text[at:]) | fold
		x := y << 16
		if at >= 2 {
			x = binary.LittleEndian.Uint64(text[at-2:]) | fold
		}
		n = v.note(found, n, uint32(x), k)
		n = v.note(found, n, uint32(y), k+2)
		n = v.note(found, n, uint32(x>>32), k+4)
		n = v.note(found, n, uint32(y>>32), k+6)
	}
	return n
}

// note writes a place down, for good if the group is one of those looked for.
func (v *sieve) note(found *[sieveSpan / 2]uint16, n int, group uint32, at uint16) int {
	found[n&(sieveSpan/2-1)] = at
	h := hashGroup(group)
	return n + int(v.groups[h>>6]>>(h&63)&1)
}

func hashGroup(group uint32) uint32 {
	return group * 0x9E3779B1 >> (32 - groupBits)
}

// pairSet are pairs of folded bytes, and the share of text that they make up.
type pairSet struct {
	pairs  []uint16
	weight float64
}

func (s *pairSet) add(pair uint16, w *weights) {
	s.pairs = append(s.pairs, pair)
	s.weight += w.of(pair)
}

// groupSet are the groups of four that begin with one of some pairs and end with
// one of others.
type groupSet struct{ first, last pairSet }

// newSieve makes a sieve for groups. Each set goes into the bucket that will
// then let through the least text beside what it has to.
func newSieve(sets []*groupSet, w *weights) *sieve {
	v := new(sieve)
	slices.SortStableFunc(sets, func(a, b *groupSet) int {
		return cmp.Compare(b.first.weight*b.last.weight, a.first.weight*a.last.weight)
	})
	var first, last [buckets]float64 // the weights of what the buckets hold
	for _, s := range sets {
		moreFirst, moreLast := v.grown(&s.first, buckets, w), v.grown(&s.last, 0, w)
		best, least := 0, math.Inf(1)
		for k := range buckets {
			if cost := (first[k]+moreFirst[k])*(last[k]+moreLast[k]) - first[k]*last[k]; cost < least {
				best, least = k, cost
			}
		}
		first[best] += moreFirst[best]
		last[best] += moreLast[best]
		v.put(s, best)
	}
	return v
}

// put puts groups into a bucket.
func (v *sieve) put(s *groupSet, bucket int) {
	for _, p := range s.first.pairs {
		v.pairs[p] |= 1 << (buckets + bucket)
		for _, q := range s.last.pairs {
			h := hashGroup(uint32(p) | uint32(q)<<16)
			v.groups[h>>6] |= 1 << (h & 63)
		}
	}
	for _, p := range s.last.pairs {
		v.pairs[p] |= 1 << bucket
	}
}

// grown says by how much the weight of each bucket would grow with a set; shift
// tells the halves of the words.
func (v *sieve) grown(s *pairSet, shift int, w *weights) (more [buckets]float64) {
	for k := range more {
		more[k] = s.weight
	}
	for _, p := range s.pairs {
		for had := uint32(v.pairs[p] >> shift); had != 0; had &= had - 1 {
			more[bits.TrailingZeros32(had)] -= w.of(p)
		}
	}
	return more
}

// weights are about how large a share of text and code bytes make up, folded as
// they are, and how much more often letters stand together than by chance.
type weights struct {
	bytes  [256]float64
	chance [10]float64 // by the digits of bigrams
}

func newWeights() *weights {
	w := new(weights)
	for c := range w.bytes {
		w.bytes[c] = math.Exp2(-byteCost(byte(c)))
	}
	w.bytes['_'|0x20] = w.bytes['_']
	for i := range w.chance {
		w.chance[i] = math.Exp2(float64(i - 5))
	}
	return w
}

func (w *weights) of(pair uint16) float64 {
	a, b := byte(pair), byte(pair>>8)
	return w.bytes[a] * w.bytes[b] * w.chance[int(affinity(a, b))+5]
}
