package walk

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The tar formats that images come in: POSIX ustar, PAX and GNU, as POSIX.1
// (pax, "ustar Interchange Format") and the GNU tar manual ("Basic Tar Format")
// give them. Package archive/tar is the oracle of the tests; this reader exists
// because it makes no garbage for what nobody wants and copies nothing.

const (
	blockSize = 512
	// maxExtended bounds a PAX header or a GNU long name, as archive/tar does.
	maxExtended = 1 << 20
	// maxSparse bounds the pieces of a sparse file.
	maxSparse = 1 << 20
)

var errTar = errors.New("not a valid tar")

// The type flags that matter here.
const (
	typeRegular    = '0'
	typeHardLink   = '1'
	typeSymlink    = '2'
	typeCharacter  = '3'
	typeBlock      = '4'
	typeDirectory  = '5'
	typePipe       = '6'
	typeContiguous = '7'
	typePAX        = 'x'
	typePAXGlobal  = 'g'
	typeGNULink    = 'K'
	typeGNUName    = 'L'
	typeGNUSparse  = 'S'
)

// entry is one member of an archive.
type entry struct {
	name, link string
	flag       byte
	mode       fs.FileMode // permission, setuid, setgid and sticky bits
	uid, gid   int
	modTime    int64   // seconds since 1970
	stored     int64   // bytes of content in the archive
	size       int64   // bytes of the file, larger than stored in a sparse one
	sparse     []piece // where the stored bytes belong; nil for a plain file
}

// piece is a run of stored bytes of a sparse file.
type piece struct{ offset, length int64 }

// archive reads the members of a tar, one after the other.
type archive struct {
	*stream
	left int64 // stored bytes of the current member not taken yet
	pad  int64 // bytes from the end of its content to the next block
}

// nextEntry goes to the next member. io.EOF is the regular end.
func (a *archive) nextEntry(e *entry) error {
	if err := a.skip(a.left + a.pad); err != nil {
		return err
	}
	a.left, a.pad = 0, 0
	var ext pax
	var longName, longLink string
	for {
		*e = entry{}
		h, err := a.header()
		if err != nil {
			return err
		}
		if err := e.parse(h); err != nil {
			return err
		}
		switch e.flag {
		case typePAX:
			if ext, err = a.readPAX(e.stored); err != nil {
				return err
			}
		case typePAXGlobal:
			err = a.pass(e.stored)
		case typeGNUName:
			longName, err = a.readLong(e.stored)
		case typeGNULink:
			longLink, err = a.readLong(e.stored)
		default:
			return a.finish(e, h, ext, longName, longLink)
		}
		if err != nil {
			return err
		}
	}
}

// header gives the next header block, or io.EOF at two blocks of zeros or at
// the end of the bytes.
func (a *archive) header() ([]byte, error) {
	h, err := a.take(blockSize)
	if err != nil {
		return nil, err
	}
	if !zero(h) {
		return h, nil
	}
	h, err = a.take(blockSize)
	if err != nil {
		return nil, err
	}
	if !zero(h) {
		return nil, fmt.Errorf("%w: a block of zeros between members at byte %d", errTar, a.pos-2*blockSize)
	}
	return nil, io.EOF
}

func zero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// finish applies what extended headers said and sets the content up.
func (a *archive) finish(e *entry, h []byte, ext pax, longName, longLink string) error {
	if longName != "" {
		e.name = longName
	}
	if longLink != "" {
		e.link = longLink
	}
	if ext.some {
		if err := ext.apply(e); err != nil {
			return err
		}
	}
	if e.flag == 0 {
		e.flag = typeRegular
	}
	if e.flag == typeRegular && strings.HasSuffix(e.name, "/") {
		e.flag = typeDirectory // before POSIX, a directory was told by its name
	}
	if e.flag >= typeHardLink && e.flag <= '6' {
		e.stored = 0 // links, devices, directories and pipes have no content, whatever they say
	}
	e.size = e.stored
	a.left, a.pad = e.stored, padding(e.stored)
	var err error
	switch {
	case e.flag == typeGNUSparse:
		err = a.oldSparse(e, h)
		e.flag = typeRegular
	case ext.sparse != "" || ext.sparseMajor != "":
		err = a.paxSparse(e, ext)
	}
	return err
}

func padding(n int64) int64 { return -n & (blockSize - 1) }

// Read takes the content of the current member as it is stored.
func (a *archive) Read(p []byte) (int, error) {
	if a.left == 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > a.left {
		p = p[:a.left]
	}
	n, err := a.stream.Read(p)
	a.left -= int64(n)
	return n, cut(err)
}

func (a *archive) pass(n int64) error { return a.skip(n + padding(n)) }

