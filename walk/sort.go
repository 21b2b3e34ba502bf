package walk

import "slices"

// sortHashes sorts hashes of paths. Of millions it first puts each into the
// part of the slice that its top bits choose, in place ("American flag sort":
// McIlroy, Bostic and McIlroy, Engineering Radix Sort, 1993): hashes are spread
// evenly, so the parts are small and in the cache when they are sorted.
func sortHashes(all []uint64) {
	const (
		few   = 1 << 14 // below, there is nothing to be won
		bits  = 12
		shift = 64 - bits
	)
	if len(all) < few {
		slices.Sort(all)
		return
	}
	next := make([]int, 1<<bits+1) // where the next hash of a part goes
	for _, h := range all {
		next[h>>shift+1]++
	}
	for i := range next[1:] {
		next[i+1] += next[i]
	}
	ends := slices.Clone(next[1:])
	for part, end := range ends {
		for next[part] < end {
			h := all[next[part]]
			for to := h >> shift; int(to) != part; to = h >> shift {
				at := next[to]
				next[to]++
				h, all[at] = all[at], h
			}
			all[next[part]] = h
			next[part]++
		}
	}
	start := 0
	for _, end := range ends {
		slices.Sort(all[start:end])
		start = end
	}
}
