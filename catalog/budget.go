package catalog

import "github.com/plimsoll/plimsoll/inventory"

// The most that is kept of one package database, in packages and in bytes. Real
// ones have a few thousand packages; what has more was made to fill the memory.
const (
	MaxPackages = 100_000
	MaxKept     = 16 << 20
)

// Budget counts what a cataloger keeps of one file against MaxPackages and
// MaxKept. The zero value is an unspent budget.
type Budget struct {
	packages, bytes int
}

// Package tells whether there is room for one more package, and takes it.
func (b *Budget) Package(p *inventory.Package) bool {
	size := len(p.Name) + len(p.Version) + len(p.Arch) + len(p.Source) + len(p.SourceVersion) + len(p.Module)
	for _, l := range p.Licenses {
		size += len(l)
	}
	if b.packages >= MaxPackages || b.bytes+size > MaxKept {
		return false
	}
	b.packages++
	b.bytes += size
	return true
}

// Path tells whether there is room for one more path in File.Owned, and takes it.
func (b *Budget) Path(path string) bool {
	const entry = 64 // what a map needs beside the path itself, roughly
	if b.bytes+len(path)+entry > MaxKept {
		return false
	}
	b.bytes += len(path) + entry
	return true
}
