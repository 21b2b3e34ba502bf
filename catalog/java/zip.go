package java

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
)

// Java archives are zip files (PKWARE APPNOTE.TXT). They are read here and not
// by archive/zip, because an archive may list a million classes of which three
// files matter: the directory is passed over once and only those are kept.

const (
	endSize       = 22
	endSize64     = 56
	locatorSize   = 20
	directorySize = 46
	localSize     = 30
	// maxComment is the longest text that may follow the end record.
	maxComment = 1<<16 - 1
	// maxEntries bounds the entries of one archive.
	maxEntries = 1 << 20
)

// errNoZip says that there is no directory of a zip file.
var errNoZip = errors.New("not a zip archive, or cut short")

// archive is a zip file.
type archive struct {
	r         io.ReaderAt
	base      int64 // where the zip file begins: programs may stand before it
	directory int64 // offset of the directory
	size      int64 // of the directory, in bytes
	count     uint64
}

// entry is one file in an archive.
type entry struct {
	name      string
	encrypted bool
	method    uint16
	crc       uint32
	packed    int64 // bytes in the archive
	size      int64 // bytes unpacked, as the directory says
	offset    int64 // of the local header
}

// openArchive finds the directory at the end of a file of the given size.
func openArchive(r io.ReaderAt, size int64) (*archive, error) {
	tail := make([]byte, min(size, endSize+1024))
	end := int64(-1)
	for {
		if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
			return nil, err
		}
		if at := findEnd(tail); at >= 0 {
			end = size - int64(len(tail)) + int64(at)
			tail = tail[at:]
			break
		}
		if longest := min(size, endSize+maxComment); int64(len(tail)) < longest {
			tail = make([]byte, longest)
			continue
		}
		return nil, errNoZip
	}
	a := &archive{
		r:         r,
		count:     uint64(binary.LittleEndian.Uint16(tail[10:])),
		size:      int64(binary.LittleEndian.Uint32(tail[12:])),
		directory: int64(binary.LittleEndian.Uint32(tail[16:])),
	}
	if a.count == 1<<16-1 || a.size == 1<<32-1 || a.directory == 1<<32-1 {
		var err error
		if end, err = a.readEnd64(end); err != nil {
			return nil, err
		}
	}
	if a.count > maxEntries {
		return nil, fmt.Errorf("%d entries, at most %d are read", a.count, maxEntries)
	}
	// The directory ends where the end record begins; offsets may be counted
	// from behind whatever was put before the archive.
	a.base = end - a.size - a.directory
	if a.size < 0 || a.directory < 0 || a.base < 0 {
		return nil, errNoZip
	}
	if a.base > 0 && a.begins(a.directory) {
		a.base = 0
	}
	return a, nil
}

// begins says whether a directory begins at the offset.
func (a *archive) begins(offset int64) bool {
	var b [4]byte
	_, err := a.r.ReadAt(b[:], offset)
	return err == nil && string(b[:]) == "PK\x01\x02"
}

// findEnd finds the end record in the last bytes of a file.
func findEnd(tail []byte) int {
	for at := len(tail) - endSize; at >= 0; {
		at = bytes.LastIndex(tail[:at+4], []byte("PK\x05\x06"))
		if at < 0 {
			return -1
		}
		if at+endSize+int(binary.LittleEndian.Uint16(tail[at+20:])) <= len(tail) {
			return at
		}
		at--
	}
	return -1
}

// readEnd64 reads the end record for large archives, whose place is told by the
// locator right before the other one, and gives its offset.
func (a *archive) readEnd64(end int64) (int64, error) {
	var b [endSize64]byte
	if end < locatorSize {
		return end, nil
	}
	if _, err := a.r.ReadAt(b[:locatorSize], end-locatorSize); err != nil {
		return 0, err
	}
	if string(b[:4]) != "PK\x06\x07" {
		return end, nil
	}
	at := int64(binary.LittleEndian.Uint64(b[8:]))
	if at < 0 || at > end-locatorSize-endSize64 {
		return 0, errNoZip
	}
	if _, err := a.r.ReadAt(b[:], at); err != nil {
		return 0, err
	}
	if string(b[:4]) != "PK\x06\x06" {
		return 0, errNoZip
	}
	a.count = binary.LittleEndian.Uint64(b[32:])
	a.size = int64(binary.LittleEndian.Uint64(b[40:]))
	a.directory = int64(binary.LittleEndian.Uint64(b[48:]))
	if a.size > end || a.directory > end {
		return 0, errNoZip
	}
	return at, nil
}

