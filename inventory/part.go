package inventory

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// File is one file that a cataloger has read in one layer. It is kept also
// when it holds no package: a rewritten package database replaces the one
// below it, whatever it says.
type File struct {
	Path     string    `json:"path"`
	Packages []Package `json:"packages,omitempty"` // At.Layer is set by Merge
	Distro   *Distro   `json:"distro,omitempty"`
	// Owned maps files that may describe a package of their own (a METADATA, a
	// jar, an executable) to the distribution's package that installed them,
	// as far as this package database says. Paths have no leading slash.
	Owned map[string]string `json:"owned,omitempty"`
	// Manifest lists all files that this package database says are installed.
	Manifest *Manifest `json:"manifest,omitempty"`
	// Diversions are the files that this package database has moved aside.
	Diversions []Diversion `json:"diversions,omitempty"`
	// Licenses maps a package name to the licences that this file states for
	// it, as Debian's usr/share/doc/*/copyright does.
	Licenses map[string][]string `json:"licenses,omitempty"`
	// Dir says that it is a directory, which only notes speak of.
	Dir bool `json:"dir,omitempty"`
	// Notes are what checks have seen in the file.
	Notes []Note `json:"notes,omitempty"`
}

// Part is what one layer says: the files read in it, and what it hides in the
// layers below. A Part depends on the layer's bytes and on the version of what
// read it, on nothing else, so it can be kept and used for any image.
type Part struct {
	Files []*File `json:"files,omitempty"`
	// Hidden are the paths that this layer removes from the layers below.
	Hidden []string `json:"hidden,omitempty"`
	// Opaque are directories of which nothing below shows.
	Opaque []string `json:"opaque,omitempty"`
	// Links maps symbolic links to their targets as written, so that
	// "lib/apk/db" in one layer and "usr/lib/apk/db" in another are known for
	// the same directory.
	Links map[string]string `json:"links,omitempty"`
	// Seen are the PathHash of everything in the layer that is no directory, and
	// SeenDirs those of its directories, both sorted: whatever has the path of a
	// file or of a directory below takes its place.
	Seen     []uint64 `json:"seen,omitempty"`
	SeenDirs []uint64 `json:"seenDirs,omitempty"`
	// Sums are those of the files that SumsCover names, where a rule wants them.
	Sums Sums `json:"sums,omitzero"`
	// Listing is all that the layer holds, where a rule wants it.
	Listing *Listing `json:"listing,omitempty"`
	// Loose are files in directories that the layer does not list, as some
	// builders leave them out: such a path may lead through a link of a lower
	// layer. Only some are kept, see AddLoose.
	Loose    []string  `json:"loose,omitempty"`
	Warnings []Warning `json:"warnings,omitempty"` // At.Layer is set by Merge

	open     map[string]*File
	noted    map[string]int         // notes by check
	gathered map[gathering]gathered // notes by what they have in common

	looseSize int
}

// File gives the record of a path that has been read, made at the first call.
// A cataloger calls it before it parses, so that also a broken or empty file
// takes the place of the one below.
func (p *Part) File(path string) *File {
	if f, ok := p.open[path]; ok {
		return f
	}
	f := &File{Path: path}
	p.Files = append(p.Files, f)
	if p.open == nil {
		p.open = map[string]*File{}
	}
	p.open[path] = f
	return f
}

// Forget takes back all that was recorded for a path: a later file of the same
// name in the same layer takes its place.
func (p *Part) Forget(path string) {
	delete(p.open, path)
	p.Files = slices.DeleteFunc(p.Files, func(f *File) bool { return f.Path == path })
}

// Add records a package found in the file at path; its place is that path.
func (p *Part) Add(path string, pkg Package) {
	pkg.At.Path = path
	f := p.File(path)
	f.Packages = append(f.Packages, pkg)
}

// Warn records that the file at path could not be read, or only in part.
func (p *Part) Warn(path, message string) {
	p.Warnings = append(p.Warnings, Warning{At: Place{Path: path}, Message: message})
}

// maxLoose bounds the bytes of Loose.
const maxLoose = 4 << 20

// AddLoose keeps a path of Loose where there is room.
func (p *Part) AddLoose(path string) {
	if p.looseSize += len(path); p.looseSize <= maxLoose {
		p.Loose = append(p.Loose, path)
	}
}

// PathHash is the first eight bytes of the SHA-256 of a path. A layer's paths
// are kept as such hashes: eight bytes each, and nobody can make up another
// path with the same hash to hide a file.
func PathHash(path string) uint64 { return pathHash([]byte(path)) }

func pathHash(path []byte) uint64 {
	sum := sha256.Sum256(path)
	return binary.BigEndian.Uint64(sum[:8])
}
