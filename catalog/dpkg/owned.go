package dpkg

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"path"
	"strings"

	"github.com/plimsoll/plimsoll/catalog"
	"github.com/plimsoll/plimsoll/inventory"
)

const maxPath = 4 << 10 // bytes

// readOwned reads a list of the files of a package: plain paths as in
// info/*.list, or sums and paths as in *.md5sums.
func readOwned(lines *catalog.Lines, owner string, rec *inventory.File) error {
	if owner == "" {
		return nil
	}
	var budget catalog.Budget
	sums := strings.HasSuffix(rec.Path, ".md5sums")
	for {
		line, ok := lines.Next()
		if !ok {
			return lines.Err()
		}
		var sum inventory.Sum
		if sums {
			var digest []byte
			digest, line, _ = bytes.Cut(line, []byte(" "))
			line = bytes.TrimLeft(line, " *")
			sum = md5Sum(digest)
		}
		line = bytes.TrimPrefix(bytes.TrimPrefix(line, []byte(".")), []byte("/"))
		rec.AddInstalled(inventory.Installed{Package: owner, Path: string(line), Sum: sum})
		if len(line) == 0 || len(line) > maxPath || !catalog.MayHoldPackage(string(line)) || !budget.Path(string(line)) {
			continue
		}
		if rec.Owned == nil {
			rec.Owned = map[string]string{}
		}
		rec.Owned[string(line)] = owner
	}
}

// md5Sum reads a digest in hexadecimal digits; what is none is no sum.
func md5Sum(digits []byte) inventory.Sum {
	var digest [md5.Size]byte
	if len(digits) != 2*md5.Size {
		return inventory.Sum{}
	}
	if _, err := hex.Decode(digest[:], digits); err != nil {
		return inventory.Sum{}
	}
	return inventory.SumOf(inventory.MD5, digest[:])
}

// infoOwner is the package that a file of dpkg's info directory belongs to:
// "libc6:amd64.list" to libc6.
func infoOwner(base string) string {
	name, _, _ := strings.Cut(strings.TrimSuffix(strings.TrimSuffix(base, ".list"), ".md5sums"), ":")
	return name
}

// sumsOwner is the package that a status.d/NAME.md5sums belongs to. NAME is
// mostly the package's own, but some builders encode it: then the stanza in
// status.d/NAME tells, which stands shortly before it in the layer.
func sumsOwner(part *inventory.Part, sums string) string {
	stanza := strings.TrimSuffix(sums, ".md5sums")
	for i := len(part.Files) - 1; i >= 0 && i >= len(part.Files)-64; i-- {
		if f := part.Files[i]; f.Path == stanza && len(f.Packages) > 0 {
			return f.Packages[0].Name
		}
	}
	name := path.Base(stanza)
	if debianName(name) {
		return name
	}
	if b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(name, "=")); err == nil && debianName(string(b)) {
		return string(b)
	}
	if b, err := hex.DecodeString(name); err == nil && debianName(string(b)) {
		return string(b)
	}
	return ""
}

// debianName tells whether s is a package name by Debian Policy 5.6.1.
func debianName(s string) bool {
	for i, c := range s {
		letter := 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
		if !letter && (i == 0 || !strings.ContainsRune("+-.", c)) {
			return false
		}
	}
	return len(s) > 1
}
