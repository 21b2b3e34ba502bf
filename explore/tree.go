package explore

import (
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"strings"
)

// Limits of a tree, so that no image takes all memory: about 100 bytes a path.
const (
	maxNodes      = 6 << 20
	maxAttributes = 256 << 10
	maxLayers     = 4 << 10
	maxNames      = 4 << 10 // blocks, so 256 MiB
)

var errTooMany = fmt.Errorf("more than %d paths or %d owners and modes: the rest is not shown", maxNodes, maxAttributes)

// nodeID numbers the paths of a tree. 0 is the root; a parent has a lower number
// than its children.
type nodeID uint32

// versionID numbers what layers say of paths; 0 is none.
type versionID uint32

// node is a path.
type node struct {
	parent      nodeID
	first, next nodeID    // first child; next child of the same parent; 0 is none
	last        versionID // what the highest layer says
	name        uint32    // where it begins in the names
	nameLen     uint16
}

// version is what one layer says of one path.
type version struct {
	size       int64
	older      versionID
	attributes uint32 // index of Tree.attributes
	link       uint32 // index of Tree.links; 0 is none
	sum        uint32
	time       uint32 // seconds since 1970
	layer      uint16
	removes    bool // a whiteout: what lower layers have here and below is gone
	empties    bool // opaque: what lower layers have below is gone
}

// attributes are what many files have in common. The kind is None where a layer
// only removes.
type attributes struct {
	kind     Kind
	mode     uint16
	uid, gid uint32
}

// Tree is every path of an image with what each layer says of it. It is built
// by one goroutine and then only read. Records are small, without pointers, and
// kept in blocks, so that millions of files fit.
type Tree struct {
	nodes    blocks[node]
	versions blocks[version]
	names    [][]byte
	nameEnd  uint32
	table    []nodeID // open addressing, by parent and name
	seed     maphash.Seed
	kept     []attributes
	keptAt   map[attributes]uint32
	links    []string
	layers   int

	lastDir   string // of the path that was added last
	lastDirID nodeID
}

// nameBlock is larger than any name, for none crosses blocks.
const nameBlock = 64 << 10

// NewTree gives an empty tree.
func NewTree() *Tree {
	t := &Tree{seed: maphash.MakeSeed(), table: make([]nodeID, 1<<10), links: []string{""}}
	t.kept, t.keptAt = []attributes{{}}, map[attributes]uint32{{}: 0}
	t.nodes.add(node{})
	t.versions.add(version{})
	return t
}

// Add lays the next layer over the tree.
func (t *Tree) Add(l Listing) (warnings []string, err error) {
	n := t.layers
	if n >= maxLayers {
		return nil, fmt.Errorf("more than %d layers", maxLayers)
	}
	t.layers++
	noted, err := l.read(func(e *Entry) error { return t.add(n, e) })
	for _, w := range noted {
		warnings = append(warnings, strings.TrimPrefix(w.At.Path+": "+w.Message, ": "))
	}
	if errors.Is(err, errTooMany) {
		return append(warnings, err.Error()), nil
	}
	return warnings, err
}

// Len is the number of paths.
func (t *Tree) Len() int { return t.nodes.n - 1 }

func (t *Tree) add(layer int, e *Entry) error {
	id, err := t.make(e.Path)
	if err != nil {
		return err
	}
	kept, err := t.keep(attributes{e.Kind, e.Mode, e.UID, e.GID})
	if err != nil {
		return err
	}
	v := t.version(id, layer)
	switch e.Kind {
	case Whiteout:
		v.removes = true
	case Opaque:
		v.empties = true
	default:
		v.attributes, v.size, v.sum, v.link = kept, e.Size, e.Sum, t.link(e.Link)
		v.time = uint32(min(max(e.Time, 0), math.MaxUint32))
	}
	return nil
}

// version gives what a layer says of a path, to be filled.
func (t *Tree) version(id nodeID, layer int) *version {
	n := t.nodes.at(int(id))
	if v := t.versions.at(int(n.last)); n.last != 0 && int(v.layer) == layer {
		return v
	}
	older := n.last
	n.last = versionID(t.versions.add(version{older: older, layer: uint16(layer)}))
	return t.versions.at(int(n.last))
}

func (t *Tree) keep(a attributes) (uint32, error) {
	if a.kind >= Whiteout {
		return 0, nil
	}
	i, ok := t.keptAt[a]
	if !ok {
		if len(t.kept) >= maxAttributes {
			return 0, errTooMany
		}
		i = uint32(len(t.kept))
		t.kept = append(t.kept, a)
		t.keptAt[a] = i
	}
	return i, nil
}

func (t *Tree) link(target string) uint32 {
	if target == "" {
		return 0
	}
	t.links = append(t.links, target)
	return uint32(len(t.links) - 1)
}

// make gives the number of a path; new ones it adds with their parents. Most
// paths lie in the same directory as the one before.
func (t *Tree) make(path string) (nodeID, error) {
	slash := strings.LastIndexByte(path, '/')
	if slash < 0 {
		return t.makeChild(0, path)
	}
	if dir := path[:slash]; dir != t.lastDir {
		id := nodeID(0)
		for name := range strings.SplitSeq(dir, "/") {
			var err error
			if id, err = t.makeChild(id, name); err != nil {
				return 0, err
			}
		}
		t.lastDir, t.lastDirID = dir, id
	}
	return t.makeChild(t.lastDirID, path[slash+1:])
}

