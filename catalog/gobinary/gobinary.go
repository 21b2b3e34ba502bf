// Package gobinary finds the Go modules and the Go release from which the
// executables in an image were built, by the build information that Go's linker
// leaves in each of them (what "go version -m" prints).
//
// Executables are the bulk of most images, so they are read as a stream, once,
// and only the part of the file where the linker puts the information is looked
// at; nothing is kept.
package gobinary

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/package-url/packageurl-go"

	"github.com/plimsoll/plimsoll/catalog"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// minSize is the size in bytes below which no file can be a Go program: a
// runtime alone takes several hundred kilobytes.
const minSize = 64 << 10

// Cataloger finds Go modules in executables and shared libraries.
func Cataloger() catalog.Cataloger {
	buffers := &sync.Pool{New: func() any { b := make([]byte, windowSize); return &b }}
	return catalog.Cataloger{
		Name:      "gobinary",
		Doc:       "Reads the modules and the Go release that Go executables were built from.",
		Version:   2,
		Ecosystem: inventory.Ecosystem{Type: packageurl.TypeGolang, Advisories: "Go", Scheme: "go"},
		// Not by size as well: the walk does not know that of a hard link, and
		// would have to read the layer twice for those to small scripts.
		Want: []walk.Pattern{
			{Glob: "**", Executable: true},
			{Glob: "**/*.exe"},
			{Glob: "**/*.so"},
			{Glob: "**/*.dll"},
		},
		ByContent: true,
		Read: func(_ context.Context, f *walk.File, part *inventory.Part) error {
			if f.Size < minSize {
				return nil
			}
			magic, err := f.Head(4)
			if err != nil {
				return fmt.Errorf("read executable: %w", err)
			}
			if !executable(magic) {
				return nil
			}
			buffer := buffers.Get().(*[]byte)
			defer buffers.Put(buffer)
			return read(f, part, *buffer)
		},
	}
}

// read looks for build information in one executable, with buffer as working
// memory. Those without any leave no record: most files of an image are such, and
// Merge knows of each that it takes the place of the one below.
func read(f *walk.File, part *inventory.Part, buffer []byte) error {
	head, err := f.Head(walk.HeadSize)
	if err != nil {
		return fmt.Errorf("read executable: %w", err)
	}
	l := newLayout(head)
	r, err := f.Reader()
	if err != nil {
		return fmt.Errorf("read executable: %w", err)
	}
	found, err := search(r, &l, buffer)
	if err != nil {
		return fmt.Errorf("read Go build information: %w", err)
	}
	if found.version == "" {
		return nil
	}
	packages, err := packages(found)
	for _, p := range packages {
		part.Add(f.Path, p)
	}
	return err
}

// executable says whether a file with this beginning is a program of one of the
// formats that Go's linker writes: ELF, PE, Mach-O and universal Mach-O.
func executable(magic []byte) bool {
	if len(magic) < 4 {
		return false
	}
	if string(magic) == "\x7fELF" || string(magic[:2]) == "MZ" {
		return true
	}
	switch binary.BigEndian.Uint32(magic) {
	case 0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe, 0xcafebabe, 0xcafebabf:
		return true
	}
	return false
}

// purl names a module; the version is left out where none is known.
func purl(path, version string) string {
	namespace, name := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		namespace, name = path[:i], path[i+1:]
	}
	if version == unknownVersion {
		version = ""
	}
	return packageurl.NewPackageURL(packageurl.TypeGolang, namespace, name, version, nil, "").ToString()
}

// readFull fills b as far as r goes; reaching the end is no error.
func readFull(r io.Reader, b []byte) (int, error) {
	n, err := io.ReadFull(r, b)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return n, err
}
