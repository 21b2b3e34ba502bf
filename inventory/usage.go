package inventory

import (
	"math"
)

// Usage is how an image uses the bytes of its files.
type Usage struct {
	Bytes  int64 // of all files in all layers
	Hidden int64 // of those that do not show in the image: what a rebuild can save
	// Wasted and Efficiency are as the tool dive counts: a path that stands in
	// two layers or more, or in one and is removed by another, is wasted with the
	// sizes of all its copies; the efficiency is what the smallest copies would
	// take by what all take, where that of something removed is nothing. A file
	// below a removed directory counts as removed by itself.
	Wasted     int64
	Efficiency float64
	Layers     []LayerUsage
	Worst      []Waste // what hides most, the most first
	// Partial says that there were too many files to count all.
	Partial bool
}

// LayerUsage is what one layer has a part in.
type LayerUsage struct {
	Files  int
	Bytes  int64 // of its files
	Hidden int64 // of those that an upper layer removes or replaces
}

// Usage counts what the layers hide of each other. It is nil where the layers
// were read without listing what is in them.
func (d *Disk) Usage() *Usage {
	if d == nil {
		return nil
	}
	d.count.Do(func() { d.used = d.usage(filesAPass) })
	return d.used
}

func (d *Disk) usage(filesAPass int) *Usage {
	if len(d.parts) == 0 {
		return nil
	}
	u := &Usage{Layers: make([]LayerUsage, len(d.parts)), Efficiency: 1}
	dirs := 0
	for n := range d.parts {
		if d.parts[n].Listing == nil {
			return nil
		}
		l := d.parts[n].Listing
		u.Partial = u.Partial || l.Partial
		u.Bytes, u.Layers[n] = plus(u.Bytes, l.Bytes), LayerUsage{Files: l.Count, Bytes: l.Bytes}
		dirs += len(l.Dirs)
	}
	if dirs > maxAllDirs {
		u.Partial = true
		return u
	}
	if l := d.parts[0].Listing; len(d.parts) == 1 && l.Count == len(d.parts[0].Seen) {
		return u // nothing hides anything, as in images of one layer
	}
	u.Bytes, u.Layers = 0, make([]LayerUsage, len(d.parts))
	c := &counter{disk: d, usage: u, places: newPlaces(d.parts, d.loose)}
	c.passes = uint64(c.prepare()/filesAPass + 1)
	for c.pass = range c.passes {
		c.run()
	}
	c.finish()
	return u
}

// maxAllDirs bounds the names of the directories of all layers together, in
// bytes. Of an image with more only the sizes are told.
const maxAllDirs = 64 << 20

// filesAPass is about how many paths are looked at together. Of more, those of
// some hashes are looked at first, then those of others: so that memory is
// bounded.
const filesAPass = 1 << 18

// counter makes a Usage.
type counter struct {
	disk   *Disk
	usage  *Usage
	places *places
	pass   uint64
	passes uint64
	cells  map[uint64]cell // by path, of this pass
	hidden [][]placeKey    // of each layer, its whiteouts
	groups []map[uint64]*hardLinks
	alone  []bool // of each layer: no path comes twice in it
	least  int64
	worst  map[wasteKey]*Waste
	hiders []hider // of each directory, for the layer at hand
}

// cell is what is known of a path while the layers are gone through from the
// top to the bottom.
type cell struct {
	cover             // the lowest layer so far
	above       cover // what was above it
	hider       int32 // of the copy in the lowest layer
	copies      int32 // in all layers
	gone        bool  // a copy has been removed, not replaced
	sum, least  int64 // of the sizes of all copies
	leastBefore int64 // without the one in the lowest layer
}

// cover is what a layer has or does at a path.
type cover struct {
	layer   int32
	some    bool // false for nothing at all
	removes bool
	size    int64
}

// wasteKey is what waste is told together.
type wasteKey struct {
	layer, by, place int32
	removed          bool
}

// hardLinks is a file that has several names.
type hardLinks struct {
	alive bool // one of them shows
	size  int64
	key   wasteKey
	f     listedFile
}

// maxHardLinks is how many of a layer's hard links are followed.
const maxHardLinks = 1 << 17