// readLong reads the content of a GNU long name or long link.
func (a *archive) readLong(n int64) (string, error) {
	if n > maxExtended {
		return "", fmt.Errorf("%w: a name of %d bytes", errTar, n)
	}
	b, err := a.take(int(n))
	if err != nil {
		return "", cut(err)
	}
	s := cString(b)
	return s, a.skip(padding(n))
}

// parse reads the fields of a header block.
func (e *entry) parse(h []byte) error {
	if err := checksum(h); err != nil {
		return err
	}
	var n numbers
	e.name = cString(h[0:100])
	mode := n.parse(h[100:108])
	e.uid, e.gid = int(n.parse(h[108:116])), int(n.parse(h[116:124]))
	e.stored = n.parse(h[124:136])
	e.modTime = n.parse(h[136:148])
	e.flag = h[156]
	e.link = cString(h[157:257])
	if n.err != nil {
		return n.err
	}
	if e.stored < 0 || e.stored > math.MaxInt64-blockSize {
		return fmt.Errorf("%w: a member of %d bytes", errTar, e.stored)
	}
	e.mode = fileMode(mode)
	if prefix := prefix(h); prefix != "" {
		e.name = prefix + "/" + e.name
	}
	return nil
}

// prefix is the front part of a long name, which stands where GNU tar has two
// times and star three fields more.
func prefix(h []byte) string {
	switch {
	case string(h[257:263]) == "ustar\x00" && string(h[508:512]) == "tar\x00":
		return cString(h[345:476])
	case string(h[257:263]) == "ustar\x00":
		return cString(h[345:500])
	case string(h[257:263]) != "ustar " || h[345] == 0:
		return ""
	}
	// Go before 1.8, and so an old Docker, wrote a prefix into GNU headers.
	// It is told from times by not being numbers.
	var n numbers
	n.parse(h[345:357])
	if h[357] != 0 {
		n.parse(h[357:369])
	}
	front := cString(h[345:500])
	if n.err == nil || strings.ContainsFunc(front, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return ""
	}
	return front
}

func fileMode(m int64) fs.FileMode {
	mode := fs.FileMode(m) & fs.ModePerm
	if m&0o4000 != 0 {
		mode |= fs.ModeSetuid
	}
	if m&0o2000 != 0 {
		mode |= fs.ModeSetgid
	}
	if m&0o1000 != 0 {
		mode |= fs.ModeSticky
	}
	return mode
}

// checksum compares the sum of a header's bytes, its own field counted as
// blanks. Old tars summed signed bytes.
func checksum(h []byte) error {
	var n numbers
	want := n.parse(h[148:156])
	if n.err != nil {
		return n.err
	}
	got := sum(h[:148]) + sum(h[156:blockSize]) + 8*' '
	if want == got {
		return nil
	}
	for _, c := range h[:blockSize] {
		if c >= 0x80 {
			got -= 0x100
		}
	}
	for _, c := range h[148:156] {
		if c >= 0x80 {
			got += 0x100
		}
	}
	if want != got {
		return fmt.Errorf("%w: the checksum of a header is wrong", errTar)
	}
	return nil
}

// sum adds up the bytes of a part of a header. Images may have millions of
// headers, so it takes eight bytes at a time, in lanes of 16 bits, which have
// room for 257 bytes each and get at most 128.
func sum(b []byte) int64 {
	const even = 0x00ff00ff00ff00ff
	var lanes uint64
	var total int64
	for ; len(b) >= 8; b = b[8:] {
		v := binary.LittleEndian.Uint64(b)
		lanes += v&even + v>>8&even
	}
	for ; lanes != 0; lanes >>= 16 {
		total += int64(lanes & 0xffff)
	}
	for _, c := range b {
		total += int64(c)
	}
	return total
}

// numbers parses the numeric fields of a header and keeps the first error.
type numbers struct{ err error }

func (n *numbers) parse(field []byte) int64 {
	if field[0]&0x80 != 0 {
		return n.base256(field)
	}
	for len(field) > 0 && (field[0] == ' ' || field[0] == 0) {
		field = field[1:]
	}
	for len(field) > 0 && (field[len(field)-1] == ' ' || field[len(field)-1] == 0) {
		field = field[:len(field)-1]
	}
	var v int64
	for _, c := range field {
		if c == 0 {
			break
		}
		if c < '0' || c > '7' || v > math.MaxInt64>>3 {
			n.fail()
			return 0
		}
		v = v<<3 | int64(c-'0')
	}
	return v
}

// base256 is GNU tar's form of numbers that octal digits have no room for: two's
// complement, the top bit of the first byte being the mark.
func (n *numbers) base256(field []byte) int64 {
	var invert byte
	if field[0]&0x40 != 0 {
		invert = 0xff
	}
	var v uint64
	for i, c := range field {
		c ^= invert
		if i == 0 {
			c &= 0x7f
		}
		if v>>56 != 0 {
			n.fail()
			return 0
		}
		v = v<<8 | uint64(c)
	}
	if v>>63 != 0 {
		n.fail()
		return 0
	}
	if invert != 0 {
		return ^int64(v)
	}
	return int64(v)
}

