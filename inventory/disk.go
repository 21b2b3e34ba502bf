package inventory

import (
	"path"
	"slices"
	"strings"
	"sync"
)

// Disk is what is known of the file system that the layers make: which files
// there are, and which package put them there. The zero value knows nothing.
type Disk struct {
	parts      []Part
	tree       *tree
	manifests  []*Manifest
	diversions map[string]Diversion // by where packages bring the file
	hidden     []map[string]bool    // of each part, with whether it is opaque only
	// through are the paths of each part that lead through a link of a layer
	// below: PathHash of the real path and of the path as the part has it.
	through []map[uint64]uint64
	// whiteouts are those of each part, and loose the directories of its Listing
	// that are elsewhere than it says, by number; both with real paths.
	whiteouts []whiteouts
	loose     []map[int32]string

	once  sync.Once
	index *index // see installed

	compared bool // odd is known
	odd      []odd

	count sync.Once
	used  *Usage // see Usage
}

// Real is a path with the links in its directories followed.
func (d *Disk) Real(path string) string {
	if d == nil || d.tree == nil {
		return path
	}
	return d.tree.resolveParent(path)
}

// Exists tells whether there is a file, directory or link at a path.
func (d *Disk) Exists(path string) bool {
	_, ok := d.Layer(path)
	return ok
}

// Layer is the topmost layer that has something at a path, if it shows in the
// image.
func (d *Disk) Layer(path string) (int, bool) {
	if d == nil {
		return 0, false
	}
	path = d.Real(path)
	hash := PathHash(path)
	for n := len(d.parts) - 1; n >= 0; n-- {
		p := &d.parts[n]
		if _, through := d.through[n][hash]; through || in(p.Seen, hash) || in(p.SeenDirs, hash) {
			return n, true
		}
		if d.hides(n, path) {
			return 0, false
		}
	}
	return 0, path == ""
}

// hides tells whether layer n removes what the layers below have at a path.
func (d *Disk) hides(n int, file string) bool {
	p := &d.parts[n]
	if d.hidden == nil {
		d.hidden = make([]map[string]bool, len(d.parts))
	}
	if d.hidden[n] == nil {
		d.hidden[n] = map[string]bool{}
		for _, o := range p.Opaque {
			d.hidden[n][o] = true
		}
		for _, h := range p.Hidden {
			d.hidden[n][h] = false
		}
	}
	for at := file; ; at = parent(at) {
		opaque, ok := d.hidden[n][at]
		if ok && (!opaque || at != file) || at != file && at != "" && in(p.Seen, PathHash(at)) {
			return true
		}
		if at == "" {
			return false
		}
	}
}

func parent(p string) string {
	dir, _ := path.Split(p)
	return strings.TrimSuffix(dir, "/")
}

func in(sorted []uint64, h uint64) bool {
	_, ok := slices.BinarySearch(sorted, h)
	return ok
}
