// Package rpm reads what the RPM package manager has installed, out of the
// three formats that its database has had: Berkeley DB (up to RHEL 8), ndb
// (SUSE) and SQLite (Fedora 33, RHEL 9 and later); and out of the plain list
// that distroless images of Azure Linux and CBL-Mariner have instead.
//
// The readers take the pages that hold packages straight from the file. None
// needs the database libraries, a lock or an index, and none trusts what the
// file says: every page is taken at most once, so a file that runs in circles
// costs no more than one that does not.
package rpm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/plimsoll/plimsoll/catalog"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// maxHeader is the most bytes of one package's header that are read; the
// largest real ones have a tenth.
const maxHeader = 32 << 20

// errDatabase says that a file is not the database that it should be.
var errDatabase = errors.New("not a valid rpm database")

// Cataloger finds the packages of Red Hat, Fedora, SUSE, Amazon and other
// distributions that use rpm. Their purls are left to the merged inventory,
// which knows the distribution.
func Cataloger() catalog.Cataloger {
	want := []walk.Pattern{{Glob: manifestPath}}
	for _, dir := range []string{"var/lib/rpm/", "usr/lib/sysimage/rpm/", "usr/share/rpm/"} {
		want = append(want,
			walk.Pattern{Glob: dir + "Packages"},
			walk.Pattern{Glob: dir + "Packages.db"},
			walk.Pattern{Glob: dir + "rpmdb.sqlite"},
			walk.Pattern{Glob: dir + "rpmdb.sqlite-wal", MinSize: walHeader + 1},
		)
	}
	return catalog.Cataloger{
		Name:      "rpm",
		Doc:       "Reads rpm's database in each of its formats and finds the packages that are installed.",
		Version:   3,
		Ecosystem: inventory.Ecosystem{Type: "rpm", Scheme: "rpm:epoch-zero"},
		Want:      want,
		Read:      read,
	}
}

func read(ctx context.Context, f *walk.File, part *inventory.Part) error {
	rec := part.File(f.Path)
	if f.Size == 0 {
		return nil
	}
	switch {
	case f.Path == manifestPath:
		return readManifest(ctx, f, part)
	case strings.HasSuffix(f.Path, "-wal"):
		part.Warn(f.Path, "changes that SQLite has not written into "+path.Base(strings.TrimSuffix(f.Path, "-wal"))+" are not read")
		return nil
	}
	r, err := f.ReaderAt()
	if err != nil {
		return err
	}
	db := &database{ctx: ctx, rec: rec}
	err = db.read(r, f.Size)
	db.faults.Warn(part, f.Path)
	return err
}

// database gathers the packages of one database file.
type database struct {
	ctx    context.Context
	rec    *inventory.File
	faults catalog.Faults
	budget catalog.Budget
}

// read tells the format by the first bytes, for names have changed more often.
func (db *database) read(r io.ReaderAt, size int64) error {
	head := make([]byte, 100)
	n, err := r.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return err
	}
	switch head = head[:n]; {
	case isSQLite(head):
		return readSQLite(r, size, db)
	case isNDB(head):
		return readNDB(r, size, db)
	case isBDB(head):
		return readBDB(r, size, db)
	}
	return fmt.Errorf("%w: neither Berkeley DB, ndb nor SQLite", errDatabase)
}

// add records the package of a header, or counts a fault. An error of the
// context ends the reading.
func (db *database) add(blob []byte) error {
	if err := db.ctx.Err(); err != nil {
		return err
	}
	h, err := parseHeader(blob)
	if err != nil {
		db.fault("packages with a broken header")
		return nil
	}
	pkg, ok := h.pkg()
	switch {
	case h.text(tagName) == "gpg-pubkey":
		// Keys that rpm trusts are kept like packages, and are none.
	case !ok:
		db.fault("packages without a usable name or version")
	case !db.budget.Package(&pkg):
		db.fault("packages of a database that is too large")
	default:
		pkg.At.Path = db.rec.Path
		db.rec.Packages = append(db.rec.Packages, pkg)
		h.owned(pkg.Name, db)
	}
	return nil
}

func (db *database) fault(what string) { db.faults.Add(what, 0) }
