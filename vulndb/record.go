package vulndb

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// Sizes in bytes, before compression, at which a block is closed: small where
// a look-up decompresses it, large where only a report does.
const (
	recordBlock = 8 << 10
	textBlock   = 256 << 10
	// maxBlock bounds what a block may grow to when it is decompressed.
	maxBlock = 64 << 20
)

// A record begins with a byte of flags for what follows.
const (
	recordAliases = 1 << iota
	recordUpstream
	recordRelated
	recordWithdrawn
	recordSeverities
	recordSummary
	recordDetails
	recordReferences // the eighth, so that a new one needs a new format version
)

// writeRecords writes the advisories themselves in small blocks, and their
// long texts and references, which resemble each other, in large ones.
func (w *segmentWriter) writeRecords(enc *zstd.Encoder) {
	records := newBlockWriter(enc, recordBlock)
	details, references := newBlockWriter(enc, textBlock), newBlockWriter(enc, textBlock)
	for i, a := range w.records {
		b := appendRecord(nil, a)
		if a.Details != "" {
			b = details.place(b)
			details.add(appendString(nil, a.Details))
		}
		if len(a.References) > 0 {
			b = references.place(b)
			references.add(appendReferences(nil, a.References))
		}
		b = binary.AppendUvarint(b, uint64(len(w.keysOf[i])))
		key := 0
		for _, k := range w.keysOf[i] {
			b = binary.AppendUvarint(b, uint64(k-key))
			key = k
		}
		records.add(append(binary.AppendUvarint(nil, uint64(len(b))), b...))
	}
	w.sections[sectionRecordIndex], w.sections[sectionRecords] = records.close()
	w.sections[sectionDetailIndex], w.sections[sectionDetails] = details.close()
	w.sections[sectionReferenceIndex], w.sections[sectionReferences] = references.close()
}

// newEncoder makes what compresses blocks. It has large tables, so several
// segments share it.
func newEncoder() (*zstd.Encoder, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithEncoderCRC(false),
		zstd.WithWindowSize(textBlock), zstd.WithEncoderConcurrency(runtime.GOMAXPROCS(0)))
	if err != nil {
		return nil, fmt.Errorf("compress advisories: %w", err)
	}
	return enc, nil
}

func appendRecord(b []byte, a *Advisory) []byte {
	var flags byte
	for _, f := range [...]struct {
		is   bool
		flag byte
	}{
		{len(a.Aliases) > 0, recordAliases}, {len(a.Upstream) > 0, recordUpstream}, {len(a.Related) > 0, recordRelated},
		{!a.Withdrawn.IsZero(), recordWithdrawn}, {len(a.Severities) > 0, recordSeverities}, {a.Summary != "", recordSummary},
		{a.Details != "", recordDetails}, {len(a.References) > 0, recordReferences},
	} {
		if f.is {
			flags |= f.flag
		}
	}
	b = appendString(append(b, flags), a.ID)
	for _, list := range [...][]string{a.Aliases, a.Upstream, a.Related} {
		if len(list) > 0 {
			b = appendStrings(b, list)
		}
	}
	b = appendTime(appendTime(b, a.Published), a.Modified)
	if !a.Withdrawn.IsZero() {
		b = appendTime(b, a.Withdrawn)
	}
	if len(a.Severities) > 0 {
		b = binary.AppendUvarint(b, uint64(len(a.Severities)))
		for _, s := range a.Severities {
			b = appendString(appendString(b, s.Type), s.Score)
		}
	}
	if a.Summary != "" {
		b = appendString(b, a.Summary)
	}
	return b
}

func appendReferences(b []byte, list []Reference) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, r := range list {
		b = appendString(appendString(b, r.Type), r.URL)
	}
	return b
}

// blockWriter cuts a stream of items into blocks, which are compressed side by
// side. The index has for each block where it starts and which item is its first.
type blockWriter struct {
	enc    *zstd.Encoder
	size   int
	raw    []byte
	first  int // item of the block
	items  int
	blocks []*block
	slots  chan struct{}
	group  sync.WaitGroup
}

// block is a closed block.
type block struct {
	first  int
	packed []byte
}

func newBlockWriter(enc *zstd.Encoder, size int) *blockWriter {
	return &blockWriter{enc: enc, size: size, slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
}

// place writes where the next item will be: its block and the place therein.
func (b *blockWriter) place(to []byte) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(to, uint64(len(b.blocks))), uint64(len(b.raw)))
}

func (b *blockWriter) add(item []byte) {
	b.raw = append(b.raw, item...)
	b.items++
	if len(b.raw) >= b.size {
		b.flush()
	}
}

func (b *blockWriter) flush() {
	done, raw := &block{first: b.first}, b.raw
	b.blocks = append(b.blocks, done)
	b.raw, b.first = nil, b.items
	b.slots <- struct{}{}
	b.group.Go(func() {
		done.packed = b.enc.EncodeAll(raw, nil)
		<-b.slots
	})
}

// close ends the last block and gives the index and the blocks.
func (b *blockWriter) close() (index, blocks []byte) {
	if len(b.raw) > 0 {
		b.flush()
	}
	b.group.Wait()
	for _, done := range b.blocks {
		index = binary.LittleEndian.AppendUint32(index, uint32(len(blocks)))
		index = binary.LittleEndian.AppendUint32(index, uint32(done.first))
		blocks = append(blocks, done.packed...)
	}
	index = binary.LittleEndian.AppendUint32(index, uint32(len(blocks)))
	return binary.LittleEndian.AppendUint32(index, uint32(b.items)), blocks
}

// place is where an item of a stream is.
type place struct {
	stored    bool
	block, at int
}

func readPlace(r *reader, stored bool) place {
	if !stored {
		return place{}
	}
	return place{true, r.count(), r.count()}
}

// stored is a record as it is read back.
type stored struct {
	Advisory
	ordinal             int
	details, references place
	keys                []int
}

func readRecord(r *reader) stored {
	var s stored
	flags := r.byte()
	s.ID = r.str()
	if flags&recordAliases != 0 {
		s.Aliases = r.strs()
	}
	if flags&recordUpstream != 0 {
		s.Upstream = r.strs()
	}
	if flags&recordRelated != 0 {
		s.Related = r.strs()
	}
	s.Published, s.Modified = r.time(), r.time()
	if flags&recordWithdrawn != 0 {
		s.Withdrawn = r.time()
	}
	if flags&recordSeverities != 0 {
		s.Severities = make([]Severity, r.items())
		for i := range s.Severities {
			s.Severities[i] = Severity{r.str(), r.str()}
		}
	}
	if flags&recordSummary != 0 {
		s.Summary = r.str()
	}
	s.details = readPlace(r, flags&recordDetails != 0)
	s.references = readPlace(r, flags&recordReferences != 0)
	s.keys = make([]int, r.items())
	key := 0
	for i := range s.keys {
		key += r.count()
		s.keys[i] = key
	}
	return s
}

func readReferences(r *reader) []Reference {
	list := make([]Reference, r.items())
	for i := range list {
		list[i] = Reference{r.str(), r.str()}
	}
	return list
}
