package inventory

import (
	"encoding/binary"
	"iter"
)

// Algorithm is what a package database writes digests of files with.
type Algorithm byte

// The algorithms: dpkg has MD5, apk SHA-1, rpm mostly SHA-256.
const (
	NoSum  Algorithm = 0
	MD5    Algorithm = 1
	SHA1   Algorithm = 2
	SHA256 Algorithm = 3
)

// Sum is the beginning of a digest of a file's content: enough to tell a
// changed file, and a quarter of the room.
type Sum struct {
	Algorithm Algorithm
	Prefix    [8]byte
}

// SumOf is the sum of a digest of at least eight bytes.
func SumOf(a Algorithm, digest []byte) Sum {
	s := Sum{Algorithm: a}
	if copy(s.Prefix[:], digest) < len(s.Prefix) {
		return Sum{}
	}
	return s
}

// Installed is a file that a package has put where it is.
type Installed struct {
	Package string
	Path    string // without leading slash
	Sum     Sum    // of its content; zero where the database has none
	Config  bool   // meant to be edited
}

// Manifest lists the files that a package database says are installed. It is
// kept packed, for a system has a hundred thousand of them: each path with how
// much of it is like the one before.
type Manifest struct {
	Packages []string `json:"packages,omitempty"`
	Data     []byte   `json:"data,omitempty"`
	// Beside says that a file counts only where another manifest lists it for
	// the same package, if any lists that package: dpkg's .md5sums keep files
	// that .list has given up because another package has taken them over.
	Beside bool `json:"beside,omitempty"`

	last string
}

// Diversion is a file that dpkg has moved aside, so that the administrator or
// another package can have its path (dpkg-divert(1)).
type Diversion struct {
	From string `json:"from"` // where packages bring it
	To   string `json:"to"`   // where it is
	By   string `json:"by"`   // the package that has From for itself; empty for none
}

// maxManifest bounds the bytes of one manifest.
const maxManifest = 32 << 20

// maxInstalledPath is the longest path that is kept, PATH_MAX of Linux.
const maxInstalledPath = 4 << 10

// configFlag marks a configuration file beside the algorithm.
const configFlag = 0x80

// Add appends a file; of a package that was not the last, it takes a little
// more room. It is false for what there is no room for.
func (m *Manifest) Add(f Installed) bool {
	if len(m.Data) > maxManifest || len(f.Path) > maxInstalledPath || f.Path == "" {
		return false
	}
	if n := len(m.Packages); n == 0 || m.Packages[n-1] != f.Package {
		m.Packages = append(m.Packages, f.Package)
	}
	shared := 0
	for shared < len(m.last) && shared < len(f.Path) && m.last[shared] == f.Path[shared] {
		shared++
	}
	m.last = f.Path
	b := binary.AppendUvarint(m.Data, uint64(len(m.Packages)-1))
	b = binary.AppendUvarint(b, uint64(shared))
	b = binary.AppendUvarint(b, uint64(len(f.Path)-shared))
	b = append(b, f.Path[shared:]...)
	flags := byte(f.Sum.Algorithm)
	if f.Config {
		flags |= configFlag
	}
	b = binary.BigEndian.AppendUint64(append(b, flags), PathHash(f.Path))
	if f.Sum.Algorithm != NoSum {
		b = append(b, f.Sum.Prefix[:]...)
	}
	m.Data = b
	return true
}

// All gives the files in the order in which they were added.
func (m *Manifest) All() iter.Seq[Installed] {
	return func(yield func(Installed) bool) {
		m.each(func(r *record) bool {
			return yield(Installed{Package: m.Packages[r.pkg], Path: string(r.path), Sum: r.sum, Config: r.config})
		})
	}
}

// record is an Installed that may not be kept: its path is overwritten.
type record struct {
	pkg    int // of Manifest.Packages
	path   []byte
	hash   uint64 // PathHash of path
	sum    Sum
	config bool
}

// each gives the files without a string for each, until yield is false.
func (m *Manifest) each(yield func(*record) bool) {
	var r record
	b := m.Data
	number := func() int {
		v, n := binary.Uvarint(b)
		if n <= 0 || v > maxManifest {
			b = nil
			return -1
		}
		b = b[n:]
		return int(v)
	}
	for len(b) > 0 {
		pkg, shared, rest := number(), number(), number()
		if pkg < 0 || pkg >= len(m.Packages) || shared < 0 || shared > len(r.path) || rest < 0 || rest >= len(b) {
			return
		}
		r.pkg, r.path = pkg, append(r.path[:shared], b[:rest]...)
		flags := b[rest]
		if b = b[rest+1:]; len(b) < 8 {
			return
		}
		r.hash = binary.BigEndian.Uint64(b)
		b = b[8:]
		r.config, r.sum = flags&configFlag != 0, Sum{Algorithm: Algorithm(flags &^ configFlag)}
		if r.sum.Algorithm > SHA256 {
			return
		}
		if r.sum.Algorithm != NoSum {
			if len(b) < len(r.sum.Prefix) {
				return
			}
			b = b[copy(r.sum.Prefix[:], b):]
		}
		if !yield(&r) {
			return
		}
	}
}

// AddInstalled notes a file that this package database says is installed. It
// is false where there is no room for more.
func (f *File) AddInstalled(i Installed) bool {
	if f.Manifest == nil {
		f.Manifest = &Manifest{}
	}
	return f.Manifest.Add(i)
}
