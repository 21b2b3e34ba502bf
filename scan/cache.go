package scan

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/gob"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
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
const cacheFormat = 6

// Cache keeps on disk what layers hold, one file a layer, named for the layer's
// DiffID and the versions of all that read it. Layers never change, so neither
// do its files; several processes may use one directory. A nil Cache keeps
// nothing.
//
// A file is the checksum of what follows, then the part without its hashes and
// the files of its listing as gob, then those. A file that does not fit its sum counts as absent, so
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
	if key == "" || os.MkdirAll(c.Dir, 0o755) != nil {
		return
	}
	f, err := os.CreateTemp(c.Dir, ".new-*")
	if err != nil {
		return
	}
	err = writePart(f, part)
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

// writePart writes a part to an empty file, bit by bit: a part can be large.
func writePart(f *os.File, p *inventory.Part) error {
	rest := *p
	rest.Seen, rest.SeenDirs, rest.Listing = nil, nil, nil
	var files [][]byte
	if p.Listing != nil {
		list := *p.Listing
		files, list.Files = list.Files, nil
		rest.Listing = &list
	}
	var body bytes.Buffer
	if err := gob.NewEncoder(&body).Encode(&rest); err != nil {
		return err
	}
	if _, err := f.Write(make([]byte, checksumSize)); err != nil {
		return err
	}
	sum := newChecksum()
	w := &countedWriter{w: bufio.NewWriterSize(io.MultiWriter(f, sum), 64<<10)}
	w.block(body.Bytes())
	for _, hashes := range [][]uint64{p.Seen, p.SeenDirs} {
		w.number(len(hashes))
		for _, h := range hashes {
			w.w.Write(binary.LittleEndian.AppendUint64(w.w.AvailableBuffer(), h))
		}
	}
	w.number(len(files))
	for _, chunk := range files {
		w.block(chunk)
	}
	if err := w.w.Flush(); err != nil {
		return err
	}
	_, err := f.WriteAt(sum.bytes(), 0)
	return err
}

// checksum tells a torn file from a whole one: CRC-32C and CRC-32, which
// processors compute in no time. It protects from accidents: who can write into
// the cache can also write what fits.
type checksum struct {
	table *crc32.Table
	c, i  uint32
}

const checksumSize = 8

func newChecksum() *checksum { return &checksum{table: crc32.MakeTable(crc32.Castagnoli)} }

// Write takes further bytes in.
func (s *checksum) Write(p []byte) (int, error) {
	s.c, s.i = crc32.Update(s.c, s.table, p), crc32.Update(s.i, crc32.IEEETable, p)
	return len(p), nil
}

func (s *checksum) bytes() []byte {
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, s.c), s.i)
}

// countedWriter writes numbers and blocks with their length before them. Its
// errors come with Flush.
type countedWriter struct{ w *bufio.Writer }

func (w *countedWriter) number(n int) {
	w.w.Write(binary.LittleEndian.AppendUint32(w.w.AvailableBuffer(), uint32(n)))
}

func (w *countedWriter) block(b []byte) {
	w.number(len(b))
	w.w.Write(b)
}

var errCache = fmt.Errorf("not a file of the layer cache")

func decodePart(b []byte) (*inventory.Part, error) {
	if len(b) < checksumSize {
		return nil, errCache
	}
	sum := newChecksum()
	sum.Write(b[checksumSize:])
	if !bytes.Equal(sum.bytes(), b[:checksumSize]) {
		return nil, errCache
	}
	r := &countedReader{b: b[checksumSize:]}
	p := &inventory.Part{}
	if err := gob.NewDecoder(bytes.NewReader(r.block())).Decode(p); err != nil {
		return nil, err
	}
	for _, into := range []*[]uint64{&p.Seen, &p.SeenDirs} {
		packed := r.take(8 * r.number())
		*into = make([]uint64, len(packed)/8)
		for i := range *into {
			(*into)[i] = binary.LittleEndian.Uint64(packed[8*i:])
		}
	}
	for range r.number() {
		chunk := r.block()
		if r.bad || p.Listing == nil {
			return nil, errCache
		}
		p.Listing.Files = append(p.Listing.Files, chunk)
	}
	if r.bad {
		return nil, errCache
	}
	return p, nil
}

// countedReader reads what a countedWriter wrote.
type countedReader struct {
	b   []byte
	bad bool // less was there than was to be read
}

func (r *countedReader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	took := r.b[:n:n]
	r.b = r.b[n:]
	return took
}

func (r *countedReader) number() int {
	b := r.take(4)
	if b == nil {
		return 0
	}
	return int(binary.LittleEndian.Uint32(b))
}

func (r *countedReader) block() []byte { return r.take(r.number()) }
