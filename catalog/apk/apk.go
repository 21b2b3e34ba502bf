// Package apk reads what Alpine's package manager has installed.
//
// The database is a text file of one-letter fields, as apk(5) and the wiki page
// "Apk spec" describe it: a package is a run of lines "P:musl", an empty line
// ends it. Wolfi, Chainguard and postmarketOS use the same.
package apk

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/plimsoll/plimsoll/catalog"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

const (
	maxField = 1 << 10 // bytes of a field that is kept
	maxPath  = 4 << 10 // bytes
	maxFiles = 1 << 18 // of one package
)

// Cataloger finds the packages of Alpine Linux and its relatives. Their purls
// are left to the merged inventory, which knows the distribution.
func Cataloger() catalog.Cataloger {
	return catalog.Cataloger{
		Name:      "apk",
		Doc:       "Reads apk's installed database and finds the Alpine packages in it.",
		Version:   3,
		Ecosystem: inventory.Ecosystem{Type: "apk", Scheme: "apk"},
		Want: []walk.Pattern{
			{Glob: "lib/apk/db/installed"},
			{Glob: "usr/lib/apk/db/installed"},
		},
		Read: read,
	}
}

func read(ctx context.Context, f *walk.File, part *inventory.Part) error {
	db := &database{rec: part.File(f.Path)}
	lines, err := catalog.ReadLines(ctx, f)
	if err != nil {
		return err
	}
	for {
		line, ok := lines.Next()
		if !ok {
			break
		}
		db.line(line, lines.Line())
	}
	db.end()
	db.faults.Warn(part, f.Path)
	return lines.Err()
}

// database reads packages line by line; only one is in the making at a time.
type database struct {
	rec    *inventory.File
	faults catalog.Faults
	budget catalog.Budget

	pkg   inventory.Package
	any   bool     // the package has a field
	large bool     // a field of it was too long
	dir   string   // of the last F line
	owned []string // files that may hold a package
	files []inventory.Installed
}

func (db *database) line(line []byte, number int) {
	if len(line) == 0 {
		db.end()
		return
	}
	if len(line) < 2 || line[1] != ':' {
		db.faults.Add("lines that are no field", number)
		return
	}
	if !db.any {
		db.any, db.pkg.At.Line = true, number
	}
	value := line[2:]
	switch line[0] {
	case 'F':
		db.dir = ""
		if len(value) <= maxPath {
			db.dir = string(value)
		}
	case 'R':
		db.file(value)
	case 'Z':
		if n := len(db.files); n > 0 {
			db.files[n-1].Sum = sumOf(string(value))
		}
	case 'P', 'V', 'A', 'o', 'L', 'I':
		db.set(line[0], value)
	}
}

func (db *database) set(key byte, value []byte) {
	if len(value) > maxField {
		db.large = true
		return
	}
	s := strings.TrimSpace(string(value))
	switch key {
	case 'P':
		db.pkg.Name = s
	case 'V':
		db.pkg.Version = s
	case 'A':
		db.pkg.Arch = s
	case 'o':
		db.pkg.Source = s
	case 'L':
		db.pkg.Licenses = licenses(s)
	case 'I':
		if n, err := strconv.ParseInt(s, 10, 62); err == nil && n > 0 {
			db.pkg.Size = n
		}
	}
}

// file notes a file of the package in the directory of the last F line.
func (db *database) file(name []byte) {
	if len(db.dir)+len(name) > maxPath {
		return
	}
	path := string(name)
	if db.dir != "" {
		path = db.dir + "/" + path
	}
	if len(db.files) < maxFiles {
		db.files = append(db.files, inventory.Installed{Path: path, Config: strings.HasPrefix(path, "etc/")})
	}
	if catalog.MayHoldPackage(path) && db.budget.Path(path) {
		db.owned = append(db.owned, path)
	}
}

// end records the package that has been read.
func (db *database) end() {
	pkg, line := db.pkg, db.pkg.At.Line
	switch {
	case !db.any:
	case db.large:
		db.faults.Add(fmt.Sprintf("packages with a field of more than %d bytes", maxField), line)
	case !catalog.IsWord(pkg.Name) || !catalog.IsWord(pkg.Version):
		db.faults.Add("packages without a usable name or version", line)
	case !db.budget.Package(&pkg):
		db.faults.Add("packages of a database that is too large", line)
	default:
		pkg.Ecosystem, pkg.At.Path = "apk", db.rec.Path
		if pkg.Source == pkg.Name || !catalog.IsWord(pkg.Source) {
			pkg.Source = ""
		}
		db.rec.Packages = append(db.rec.Packages, pkg)
		db.own()
	}
	db.pkg, db.any, db.large, db.dir, db.owned = inventory.Package{}, false, false, "", db.owned[:0]
	db.files = db.files[:0]
}

func (db *database) own() {
	for _, f := range db.files {
		f.Package = db.pkg.Name
		db.rec.AddInstalled(f)
	}
	for _, path := range db.owned {
		if db.rec.Owned == nil {
			db.rec.Owned = map[string]string{}
		}
		db.rec.Owned[path] = db.pkg.Name
	}
}

// sumOf reads a Z field: "Q1" and the SHA-1 of the content in base64, or "Q2"
// and the SHA-256. That of a link is one of its target.
func sumOf(value string) inventory.Sum {
	value = strings.TrimSpace(value)
	if len(value) < 2 {
		return inventory.Sum{}
	}
	digest, err := base64.StdEncoding.DecodeString(value[2:])
	switch {
	case err != nil:
	case value[:2] == "Q1" && len(digest) == sha1.Size:
		return inventory.SumOf(inventory.SHA1, digest)
	case value[:2] == "Q2" && len(digest) == sha256.Size:
		return inventory.SumOf(inventory.SHA256, digest)
	}
	return inventory.Sum{}
}

// licenses splits a licence field. Before it became an SPDX expression it was a
// list with blanks between the names, "MIT BSD GPL2+".
func licenses(statement string) []string {
	var names []string
	for _, name := range catalog.Licenses(statement) {
		words := strings.Fields(name)
		if slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, "with") }) {
			words = []string{name}
		}
		names = append(names, words...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
