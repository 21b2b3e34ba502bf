// Package java finds the Java libraries in an image: every jar, war and other
// archive of that kind, those inside of them, and those whose classes were
// packed into another one together with their Maven properties.
//
// What a library is called comes from pom.properties where there is one. Without
// it, the archive's name, its manifest and a list of well-known artifacts
// (groups.txt) are put together; such a guess names the artifact and the version
// that the file states, and errs at most in the group.
package java

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"sync"

	"github.com/package-url/packageurl-go"

	"github.com/plimsoll/plimsoll/catalog"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

const (
	// maxDepth is how deep archives in archives are followed; the outermost one
	// is at depth 1.
	maxDepth = 16
	// maxNested is how many archives are read within one file of an image.
	maxNested = 20_000
	// maxUnpacked is how many bytes of archives are unpacked within one file of
	// an image.
	maxUnpacked = 1 << 30
	// maxSmall is the size in bytes of the largest manifest, properties file or
	// pom.xml that is read.
	maxSmall = 1 << 20
	// maxSmallTotal bounds these files together, within one file of an image.
	maxSmallTotal = 256 << 20
	// maxNoted is how many entries that matter are noted within one file of an
	// image, and maxEntryName the length in bytes of the longest name of one.
	maxNoted     = 30_000
	maxEntryName = 1024
	// maxWarnings bounds the warnings on one file of an image.
	maxWarnings = 20
)

// extensions are the names' ends of Java archives, of plain Java, Java EE,
// Jenkins, Liferay, NiFi, Karaf and Android.
var extensions = []string{".jar", ".war", ".ear", ".par", ".sar", ".nar", ".jpi", ".hpi", ".lpkg", ".kar", ".aar", ".rar"}

// Cataloger finds Java libraries.
func Cataloger() catalog.Cataloger {
	var want []walk.Pattern
	for _, e := range extensions {
		want = append(want, walk.Pattern{Glob: "**/*" + e})
	}
	list := sync.OnceValue(readGroups)
	return catalog.Cataloger{
		Name:      "java",
		Doc:       "Reads Java archives and those inside of them: Maven properties, manifests and names.",
		Version:   1,
		Ecosystem: inventory.Ecosystem{Type: packageurl.TypeMaven, Advisories: "Maven", Scheme: "maven"},
		Want:      want,
		Read: func(ctx context.Context, f *walk.File, part *inventory.Part) error {
			s := &search{file: part.File(f.Path), part: part, spool: f.Spool(), groups: list()}
			return s.readFile(ctx, f)
		},
	}
}

// search is the reading of one file of an image with all archives in it.
type search struct {
	file   *inventory.File
	part   *inventory.Part
	spool  *walk.Spool
	groups *groups

	budget                    catalog.Budget
	noted, archives, warnings int
	size                      int64 // of the file
	unpacked, small           int64 // bytes so far
	stored                    int64 // bytes of archives read where they lie
}

// readFile reads one file of an image.
func (s *search) readFile(ctx context.Context, f *walk.File) error {
	// A .rar may as well be what the archiver of that name makes.
	if magic, err := f.Head(4); err == nil && strings.HasSuffix(f.Path, ".rar") && string(magic) == "Rar!" {
		return nil
	}
	r, err := f.ReaderAt()
	if err != nil {
		return fmt.Errorf("read archive: %w", err)
	}
	s.size = f.Size
	if err := s.read(ctx, nested{r: r, size: f.Size, path: f.Path, depth: 1}); err != nil {
		return fmt.Errorf("read archive: %w", err)
	}
	return ctx.Err()
}

// nested is an archive to read; its path names also those around it.
type nested struct {
	r     io.ReaderAt
	size  int64
	path  string
	depth int
}

