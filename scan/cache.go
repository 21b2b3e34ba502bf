package scan

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/gob"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// DefaultCacheSize is how much a Cache keeps when nothing else is said, in bytes.
const DefaultCacheSize = 1 << 30

// cacheFormat counts up when an older file would be misread.
const cacheFormat = 3

// Cache keeps on disk what layers hold, one file a layer, named for the layer's
// DiffID and the versions of all that read it. Layers never change, so neither
// do its files; several processes may use one directory. A nil Cache keeps
// nothing.
//
// A file is the SHA-256 of what follows, then the part without its hashes as
// gob, then the hashes. A file that does not fit its sum counts as absent, so
// nothing is lost when a process dies while it writes.
type Cache struct {
	Dir string
	Max int64 // bytes; 0 is DefaultCacheSize
}

// key names the file of a layer as these readers, each with its version, have
// read it; it is empty for a layer without a DiffID, whose
// bytes nothing vouches for.
func (c *Cache) key(diffID string, readers []string) string {
	if c == nil || diffID == "" {
		return ""
	}
	h := sha256.New()
	fmt.Fprintf(h, "%d %d %s\n", cacheFormat, walk.Version, diffID)
	for _, r := range readers {
		fmt.Fprintf(h, "%s\n", r)
	}
	return hex.EncodeToString(h.Sum(nil))
}

const cacheSuffix = ".layer"

func (c *Cache) path(key string) string { return filepath.Join(c.Dir, key+cacheSuffix) }

// load gives what was kept under a key. Whatever is wrong with a file, the
// layer is simply read again.
func (c *Cache) load(key string) (*inventory.Part, bool) {
	if key == "" {
		return nil, false
	}
	path := c.path(key)
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, false
	}
	part, err := decodePart(b)
	if err != nil {
		os.Remove(path)
		return nil, false
	}
	// The time of last use is what trim goes by; once an hour is exact enough.
	if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > time.Hour {
		now := time.Now()
		os.Chtimes(path, now, now)
	}
	return part, true
}

// save keeps a part. That it could not be kept is no trouble but for the time
// of the next scan, so nothing is said of it.
func (c *Cache) save(key string, part *inventory.Part) {
	if key == "" {
		return
	}
	b, err := encodePart(part)
	if err != nil || os.MkdirAll(c.Dir, 0o755) != nil {
		return
	}
	f, err := os.CreateTemp(c.Dir, ".new-*")
	if err != nil {
		return
	}
	_, err = f.Write(b)
	if cerr := f.Close(); err != nil || cerr != nil || os.Rename(f.Name(), c.path(key)) != nil {
		os.Remove(f.Name())
	}
}

// trim removes the files that were not used for longest until the rest fits,
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
		if strings.HasPrefix(e.Name(), ".new-") && time.Since(info.ModTime()) > time.Hour {
			os.Remove(filepath.Join(c.Dir, e.Name()))
		}
		if strings.HasSuffix(e.Name(), cacheSuffix) {
			files = append(files, info)
			total += info.Size()
		}
	}
	limit := cmp.Or(c.Max, DefaultCacheSize)
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, f := range files {
		if total <= limit {
			return
		}
		if os.Remove(filepath.Join(c.Dir, f.Name())) == nil {
			total -= f.Size()
		}
	}
}

func encodePart(p *inventory.Part) ([]byte, error) {
	rest := *p
	rest.Seen, rest.SeenDirs = nil, nil
	var body bytes.Buffer
	body.Write(make([]byte, sha256.Size+4))
	if err := gob.NewEncoder(&body).Encode(&rest); err != nil {
		return nil, err
	}
	b := slices.Grow(body.Bytes(), 2*4+8*(len(p.Seen)+len(p.SeenDirs)))
	binary.LittleEndian.PutUint32(b[sha256.Size:], uint32(len(b)-sha256.Size-4))
	for _, hashes := range [][]uint64{p.Seen, p.SeenDirs} {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(hashes)))
		for _, h := range hashes {
			b = binary.LittleEndian.AppendUint64(b, h)
		}
	}
	sum := sha256.Sum256(b[sha256.Size:])
	copy(b, sum[:])
	return b, nil
}

var errCache = fmt.Errorf("not a file of the layer cache")

func decodePart(b []byte) (*inventory.Part, error) {
	if len(b) < sha256.Size+4 || sha256.Sum256(b[sha256.Size:]) != [sha256.Size]byte(b[:sha256.Size]) {
		return nil, errCache
	}
	b = b[sha256.Size:]
	n := int(binary.LittleEndian.Uint32(b))
	if b = b[4:]; n > len(b) {
		return nil, errCache
	}
	p := &inventory.Part{}
	if err := gob.NewDecoder(bytes.NewReader(b[:n])).Decode(p); err != nil {
		return nil, err
	}
	b = b[n:]
	for _, into := range []*[]uint64{&p.Seen, &p.SeenDirs} {
		if len(b) < 4 {
			return nil, errCache
		}
		n := int(binary.LittleEndian.Uint32(b))
		if b = b[4:]; n > len(b)/8 {
			return nil, errCache
		}
		*into = make([]uint64, n)
		for i := range *into {
			(*into)[i] = binary.LittleEndian.Uint64(b[8*i:])
		}
		b = b[8*n:]
	}
	return p, nil
}
