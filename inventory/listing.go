package inventory

import (
	"encoding/binary"
	"hash/maphash"
	"strings"
)

// Listing is all that a layer holds, packed: about ten bytes a file, so that
// millions of them can be counted. Files are known by a hash of their name; only
// large ones keep the name.
type Listing struct {
	// Dirs are the directories, each after the one that it is in: that one's
	// number, the length of the name, the name. Number 0, the root, is left out.
	Dirs []byte
	// Listed tells, a bit each, which directories the layer lists itself; the
	// others are those that its files are in.
	Listed []byte
	// Files are what is no directory, in the order of the layer, in chunks.
	Files [][]byte
	// Count is how many files there are, and Bytes their size.
	Count int
	Bytes int64
	// Partial says that there were too many to list them all.
	Partial bool
}

// Kind tells what is no directory apart.
type Kind byte

// The kinds of what is no directory.
const (
	Regular  Kind = 0
	named    Kind = 1 // a regular file with its name
	HardLink Kind = 2
	Other    Kind = 3 // a symbolic link, a device, a pipe
)

// Limits of what is kept of one layer.
const (
	maxListedDirs = 1 << 19
	maxListed     = 96 << 20 // bytes of Files
	maxNames      = 2 << 20  // bytes of names of files
	largeFile     = 256 << 10
	maxFileSize   = 1 << 50 // what a sparse file may claim to be
	listingChunk  = 256 << 10
	nameBits      = 48
)

// Lister makes a Listing while a layer is read.
type Lister struct {
	list    *Listing
	seed    maphash.Seed
	numbers map[uint64]int32 // of directories, by a hash of their path
	parents []int32
	names   int // bytes

	dir   []byte // of the last file
	at    int32  // its number
	whole bool   // it and all above are listed
	last  int32  // number of the directory of the last file in Files
}

// NewLister lists into l, which is empty.
func NewLister(l *Listing) *Lister {
	return &Lister{list: l, seed: maphash.MakeSeed(), numbers: map[uint64]int32{}, parents: []int32{0}, at: -1}
}

// Dir takes in a directory that the layer lists.
func (l *Lister) Dir(path string) {
	n := l.number(path)
	if n <= 0 {
		return
	}
	for len(l.list.Listed) <= int(n>>3) {
		l.list.Listed = append(l.list.Listed, 0)
	}
	l.list.Listed[n>>3] |= 1 << (n & 7)
	l.at = -1
}

// File takes in what is no directory; link is the path that a hard link links
// to. Loose says that it is in a directory that the layer has not listed.
func (l *Lister) File(path string, kind Kind, size int64, link string) (loose bool) {
	dir, name := split(path)
	if l.at < 0 || string(l.dir) != dir {
		l.dir, l.at = append(l.dir[:0], dir...), l.number(dir)
		l.whole = l.at >= 0 && l.isWhole(l.at)
	}
	if l.at < 0 {
		l.list.Partial = true
		return true
	}
	b := l.chunk()
	if b == nil {
		l.list.Partial = true
		return !l.whole
	}
	l.list.Count++
	size = min(max(size, 0), maxFileSize)
	l.list.Bytes = plus(l.list.Bytes, size)
	if kind == Regular && size >= largeFile && l.names+len(name) <= maxNames {
		kind, l.names = named, l.names+len(name)
	}
	*b = binary.AppendVarint(*b, int64(l.at)-int64(l.last))
	l.last = l.at
	*b = appendName(*b, nameHash(name))
	*b = binary.AppendUvarint(*b, uint64(size)<<2|uint64(kind))
	switch kind {
	case named:
		*b = append(binary.AppendUvarint(*b, uint64(len(name))), name...)
	case HardLink:
		dir, name := split(link)
		*b = binary.AppendUvarint(*b, uint64(max(l.number(dir), 0)))
		*b = appendName(*b, nameHash(name))
	}
	return !l.whole
}

// chunk is where the next file goes; nil where there is no room.
func (l *Lister) chunk() *[]byte {
	const most = 4<<10 + 64 // bytes of one record
	n, size := len(l.list.Files), listingChunk>>5
	if n > 0 {
		size = min(2*cap(l.list.Files[n-1]), listingChunk)
	}
	if n == 0 || cap(l.list.Files[n-1])-len(l.list.Files[n-1]) < most {
		if n*listingChunk >= maxListed {
			return nil
		}
		l.list.Files = append(l.list.Files, make([]byte, 0, size))
		n++
	}
	return &l.list.Files[n-1]
}

