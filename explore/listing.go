package explore

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// listingFormat counts up when an older listing would be misread.
const listingFormat = 1

// Limits of a listing. They are above what file systems allow.
const (
	maxPath     = 4 << 10 // bytes of a path or of a link's target: PATH_MAX of Linux
	maxWarnings = 2000
	maxMessage  = 4 << 10
)

var errListing = errors.New("not a listing of a layer")

// Listing is what one layer holds: its entries in the layer's order, packed.
// A layer of a million files takes some ten megabytes of it.
//
// Unpacked it is the format as one byte and then the entries: a byte for the
// kind, how many bytes of the path are those of the entry before, the rest of
// the path, and the numbers as varints. A kind of 255 ends them; the warnings
// follow.
type Listing []byte

const endOfEntries = 255

// List reads a layer once and lists it. Trouble with single files is a warning
// in the listing; an error means that the layer could not be read or is not
// what its digest says.
func List(ctx context.Context, n int, layer image.Layer, spool *walk.Spool) (Listing, error) {
	w, err := newListingWriter()
	if err != nil {
		return nil, err
	}
	l := &lister{w: w, table: crc32.MakeTable(crc32.Castagnoli)}
	result, err := walk.Layer(ctx, n, layer, []walk.Visitor{{Name: "listing", Entry: l.entry, Stream: l.stream}}, spool, nil)
	if err != nil {
		return nil, err
	}
	l.flush()
	for _, p := range result.Hidden {
		w.add(&Entry{Path: p, Kind: Whiteout})
	}
	for _, p := range result.Opaque {
		w.add(&Entry{Path: p, Kind: Opaque})
	}
	return w.finish(result.Warnings)
}

// lister follows a walk. An entry is held back until its content, which comes
// after it, has been summed.
type lister struct {
	w     *listingWriter
	table *crc32.Table
	held  Entry
	any   bool
}

func (l *lister) entry(e *walk.Entry) bool {
	l.flush()
	l.held, l.any = entryOf(e), true
	return false
}

func (l *lister) stream(*walk.Entry) walk.Sink { return l }

// Write sums the content of the entry that is held.
func (l *lister) Write(p []byte) (int, error) {
	l.held.Sum = crc32.Update(l.held.Sum, l.table, p)
	return len(p), nil
}

// Close ends the content.
func (l *lister) Close() (bool, error) { return false, nil }

func (l *lister) flush() {
	if l.any {
		l.w.add(&l.held)
		l.any = false
	}
}

// listingWriter packs entries.
type listingWriter struct {
	out  bytes.Buffer
	zip  *zstd.Encoder
	last string
	time int64
	line []byte
	err  error
}

func newListingWriter() (*listingWriter, error) {
	w := &listingWriter{}
	zip, err := zstd.NewWriter(&w.out, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return nil, fmt.Errorf("pack a listing: %w", err)
	}
	w.zip = zip
	w.write([]byte{listingFormat})
	return w, nil
}

func (w *listingWriter) write(b []byte) {
	if w.err == nil {
		_, w.err = w.zip.Write(b)
	}
}

func (w *listingWriter) add(e *Entry) {
	shared := 0
	for shared < len(e.Path) && shared < len(w.last) && e.Path[shared] == w.last[shared] {
		shared++
	}
	b := append(w.line[:0], byte(e.Kind))
	b = binary.AppendUvarint(b, uint64(shared))
	b = appendText(b, e.Path[shared:], maxPath)
	if e.Kind < Whiteout {
		b = binary.AppendUvarint(b, uint64(e.Mode))
		b = binary.AppendUvarint(b, uint64(e.UID))
		b = binary.AppendUvarint(b, uint64(e.GID))
		b = binary.AppendVarint(b, e.Time-w.time)
		w.time = e.Time
	}
	switch e.Kind {
	case File:
		b = binary.AppendUvarint(b, uint64(e.Size))
		b = binary.LittleEndian.AppendUint32(b, e.Sum)
	case Symlink, HardLink:
		b = appendText(b, e.Link, maxPath)
	}
	w.line, w.last = b, e.Path
	w.write(b)
}

