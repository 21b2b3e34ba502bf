package intel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"sort"
	"time"
)

// The file, all numbers little endian:
//
//	8  magic
//	4  format version
//	4  CRC-32C of all that follows
//	8  length of each section, in the order below
//	   the sections
//
// Section sources has name, URL, as-of and fetched (Unix seconds) and the
// number of CVEs of each source, as uvarints and strings of a uvarint length.
// Section strings has all other texts, each once, of a uvarint length; a text is
// referred to by its offset. Each table has two sections: an index with 12 bytes
// a block, its first key (8) and its offset (4), and the blocks, whose items are
// the difference to the key before (that of the index for the first), and the
// table's columns, all as uvarints. A key may have several items; all of them
// are in one block. A key is the year shifted by 40 bits, plus the number.
//
//	scores     probability and percentile, in 1/100,000
//	exploited  name, vendor, product, added, due, action (texts), 1 for ransomware
//	ratings    source and vector (texts)
//
// Section releases is the last: their number, and of each product, version and
// name (texts) and the day of its last fixes (since 1 January 1970), as uvarints
// and strings of a uvarint length, in the order of product and version.
//
// History: 1 is the first and has no section releases; it is still read.
const (
	magic         = "PLIMINTL"
	formatVersion = 2
	firstVersion  = 1
	fixedHeader   = 16
	indexEntry    = 12
	blockItems    = 64
	scoreUnit     = 100_000
	maxReleases   = 1 << 20
	maxDay        = 1 << 22 // some year after 13000
	// MaxFile bounds a file that is read, in bytes.
	MaxFile = 256 << 20
)

const (
	sectionSources = iota
	sectionStrings
	sectionTables // index and blocks of each
)

const (
	tableScores = iota
	tableExploited
	tableRatings
	tables
	sectionReleases = sectionTables + 2*tables
	sections        = sectionReleases + 1
)

// columns are how many numbers an item of each table has.
var columns = [tables]int{2, 7, 2}

// ErrFormat is why a file is refused: it is torn, damaged, something else, or
// of a later format. It can be made anew from its sources.
var ErrFormat = errors.New("not a usable file of intelligence on CVEs")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// File answers from an open file. It may be used by several goroutines. The nil
// File knows nothing.
type File struct {
	sources  []Source
	sections [sections][]byte
}

// Open reads a file. The error is fs.ErrNotExist where there is none, and
// ErrFormat where it cannot be used.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open intelligence: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open intelligence: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > MaxFile {
		return nil, fmt.Errorf("open intelligence %s: %w: %d bytes", path, ErrFormat, info.Size())
	}
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, fmt.Errorf("open intelligence %s: %w", path, err)
	}
	file, err := Read(data)
	if err != nil {
		return nil, fmt.Errorf("open intelligence %s: %w", path, err)
	}
	return file, nil
}

// Read uses the bytes of a file, which must not change afterwards.
func Read(data []byte) (*File, error) {
	refuse := func(why string) (*File, error) { return nil, fmt.Errorf("%w (%s)", ErrFormat, why) }
	if len(data) < len(magic) || string(data[:len(magic)]) != magic {
		return refuse("no such file")
	}
	if len(data) < fixedHeader {
		return refuse("cut off")
	}
	version, count := binary.LittleEndian.Uint32(data[8:]), sections
	if version == firstVersion {
		count-- // it knew no releases
	}
	body := fixedHeader + 8*count
	switch {
	case version != formatVersion && version != firstVersion:
		return refuse(fmt.Sprintf("format %d, this program reads %d", version, formatVersion))
	case len(data) < body:
		return refuse("cut off")
	case binary.LittleEndian.Uint32(data[12:]) != crc32.Checksum(data[fixedHeader:], castagnoli):
		return refuse("damaged or cut off: wrong checksum")
	}
	f := &File{}
	rest := data[body:]
	for i := range f.sections[:count] {
		n := binary.LittleEndian.Uint64(data[fixedHeader+8*i:])
		if n > uint64(len(rest)) {
			return refuse("a section is longer than the file")
		}
		f.sections[i], rest = rest[:n:n], rest[n:]
	}
	if len(rest) > 0 {
		return refuse("more than its sections")
	}
	var ok bool
	if f.sources, ok = readSources(f.sections[sectionSources]); !ok {
		return refuse("broken list of sources")
	}
	return f, nil
}

func readSources(data []byte) ([]Source, bool) {
	r := reader{data: data}
	n := r.number()
	if n > 64 {
		return nil, false
	}
	sources := make([]Source, 0, n)
	for range n {
		s := Source{Name: r.text(), URL: r.text()}
		s.AsOf, s.Fetched = r.time(), r.time()
		s.Records = int(r.number() & 0x7fffffff)
		sources = append(sources, s)
	}
	return sources, !r.bad && len(r.data) == 0
}