// prepare finds what hides directories, and hard links. It counts the files
// whose path may stand in several layers.
func (c *counter) prepare() (shared int) {
	parts := c.disk.parts
	c.hidden = make([][]placeKey, len(parts))
	c.groups = make([]map[uint64]*hardLinks, len(parts))
	c.alone = make([]bool, len(parts))
	c.worst = map[wasteKey]*Waste{}
	for n := range parts {
		c.removals(n)
		c.alone[n] = parts[n].Listing.Count == len(parts[n].Seen)
		c.eachFile(n, func(key placeKey, f *listedFile) {
			c.places.touch(key.dir, n)
			if len(parts) > 1 {
				c.places.hide(key, n)
				if dirs := c.places.layers[n]; f.kind == HardLink && int(f.linkDir) < len(dirs) && len(c.groups[n]) < maxHardLinks {
					c.join(n, key.hash(), placeKey{dirs[f.linkDir], f.linkName}.hash())
				}
			}
		})
	}
	c.places.findDirs()
	for n := range parts {
		c.eachFile(n, func(key placeKey, _ *listedFile) {
			if !c.isAlone(n, key) {
				shared++
			}
		})
	}
	return shared
}

// removals takes in what a layer removes.
func (c *counter) removals(n int) {
	p := c.places
	for _, path := range c.disk.whiteouts[n].hidden {
		if key, ok := p.key(path); ok {
			c.hidden[n] = append(c.hidden[n], key)
			p.touch(key.dir, n)
			p.hide(key, n)
		}
	}
	for _, path := range c.disk.whiteouts[n].opaque {
		if place, ok := p.find(path); ok {
			p.hideBelow(place, n)
		}
	}
}

// eachFile gives the files of a layer with their real paths.
func (c *counter) eachFile(n int, yield func(placeKey, *listedFile)) {
	dirs := c.places.layers[n]
	c.disk.parts[n].Listing.each(func(f *listedFile) bool {
		if int(f.dir) < len(dirs) {
			yield(placeKey{dirs[f.dir], f.name}, f)
		}
		return true
	})
}

// isAlone tells whether no other layer has or removes a file in the directory,
// and none a directory in its place.
func (c *counter) isAlone(n int, key placeKey) bool {
	return c.alone[n] && !c.places.shared(key.dir) && len(c.places.dirs) == 0
}

// join notes that two paths of a layer are the same file.
func (c *counter) join(layer int, link, target uint64) {
	if c.groups[layer] == nil {
		c.groups[layer] = map[uint64]*hardLinks{}
	}
	group := c.groups[layer][target]
	if group == nil {
		group = &hardLinks{}
		c.groups[layer][target] = group
	}
	c.groups[layer][link] = group
}

// run counts the paths of one pass.
func (c *counter) run() {
	c.cells = map[uint64]cell{}
	for n := len(c.disk.parts) - 1; n >= 0; n-- {
		c.hiders = c.places.hiders(n)
		c.eachFile(n, func(key placeKey, f *listedFile) {
			if !c.isAlone(n, key) {
				c.file(n, key, f)
			} else if c.pass == 0 {
				c.single(n, key, f)
			}
		})
		for _, key := range c.hidden[n] {
			if h := key.hash(); h%c.passes == c.pass {
				x := c.cells[h]
				x.cover = cover{layer: int32(n), some: true, removes: true}
				c.cells[h] = x
			}
		}
	}
	for _, x := range c.cells {
		switch {
		case x.copies == 0:
			continue
		case x.gone:
			c.usage.Wasted = plus(c.usage.Wasted, x.sum)
		case x.copies > 1:
			c.usage.Wasted = plus(c.usage.Wasted, x.sum)
			fallthrough
		default:
			c.least = plus(c.least, x.least)
		}
	}
}

// single counts a file whose path no other layer has.
func (c *counter) single(n int, key placeKey, f *listedFile) {
	l := &c.usage.Layers[n]
	l.Files++
	l.Bytes = plus(l.Bytes, f.size)
	c.usage.Bytes = plus(c.usage.Bytes, f.size)
	w, _ := c.hiding(n, key, cover{})
	if w.by > 0 {
		c.usage.Wasted = plus(c.usage.Wasted, f.size)
	} else {
		c.least = plus(c.least, f.size)
	}
	path := uint64(0)
	if c.groups[n] != nil {
		path = key.hash()
	}
	c.account(w, path, f, false)
}