// number gives the number of a directory and makes it known; -1 where there is
// no room.
func (l *Lister) number(path string) int32 {
	if path == "" {
		return 0
	}
	hash := maphash.String(l.seed, path)
	if n, ok := l.numbers[hash]; ok {
		return n
	}
	dir, name := split(path)
	parent := l.number(dir)
	if parent < 0 || len(l.parents) >= maxListedDirs {
		return -1
	}
	n := int32(len(l.parents))
	l.parents, l.numbers[hash] = append(l.parents, parent), n
	l.list.Dirs = binary.AppendUvarint(l.list.Dirs, uint64(parent))
	l.list.Dirs = append(binary.AppendUvarint(l.list.Dirs, uint64(len(name))), name...)
	return n
}

func (l *Lister) isWhole(n int32) bool {
	for ; n > 0; n = l.parents[n] {
		if !l.list.listed(n) {
			return false
		}
	}
	return true
}

func (l *Listing) listed(n int32) bool {
	return int(n>>3) < len(l.Listed) && l.Listed[n>>3]&(1<<(n&7)) != 0
}

func split(path string) (dir, name string) {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i], path[i+1:]
	}
	return "", path
}

// nameHash is FNV-1a (RFC 9923), its upper bits mixed into 48. Who makes up
// names with the same hash gets a wrong count and nothing else.
func nameHash(name string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 0x100000001b3
	}
	return (h ^ h>>nameBits) & (1<<nameBits - 1)
}

func appendName(b []byte, hash uint64) []byte {
	return append(b, byte(hash>>40), byte(hash>>32), byte(hash>>24), byte(hash>>16), byte(hash>>8), byte(hash))
}

// listedFile is a record of Listing.Files.
type listedFile struct {
	dir  int32
	name uint64 // hash
	kind Kind
	size int64
	text []byte // the name, of a large file

	linkDir  int32  // of what a hard link links to
	linkName uint64 // its hash
}

// each gives the files until yield is false. A listing that is cut ends early.
func (l *Listing) each(yield func(*listedFile) bool) {
	var f listedFile
	for _, chunk := range l.Files {
		r := listingReader{chunk}
		for len(r.b) > 0 {
			f.dir += int32(r.signed())
			f.name = r.name()
			v := r.number()
			f.kind, f.size, f.text = Kind(v&3), int64(v>>2), nil
			switch f.kind {
			case named:
				f.kind, f.text = Regular, r.bytes(r.number())
			case HardLink:
				f.linkDir, f.linkName = int32(r.number()), r.name()
			}
			if r.b == nil || f.dir < 0 || f.linkDir < 0 || !yield(&f) {
				return
			}
		}
	}
}

// listedDir is a record of Listing.Dirs.
type listedDir struct {
	parent int32
	name   []byte
}

// dirs gives the directories by number; the first is the root.
func (l *Listing) dirs() []listedDir {
	all := []listedDir{{}}
	for r := (listingReader{l.Dirs}); len(r.b) > 0; {
		d := listedDir{parent: int32(r.number())}
		if d.name = r.bytes(r.number()); d.name == nil || d.parent < 0 || int(d.parent) >= len(all) {
			break
		}
		all = append(all, d)
	}
	return all
}

// listingReader takes records apart. What is cut leaves nothing to read: nil.
type listingReader struct{ b []byte }

func (r *listingReader) signed() int64 {
	v, n := binary.Varint(r.b)
	return int64(r.took(uint64(v), n))
}

func (r *listingReader) number() uint64 {
	v, n := binary.Uvarint(r.b)
	return r.took(v, n)
}

func (r *listingReader) took(v uint64, n int) uint64 {
	if n <= 0 {
		r.b = nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *listingReader) bytes(n uint64) []byte {
	if r.b == nil || n > uint64(len(r.b)) {
		r.b = nil
		return nil
	}
	took := r.b[:n:n]
	r.b = r.b[n:]
	return took
}

func (r *listingReader) name() (hash uint64) {
	for _, c := range r.bytes(nameBits / 8) {
		hash = hash<<8 | uint64(c)
	}
	return hash
}
