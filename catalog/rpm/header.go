package rpm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/plimsoll/plimsoll/catalog"
	"github.com/plimsoll/plimsoll/inventory"
)

// The tags of a header that matter here, as rpm's rpmtag.h numbers them.
const (
	tagName            = 1000
	tagVersion         = 1001
	tagRelease         = 1002
	tagEpoch           = 1003
	tagLicense         = 1014
	tagArch            = 1022
	tagOldFileNames    = 1027
	tagSourceRPM       = 1044
	tagDirIndexes      = 1116
	tagBaseNames       = 1117
	tagDirNames        = 1118
	tagModularityLabel = 5096
)

// The types of values that are read.
const (
	typeInt32       = 4
	typeString      = 6
	typeStringArray = 8
	typeI18NString  = 9
)

const (
	maxText  = 4 << 10 // bytes of a value that is kept, or of a path
	maxFiles = 500_000 // of one package
)

// header is a package's header as the database stores it: the number of index
// entries and of data bytes, the entries (tag, type, offset and count, 4 bytes
// each, big-endian), the data. The rpm manual's "Package format" has the same
// for package files, with a magic number before it.
type header struct {
	values map[uint32]value
}

type value struct {
	kind, count uint32
	data        []byte // from its offset to the end of all data
}

func parseHeader(blob []byte) (*header, error) {
	const entrySize = 16
	if len(blob) < 8 {
		return nil, fmt.Errorf("%w: a header of %d bytes", errDatabase, len(blob))
	}
	entries, size := int64(binary.BigEndian.Uint32(blob)), int64(binary.BigEndian.Uint32(blob[4:]))
	start := 8 + entries*entrySize
	if entries == 0 || start+size > int64(len(blob)) {
		return nil, fmt.Errorf("%w: %d entries and %d bytes of data in a header of %d bytes", errDatabase, entries, size, len(blob))
	}
	data := blob[start : start+size]
	h := &header{values: make(map[uint32]value, 16)}
	for index := blob[8:start]; len(index) > 0; index = index[entrySize:] {
		tag, offset := binary.BigEndian.Uint32(index), int64(binary.BigEndian.Uint32(index[8:]))
		if !wanted(tag) || offset >= size {
			continue
		}
		if _, twice := h.values[tag]; !twice {
			h.values[tag] = value{kind: binary.BigEndian.Uint32(index[4:]), count: binary.BigEndian.Uint32(index[12:]), data: data[offset:]}
		}
	}
	return h, nil
}

func wanted(tag uint32) bool {
	switch tag {
	case tagName, tagVersion, tagRelease, tagEpoch, tagLicense, tagArch, tagOldFileNames, tagSourceRPM,
		tagDirIndexes, tagBaseNames, tagDirNames, tagModularityLabel:
		return true
	}
	return false
}

// text is the value of a tag, the first where it has several, empty where it
// has none or a very long one.
func (h *header) text(tag uint32) string {
	v := h.values[tag]
	if v.kind != typeString && v.kind != typeStringArray && v.kind != typeI18NString || v.count == 0 {
		return ""
	}
	s, _, ok := bytes.Cut(v.data[:min(len(v.data), maxText)], []byte{0})
	if !ok {
		return ""
	}
	return string(s)
}

// word is text where that is a single word.
func (h *header) word(tag uint32) string {
	if s := h.text(tag); catalog.IsWord(s) {
		return s
	}
	return ""
}

// number is the value of a tag, 0 where it has none.
func (h *header) number(tag uint32) uint32 {
	v := h.values[tag]
	if v.kind != typeInt32 || v.count == 0 || len(v.data) < 4 {
		return 0
	}
	return binary.BigEndian.Uint32(v.data)
}

// pkg is the package that the header describes. An Epoch of 0 is the same as
// none and not written.
func (h *header) pkg() (inventory.Package, bool) {
	name, version, release := h.text(tagName), h.text(tagVersion), h.text(tagRelease)
	if !catalog.IsWord(name) || !catalog.IsWord(version) || !catalog.IsWord(release) {
		return inventory.Package{}, false
	}
	p := inventory.Package{
		Ecosystem: "rpm",
		Name:      name,
		Version:   version + "-" + release,
		Arch:      h.word(tagArch),
		Licenses:  catalog.Licenses(h.text(tagLicense)),
		Module:    h.word(tagModularityLabel),
	}
	setSource(&p, h.text(tagSourceRPM))
	if epoch := h.number(tagEpoch); epoch != 0 {
		p.Version = strconv.FormatUint(uint64(epoch), 10) + ":" + p.Version
	}
	return p, true
}

// setSource takes the source package out of the name of its file,
// "bash-5.1.8-6.el9.src.rpm". The name has no epoch, so its version is compared
// with the package's before that has one.
func setSource(p *inventory.Package, file string) {
	file, ok := strings.CutSuffix(file, ".rpm")
	if !ok {
		return
	}
	dot := strings.LastIndexByte(file, '.') // before "src" or "nosrc"
	if dot < 0 {
		return
	}
	file = file[:dot]
	release := strings.LastIndexByte(file, '-')
	if release < 0 {
		return
	}
	version := strings.LastIndexByte(file[:release], '-')
	if version <= 0 || !catalog.IsWord(file) {
		return
	}
	if name := file[:version]; name != p.Name {
		p.Source = name
	}
	if v := file[version+1:]; v != p.Version {
		p.SourceVersion = v
	}
}

// owned notes the files of the package that may hold packages themselves.
func (h *header) owned(name string, db *database) {
	rec := db.rec
	note := func(path string) {
		path = strings.TrimPrefix(path, "/")
		if !catalog.MayHoldPackage(path) || !db.budget.Path(path) {
			return
		}
		if rec.Owned == nil {
			rec.Owned = map[string]string{}
		}
		rec.Owned[path] = name
	}
	for path := range h.array(tagOldFileNames) {
		note(string(path))
	}
	var dirs []string
	for dir := range h.array(tagDirNames) {
		dirs = append(dirs, string(dir))
	}
	index := h.values[tagDirIndexes]
	if index.kind != typeInt32 {
		return
	}
	i := 0
	for base := range h.array(tagBaseNames) {
		if 4*i+4 > len(index.data) || uint32(i) >= index.count {
			return
		}
		if dir := binary.BigEndian.Uint32(index.data[4*i:]); int64(dir) < int64(len(dirs)) {
			note(dirs[dir] + string(base))
		}
		i++
	}
}

// array gives the strings of an array of strings, those too long as empty.
func (h *header) array(tag uint32) func(yield func([]byte) bool) {
	v := h.values[tag]
	if v.kind != typeStringArray {
		v.count = 0
	}
	return func(yield func([]byte) bool) {
		rest := v.data
		for range min(v.count, maxFiles) {
			s, tail, ok := bytes.Cut(rest, []byte{0})
			if !ok {
				return
			}
			rest = tail
			if len(s) > maxText {
				s = nil
			}
			if !yield(s) {
				return
			}
		}
	}
}
