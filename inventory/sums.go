package inventory

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// Sums are the sums of files of one layer, by algorithm. Where the same path
// comes twice in the layer, the later counts.
type Sums struct {
	// Files are packed, for each algorithm: the PathHash of a file and the prefix
	// of its digest, 16 bytes together, in the order of the hashes once the part
	// is finished.
	Files [SHA256 + 1][]byte `json:"files"`
	// Links are hard links, packed in the same way: the PathHash of the link, and
	// that of what it links to.
	Links []byte `json:"links,omitempty"`
	// Partial says of an algorithm that not all files have a sum of it.
	Partial [SHA256 + 1]bool `json:"partial"`
}

const sumSize = 16

// maxSums is how many files of a layer are summed with one algorithm: more than
// there are in a large system.
const maxSums = 1 << 19

// Add keeps the sum of the file whose path has this hash, unless there are too
// many. The place is good for Set, until Sort or until the sums are taken away.
func (s *Sums) Add(path uint64, sum Sum) (place int, ok bool) {
	files := &s.Files[sum.Algorithm]
	if len(*files) >= maxSums*sumSize {
		s.Partial[sum.Algorithm] = true
		return 0, false
	}
	*files = append(binary.BigEndian.AppendUint64(*files, path), sum.Prefix[:]...)
	return len(*files)/sumSize - 1, true
}

// Set gives the file that Add put at a place another sum of the same algorithm,
// one that was not known then.
func (s *Sums) Set(place int, sum Sum) {
	copy(s.Files[sum.Algorithm][place*sumSize+sumSize/2:], sum.Prefix[:])
}

// Link says that a path has the content of target, which is in the same layer.
func (s *Sums) Link(path, target uint64) {
	if len(s.Links) < maxSums*sumSize {
		s.Links = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(s.Links, path), target)
	}
}

// Replace takes the sums of one algorithm from others, those of another look at
// the same layer.
func (s *Sums) Replace(a Algorithm, others *Sums) {
	s.Files[a], s.Partial[a], s.Links = others.Files[a], others.Partial[a], others.Links
}

// Sort makes the sums ready to be looked up.
func (s *Sums) Sort() {
	for a := range s.Files {
		s.Files[a] = sortSums(s.Files[a])
	}
	s.Links = sortSums(s.Links)
}

// sortSums orders records by hash and keeps the last of each.
func sortSums(packed []byte) []byte {
	records := make([][2]uint64, 0, len(packed)/sumSize)
	for b := packed; len(b) >= sumSize; b = b[sumSize:] {
		records = append(records, [2]uint64{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])})
	}
	slices.SortStableFunc(records, func(a, b [2]uint64) int { return cmp.Compare(a[0], b[0]) })
	packed = packed[:0]
	for i, r := range records {
		if i+1 == len(records) || records[i+1][0] != r[0] {
			packed = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(packed, r[0]), r[1])
		}
	}
	return packed
}

// find looks up what stands beside a hash. Hashes are spread evenly, so that a
// few steps lead near it.
func find(packed []byte, hash uint64) (uint64, bool) {
	low, high := 0, len(packed)/sumSize
	for steps := 0; low < high; steps++ {
		middle := int(uint(low+high) >> 1)
		if steps < 4 && high-low > 16 {
			first, last := binary.BigEndian.Uint64(packed[low*sumSize:]), binary.BigEndian.Uint64(packed[(high-1)*sumSize:])
			if hash < first || hash > last {
				return 0, false
			}
			middle = low + int(float64(hash-first)/(float64(last-first)+1)*float64(high-low-1))
		}
		switch at := binary.BigEndian.Uint64(packed[middle*sumSize:]); {
		case at == hash:
			return binary.BigEndian.Uint64(packed[middle*sumSize+8:]), true
		case at < hash:
			low = middle + 1
		default:
			high = middle
		}
	}
	return 0, false
}

// of gives the sum of the file whose path has this hash.
func (s *Sums) of(path uint64, a Algorithm) (Sum, bool) {
	for range 4 { // a link to a link is rare already
		target, linked := find(s.Links, path)
		if prefix, ok := find(s.Files[a], path); ok && !linked {
			sum := Sum{Algorithm: a}
			binary.BigEndian.PutUint64(sum.Prefix[:], prefix)
			return sum, true
		}
		if !linked {
			break
		}
		path = target
	}
	return Sum{}, false
}

// SumsCover tells whether the file at a path is one whose content is compared
// with its package: those below the directories that packages install to, and
// not what is there for users' own things.
func SumsCover(path string) bool {
	top, rest, below := strings.Cut(path, "/")
	if !below {
		return false
	}
	switch top {
	case "bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec", "etc", "boot", "opt":
		return true
	case "usr":
		return !strings.HasPrefix(rest, "local/") && !strings.HasPrefix(rest, "src/")
	case "var":
		return !strings.HasPrefix(rest, "cache/") && !strings.HasPrefix(rest, "log/") && !strings.HasPrefix(rest, "tmp/")
	}
	return false
}