func appendText(b []byte, text string, limit int) []byte {
	text = text[:min(len(text), limit)]
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func (w *listingWriter) finish(warnings []inventory.Warning) (Listing, error) {
	warnings = warnings[:min(len(warnings), maxWarnings)]
	b := binary.AppendUvarint([]byte{endOfEntries}, uint64(len(warnings)))
	for _, warning := range warnings {
		b = appendText(b, warning.At.Path, maxPath)
		b = appendText(b, warning.Message, maxMessage)
	}
	w.write(b)
	if err := w.zip.Close(); w.err == nil {
		w.err = err
	}
	if w.err != nil {
		return nil, fmt.Errorf("pack a listing: %w", w.err)
	}
	return w.out.Bytes(), nil
}

// read gives the entries to add, one after the other, each valid until the next
// call, and returns the warnings. An error of add ends it.
func (l Listing) read(add func(*Entry) error) ([]inventory.Warning, error) {
	zip, err := zstd.NewReader(bytes.NewReader(l), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(8<<20))
	if err != nil {
		return nil, fmt.Errorf("unpack a listing: %w", err)
	}
	defer zip.Close()
	r := &listingReader{in: bufio.NewReaderSize(zip, 64<<10)}
	if format := r.byte(); r.err != nil || format != listingFormat {
		return nil, errListing
	}
	var e Entry
	for r.entry(&e) {
		if err := add(&e); err != nil {
			return nil, err
		}
	}
	return r.warnings()
}

type listingReader struct {
	in   *bufio.Reader
	path []byte
	time int64
	err  error
}

func (r *listingReader) fail() {
	if r.err == nil {
		r.err = errListing
	}
}

func (r *listingReader) byte() byte {
	b, err := r.in.ReadByte()
	if err != nil {
		r.fail()
	}
	return b
}

func (r *listingReader) number(limit uint64) uint64 {
	n, err := binary.ReadUvarint(r.in)
	if err != nil || n > limit {
		r.fail()
		return 0
	}
	return n
}

func (r *listingReader) text(limit uint64) string {
	b := make([]byte, r.number(limit))
	if _, err := io.ReadFull(r.in, b); err != nil {
		r.fail()
	}
	return string(b)
}

// entry reads one entry; it is false at the end of them, or at an error.
func (r *listingReader) entry(e *Entry) bool {
	kind := r.byte()
	if r.err != nil || kind == endOfEntries {
		return false
	}
	if kind >= byte(kinds) || kind == byte(None) {
		r.fail()
		return false
	}
	*e = Entry{Kind: Kind(kind)}
	shared := int(r.number(uint64(len(r.path))))
	r.path = r.path[:shared]
	rest := int(r.number(uint64(maxPath - shared)))
	r.path = slices.Grow(r.path, rest)[:shared+rest]
	if _, err := io.ReadFull(r.in, r.path[shared:]); err != nil {
		r.fail()
	}
	e.Path = string(r.path)
	if e.Kind < Whiteout {
		e.Mode = uint16(r.number(0o7777))
		e.UID, e.GID = uint32(r.number(math.MaxUint32)), uint32(r.number(math.MaxUint32))
		delta, err := binary.ReadVarint(r.in)
		if err != nil {
			r.fail()
		}
		r.time += delta
		e.Time = r.time
	}
	switch e.Kind {
	case File:
		e.Size = int64(r.number(math.MaxInt64))
		var sum [4]byte
		if _, err := io.ReadFull(r.in, sum[:]); err != nil {
			r.fail()
		}
		e.Sum = binary.LittleEndian.Uint32(sum[:])
	case Symlink, HardLink:
		e.Link = r.text(maxPath)
	}
	return r.err == nil
}

func (r *listingReader) warnings() ([]inventory.Warning, error) {
	var warnings []inventory.Warning
	for range r.number(maxWarnings) {
		warnings = append(warnings, inventory.Warning{At: inventory.Place{Path: r.text(maxPath)}, Message: r.text(maxMessage)})
		if r.err != nil {
			break
		}
	}
	if _, err := r.in.ReadByte(); r.err == nil && err != io.EOF {
		r.fail()
	}
	return warnings, r.err
}
