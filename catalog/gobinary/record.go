package gobinary

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// Until Go 1.17 the build information held pointers to two string headers, which
// lie behind it and in turn point to text that lies before it, among the
// constants of the program. A stream does not go back, so whatever may be that
// text is recorded when it passes by: every "go1." and what the module list
// begins with.

const (
	// infoStart are the 16 bytes before a module list (cmd/go, modload).
	infoStart = "\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6"
	// infoEnd are the 16 bytes after it.
	infoEnd = "\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2"
	// maxSeen bounds the texts recorded that may be a version.
	maxSeen = 4096
	// maxLists bounds the module lists recorded: a program has one, and one more
	// for each program that it carries as data.
	maxLists = 4
	// maxSeenVersion is how much is recorded of a version, in bytes.
	maxSeenVersion = 64
)

// errOld says that build information was found and could not be followed.
var errOld = errors.New("this Go program was built before Go 1.18 and in a way that hides its modules from one pass over the file")

// record is the text of one executable that the build information may point to.
type record struct {
	spans    []span
	built    bool
	versions map[int64]string // by offset in the file
	lists    map[int64]string
}

func newRecord(l *layout) *record {
	return &record{spans: l.spans, built: l.built, versions: map[int64]string{}, lists: map[int64]string{}}
}

// read records texts up to the end of the span.
func (p *record) read(w *window, s span) error {
	for w.offset < s.end {
		if err := w.fill(int(min(s.end-w.offset, windowSize))); err != nil {
			return err
		}
		n := int(min(int64(len(w.data)), s.end-w.offset))
		if n == 0 {
			return nil
		}
		list := -1
		if len(p.lists) < maxLists {
			list = bytes.Index(w.data[:n], []byte(infoStart))
		}
		if list < 0 {
			p.seeVersions(w, n)
			// What is cut at the end of the window is looked at again.
			if int64(n) < s.end-w.offset {
				n = max(n-maxSeenVersion, 1)
			}
			if err := w.drop(int64(n)); err != nil {
				return err
			}
			continue
		}
		p.seeVersions(w, list)
		if err := w.drop(int64(list)); err != nil {
			return err
		}
		if err := p.seeList(w); err != nil {
			return err
		}
	}
	return nil
}

// seeVersions records what may be a version in the first n bytes of the window.
func (p *record) seeVersions(w *window, n int) {
	for i := 0; len(p.versions) < maxSeen; i++ {
		at := bytes.Index(w.data[i:n], []byte("go1."))
		if at < 0 {
			return
		}
		i += at
		p.versions[w.offset+int64(i)] = string(w.data[i:min(i+maxSeenVersion, len(w.data))])
	}
}

// seeList records the module list at the beginning of the window and moves
// behind its first marker.
func (p *record) seeList(w *window) error {
	for n := 16 << 10; ; n *= 4 {
		if err := w.fill(n); err != nil {
			return err
		}
		if end := bytes.Index(w.data, []byte(infoEnd)); end >= 0 {
			p.lists[w.offset] = string(w.data[:end+len(infoEnd)])
			break
		}
		if n >= maxModules || w.end {
			break
		}
	}
	return w.drop(int64(len(infoStart)))
}

// decode follows the pointers of the build information at the beginning of the
// window. An empty blob means that it is none after all.
func (p *record) decode(w *window) (blob, error) {
	size := int(w.data[14])
	if size != 4 && size != 8 {
		return blob{}, nil
	}
	if !p.built {
		return blob{}, errOld
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if w.data[15]&1 != 0 {
		order = binary.BigEndian
	}
	pointer := func(b []byte) uint64 {
		if size == 4 {
			return uint64(order.Uint32(b))
		}
		return order.Uint64(b)
	}
	headers := [2]int64{p.offset(pointer(w.data[16:])), p.offset(pointer(w.data[16+size:]))}
	var at, length [2]uint64
	for i := range headers {
		if headers[1] < headers[0] {
			i = 1 - i // in the order of the file
		}
		if headers[i] < 0 {
			continue
		}
		if headers[i] < w.offset {
			return blob{}, errOld
		}
		if err := w.drop(headers[i] - w.offset); err != nil {
			return blob{}, err
		}
		if err := w.fill(2 * size); err != nil {
			return blob{}, err
		}
		if len(w.data) < 2*size {
			return blob{}, nil
		}
		at[i], length[i] = pointer(w.data), pointer(w.data[size:])
	}
	version := p.versions[p.offset(at[0])]
	if length[0] == 0 || length[0] > uint64(len(version)) {
		return blob{}, errOld
	}
	list := p.lists[p.offset(at[1])]
	if length[1] != uint64(len(list)) {
		list = ""
	}
	return blob{version: version[:length[0]], modules: unframe(list)}, nil
}

// offset is where in the file an address of the running program is, or -1.
func (p *record) offset(address uint64) int64 {
	for _, s := range p.spans {
		if address >= s.address && address-s.address < uint64(s.end-s.start) {
			return s.start + int64(address-s.address)
		}
	}
	return -1
}
