package rpm

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"iter"
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
	tagSize            = 1009
	tagLicense         = 1014
	tagArch            = 1022
	tagOldFileNames    = 1027
	tagFileDigests     = 1035
	tagFileStates      = 1029
	tagFileFlags       = 1037
	tagFileVerifyFlags = 1045
	tagSourceRPM       = 1044
	tagDirIndexes      = 1116
	tagBaseNames       = 1117
	tagDirNames        = 1118
	tagFileDigestAlgo  = 5011
	tagModularityLabel = 5096
)

// The types of values that are read.
const (
	typeChar        = 1
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
		tagDirIndexes, tagBaseNames, tagDirNames, tagModularityLabel,
		tagSize, tagFileDigests, tagFileFlags, tagFileDigestAlgo, tagFileStates, tagFileVerifyFlags:
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
	p.Size = int64(h.number(tagSize))
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

// owned notes the files of the package, apart those that may hold packages
// themselves.
func (h *header) owned(name string, db *database) {
	rec := db.rec
	note := func(f inventory.Installed) {
		f.Package, f.Path = name, strings.TrimPrefix(f.Path, "/")
		rec.AddInstalled(f)
		if !catalog.MayHoldPackage(f.Path) || !db.budget.Path(f.Path) {
			return
		}
		if rec.Owned == nil {
			rec.Owned = map[string]string{}
		}
		rec.Owned[f.Path] = name
	}
	for path := range h.array(tagOldFileNames) {
		note(inventory.Installed{Path: string(path)})
	}
	var dirs []string
	for dir := range h.array(tagDirNames) {
		dirs = append(dirs, string(dir))
	}
	algorithm := h.algorithm()
	digest, stop := iter.Pull(h.array(tagFileDigests))
	defer stop()
	i := uint32(0)
	for base := range h.array(tagBaseNames) {
		digits, _ := digest()
		dir, ok := h.at(tagDirIndexes, i)
		if !ok {
			return
		}
		if int64(dir) < int64(len(dirs)) {
			flags, _ := h.at(tagFileFlags, i)
			f := inventory.Installed{Path: dirs[dir] + string(base), Config: flags&fileConfig != 0}
			if h.verified(i, flags) {
				f.Sum = sumOf(algorithm, digits)
			}
			note(f)
		}
		i++
	}
}

// Flags of files, as rpm's rpmfiles.h has them.
const (
	fileConfig   = 1  // RPMFILE_CONFIG
	fileGhost    = 64 // RPMFILE_GHOST: belongs to the package, does not come with it
	verifyDigest = 1  // RPMVERIFY_FILEDIGEST
)

// verified tells whether the digest of a file counts: not that of a ghost, of
// one that the packager excepts with %verify, nor of one that another package
// has replaced or that was never installed.
func (h *header) verified(index, flags uint32) bool {
	if flags&fileGhost != 0 {
		return false
	}
	if verify, ok := h.at(tagFileVerifyFlags, index); ok && verify&verifyDigest == 0 {
		return false
	}
	states := h.values[tagFileStates]
	if states.kind != typeChar || index >= states.count || int64(index) >= int64(len(states.data)) {
		return true
	}
	return states.data[index] == 0 // RPMFILE_STATE_NORMAL
}

// at is the number with an index in the array of a tag.
func (h *header) at(tag, index uint32) (uint32, bool) {
	v := h.values[tag]
	if v.kind != typeInt32 || index >= v.count || int64(len(v.data)) < 4*int64(index)+4 {
		return 0, false
	}
	return binary.BigEndian.Uint32(v.data[4*index:]), true
}

// algorithm is that of the digests of the package's files, by the numbers of
// OpenPGP (RFC 4880, section 9.4); without a tag it is MD5, as of old.
func (h *header) algorithm() inventory.Algorithm {
	switch h.number(tagFileDigestAlgo) {
	case 0, 1:
		return inventory.MD5
	case 2:
		return inventory.SHA1
	case 8:
		return inventory.SHA256
	}
	return inventory.NoSum
}

// sumOf reads the beginning of a digest in hexadecimal digits; directories and
// links have none.
func sumOf(a inventory.Algorithm, digits []byte) inventory.Sum {
	var digest [8]byte
	if a == inventory.NoSum || len(digits) < 2*len(digest) {
		return inventory.Sum{}
	}
	if _, err := hex.Decode(digest[:], digits[:2*len(digest)]); err != nil {
		return inventory.Sum{}
	}
	return inventory.SumOf(a, digest[:])
}

// array gives the strings of an array of strings, those too long as empty.
func (h *header) array(tag uint32) iter.Seq[[]byte] {
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
