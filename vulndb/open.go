package vulndb

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"
)

// DB answers from open segments. It is safe for several goroutines. Other
// processes may replace the files meanwhile: it goes on with those that it
// opened.
type DB struct {
	segments    []*segment          // by ecosystem
	byEcosystem map[string]*segment // the same
	refused     []error
	refusals    map[string]error // the same by the name of the file
	zstd        *zstd.Decoder    // for all of them
}

// segment is one open segment file.
type segment struct {
	layout
	name     string
	data     []byte
	digest   string
	crcs     []byte          // one CRC a page of the body
	verified []atomic.Uint32 // a bit for each page whose CRC was found right
	zstd     *zstd.Decoder
	cache    blockCache
	release  func() error
	// amendment is what changed after the segment was compiled, and void says
	// which of the segment's advisories no longer hold, by ordinal.
	amendment *segment
	void      map[int]bool
	added     int // names that only the amendment has
}

// Open opens all segments in a directory, in the order of their ecosystems.
// Files that cannot be used count as absent; Refused says which and why. A
// directory that does not exist is a database without segments.
func Open(dir string) (*DB, error) {
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open advisory database: %w", err)
	}
	db, err := newDB()
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if strings.HasSuffix(f.Name(), Extension) && f.Type().IsRegular() {
			db.open(filepath.Join(dir, f.Name()))
		}
	}
	db.sort()
	return db, nil
}

// OpenSegment opens one segment file.
func OpenSegment(path string) (*DB, error) {
	db, err := newDB()
	if err != nil {
		return nil, err
	}
	db.open(path)
	if len(db.refused) > 0 {
		return nil, db.refused[0]
	}
	return db, nil
}

// OpenBytes opens segments that are in memory, such as embedded ones. Of two
// for one ecosystem the first is used.
func OpenBytes(segments ...[]byte) (*DB, error) {
	db, err := newDB()
	if err != nil {
		return nil, err
	}
	for i, data := range segments {
		s, err := db.newSegment("", data)
		if err != nil {
			return nil, fmt.Errorf("open segment %d in memory: %w", i, err)
		}
		s.name = SegmentName(s.Ecosystem)
		db.add(s)
	}
	db.sort()
	return db, nil
}

func newDB() (*DB, error) {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxBlock), zstd.WithDecoderConcurrency(2), zstd.IgnoreChecksum(true))
	if err != nil {
		return nil, fmt.Errorf("open advisory database: %w", err)
	}
	return &DB{byEcosystem: map[string]*segment{}, zstd: dec}, nil
}

func (db *DB) open(path string) {
	data, release, err := mapFile(path)
	if err != nil {
		db.refuse(path, fmt.Errorf("open segment: %w", err))
		return
	}
	s, err := db.newSegment(strings.TrimSuffix(filepath.Base(path), Extension), data)
	if err == nil && s.name != SegmentName(s.Ecosystem) {
		err = fmt.Errorf("%w (it holds %s, which belongs in %s)", ErrFormat, s.Ecosystem, SegmentName(s.Ecosystem)+Extension)
	}
	if err != nil {
		db.refuse(path, fmt.Errorf("open segment %s: %w", path, err))
		_ = release() // nothing was written; the file is refused anyway
		return
	}
	s.release = release
	db.add(s)
}

func (db *DB) refuse(path string, err error) {
	db.refused = append(db.refused, err)
	if db.refusals == nil {
		db.refusals = map[string]error{}
	}
	db.refusals[strings.TrimSuffix(filepath.Base(path), Extension)] = err
}

func (db *DB) add(s *segment) {
	if _, taken := db.byEcosystem[s.Ecosystem]; taken {
		return
	}
	db.byEcosystem[s.Ecosystem] = s
	db.segments = append(db.segments, s)
}

func (db *DB) sort() {
	slices.SortFunc(db.segments, func(a, b *segment) int { return strings.Compare(a.Ecosystem, b.Ecosystem) })
}

// Close lets the files go. Nothing may be looked up afterwards.
func (db *DB) Close() error {
	if db.zstd != nil {
		db.zstd.Close()
	}
	var errs []error
	for _, s := range db.segments {
		if s.release != nil {
			errs = append(errs, s.release())
			s.release = nil
		}
	}
	return errors.Join(errs...)
}

// Refused says which files were found but cannot be used, and why; each error
// is an ErrFormat or what the operating system said.
func (db *DB) Refused() []error { return db.refused }

// Refusal is why the segment file of an ecosystem cannot be used; nil where none
// was refused.
func (db *DB) Refusal(ecosystem string) error { return db.refusals[SegmentName(ecosystem)] }

// Has reports whether there is a segment for an ecosystem.
func (db *DB) Has(ecosystem string) bool { return db.byEcosystem[ecosystem] != nil }

// Segments describes the open segments, in the order of their ecosystems.
func (db *DB) Segments() []SegmentInfo {
	list := make([]SegmentInfo, len(db.segments))
	for i, s := range db.segments {
		list[i] = SegmentInfo{
			Name: s.name, Ecosystem: s.Ecosystem, Source: s.Source, Basis: s.Basis, AsOf: s.asOf, Fetched: s.Fetched, Digest: s.digest,
			Advisories: s.advisories, Packages: s.packages, Size: int64(len(s.data)),
		}
		if s.amendment != nil {
			list[i].Advisories += s.amendment.advisories - len(s.void)
			list[i].Packages += s.added
		}
	}
	return list
}

