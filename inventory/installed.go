package inventory

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"iter"
	"slices"
	"strings"
)

// index finds the files that package databases name by the PathHash of their
// real path. There may be hundreds of thousands, and it is built for every scan:
// so it holds no paths.
type index struct {
	at    map[uint64]int32
	files []indexed
	// more are the sums of files that packages name with different content, by
	// number of the file.
	more map[int32][]Sum
}

type indexed struct {
	hash   uint64
	pkg    string
	sum    Sum
	config bool
}

// Installed gives the file that a package database says is at a path. Links in
// the path's directories, such as bin to usr/bin, are followed. Where several
// packages name the file the last with a sum counts, else the last.
func (d *Disk) Installed(path string) (Installed, bool) {
	if d == nil {
		return Installed{}, false
	}
	path = d.Real(path)
	x := d.installed()
	n, ok := x.at[PathHash(path)]
	if !ok {
		return Installed{}, false
	}
	f := &x.files[n]
	return Installed{Package: f.pkg, Path: path, Sum: f.sum, Config: f.config}, true
}

// AllInstalled are all files that package databases name, by their real paths,
// in no order; also those that are not there any more. A file that several
// packages name may come several times.
func (d *Disk) AllInstalled() iter.Seq2[string, Installed] {
	return func(yield func(string, Installed) bool) {
		if d == nil {
			return
		}
		more := true
		for i := 0; i < len(d.manifests) && more; i++ {
			m := d.manifests[i]
			d.eachReal(m, func(r *record) bool {
				path := string(r.path)
				more = yield(path, Installed{Package: m.Packages[r.pkg], Path: path, Sum: r.sum, Config: r.config})
				return more
			})
		}
	}
}

// installed builds the index when somebody asks: it takes milliseconds.
func (d *Disk) installed() *index {
	d.once.Do(func() {
		room := 0
		for _, m := range d.manifests {
			if !m.Beside {
				room += len(m.Data) / 24 // about what a file takes
			}
		}
		x := &index{at: make(map[uint64]int32, room), files: make([]indexed, 0, room), more: map[int32][]Sum{}}
		listed := map[string]bool{} // packages whose files are listed without sums
		last := ""
		for _, beside := range []bool{false, true} {
			for _, m := range d.manifests {
				if m.Beside != beside {
					continue
				}
				d.eachReal(m, func(r *record) bool {
					pkg := m.Packages[r.pkg]
					if !beside && r.sum.Algorithm == NoSum && pkg != last {
						listed[pkg], last = true, pkg
					}
					x.add(r.hash, pkg, r, beside && listed[pkg])
					return true
				})
			}
		}
		d.index = x
	})
	return d.index
}

// add takes in what a manifest says; only of a file that is known to be the
// package's own where known says so.
func (x *index) add(hash uint64, pkg string, r *record, known bool) {
	n, ok := x.at[hash]
	switch {
	case !ok && known:
		return
	case !ok:
		x.at[hash] = int32(len(x.files))
		x.files = append(x.files, indexed{hash, pkg, r.sum, r.config})
		return
	}
	f := &x.files[n]
	if known && f.pkg != pkg {
		return
	}
	f.config = f.config || r.config
	if r.sum.Algorithm == NoSum {
		if f.sum.Algorithm == NoSum {
			f.pkg = pkg
		}
		return
	}
	if f.sum.Algorithm != NoSum && f.sum != r.sum && len(x.more[n]) < maxAlternatives {
		x.more[n] = append(x.more[n], f.sum)
	}
	f.pkg, f.sum = pkg, r.sum
}

// maxAlternatives is how many different contents of one file are remembered.
const maxAlternatives = 8

// eachReal gives the files of a manifest with their real paths, those that dpkg
// has diverted where they are now.
func (d *Disk) eachReal(m *Manifest, yield func(*record) bool) {
	var dir, real, path []byte
	known := false
	m.each(func(r *record) bool {
		if len(d.diversions) > 0 {
			if v, ok := d.diversions[string(r.path)]; ok && v.By != m.Packages[r.pkg] {
				r := *r
				r.path = []byte(d.Real(v.To))
				r.hash = pathHash(r.path)
				return yield(&r)
			}
		}
		// Neighbours mostly are in the same directory.
		slash := max(bytes.LastIndexByte(r.path, '/'), 0)
		if !known || !bytes.Equal(dir, r.path[:slash]) {
			known, dir = true, append(dir[:0], r.path[:slash]...)
			real = real[:0]
			if d.tree != nil {
				real = append(real, d.tree.resolve(string(dir))...)
			}
		}
		if d.tree == nil || bytes.Equal(dir, real) {
			return yield(r)
		}
		at := *r
		path = append(append(path[:0], real...), r.path[slash:]...)
		at.path = bytes.TrimPrefix(path, []byte("/"))
		at.hash = pathHash(at.path)
		return yield(&at)
	})
}

// Changed is a file that is not as its package brought it.
type Changed struct {
	Installed
	Layer int // that has the file as it is now
	// Replaced says that there is no regular file any more but a link, a device
	// or a directory.
	Replaced bool
}