// read reads one archive and those in it.
func (s *search) read(ctx context.Context, n nested) error {
	a, err := openArchive(n.r, n.size)
	if err != nil {
		return err
	}
	var c contents
	listErr := a.entries(wanted, func(e entry) error {
		if s.noted++; s.noted > maxNoted {
			return fmt.Errorf("more than %d archives and properties in one file", maxNoted)
		}
		c.add(e)
		return nil
	})
	for _, p := range s.identify(a, &c, n.path) {
		if !s.budget.Package(&p) {
			return errors.New("more packages than are kept of one file")
		}
		s.file.Packages = append(s.file.Packages, p)
	}
	for i := range c.archives {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		e := &c.archives[i]
		inner := n.path + "!/" + path.Clean(strings.TrimLeft(e.name, "/"))
		if err := s.descend(ctx, a, e, nested{path: inner, depth: n.depth + 1}); err != nil {
			s.warn(inner, "read archive: "+err.Error())
		}
	}
	return listErr
}

// descend reads an archive in another one. One that is not packed is read where
// it lies.
func (s *search) descend(ctx context.Context, a *archive, e *entry, n nested) error {
	s.archives++
	switch {
	case n.depth > maxDepth:
		return fmt.Errorf("archives in archives are read %d deep", maxDepth)
	case s.archives > maxNested:
		return fmt.Errorf("%d archives in one file are read", maxNested)
	}
	if e.method == 0 {
		section, err := a.stored(e)
		if err != nil {
			return err
		}
		// Archives that lie apart from each other add up to no more than this;
		// some may be made to lie in each other, over and over.
		if s.stored += e.packed; s.stored > maxDepth*(s.size+s.unpacked) {
			return errors.New("it overlaps others")
		}
		n.r, n.size = section, section.Size()
		return s.read(ctx, n)
	}
	if s.unpacked += e.size; s.unpacked > maxUnpacked || e.size < 0 {
		return fmt.Errorf("archives of %d MiB in one file are unpacked", maxUnpacked>>20)
	}
	r, err := a.open(e)
	if err != nil {
		return err
	}
	kept, err := s.spool.Keep(r, e.size)
	if err != nil {
		return err
	}
	defer kept.Close()
	n.r, n.size = kept, kept.Size()
	return s.read(ctx, n)
}

// bytes reads a small file of an archive; what cannot be read is a warning.
func (s *search) bytes(a *archive, e *entry, in string) []byte {
	if s.small += e.size; s.small > maxSmallTotal {
		s.warn(in, fmt.Sprintf("more than %d MiB of manifests and properties", maxSmallTotal>>20))
		return nil
	}
	b, err := a.bytes(e, maxSmall)
	if err != nil {
		s.warn(in+"!/"+e.name, "read: "+err.Error())
		return nil
	}
	return b
}

func (s *search) warn(path, message string) {
	if s.warnings++; s.warnings <= maxWarnings {
		s.part.Warn(path, message)
	}
}

// contents are the entries of an archive that matter.
type contents struct {
	manifest   *entry
	properties []entry // pom.properties
	poms       []entry // META-INF/maven/GROUP/ARTIFACT/pom.xml
	archives   []entry
}

const (
	manifestName = "META-INF/MANIFEST.MF"
	mavenFolder  = "META-INF/maven/"
)

// wanted says whether an entry of this name matters.
func wanted(name []byte) bool {
	s := string(name)
	return len(s) <= maxEntryName && (strings.EqualFold(s, manifestName) || path.Base(s) == "pom.properties" || isPOM(s) || isArchive(s))
}

func isPOM(name string) bool {
	return strings.HasPrefix(name, mavenFolder) && strings.HasSuffix(name, "/pom.xml") && strings.Count(name, "/") == 4
}

// isArchive says whether a file name is one of a Java archive.
func isArchive(name string) bool {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 || len(name)-dot > 5 {
		return false
	}
	ending := strings.ToLower(name[dot:])
	for _, e := range extensions {
		if ending == e {
			return true
		}
	}
	return false
}

func (c *contents) add(e entry) {
	switch {
	case strings.EqualFold(e.name, manifestName):
		c.manifest = &e
	case isArchive(e.name):
		c.archives = append(c.archives, e)
	case isPOM(e.name):
		c.poms = append(c.poms, e)
	case !strings.HasSuffix(e.name, "/"):
		c.properties = append(c.properties, e)
	}
}
