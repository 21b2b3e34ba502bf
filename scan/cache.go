package scan

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/gob"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// cacheFormat counts up when an older file would be misread.
const cacheFormat = 7

// cacheName is the name in a cache of a layer as these readers, each with its
// version, have read it; it is empty for a layer without a DiffID, whose bytes
// nothing vouches for. A file is the part without its hashes and the files of
// its listing as gob, then those.
func cacheName(diffID string, readers []string) string {
	if diffID == "" {
		return ""
	}
	h := sha256.New()
	fmt.Fprintf(h, "%d %d %s\n", cacheFormat, walk.Version, diffID)
	for _, r := range readers {
		fmt.Fprintf(h, "%s\n", r)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// load gives what was kept of a layer. Whatever is wrong with it, the layer is
// simply read again.
func (s *Scanner) load(name string) (part *inventory.Part, ok bool) {
	ok = s.Cache.Load(name, func(b []byte) (err error) {
		part, err = decodePart(b)
		return err
	})
	return part, ok
}

// save keeps what was read of a layer.
func (s *Scanner) save(name string, part *inventory.Part) {
	s.Cache.Save(name, func(w io.Writer) error { return writePart(w, part) })
}

// writePart writes a part bit by bit: it can be large.
func writePart(to io.Writer, p *inventory.Part) error {
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
	w := &countedWriter{w: bufio.NewWriterSize(to, 64<<10)}
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
	return w.w.Flush()
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
	r := &countedReader{b: b}
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