// file counts one file of a layer.
func (c *counter) file(n int, key placeKey, f *listedFile) {
	hash := key.hash()
	if hash%c.passes != c.pass {
		return
	}
	x := c.cells[hash]
	switch {
	case !x.some || int(x.layer) > n:
		x.above = x.cover
	case x.copies > 0:
		c.forget(n, &x) // the same path came before in this layer
	}
	hidden, same := c.hiding(n, key, x.above)
	if x.above.removes || hidden.by > 0 && x.copies == 0 || c.places.coveredBy(key, n) > 0 {
		x.gone = true
	}
	l := &c.usage.Layers[n]
	l.Files++
	l.Bytes = plus(l.Bytes, f.size)
	c.usage.Bytes = plus(c.usage.Bytes, f.size)
	x.hider = c.account(hidden, hash, f, same && x.above.size == f.size)
	x.leastBefore = x.least
	if x.copies == 0 || f.size < x.least {
		x.least = f.size
	}
	x.copies, x.sum = x.copies+1, plus(x.sum, f.size)
	x.cover = cover{layer: int32(n), some: true, size: f.size}
	c.cells[hash] = x
}

// hiding finds the lowest layer above one that hides a path there, and whether
// it does by a file of its own.
func (c *counter) hiding(n int, key placeKey, above cover) (w wasteKey, byFile bool) {
	w = wasteKey{layer: int32(n), place: key.dir, removed: true}
	if c.hiders != nil {
		if h := c.hiders[key.dir]; h.layer > 0 {
			w.by, w.place = h.layer, h.place
		}
	}
	if above.some && (w.by == 0 || above.layer <= w.by) {
		w, byFile = wasteKey{int32(n), above.layer, key.dir, above.removes}, !above.removes
	}
	if dir := c.places.coveredBy(key, n); dir > 0 && (w.by == 0 || dir < w.by) {
		w, byFile = wasteKey{int32(n), dir, key.dir, false}, false
	}
	return w, byFile
}

// forget takes back what was counted of an earlier member of the same path.
func (c *counter) forget(n int, x *cell) {
	l := &c.usage.Layers[n]
	l.Files, l.Bytes, c.usage.Bytes = l.Files-1, l.Bytes-x.size, c.usage.Bytes-x.size
	if x.hider > 0 {
		l.Hidden, c.usage.Hidden = l.Hidden-x.size, c.usage.Hidden-x.size
	}
	x.copies, x.sum, x.least = x.copies-1, x.sum-x.size, x.leastBefore
}

// account takes in that a file is hidden, or not, and gives the layer that hides
// it if that is settled: one with several names is settled at the end.
func (c *counter) account(key wasteKey, path uint64, f *listedFile, same bool) int32 {
	if group := c.groups[key.layer][path]; group != nil {
		if key.by == 0 {
			group.alive = true
		} else if f.kind == Regular {
			group.size, group.key, group.f = f.size, key, *f
		}
		return 0
	}
	if key.by > 0 {
		c.add(key, f, same)
	}
	return key.by
}

// maxPlaces bounds what is told apart.
const maxPlaces = 1 << 16

func (c *counter) add(key wasteKey, f *listedFile, same bool) {
	l := &c.usage.Layers[key.layer]
	l.Hidden, c.usage.Hidden = plus(l.Hidden, f.size), plus(c.usage.Hidden, f.size)
	if f.size == 0 {
		return
	}
	w := c.worst[key]
	if w == nil {
		if len(c.worst) >= maxPlaces {
			return
		}
		w = &Waste{Layer: int(key.layer), By: int(key.by), Removed: key.removed}
		c.worst[key] = w
	}
	w.Files, w.Bytes = w.Files+1, plus(w.Bytes, f.size)
	if same {
		w.Same = plus(w.Same, f.size)
	}
	if f.text != nil && f.size > w.LargestSize {
		w.LargestSize = f.size
		w.Largest = join(c.places.path(c.places.layers[key.layer][f.dir]), string(f.text))
	}
}

// finish settles hard links and sums up.
func (c *counter) finish() {
	for n := range c.groups {
		for path, g := range c.groups[n] {
			if !g.alive && g.size > 0 {
				c.add(g.key, &g.f, false)
				g.size = 0 // it stands under each of its names
			}
			delete(c.groups[n], path)
		}
	}
	u := c.usage
	if u.Bytes > 0 {
		u.Efficiency = float64(c.least) / float64(u.Bytes)
	}
	u.Worst = c.places.worst(c.worst)
}

// plus adds sizes: what sparse files claim may be more than fits.
func plus(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