// Sources are those that the file was made from.
func (f *File) Sources() []Source {
	if f == nil {
		return nil
	}
	return f.sources
}

// CVE gives what is known of a CVE; false if that is nothing.
func (f *File) CVE(cve string) (Record, bool) {
	k, err := key(cve)
	if err != nil || f == nil {
		return Record{}, false
	}
	r, known := Record{CVE: cve}, false
	f.items(tableScores, k, func(c []uint64) {
		r.Score, known = Score{float64(min(c[0], scoreUnit)) / scoreUnit, float64(min(c[1], scoreUnit)) / scoreUnit}, true
	})
	f.items(tableExploited, k, func(c []uint64) {
		r.Exploited, known = Exploited{
			Name: f.text(c[0]), Vendor: f.text(c[1]), Product: f.text(c[2]), Added: f.text(c[3]), Due: f.text(c[4]),
			Action: f.text(c[5]), Ransomware: c[6] != 0,
		}, true
	})
	f.items(tableRatings, k, func(c []uint64) {
		r.Ratings, known = append(r.Ratings, Rating{f.text(c[0]), f.text(c[1])}), true
	})
	return r, known
}

// items gives the columns of all items of a key. A table that is not what it
// should be yields nothing: the checksum was right, so nobody's disk is to blame.
func (f *File) items(table int, k uint64, each func(columns []uint64)) {
	index, blocks := f.sections[sectionTables+2*table], f.sections[sectionTables+2*table+1]
	n := len(index) / indexEntry
	after := sort.Search(n, func(i int) bool { return binary.LittleEndian.Uint64(index[i*indexEntry:]) > k })
	if after == 0 {
		return
	}
	entry := index[(after-1)*indexEntry:]
	at, offset := binary.LittleEndian.Uint64(entry), uint64(binary.LittleEndian.Uint32(entry[8:]))
	end := uint64(len(blocks))
	if after < n {
		end = uint64(binary.LittleEndian.Uint32(index[after*indexEntry+8:]))
	}
	if offset > end || end > uint64(len(blocks)) {
		return
	}
	r := reader{data: blocks[offset:end]}
	var room [8]uint64
	item := room[:columns[table]]
	for len(r.data) > 0 && at <= k {
		at += r.number()
		for i := range item {
			item[i] = r.number()
		}
		if r.bad {
			return
		}
		if at == k {
			each(item)
		}
	}
}

// each gives all items of a table.
func (f *File) each(table int, do func(key uint64, columns []uint64)) {
	index, blocks := f.sections[sectionTables+2*table], f.sections[sectionTables+2*table+1]
	for i := 0; i+indexEntry <= len(index); i += indexEntry {
		at, offset, end := binary.LittleEndian.Uint64(index[i:]), uint64(binary.LittleEndian.Uint32(index[i+8:])), uint64(len(blocks))
		if next := i + indexEntry; next+indexEntry <= len(index) {
			end = uint64(binary.LittleEndian.Uint32(index[next+8:]))
		}
		if offset > end || end > uint64(len(blocks)) {
			return
		}
		r := reader{data: blocks[offset:end]}
		var room [8]uint64
		item := room[:columns[table]]
		for len(r.data) > 0 {
			at += r.number()
			for i := range item {
				item[i] = r.number()
			}
			if r.bad {
				return
			}
			do(at, item)
		}
	}
}

// text is the one at an offset.
func (f *File) text(offset uint64) string {
	all := f.sections[sectionStrings]
	if offset >= uint64(len(all)) {
		return ""
	}
	r := reader{data: all[offset:]}
	return r.text()
}

// reader reads numbers and texts, and remembers that something was wrong.
type reader struct {
	data []byte
	bad  bool
}

func (r *reader) number() uint64 {
	v, n := binary.Uvarint(r.data)
	if n <= 0 {
		r.bad, r.data = true, nil
		return 0
	}
	r.data = r.data[n:]
	return v
}

func (r *reader) text() string {
	n := r.number()
	if n > uint64(len(r.data)) {
		r.bad, r.data = true, nil
		return ""
	}
	s := string(r.data[:n])
	r.data = r.data[n:]
	return s
}

// time reads Unix seconds, 0 for the zero time.
func (r *reader) time() time.Time {
	s := r.number()
	if s == 0 || s > 1<<40 {
		return time.Time{}
	}
	return time.Unix(int64(s), 0).UTC()
}