// entries calls visit for each entry that wanted says yes to by its name, in
// the order of the directory, until visit fails.
func (a *archive) entries(wanted func(name []byte) bool, visit func(entry) error) error {
	in := bufio.NewReaderSize(io.NewSectionReader(a.r, a.base+a.directory, a.size), int(min(a.size, 64<<10)))
	name := make([]byte, 0, 256)
	for i := range a.count {
		h, err := in.Peek(directorySize)
		if err != nil || string(h[:4]) != "PK\x01\x02" {
			return fmt.Errorf("entry %d of %d: the directory is broken", i+1, a.count)
		}
		e := entry{
			encrypted: h[8]&1 != 0,
			method:    binary.LittleEndian.Uint16(h[10:]),
			crc:       binary.LittleEndian.Uint32(h[16:]),
			packed:    int64(binary.LittleEndian.Uint32(h[20:])),
			size:      int64(binary.LittleEndian.Uint32(h[24:])),
			offset:    int64(binary.LittleEndian.Uint32(h[42:])),
		}
		long := int(binary.LittleEndian.Uint16(h[28:]))
		extra, comment := int(binary.LittleEndian.Uint16(h[30:])), int(binary.LittleEndian.Uint16(h[32:]))
		in.Discard(directorySize)
		name = append(name[:0], make([]byte, long)...)
		if _, err := io.ReadFull(in, name); err != nil {
			return fmt.Errorf("entry %d of %d: the directory is broken", i+1, a.count)
		}
		if !wanted(name) {
			in.Discard(extra + comment)
			continue
		}
		e.name = string(name)
		more := make([]byte, extra)
		if _, err := io.ReadFull(in, more); err != nil {
			return fmt.Errorf("entry %d of %d: the directory is broken", i+1, a.count)
		}
		e.widen(more)
		in.Discard(comment)
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

// widen takes sizes that do not fit into 32 bits from the extra field 1.
func (e *entry) widen(extra []byte) {
	for len(extra) >= 4 {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		extra = extra[4:]
		if n > len(extra) {
			return
		}
		if id == 1 {
			field := extra[:n]
			for _, v := range []*int64{&e.size, &e.packed, &e.offset} {
				if *v == 1<<32-1 && len(field) >= 8 {
					*v = int64(binary.LittleEndian.Uint64(field))
					field = field[8:]
				}
			}
		}
		extra = extra[n:]
	}
}

// stored gives the entry's bytes as they lie in the archive.
func (a *archive) stored(e *entry) (*io.SectionReader, error) {
	var h [localSize]byte
	if e.encrypted {
		return nil, errors.New("it is encrypted")
	}
	if e.offset < 0 || e.packed < 0 || e.size < 0 {
		return nil, errors.New("the directory gives it a negative size or place")
	}
	if _, err := a.r.ReadAt(h[:], a.base+e.offset); err != nil || string(h[:4]) != "PK\x03\x04" {
		return nil, errors.New("it is not where the directory says")
	}
	at := a.base + e.offset + localSize + int64(binary.LittleEndian.Uint16(h[26:])) + int64(binary.LittleEndian.Uint16(h[28:]))
	return io.NewSectionReader(a.r, at, e.packed), nil
}

// open gives the unpacked content of an entry, never more than e.size bytes.
func (a *archive) open(e *entry) (io.Reader, error) {
	section, err := a.stored(e)
	if err != nil {
		return nil, err
	}
	switch e.method {
	case 0:
		return io.LimitReader(section, e.size), nil
	case 8:
		return io.LimitReader(flate.NewReader(bufio.NewReaderSize(section, 32<<10)), e.size), nil
	}
	return nil, fmt.Errorf("it is packed by method %d, which is not known here", e.method)
}

// bytes gives the unpacked content of a small entry.
func (a *archive) bytes(e *entry, max int64) ([]byte, error) {
	if e.size > max {
		return nil, fmt.Errorf("it has %d bytes, at most %d are read", e.size, max)
	}
	r, err := a.open(e)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if int64(len(b)) != e.size || crc32.ChecksumIEEE(b) != e.crc {
		return nil, errors.New("its content does not fit its checksum")
	}
	return b, nil
}