// Verify reads all segments whole and compares them with their digests. The
// reading of parts needs no such call: each page is checked when it is first
// touched.
func (db *DB) Verify() error {
	for _, s := range db.segments {
		for part := s; part != nil; part = part.amendment {
			body := part.data[part.body.offset : part.body.offset+part.body.length]
			if sha256.Sum256(body) != part.bodySum {
				return s.damaged("digest differs")
			}
		}
	}
	return nil
}

func (db *DB) newSegment(name string, data []byte) (*segment, error) {
	s, err := newPart(name, data, db.zstd)
	if err != nil || s.amendment == nil {
		return s, err
	}
	a := s.amendment
	if a.amendment != nil || a.Ecosystem != s.Ecosystem {
		return nil, fmt.Errorf("%w (amendment of another segment)", ErrFormat)
	}
	if err := s.readVoid(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(append(s.bodySum[:], a.bodySum[:]...))
	s.digest = "sha256:" + hex.EncodeToString(sum[:])
	return s, nil
}

// newPart opens a segment and the amendment that follows it.
func newPart(name string, data []byte, dec *zstd.Decoder) (*segment, error) {
	s := &segment{name: name, data: data, zstd: dec}
	if err := s.unmarshal(data); err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrFormat, err)
	}
	end := int64(len(data)) - s.layout.amendment
	s.crcs = data[s.body.offset+s.body.length : end]
	if castagnoli(s.crcs) != s.pagesCRC {
		return nil, fmt.Errorf("%w (check sums damaged)", ErrFormat)
	}
	s.verified = make([]atomic.Uint32, pages(s.body.length)/32+1)
	s.digest = "sha256:" + hex.EncodeToString(s.bodySum[:])
	if end < int64(len(data)) {
		var err error
		if s.amendment, err = newPart(name, data[end:], dec); err != nil {
			return nil, fmt.Errorf("amendment: %w", err)
		}
	}
	return s, nil
}

func (s *segment) damaged(format string, args ...any) error {
	return fmt.Errorf("segment %s: %w (damaged: %s)", s.name, ErrFormat, fmt.Sprintf(format, args...))
}

// view gives bytes of a section once the pages that hold them are found right.
func (s *segment) view(section int, offset, length int64) ([]byte, error) {
	span := s.sections[section]
	if offset < 0 || length < 0 || offset > span.length || length > span.length-offset {
		return nil, s.damaged("a place outside of section %d", section)
	}
	from := span.offset + offset
	if length > 0 {
		first, last := (from-s.body.offset)/pageSize, (from+length-1-s.body.offset)/pageSize
		for page := first; page <= last; page++ {
			if err := s.verify(page); err != nil {
				return nil, err
			}
		}
	}
	return s.data[from : from+length : from+length], nil
}

func (s *segment) verify(page int64) error {
	word, bit := &s.verified[page/32], uint32(1)<<(page%32)
	if word.Load()&bit != 0 {
		return nil
	}
	body := s.data[s.body.offset : s.body.offset+s.body.length]
	data := body[page*pageSize : min((page+1)*pageSize, s.body.length)]
	if castagnoli(data) != binary.LittleEndian.Uint32(s.crcs[4*page:]) {
		return s.damaged("check sum of page %d", page)
	}
	word.Or(bit)
	return nil
}

// number reads the i-th fixed number of an index section.
func (s *segment) number(section, i int) (int64, error) {
	b, err := s.view(section, 4*int64(i), 4)
	if err != nil {
		return 0, err
	}
	return int64(binary.LittleEndian.Uint32(b)), nil
}

// between gives the i-th item of a section whose index has one offset an item
// and one for the end; stride is how many numbers the index has for each.
func (s *segment) between(index, section, i, stride int) ([]byte, error) {
	from, err := s.number(index, i*stride)
	if err != nil {
		return nil, err
	}
	to, err := s.number(index, (i+1)*stride)
	if err != nil {
		return nil, err
	}
	return s.view(section, from, to-from)
}

// block decompresses the i-th block of records or texts.
func (s *segment) block(index, section, i int) ([]byte, error) {
	key := [2]int{section, i}
	if raw := s.cache.get(key); raw != nil {
		return raw, nil
	}
	packed, err := s.between(index, section, i, 2)
	if err != nil {
		return nil, err
	}
	raw, err := s.zstd.DecodeAll(packed, nil)
	if err != nil {
		return nil, s.damaged("block %d of section %d: %v", i, section, err)
	}
	s.cache.put(key, raw)
	return raw, nil
}

// blockCache keeps the blocks that were decompressed last: a package's
// advisories are neighbours, and so are those of related packages.
type blockCache struct {
	mu     sync.Mutex
	blocks map[[2]int][]byte
	size   int
}

const maxCache = 4 << 20 // bytes

func (c *blockCache) get(key [2]int) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.blocks[key]
}

func (c *blockCache) put(key [2]int, raw []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.blocks == nil || c.size+len(raw) > maxCache {
		c.blocks, c.size = map[[2]int][]byte{}, 0
	}
	c.blocks[key] = raw
	c.size += len(raw)
}