func (n *numbers) fail() {
	if n.err == nil {
		n.err = fmt.Errorf("%w: a number in a header is not one", errTar)
	}
}

func cString(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

// pax holds the records of an extended header that matter here.
type pax struct {
	some bool // there was such a header

	path, link, size, uid, gid, mtime string

	sparseMajor, sparseMinor   string
	sparse                     string // GNU.sparse.map of format 0.1
	sparseName, sparseRealSize string
	sparsePieces               []piece // the pairs of format 0.0
	offset                     string
}

// readPAX reads the records "LENGTH KEY=VALUE\n" of an extended header.
func (a *archive) readPAX(n int64) (pax, error) {
	x := pax{some: true}
	if n > maxExtended {
		return x, fmt.Errorf("%w: an extended header of %d bytes", errTar, n)
	}
	b, err := a.take(int(n))
	if err != nil {
		return x, cut(err)
	}
	for rest := string(b); rest != ""; {
		key, value, tail, err := paxRecord(rest)
		if err != nil {
			return x, err
		}
		rest = tail
		if err := x.set(key, value); err != nil {
			return x, err
		}
	}
	return x, a.skip(padding(n))
}

func paxRecord(s string) (key, value, rest string, err error) {
	bad := fmt.Errorf("%w: a record of an extended header is broken", errTar)
	digits, _, ok := strings.Cut(s, " ")
	n, perr := strconv.Atoi(digits)
	if !ok || perr != nil || n <= len(digits)+1 || n > len(s) || s[n-1] != '\n' {
		return "", "", "", bad
	}
	key, value, ok = strings.Cut(s[len(digits)+1:n-1], "=")
	if !ok || key == "" || strings.IndexByte(key, 0) >= 0 {
		return "", "", "", bad
	}
	return key, value, s[n:], nil
}

func (x *pax) set(key, value string) error {
	switch key {
	case "path":
		x.path = value
	case "linkpath":
		x.link = value
	case "size":
		x.size = value
	case "uid":
		x.uid = value
	case "gid":
		x.gid = value
	case "mtime":
		x.mtime = value
	case "GNU.sparse.major":
		x.sparseMajor = value
	case "GNU.sparse.minor":
		x.sparseMinor = value
	case "GNU.sparse.name":
		x.sparseName = value
	case "GNU.sparse.realsize", "GNU.sparse.size":
		x.sparseRealSize = value
	case "GNU.sparse.map":
		x.sparse = value
	case "GNU.sparse.offset":
		x.offset = value
	case "GNU.sparse.numbytes":
		return x.addPiece(value)
	}
	return nil
}

func (x *pax) addPiece(length string) error {
	if len(x.sparsePieces) >= maxSparse {
		return fmt.Errorf("%w: a sparse file of too many pieces", errTar)
	}
	// Format 0.0 is read into the form of 0.1.
	if x.sparse != "" {
		x.sparse += ","
	}
	if len(x.sparse) > maxExtended {
		return fmt.Errorf("%w: a sparse file of too many pieces", errTar)
	}
	x.sparse += x.offset + "," + length
	return nil
}

// apply overrides the fields of a header. An empty value deletes a field, so
// the header's own stands.
func (x *pax) apply(e *entry) error {
	if x.path != "" {
		e.name = x.path
	}
	if x.link != "" {
		e.link = x.link
	}
	if x.sparseName != "" && x.sparseFormat() != notSparse {
		e.name = x.sparseName
	}
	if strings.IndexByte(e.name, 0) >= 0 || strings.IndexByte(e.link, 0) >= 0 {
		return fmt.Errorf("%w: a name with a NUL byte", errTar)
	}
	var err error
	integer := func(s string, into *int64) {
		if s == "" || err != nil {
			return
		}
		v, perr := strconv.ParseInt(s, 10, 64)
		if perr != nil {
			err = fmt.Errorf("%w: %q in an extended header is no number", errTar, s)
			return
		}
		*into = v
	}
	uid, gid := int64(e.uid), int64(e.gid)
	integer(x.size, &e.stored)
	integer(x.uid, &uid)
	integer(x.gid, &gid)
	e.uid, e.gid = int(uid), int(gid)
	seconds, _, _ := strings.Cut(x.mtime, ".")
	integer(seconds, &e.modTime)
	if err == nil && (e.stored < 0 || e.stored > math.MaxInt64-blockSize) {
		err = fmt.Errorf("%w: a member of %d bytes", errTar, e.stored)
	}
	return err
}

func (e *entry) time() time.Time { return time.Unix(e.modTime, 0).UTC() }