// verdict is what a comparison of one file comes to.
type verdict byte

const (
	same verdict = iota
	different
	replaced
	unread // its layer was not read with the algorithm that is needed
)

// state is the topmost layer that has a file.
type state struct {
	layer int32
	raw   uint64 // PathHash of its path as the layer has it
}

// Changed compares the files of packages with what package databases say of
// them, as `rpm -V` does, and gives those that differ, by path. Files that are
// gone are no change: slim images leave documentation out. Unknown counts the
// files for which the layers were not read with the algorithm that is needed.
func (d *Disk) Changed() (changed []Changed, unknown int) {
	for _, o := range d.compare() {
		if o.verdict == unread {
			unknown++
		} else {
			changed = append(changed, o.Changed)
		}
	}
	slices.SortFunc(changed, func(a, b Changed) int { return strings.Compare(a.Path, b.Path) })
	return changed, unknown
}

// Unread are the algorithms with which layers must be read before Changed can
// tell of every file.
func (d *Disk) Unread() map[int][]Algorithm {
	need := map[int][]Algorithm{}
	for _, o := range d.compare() {
		a := o.Sum.Algorithm
		if o.verdict == unread && d.parts[o.Layer].Sums.Partial[a] && !slices.Contains(need[o.Layer], a) {
			need[o.Layer] = append(need[o.Layer], a)
		}
	}
	return need
}

// SetSums gives a layer sums that another look at it has brought.
func (d *Disk) SetSums(layer int, a Algorithm, sums *Sums) {
	d.parts[layer].Sums.Replace(a, sums)
	d.compared = false
}

// odd is a file of a package that is there and is not known to be the same.
type odd struct {
	Changed
	verdict verdict
}

// compare finds all that is odd, once.
func (d *Disk) compare() []odd {
	if d == nil || len(d.manifests) == 0 {
		return nil
	}
	if !d.compared {
		d.compared, d.odd = true, d.findOdd()
	}
	return d.odd
}

func (d *Disk) findOdd() (all []odd) {
	x := d.installed()
	states := d.states(x)
	type judged struct {
		file *indexed
		verdict
	}
	verdicts := map[uint64]judged{} // by hash of the path
	for n := range x.files {
		if f := &x.files[n]; f.sum.Algorithm != NoSum && states[n].layer >= 0 {
			if v := d.judge(f, states[n], x.more[int32(n)]); v != same {
				verdicts[f.hash] = judged{f, v}
			}
		}
	}
	for _, m := range d.manifests { // for their paths
		if len(verdicts) == 0 {
			break
		}
		d.eachReal(m, func(r *record) bool {
			v, isOdd := verdicts[r.hash]
			if !isOdd {
				return true
			}
			delete(verdicts, r.hash)
			f, path := v.file, string(r.path)
			if layer, shows := d.Layer(path); shows && SumsCover(path) && !(v.verdict == replaced && d.isThatLink(path, layer, f.sum)) {
				all = append(all, odd{Changed{Installed{f.pkg, path, f.sum, f.config}, layer, v.verdict == replaced}, v.verdict})
			}
			return len(verdicts) > 0
		})
	}
	return all
}

// judge compares one file with its sum, and with others that it may have.
func (d *Disk) judge(f *indexed, s state, more []Sum) verdict {
	sums := &d.parts[s.layer].Sums
	is, ok := sums.of(s.raw, f.sum.Algorithm)
	switch {
	case ok && (is == f.sum || slices.Contains(more, is)):
		return same
	case ok:
		return different
	case sums.Partial[f.sum.Algorithm] || s.raw != f.hash:
		return unread
	}
	return replaced
}

// states finds the topmost layer of each file of the index; -1 for none.
func (d *Disk) states(x *index) []state {
	all := make([]state, len(x.files))
	for i := range all {
		all[i] = state{layer: -1}
	}
	for layer := range d.parts {
		p := &d.parts[layer]
		for _, seen := range [][]uint64{p.SeenDirs, p.Seen} {
			if len(seen) <= 4*len(x.files) {
				for _, h := range seen {
					if n, ok := x.at[h]; ok {
						all[n] = state{int32(layer), h}
					}
				}
				continue
			}
			for n := range x.files {
				if h := x.files[n].hash; in(seen, h) {
					all[n] = state{int32(layer), h}
				}
			}
		}
		for real, raw := range d.through[layer] {
			if n, ok := x.at[real]; ok {
				all[n] = state{int32(layer), raw}
			}
		}
	}
	return all
}

// isThatLink tells whether a path is the symbolic link that its package has
// brought: apk writes the sum of its target.
func (d *Disk) isThatLink(path string, layer int, sum Sum) bool {
	target, ok := d.parts[layer].Links[path]
	if !ok {
		return false
	}
	switch sum.Algorithm {
	case SHA1:
		digest := sha1.Sum([]byte(target))
		return SumOf(SHA1, digest[:]) == sum
	case SHA256:
		digest := sha256.Sum256([]byte(target))
		return SumOf(SHA256, digest[:]) == sum
	}
	return false
}