func (t *Tree) makeChild(parent nodeID, name string) (nodeID, error) {
	if name == "" {
		return parent, nil
	}
	id, slot := t.child(parent, name)
	if id != 0 {
		return id, nil
	}
	if t.nodes.n >= maxNodes || len(t.names) > maxNames {
		return 0, errTooMany
	}
	id = t.newNode(parent, name)
	t.table[slot] = id
	if t.nodes.n > len(t.table)/4*3 {
		t.grow()
	}
	return id, nil
}

// find gives the number of a path that is in the tree.
func (t *Tree) find(path string) (nodeID, bool) {
	id := nodeID(0)
	for name := range strings.SplitSeq(path, "/") {
		if name == "" {
			continue
		}
		if id, _ = t.child(id, name); id == 0 {
			return 0, false
		}
	}
	return id, id != 0
}

func spread(name uint64, parent nodeID) uint64 {
	return (name ^ uint64(parent)*0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd >> 20
}

// child looks a name up below a parent: its number, or 0 and its slot.
func (t *Tree) child(parent nodeID, name string) (nodeID, int) {
	mask := len(t.table) - 1
	for i := int(spread(maphash.String(t.seed, name), parent)) & mask; ; i = (i + 1) & mask {
		id := t.table[i]
		if id == 0 || t.nodes.at(int(id)).parent == parent && string(t.rawName(id)) == name {
			return id, i
		}
	}
}

func (t *Tree) grow() {
	t.table = make([]nodeID, 2*len(t.table))
	mask := len(t.table) - 1
	for id := nodeID(1); int(id) < t.nodes.n; id++ {
		i := int(spread(maphash.Bytes(t.seed, t.rawName(id)), t.parent(id))) & mask
		for t.table[i] != 0 {
			i = (i + 1) & mask
		}
		t.table[i] = id
	}
}

func (t *Tree) newNode(parent nodeID, name string) nodeID {
	name = name[:min(len(name), math.MaxUint16)]
	if int(t.nameEnd)+len(name) > len(t.names)*nameBlock {
		t.nameEnd = uint32(len(t.names)) * nameBlock
		t.names = append(t.names, make([]byte, nameBlock))
	}
	at := t.nameEnd
	copy(t.names[at/nameBlock][at%nameBlock:], name)
	t.nameEnd += uint32(len(name))
	id := nodeID(t.nodes.add(node{parent: parent, next: t.nodes.at(int(parent)).first, name: at, nameLen: uint16(len(name))}))
	t.nodes.at(int(parent)).first = id
	return id
}

// rawName is the last part of a path; it may not be changed.
func (t *Tree) rawName(id nodeID) []byte {
	n := t.nodes.at(int(id))
	if n.nameLen == 0 {
		return nil
	}
	return t.names[n.name/nameBlock][n.name%nameBlock:][:n.nameLen]
}

func (t *Tree) name(id nodeID) string { return string(t.rawName(id)) }

// path is the whole path, without leading slash.
func (t *Tree) path(id nodeID) string { return string(t.appendPath(nil, id)) }

func (t *Tree) appendPath(b []byte, id nodeID) []byte {
	if id == 0 {
		return b
	}
	if parent := t.nodes.at(int(id)).parent; parent != 0 {
		b = append(t.appendPath(b, parent), '/')
	}
	return append(b, t.rawName(id)...)
}

func (t *Tree) parent(id nodeID) nodeID { return t.nodes.at(int(id)).parent }

func (t *Tree) at(v versionID) *version { return t.versions.at(int(v)) }

// history gives what the layers say of a path, the lowest first.
func (t *Tree) history(id nodeID) []*version {
	var all []*version
	for v := t.nodes.at(int(id)).last; v != 0; v = t.at(v).older {
		all = append(all, t.at(v))
	}
	for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
		all[i], all[j] = all[j], all[i]
	}
	return all
}

// removedAbove finds the first layer between two, exclusive, that takes a path
// away with a directory above it.
func (t *Tree) removedAbove(id nodeID, after, before int) (layer int, dir nodeID, ok bool) {
	layer = before
	for at := id; at != 0; {
		at = t.parent(at)
		for i := t.nodes.at(int(at)).last; i != 0; i = t.at(i).older {
			v := t.at(i)
			k := t.kind(v)
			cuts := v.removes || v.empties || k != None && k != Directory
			if n := int(v.layer); cuts && n > after && n < layer {
				layer, dir, ok = n, at, true
			}
		}
	}
	return layer, dir, ok
}

func (t *Tree) kind(v *version) Kind { return t.kept[v.attributes].kind }

// sameContent tells whether two versions hold the same bytes.
func (t *Tree) sameContent(v, w *version) bool {
	return t.kind(v) == t.kind(w) && v.size == w.size && v.sum == w.sum && t.links[v.link] == t.links[w.link]
}

// same tells whether two versions differ in nothing but layer and time.
func (t *Tree) same(v, w *version) bool { return v.attributes == w.attributes && t.sameContent(v, w) }

// blocks is a list that grows without copying, so that a large one never needs
// twice its memory.
type blocks[T any] struct {
	list [][]T
	n    int
}

const (
	blockBits = 12
	blockLen  = 1 << blockBits
)

func (b *blocks[T]) at(i int) *T { return &b.list[i>>blockBits][i&(blockLen-1)] }

func (b *blocks[T]) add(v T) int {
	if b.n>>blockBits == len(b.list) {
		b.list = append(b.list, make([]T, 0, blockLen))
	}
	last := &b.list[b.n>>blockBits]
	*last = append(*last, v)
	b.n++
	return b.n - 1
}
