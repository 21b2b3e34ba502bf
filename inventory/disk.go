package inventory

import (
	"iter"
	"path"
	"slices"
	"strings"
	"sync"
)

// Disk is what is known of the file system that the layers make: which files
// there are, and which package put them there. The zero value knows nothing.
type Disk struct {
	parts     []Part
	tree      *tree
	manifests []*Manifest
	hidden    []map[string]bool // of each part, with whether it is opaque only

	once      sync.Once
	installed map[string]Installed // by real path
}

// Installed gives the file that a package database says is at a path. Links in
// the path's directories, such as bin to usr/bin, are followed. Where several
// packages name the file the last counts, and a sum goes before none.
func (d *Disk) Installed(path string) (Installed, bool) {
	f, ok := d.index()[d.Real(path)]
	return f, ok
}

// AllInstalled are all files that package databases name, by their real paths,
// in no order; also those that are not there any more.
func (d *Disk) AllInstalled() iter.Seq2[string, Installed] {
	return func(yield func(string, Installed) bool) {
		for path, f := range d.index() {
			if !yield(path, f) {
				return
			}
		}
	}
}

// Real is a path with the links in its directories followed.
func (d *Disk) Real(path string) string {
	if d == nil || d.tree == nil {
		return path
	}
	return d.tree.resolveParent(path)
}

// index is built when somebody asks: it takes milliseconds.
func (d *Disk) index() map[string]Installed {
	if d == nil {
		return nil
	}
	d.once.Do(func() {
		d.installed = map[string]Installed{}
		for _, m := range d.manifests {
			for f := range m.All() {
				path := d.Real(f.Path)
				if old, ok := d.installed[path]; ok {
					if f.Sum.Algorithm == NoSum {
						f.Sum = old.Sum
					}
					f.Config = f.Config || old.Config
				}
				d.installed[path] = f
			}
		}
	})
	return d.installed
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
		if in(p.Seen, hash) || in(p.SeenDirs, hash) {
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
