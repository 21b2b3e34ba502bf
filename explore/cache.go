package explore

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll/plimsoll/walk"
)

// DefaultCacheSize is how much a Cache keeps when nothing else is said, in bytes.
const DefaultCacheSize = 256 << 20

const (
	cacheSuffix = ".listing"
	newPrefix   = ".list-"
)

// Cache keeps listings on disk, one file a layer, named for the layer's DiffID,
// so that an image seen before opens at once. Several processes may use one
// directory, also beside other files. A nil Cache keeps nothing.
//
// A file is the SHA-256 of what follows, then the listing. One that does not
// fit its sum counts as absent.
type Cache struct {
	Dir string
	Max int64 // bytes; 0 is DefaultCacheSize
}

// path is the file of a layer; it is empty for a layer without a DiffID, whose
// bytes nothing vouches for.
func (c *Cache) path(diffID string) string {
	if c == nil || diffID == "" {
		return ""
	}
	key := sha256.Sum256(fmt.Appendf(nil, "%d %d %s", listingFormat, walk.Version, diffID))
	return filepath.Join(c.Dir, hex.EncodeToString(key[:])+cacheSuffix)
}

func (c *Cache) load(diffID string) (Listing, bool) {
	path := c.path(diffID)
	if path == "" {
		return nil, false
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, false
	}
	if len(b) < sha256.Size || sha256.Sum256(b[sha256.Size:]) != [sha256.Size]byte(b[:sha256.Size]) {
		os.Remove(path)
		return nil, false
	}
	// The time of last use is what trim goes by; once an hour is exact enough.
	if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > time.Hour {
		now := time.Now()
		os.Chtimes(path, now, now)
	}
	return b[sha256.Size:], true
}

// save keeps a listing. That it could not be kept is no trouble but for the
// time of the next opening, so nothing is said of it.
func (c *Cache) save(diffID string, l Listing) {
	path := c.path(diffID)
	if path == "" || os.MkdirAll(c.Dir, 0o755) != nil {
		return
	}
	f, err := os.CreateTemp(c.Dir, newPrefix+"*")
	if err != nil {
		return
	}
	sum := sha256.Sum256(l)
	_, err = f.Write(sum[:])
	if err == nil {
		_, err = f.Write(l)
	}
	if cerr := f.Close(); err != nil || cerr != nil || os.Rename(f.Name(), path) != nil {
		os.Remove(f.Name())
	}
}

// trim removes the listings that were not used for longest until the rest fits,
// and temporary files that a dead process left.
func (c *Cache) trim() {
	entries, err := os.ReadDir(c.Dir)
	if err != nil {
		return
	}
	var files []fs.FileInfo
	var total int64
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			continue
		}
		if strings.HasPrefix(e.Name(), newPrefix) && time.Since(info.ModTime()) > time.Hour {
			os.Remove(filepath.Join(c.Dir, e.Name()))
		}
		if strings.HasSuffix(e.Name(), cacheSuffix) {
			files = append(files, info)
			total += info.Size()
		}
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, f := range files {
		if total <= cmp.Or(c.Max, DefaultCacheSize) {
			return
		}
		if os.Remove(filepath.Join(c.Dir, f.Name())) == nil {
			total -= f.Size()
		}
	}
}
