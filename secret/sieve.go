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
// in common. The lookups do not depend on each other, so that a processor works
// on several at once, where a classic automaton would wait for each transition.
type sieve [1 << 16]uint64

const buckets = 32

// fold makes capital letters small, and does something harmless to others.
const fold = 0x20202020_20202020

// next goes through the pairs of a text up to the first eight bytes in which a
// group may end, or as far as there are sixteen bytes. It says how many bytes it
// has passed; in which of the last four pairs of these a group may end, as bits
// from the lowest; and the word of the last pair, which is that before the text
// the next time.
func (v *sieve) next(text []byte, last uint64) (n int, ends uint, pair uint64) {
	rest := text
	for ; len(rest) >= 16; rest = rest[16:] {
		both := (*[16]byte)(rest)
		x, y := binary.LittleEndian.Uint64(both[:])|fold, binary.LittleEndian.Uint64(both[8:])|fold
		a, b, c, d := v[uint16(x)], v[uint16(x>>16)], v[uint16(x>>32)], v[x>>48]
		if last>>buckets&a|a>>buckets&b|b>>buckets&c|c>>buckets&d != 0 {
			return len(text) - len(rest) + 8, flags(last>>buckets&a, a>>buckets&b, b>>buckets&c, c>>buckets&d), d
		}
		last = d
		a, b, c, d = v[uint16(y)], v[uint16(y>>16)], v[uint16(y>>32)], v[y>>48]
		if last>>buckets&a|a>>buckets&b|b>>buckets&c|c>>buckets&d != 0 {
			return len(text) - len(rest) + 16, flags(last>>buckets&a, a>>buckets&b, b>>buckets&c, c>>buckets&d), d
		}
		last = d
	}
	return len(text) - len(rest), 0, last
}

// flags has a bit for each that is not 0.
func flags(a, b, c, d uint64) uint {
	flag := func(x uint64) uint { return uint((x | -x) >> 63) }
	return flag(a) | flag(b)<<1 | flag(c)<<2 | flag(d)<<3
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
		for _, p := range s.first.pairs {
			v[p] |= 1 << (buckets + best)
		}
		for _, p := range s.last.pairs {
			v[p] |= 1 << best
		}
	}
	return v
}

// grown says by how much the weight of each bucket would grow with a set; shift
// tells the halves of the words.
func (v *sieve) grown(s *pairSet, shift int, w *weights) (more [buckets]float64) {
	for k := range more {
		more[k] = s.weight
	}
	for _, p := range s.pairs {
		for had := uint32(v[p] >> shift); had != 0; had &= had - 1 {
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
