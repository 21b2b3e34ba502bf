package inventory

import (
	"slices"
	"strings"
)

// Merge lays the parts of an image's layers over each other, the bottom first,
// and gives what is really installed. A package that an upper layer removed is
// not in it; one that an upper layer merely wrote again keeps the layer that
// brought it.
//
// Layers hide each other as the OCI image specification has it ("Applying
// Changesets") and as the usual runtimes do: whiteouts and opaque directories
// remove; a file takes the place of a directory and the other way round; a path
// that leads through a symbolic link means the directory that it links to.
func Merge(parts []Part) *Inventory {
	t := newTree()
	inv := &Inventory{Packages: []Package{}, Warnings: []Warning{}}
	var watch watched
	disk := &Disk{parts: parts, tree: t, diversions: map[string]Diversion{}}
	for n := range parts {
		disk.whiteouts = append(disk.whiteouts, t.apply(n, &parts[n]))
		disk.through = append(disk.through, t.through(&parts[n]))
		disk.loose = append(disk.loose, t.looseDirs(&parts[n]))
		watch.applied(t, n, &parts[n])
		for _, w := range parts[n].Warnings {
			w.At.Layer = n
			inv.Warnings = append(inv.Warnings, w)
		}
	}
	if t.crowded {
		inv.Warnings = append(inv.Warnings, Warning{
			Message: "too many directories and symbolic links: what an upper layer removed or replaced may be shown as installed",
		})
	}
	inv.Notes = watch.all()
	files := t.files()
	inv.Disk = disk
	for _, f := range files {
		if f.Manifest != nil {
			disk.manifests = append(disk.manifests, f.Manifest)
		}
		for _, v := range f.Diversions {
			disk.diversions[v.From] = v
		}
	}
	inv.Distro = distro(files)
	for _, f := range files {
		inv.Packages = append(inv.Packages, f.packages...)
	}
	t.setOwners(files, inv.Packages)
	t.setLicenses(files, inv.Packages)
	for i := range inv.Packages {
		inv.Packages[i].name(inv.Distro)
	}
	slices.SortStableFunc(inv.Packages, func(a, b Package) int {
		return strings.Compare(a.order(), b.order())
	})
	return inv
}

// identity is what stays the same when the file that holds the package is
// written again, be it under another path.
func (p *Package) identity() string {
	_, inner, _ := strings.Cut(p.At.Path, "!/")
	return p.Ecosystem + "\x00" + p.Name + "\x00" + p.Version + "\x00" + p.Arch + "\x00" + inner
}

func (p *Package) order() string {
	return p.Ecosystem + "\x00" + p.Name + "\x00" + p.Version + "\x00" + p.Arch + "\x00" + p.At.Path
}

// whiteouts are what a part removes of the parts below, as real paths.
type whiteouts struct{ hidden, opaque []string }

// apply lays a part over what is there.
func (t *tree) apply(layer int, p *Part) whiteouts {
	before := map[string]*liveFile{}
	for _, f := range p.Files {
		if n := t.at(t.resolve(f.Path)); n != nil && n.file != nil {
			before[f.Path] = n.file
		}
	}
	// Removals speak of the layers below, so their paths lead through the links
	// that are there before this layer changes them.
	hidden, opaque := t.resolveParents(p.Hidden), t.resolveParents(p.Opaque)
	t.replaceSeen(p)
	for _, h := range hidden {
		t.remove(h)
	}
	for i, dir := range opaque {
		opaque[i] = t.resolve(dir)
		t.removeBelow(opaque[i])
	}
	links := make([]string, 0, len(p.Links))
	for from := range p.Links {
		links = append(links, from)
	}
	slices.Sort(links) // a directory before what is in it
	for _, from := range links {
		t.addLink(t.resolveParent(from), p.Links[from])
	}
	for _, f := range p.Files {
		live := newLiveFile(layer, f, before[f.Path])
		if _, ok := p.Links[f.Path]; ok {
			t.addToLink(t.resolveParent(f.Path), live)
			continue
		}
		t.addFile(t.resolve(f.Path), live)
	}
	return whiteouts{hidden, opaque}
}

