// Package dpkg reads what Debian's package manager has installed: its status
// file, the one-stanza files of distroless images, the lists of the files that
// packages own, and the licences in their copyright files.
//
// The formats are those of the manuals dpkg(1), deb-control(5) and deb822(5).
// What apt keeps, lists of available packages and its own states, is not read:
// it says what could be installed, not what is.
package dpkg

import (
	"context"
	"path"
	"strings"

	"github.com/plimsoll/plimsoll/catalog"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

const (
	statusPath = "var/lib/dpkg/status"
	statusDir  = "var/lib/dpkg/status.d"
	infoDir    = "var/lib/dpkg/info/"
	// diversionsPath lists the files that dpkg-divert(1) has moved aside.
	diversionsPath = "var/lib/dpkg/diversions"
)

// Cataloger finds the packages of Debian, Ubuntu and what descends from them.
// Their purls are left to the merged inventory, which knows the distribution.
func Cataloger() catalog.Cataloger {
	return catalog.Cataloger{
		Name:      "dpkg",
		Doc:       "Reads dpkg's status files and finds the Debian packages that are installed.",
		Version:   3,
		Ecosystem: inventory.Ecosystem{Type: "deb", Scheme: "deb"},
		Want: []walk.Pattern{
			{Glob: statusPath},
			{Glob: statusDir + "/*"},
			{Glob: diversionsPath},
			{Glob: infoDir + "*.list"},
			{Glob: infoDir + "*.md5sums"},
			{Glob: "usr/share/doc/*/copyright"},
		},
		Read: read,
	}
}

func read(ctx context.Context, f *walk.File, part *inventory.Part) error {
	rec := part.File(f.Path)
	lines, err := catalog.ReadLines(ctx, f)
	if err != nil {
		return err
	}
	dir, base := path.Split(f.Path)
	switch {
	case f.Path == diversionsPath:
		return readDiversions(lines, rec)
	case base == "copyright":
		return readCopyright(lines, path.Base(dir), rec)
	case strings.HasSuffix(base, ".list"):
		return readOwned(lines, infoOwner(base), rec)
	case strings.HasSuffix(base, ".md5sums") && dir == infoDir:
		rec.Manifest = &inventory.Manifest{Beside: true}
		return readOwned(lines, infoOwner(base), rec)
	case strings.HasSuffix(base, ".md5sums"):
		return readOwned(lines, sumsOwner(part, f.Path), rec)
	default:
		return readStatus(lines, rec, part)
	}
}
