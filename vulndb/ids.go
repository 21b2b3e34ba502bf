package vulndb

import (
	"encoding/binary"
	"iter"
	"math/bits"
	"slices"
)

// pairsInBucket is how many pairs of an id and an advisory one bucket of the
// table of ids holds on average.
const pairsInBucket = 12

// idHash is the same for a CVE and for an id that ends in it.
func idHash(id string) uint32 {
	if cve := cveIn(id); cve != "" {
		id = cve
	}
	// The CRC's bits are spread, because those of like ids lie close.
	return castagnoli([]byte(id)) * 0x9e3779b1
}

// eachID gives all ids that an advisory carries.
func (a *Advisory) eachID() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, list := range [...][]string{{a.ID}, a.Aliases, a.Upstream, a.Related} {
			for _, id := range list {
				if !yield(id) {
					return
				}
			}
		}
	}
}

// writeIDs writes a hash table of all ids with the advisories that carry each.
// Of the hash the highest bits name the bucket and the lowest eight are kept.
func (w *segmentWriter) writeIDs() {
	var pairs []uint64
	for i, a := range w.records {
		for id := range a.eachID() {
			pairs = append(pairs, uint64(idHash(id))<<32|uint64(i))
		}
	}
	shift := 32 - bits.Len(uint(len(pairs)/pairsInBucket))
	for i, p := range pairs {
		bucket, low, ordinal := p>>32>>shift, p>>32&0xff, p&0xffffffff
		pairs[i] = bucket<<40 | low<<32 | ordinal
	}
	slices.Sort(pairs)
	pairs = slices.Compact(pairs)
	width := ordinalWidth(len(w.records))
	var index, table []byte
	for bucket := range uint64(1) << (32 - shift) {
		for len(index)/4 <= int(bucket) {
			index = binary.LittleEndian.AppendUint32(index, uint32(len(table)))
		}
		for len(pairs) > 0 && pairs[0]>>40 == bucket {
			table = append(table, byte(pairs[0]>>32))
			for i := range width {
				table = append(table, byte(pairs[0]>>(8*i)))
			}
			pairs = pairs[1:]
		}
	}
	w.sections[sectionIDIndex] = binary.LittleEndian.AppendUint32(index, uint32(len(table)))
	w.sections[sectionIDs] = table
}

// ordinalWidth is how many bytes an ordinal takes in the table of ids.
func ordinalWidth(advisories int) int {
	return max(1, (bits.Len(uint(max(advisories-1, 0)))+7)/8)
}

// candidates are the ordinals of the advisories that may carry an id.
func (s *segment) candidates(id string) ([]int, error) {
	buckets := s.sections[sectionIDIndex].length/4 - 1
	if buckets < 1 || buckets&(buckets-1) != 0 || buckets > 1<<31 {
		return nil, s.damaged("table of ids")
	}
	hash := idHash(id)
	bucket := uint64(hash) >> (32 - bits.TrailingZeros64(uint64(buckets)))
	table, err := s.between(sectionIDIndex, sectionIDs, int(bucket), 1)
	if err != nil {
		return nil, err
	}
	var list []int
	width := ordinalWidth(s.advisories)
	for pair := range slices.Chunk(table, 1+width) {
		if len(pair) != 1+width {
			return nil, s.damaged("table of ids")
		}
		if pair[0] != byte(hash) {
			continue
		}
		ordinal := 0
		for i, b := range pair[1:] {
			ordinal |= int(b) << (8 * i)
		}
		list = append(list, ordinal)
	}
	return list, nil
}