// through finds the real paths of what a part has behind links.
func (t *tree) through(p *Part) map[uint64]uint64 {
	var found map[uint64]uint64
	for _, file := range p.Loose {
		real := t.resolveParent(file)
		if real == file {
			continue
		}
		if found == nil {
			found = map[uint64]uint64{}
		}
		found[PathHash(real)] = PathHash(file)
	}
	return found
}

// liveFile is a file that shows in the image, as far as layers went.
type liveFile struct {
	*File
	layer    int
	packages []Package
}

// newLiveFile sets the layer of the packages: this one, or the one that had
// brought the same package when an older state of the file lies below.
func newLiveFile(layer int, f *File, before *liveFile) *liveFile {
	brought := map[string]int{}
	if before != nil {
		for i := range before.packages {
			p := &before.packages[i]
			brought[p.identity()] = p.At.Layer
		}
	}
	live := &liveFile{File: f, layer: layer, packages: slices.Clone(f.Packages)}
	for i := range live.packages {
		p := &live.packages[i]
		p.At.Layer = layer
		if l, ok := brought[p.identity()]; ok {
			p.At.Layer = l
		}
		if p.Licenses == nil {
			p.Licenses = []string{}
		}
	}
	return live
}

// distro picks what describes the distribution best: os-release as systemd's
// os-release(5) orders its two places, then the older files.
func distro(files []*liveFile) Distro {
	var best *liveFile
	rank := func(f *liveFile) int {
		switch {
		case f.Distro.ID == "":
			return 0
		case f.Path == "etc/os-release":
			return 5
		case f.Path == "usr/lib/os-release":
			return 4
		case f.Path == "etc/debian_version":
			return 1 // descendants of Debian keep it, with Debian's version in it
		case f.Distro.Version != "":
			return 3
		}
		return 2
	}
	for _, f := range files {
		if f.Distro != nil && (best == nil || rank(f) > rank(best)) {
			best = f
		}
	}
	if best == nil || best.Distro.ID == "" && best.Distro.Extended != "" {
		return Distro{}
	}
	d := *best.Distro
	for _, f := range files { // a file of its own may say that support is extended
		if f.Distro != nil && f.Distro.ID == "" && d.Extended == "" {
			d.Extended = f.Distro.Extended
		}
	}
	return d
}

// setOwners tells packages of languages which package of the distribution
// installed them. A jar inside a jar belongs to whom the outer one belongs.
func (t *tree) setOwners(files []*liveFile, packages []Package) {
	owners := map[string]string{}
	databases := map[string]bool{}
	for _, f := range files {
		if f.Owned == nil {
			continue
		}
		databases[f.Path] = true
		for path, owner := range f.Owned {
			owners[t.resolve(path)] = owner
		}
	}
	for i := range packages {
		p := &packages[i]
		if databases[p.At.Path] {
			continue
		}
		outer, _, _ := strings.Cut(p.At.Path, "!/")
		p.Owner = owners[t.resolve(outer)]
	}
}

// setLicenses gives packages the licences that other files state for them, as
// Debian's usr/share/doc/NAME/copyright does, where NAME is often a link to the
// directory of a sister package.
func (t *tree) setLicenses(files []*liveFile, packages []Package) {
	stated := map[string][]string{}
	for _, f := range files {
		for name, licenses := range f.Licenses {
			stated[name] = licenses
		}
	}
	for i := range packages {
		p := &packages[i]
		if len(p.Licenses) > 0 || p.Ecosystem != "deb" {
			continue
		}
		if l, ok := stated[p.Name]; ok {
			p.Licenses = slices.Clone(l)
			continue
		}
		if n := t.at(t.resolve("usr/share/doc/" + p.Name + "/copyright")); n != nil && n.file != nil {
			for _, l := range n.file.Licenses {
				p.Licenses = slices.Clone(l)
			}
		}
	}
}
