package vulndb

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"time"
)

// FormatVersion is the version of the segment files that this package writes
// and reads. FORMAT.md has the layout and what changed when.
const FormatVersion = 3

// Extension ends the name of a segment file.
const Extension = ".seg"

// ErrFormat is the reason why a segment file is refused: it is cut short,
// damaged, of another format version, or no segment at all.
var ErrFormat = errors.New("not a usable segment; run: plimsoll db update")

const (
	magic       = "PLIMSEG\n"
	prefixSize  = 20       // magic, version, length and CRC of the header
	maxHeader   = 64 << 10 // bytes
	pageSize    = 4096     // bytes that one CRC guards
	keysInBlock = 16
	maxName     = 1024    // bytes of a package name or a version
	maxItems    = 1 << 16 // entries of an advisory for a package, ranges of an entry, events of a range
)

// The sections of a segment, in the order of the file.
const (
	sectionKeyIndex = iota
	sectionKeys
	sectionEntryIndex
	sectionEntries
	sectionRecordIndex
	sectionRecords
	sectionIDIndex
	sectionIDs
	sectionDetailIndex
	sectionDetails
	sectionReferenceIndex
	sectionReferences
	sectionVoid
	sectionCount
)

// Header says what a segment holds and where it is from.
type Header struct {
	Ecosystem string    // as OSV writes it: "Debian:12", "npm"
	Source    string    // the feed and where it was read: "osv https://…"
	Fetched   time.Time // when the source last answered; kept to the second
	// Basis names the export of the source that was compiled, so that what
	// changed since can be added by Amend; empty if the source has no such.
	Basis string
}

// SegmentInfo describes a segment.
type SegmentInfo struct {
	Name       string // of the file, without directory and extension: "debian-12"
	Ecosystem  string
	Source     string
	AsOf       time.Time // of the newest advisory in it that is not of a time to come
	Fetched    time.Time
	Basis      string // see Header
	Digest     string // "sha256:…" of all but the header, so that it stays when only Fetched changes
	Advisories int
	Packages   int
	Size       int64 // bytes of the file
}

// span is a run of bytes of the file.
type span struct{ offset, length int64 }

// layout is the header of a segment as it is in the file.
type layout struct {
	Header
	asOf                 time.Time
	advisories, packages int
	sections             [sectionCount]span
	body                 span // all sections
	bodySum              [sha256.Size]byte
	pagesCRC             uint32 // of the page CRCs, which follow the body
	amendment            int64  // bytes after them, a segment of what changed
}

// SegmentName is the name of the file, without extension, that holds an
// ecosystem's advisories: "Debian:12" is in debian-12, "Alpine:v3.20" in
// alpine-3.20. A name that has to lose more than case, space and colons gets
// a hash, so that no two ecosystems share a file.
func SegmentName(ecosystem string) string {
	plain := len(ecosystem) > 0 && len(ecosystem) <= 80 && ecosystem[0] != '.'
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '_', r == '-':
			return r
		case r == ' ', r == ':':
			return '-'
		}
		plain = false
		return '-'
	}, ecosystem)
	if family, release, ok := strings.Cut(ecosystem, ":v"); ok && release != "" && release[0] >= '0' && release[0] <= '9' {
		name = name[:len(family)+1] + name[len(family)+2:]
	}
	if plain {
		return name
	}
	sum := sha256.Sum256([]byte(ecosystem))
	if len(name) > 80 {
		name = name[:80]
	}
	return strings.TrimLeft(name, ".-") + "-" + hex.EncodeToString(sum[:4])
}

// Family is an ecosystem without its release: "Debian" of "Debian:12". It is
// the name under which sources keep advisories.
func Family(ecosystem string) string {
	family, _, _ := strings.Cut(ecosystem, ":")
	return family
}

func castagnoli(data []byte) uint32 {
	return crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
}

// marshal writes the header with the fixed part before it.
func (l *layout) marshal() []byte {
	b := appendString(nil, l.Ecosystem)
	b = appendString(b, l.Source)
	b = appendString(b, l.Basis)
	b = appendTime(b, l.Fetched)
	b = appendTime(b, l.asOf)
	for _, n := range [...]int{l.advisories, l.packages} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	b = binary.AppendUvarint(b, uint64(l.amendment))
	b = append(b, sectionCount)
	for _, s := range l.sections {
		b = binary.AppendUvarint(b, uint64(s.length))
	}
	b = append(b, l.bodySum[:]...)
	b = binary.LittleEndian.AppendUint32(b, l.pagesCRC)

	out := append([]byte(magic), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(out[8:], FormatVersion)
	binary.LittleEndian.PutUint32(out[12:], uint32(len(b)))
	out = append(out, b...)
	binary.LittleEndian.PutUint32(out[16:], headerCRC(out))
	return out
}

// headerCRC guards everything before and after itself.
func headerCRC(file []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Checksum(file[:16], table), table, file[prefixSize:])
}

// unmarshal reads the header of a file and checks that the file is as long as
// it has to be.
func (l *layout) unmarshal(file []byte) error {
	if len(file) < prefixSize || string(file[:len(magic)]) != magic {
		return errors.New("no segment")
	}
	if v := binary.LittleEndian.Uint32(file[8:]); v != FormatVersion {
		return fmt.Errorf("format version %d, this program reads %d", v, FormatVersion)
	}
	n := int64(binary.LittleEndian.Uint32(file[12:]))
	if n > maxHeader || prefixSize+n > int64(len(file)) {
		return errors.New("header cut short")
	}
	head := file[:prefixSize+n]
	if headerCRC(head) != binary.LittleEndian.Uint32(file[16:]) {
		return errors.New("header damaged")
	}
	r := reader{data: head[prefixSize:]}
	l.Ecosystem, l.Source, l.Basis = r.str(), r.str(), r.str()
	l.Fetched, l.asOf = r.time(), r.time()
	l.advisories, l.packages = r.count(), r.count()
	l.amendment = int64(r.count())
	if r.byte() != sectionCount {
		return errors.New("other sections than expected")
	}
	at := int64(len(head))
	l.body.offset = at
	for i := range l.sections {
		l.sections[i] = span{at, int64(r.count())}
		at += l.sections[i].length
	}
	l.body.length = at - l.body.offset
	copy(l.bodySum[:], r.take(sha256.Size))
	l.pagesCRC = binary.LittleEndian.Uint32(r.take(4))
	if r.bad || len(r.data) != r.pos {
		return errors.New("header damaged")
	}
	if want := at + 4*pages(l.body.length) + l.amendment; want != int64(len(file)) {
		return fmt.Errorf("%d bytes long, not %d", len(file), want)
	}
	return nil
}

func pages(bytes int64) int64 { return (bytes + pageSize - 1) / pageSize }
