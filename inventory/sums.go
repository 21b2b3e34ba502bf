package inventory

import (
	"encoding/binary"
	"iter"
	"slices"
	"strings"
)

// Sums are the sums of files of one layer by PathHash, packed: 17 bytes each. A
// later one of the same path and algorithm takes the place of an earlier.
type Sums []byte

const sumSize = 8 + 1 + 8

// sameAs in the place of an algorithm marks a hard link: the sums are those of
// the path with the hash that follows.
const sameAs Algorithm = 0xff

// Add appends the sum of the file at path.
func (s *Sums) Add(path string, sum Sum) {
	b := binary.BigEndian.AppendUint64(*s, PathHash(path))
	b = append(b, byte(sum.Algorithm))
	*s = append(b, sum.Prefix[:]...)
}

// Link says that path has the content of target, which is in the same layer.
func (s *Sums) Link(path, target string) {
	link := Sum{Algorithm: sameAs}
	binary.BigEndian.PutUint64(link.Prefix[:], PathHash(target))
	s.Add(path, link)
}

func (s Sums) all() iter.Seq2[uint64, Sum] {
	return func(yield func(uint64, Sum) bool) {
		for b := s; len(b) >= sumSize; b = b[sumSize:] {
			if !yield(binary.BigEndian.Uint64(b), Sum{Algorithm(b[8]), [8]byte(b[9:17])}) {
				return
			}
		}
	}
}

// Changed is a file that is not as its package brought it.
type Changed struct {
	Installed
	Layer int // that has the file as it is now
	// Replaced says that there is no regular file any more but a link or a device.
	Replaced bool
}

// fileSums are the sums of one file, and the layer that they are from.
type fileSums struct {
	layer int
	sums  [SHA256 + 1]Sum
}

// Changed compares the files of packages with what package databases say of
// them, as `rpm -V` does, and gives those that differ, by path. Files that are
// gone are no change: slim images leave documentation out. Unknown counts the
// files for which the layers were not read with the algorithm that is needed.
func (d *Disk) Changed() (changed []Changed, unknown int) {
	if d == nil {
		return nil, 0
	}
	sums := d.sums()
	for path, f := range d.index() {
		if f.Sum.Algorithm == NoSum || !SumsCover(path) {
			continue
		}
		is, ok := sums[PathHash(path)]
		if ok && is.sums[f.Sum.Algorithm] == f.Sum {
			continue
		}
		layer, shows := d.Layer(path)
		switch {
		case !shows || d.isDir(layer, path):
		case !ok || layer != is.layer:
			changed = append(changed, Changed{f.at(path), layer, true})
		case is.sums[f.Sum.Algorithm].Algorithm == NoSum:
			unknown++
		default:
			changed = append(changed, Changed{f.at(path), layer, false})
		}
	}
	slices.SortFunc(changed, func(a, b Changed) int { return strings.Compare(a.Path, b.Path) })
	return changed, unknown
}

func (f Installed) at(path string) Installed {
	f.Path = path
	return f
}

func (d *Disk) isDir(layer int, path string) bool {
	return in(d.parts[layer].SeenDirs, PathHash(path))
}

// sums are those of the topmost layer that has any of a path.
func (d *Disk) sums() map[uint64]*fileSums {
	all := map[uint64]*fileSums{}
	for n := range d.parts {
		links := map[uint64]uint64{}
		for hash, sum := range d.parts[n].Sums.all() {
			if sum.Algorithm == sameAs {
				links[hash] = binary.BigEndian.Uint64(sum.Prefix[:])
				continue
			}
			if sum.Algorithm > SHA256 {
				continue
			}
			f := all[hash]
			if f == nil || f.layer != n {
				f = &fileSums{layer: n}
				all[hash] = f
			}
			f.sums[sum.Algorithm] = sum
			delete(links, hash)
		}
		for hash, target := range links {
			if f := all[target]; f != nil && f.layer == n {
				all[hash] = f
			}
		}
	}
	return all
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
