package inventory

import (
	"bytes"
	"math"
	"slices"
	"strings"
)

// places are all directories of all layers under their real paths, each once.
type places struct {
	numbers map[uint64]int32 // by placeKey.hash; the root is 0
	parents []int32
	origin  []origin
	layers  [][]int32     // of each layer, the place of each directory of its listing
	tables  [][]listedDir // of each layer
	// users is, for each place, one more than the layer that has or removes files
	// right in it; severalUsers for more than one layer.
	users []int32
	// hiding are the layers that hide a place, and dirs those that have a
	// directory where another layer has a file.
	hiding map[int32][]int32
	dirs   map[int32][]int32
}

// origin is where the name of a place stands.
type origin struct {
	layer int32 // -1 for one that a link leads to
	dir   int32
	name  string // where layer is -1
}

// placeKey is a path: a directory and the hash of a name in it.
type placeKey struct {
	dir  int32
	name uint64
}

// hash spreads keys over 64 bits; it is that of splitmix64, a bijection of what
// it mixes.
func (k placeKey) hash() uint64 {
	h := k.name ^ uint64(k.dir)<<(64-20) ^ uint64(k.dir)*0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// newPlaces lays the directories of the layers together; loose are those that
// are elsewhere than a layer says.
func newPlaces(parts []Part, loose []map[int32]string) *places {
	p := &places{numbers: map[uint64]int32{}, parents: []int32{-1}, origin: []origin{{}}, hiding: map[int32][]int32{}, dirs: map[int32][]int32{}}
	for n := range parts {
		table := parts[n].Listing.dirs()
		numbers := make([]int32, len(table))
		for i := 1; i < len(table); i++ {
			if real, ok := loose[n][int32(i)]; ok {
				numbers[i] = p.walk(real)
				continue
			}
			parent := numbers[table[i].parent]
			numbers[i] = p.child(parent, nameHash(string(table[i].name)), origin{layer: int32(n), dir: int32(i)})
		}
		p.layers, p.tables = append(p.layers, numbers), append(p.tables, table)
	}
	p.users = make([]int32, len(p.parents))
	return p
}

const severalUsers = -1

// touch notes that a layer has or removes a file right in a place.
func (p *places) touch(place int32, layer int) {
	switch user := int32(layer) + 1; p.users[place] {
	case 0, user:
		p.users[place] = user
	default:
		p.users[place] = severalUsers
	}
}

// shared tells whether several layers have or remove files right in a place.
func (p *places) shared(place int32) bool { return p.users[place] == severalUsers }

// child gives the number of a directory in another, new where need be.
func (p *places) child(parent int32, name uint64, from origin) int32 {
	h := placeKey{parent, name}.hash()
	n, ok := p.numbers[h]
	if !ok {
		n = int32(len(p.parents))
		p.numbers[h] = n
		p.parents, p.origin = append(p.parents, parent), append(p.origin, from)
	}
	return n
}

// walk gives the number of the directory at a real path.
func (p *places) walk(path string) int32 {
	at := int32(0)
	for name := range strings.SplitSeq(path, "/") {
		if name != "" {
			at = p.child(at, nameHash(name), origin{layer: -1, name: name})
		}
	}
	return at
}

// find gives the place of a real path, if any layer has files there.
func (p *places) find(path string) (int32, bool) {
	at := int32(0)
	for name := range strings.SplitSeq(path, "/") {
		if name == "" {
			continue
		}
		next, ok := p.numbers[placeKey{at, nameHash(name)}.hash()]
		if !ok {
			return 0, false
		}
		at = next
	}
	return at, true
}

// key is that of a path, if any layer has files beside it.
func (p *places) key(path string) (placeKey, bool) {
	dir, name := split(path)
	place, ok := p.find(dir)
	return placeKey{place, nameHash(name)}, ok && name != ""
}

// hide notes that a layer has or removes a path, for the case that other layers
// have a directory there.
func (p *places) hide(key placeKey, layer int) {
	if n, ok := p.numbers[key.hash()]; ok {
		p.hideBelow(n, layer)
	}
}

// hideBelow notes that a layer hides all that those below have in a directory.
func (p *places) hideBelow(place int32, layer int) {
	by := p.hiding[place]
	if len(by) == 0 || by[len(by)-1] != int32(layer) {
		p.hiding[place] = append(by, int32(layer))
	}
}

// findDirs finds which layers have the hidden places as directories.
func (p *places) findDirs() {
	if len(p.hiding) == 0 {
		return
	}
	for layer, numbers := range p.layers {
		for _, n := range numbers[min(1, len(numbers)):] {
			if _, hidden := p.hiding[n]; hidden {
				p.dirs[n] = append(p.dirs[n], int32(layer))
			}
		}
	}
}

// coveredBy gives the lowest layer above one that has a directory at a path; 0
// for none.
func (p *places) coveredBy(key placeKey, layer int) int32 {
	if len(p.dirs) == 0 {
		return 0
	}
	n, ok := p.numbers[key.hash()]
	if !ok {
		return 0
	}
	for _, other := range p.dirs[n] {
		if int(other) > layer {
			return other
		}
	}
	return 0
}

// hider is the lowest layer above that hides all in a directory, and the place
// that it hides; the zero value for none.
type hider struct{ layer, place int32 }

// hiders gives what hides each place of a layer; nil where nothing is hidden.
func (p *places) hiders(layer int) []hider {
	if len(p.hiding) == 0 {
		return nil
	}
	all := make([]hider, len(p.parents))
	for n := range all {
		if n > 0 {
			all[n] = all[p.parents[n]]
		}
		by := int32(math.MaxInt32)
		for _, other := range p.hiding[int32(n)] {
			if int(other) > layer {
				by = min(by, other)
			}
		}
		if by != math.MaxInt32 && (all[n].layer == 0 || by < all[n].layer) {
			all[n] = hider{by, int32(n)}
		}
	}
	return all
}

// path spells out a place.
func (p *places) path(n int32) string {
	var names [][]byte
	for ; n > 0; n = p.parents[n] {
		if from := p.origin[n]; from.layer < 0 {
			names = append(names, []byte(from.name))
		} else {
			names = append(names, p.tables[from.layer][from.dir].name)
		}
	}
	slices.Reverse(names)
	return string(bytes.Join(names, []byte("/")))
}

func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

// looseDirs finds the directories of a part's listing that lie elsewhere because
// the path to them leads through a link.
func (t *tree) looseDirs(p *Part) map[int32]string {
	if p.Listing == nil || len(t.linksTo) == 0 {
		return nil
	}
	var found map[int32]string
	table := p.Listing.dirs()
	whole := make([]bool, len(table))
	whole[0] = true
	paths := make([]string, len(table)) // of those that are not whole, and above
	for i := 1; i < len(table); i++ {
		d := table[i]
		if whole[i] = whole[d.parent] && p.Listing.listed(int32(i)); whole[i] {
			continue
		}
		if paths[d.parent] == "" {
			paths[d.parent] = p.Listing.path(table, d.parent)
		}
		paths[i] = join(paths[d.parent], string(d.name))
		if real := t.resolve(paths[i]); real != paths[i] {
			if found == nil {
				found = map[int32]string{}
			}
			found[int32(i)] = real
		}
	}
	return found
}

// path spells out a directory of a listing.
func (l *Listing) path(table []listedDir, n int32) string {
	var names [][]byte
	for ; n > 0; n = table[n].parent {
		names = append(names, table[n].name)
	}
	slices.Reverse(names)
	return string(bytes.Join(names, []byte("/")))
}
