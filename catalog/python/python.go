// Package python finds the Python distributions that are installed in an image
// by the metadata that every installer leaves beside the code: the METADATA of
// a dist-info folder, the PKG-INFO of an egg-info or EGG-INFO folder, an
// egg-info file of distutils, or all of it inside a zipped egg.
//
// A wheel is what an installer takes and not something installed, so those that
// lie in an image (as under Python's ensurepip) are not listed.
package python

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/package-url/packageurl-go"

	"github.com/plimsoll/plimsoll/catalog"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/vulndb"
	"github.com/plimsoll/plimsoll/walk"
)

// maxEggEntries is the number of files up to which a zipped egg is read.
const maxEggEntries = 100_000

// Cataloger finds installed Python distributions.
func Cataloger() catalog.Cataloger {
	return catalog.Cataloger{
		Name:      "python",
		Doc:       "Reads the metadata of installed Python distributions: dist-info, egg-info and eggs.",
		Version:   1,
		Ecosystem: inventory.Ecosystem{Type: packageurl.TypePyPi, Advisories: "PyPI", Scheme: "pep440"},
		Want: []walk.Pattern{
			{Glob: "**/*.dist-info/METADATA"},
			{Glob: "**/*.egg-info/PKG-INFO"},
			{Glob: "**/EGG-INFO/PKG-INFO"},
			{Glob: "**/*.egg-info"},
			{Glob: "**/*.egg"},
		},
		Read: read,
	}
}

func read(_ context.Context, f *walk.File, part *inventory.Part) error {
	part.File(f.Path)
	if strings.HasSuffix(f.Path, ".egg") {
		return readEgg(f, part)
	}
	r, err := f.Reader()
	if err != nil {
		return fmt.Errorf("read metadata: %w", err)
	}
	return add(f.Path, r, part)
}

// readEgg reads the metadata of an egg that is one zip file.
func readEgg(f *walk.File, part *inventory.Part) error {
	const name = "EGG-INFO/PKG-INFO"
	at, err := f.ReaderAt()
	if err != nil {
		return fmt.Errorf("read egg: %w", err)
	}
	z, err := zip.NewReader(at, f.Size)
	if err != nil {
		return fmt.Errorf("read egg: %w", err)
	}
	if len(z.File) > maxEggEntries {
		return fmt.Errorf("read egg: %d entries, at most %d are read", len(z.File), maxEggEntries)
	}
	for _, entry := range z.File {
		if path.Clean(entry.Name) != name {
			continue
		}
		r, err := entry.Open()
		if err != nil {
			return fmt.Errorf("read egg: %s: %w", name, err)
		}
		defer r.Close()
		return add(f.Path, r, part)
	}
	return fmt.Errorf("read egg: no %s", name)
}

// add records the distribution that the metadata in r describes.
func add(path string, r io.Reader, part *inventory.Part) error {
	m, err := parse(r)
	if m.name == "" {
		return errors.Join(errors.New("metadata without a Name"), err)
	}
	if !catalog.IsWord(m.name) || m.version != "" && !catalog.IsWord(m.version) {
		return fmt.Errorf("metadata: %.100q is no name, or %.100q no version", m.name, m.version)
	}
	part.Add(path, inventory.Package{
		PURL:      packageurl.NewPackageURL(packageurl.TypePyPi, "", normalize(m.name), m.version, nil, "").ToString(),
		Ecosystem: packageurl.TypePyPi,
		Name:      m.name,
		Version:   m.version,
		Licenses:  m.licenses(),
	})
	return err
}

// normalize gives a name the one form under which PyPI and its advisories know
// it (PEP 503).
func normalize(name string) string { return vulndb.NormalName("PyPI", name) }
