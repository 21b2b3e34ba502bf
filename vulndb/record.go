package vulndb

import (
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// Sizes in bytes, before compression, at which a block is closed: small where
// a look-up decompresses it, large where only a report does.
const (
	recordBlock = 8 << 10
	textBlock   = 128 << 10
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
	recordText
)

// writeRecords writes the advisories themselves in small blocks and their long
// texts in large ones.
func (w *segmentWriter) writeRecords() error {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithEncoderCRC(false), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("compress advisories: %w", err)
	}
	records := blockWriter{w: w, enc: enc, index: sectionRecordIndex, section: sectionRecords, size: recordBlock}
	texts := blockWriter{w: w, enc: enc, index: sectionTextIndex, section: sectionTexts, size: textBlock}
	for i, a := range w.records {
		textBlock, textAt := texts.blocks, len(texts.raw)
		hasText := a.Details != "" || len(a.References) > 0
		if hasText {
			texts.add(appendText(nil, a))
		}
		b := appendRecord(nil, a, hasText)
		if hasText {
			b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(textBlock)), uint64(textAt))
		}
		b = binary.AppendUvarint(b, uint64(len(w.keysOf[i])))
		key := 0
		for _, k := range w.keysOf[i] {
			b = binary.AppendUvarint(b, uint64(k-key))
			key = k
		}
		records.add(appendString(nil, string(b)))
	}
	records.close()
	texts.close()
	return nil
}

func appendRecord(b []byte, a *Advisory, text bool) []byte {
	var flags byte
	for _, f := range [...]struct {
		is   bool
		flag byte
	}{
		{len(a.Aliases) > 0, recordAliases}, {len(a.Upstream) > 0, recordUpstream}, {len(a.Related) > 0, recordRelated},
		{!a.Withdrawn.IsZero(), recordWithdrawn}, {len(a.Severities) > 0, recordSeverities}, {a.Summary != "", recordSummary}, {text, recordText},
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

func appendText(b []byte, a *Advisory) []byte {
	b = appendString(b, a.Details)
	b = binary.AppendUvarint(b, uint64(len(a.References)))
	for _, r := range a.References {
		b = appendString(appendString(b, r.Type), r.URL)
	}
	return b
}

// blockWriter cuts a stream of items into compressed blocks. The index has for
// each block where it starts and which item is its first.
type blockWriter struct {
	w              *segmentWriter
	enc            *zstd.Encoder
	index, section int
	size           int
	raw            []byte
	blocks, items  int
}

func (b *blockWriter) add(item []byte) {
	if len(b.raw) == 0 {
		b.mark()
	}
	b.raw = append(b.raw, item...)
	b.items++
	if len(b.raw) >= b.size {
		b.flush()
	}
}

func (b *blockWriter) mark() {
	b.w.index(b.index, b.section)
	b.w.sections[b.index] = binary.LittleEndian.AppendUint32(b.w.sections[b.index], uint32(b.items))
}

func (b *blockWriter) flush() {
	b.w.sections[b.section] = b.enc.EncodeAll(b.raw, b.w.sections[b.section])
	b.raw = b.raw[:0]
	b.blocks++
}

// close ends the last block and the index.
func (b *blockWriter) close() {
	if len(b.raw) > 0 {
		b.flush()
	}
	b.mark()
}

// stored is a record as it is read back.
type stored struct {
	Advisory
	ordinal           int
	hasText           bool
	textBlock, textAt int
	keys              []int
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
	if s.hasText = flags&recordText != 0; s.hasText {
		s.textBlock, s.textAt = r.count(), r.count()
	}
	s.keys = make([]int, r.items())
	key := 0
	for i := range s.keys {
		key += r.count()
		s.keys[i] = key
	}
	return s
}

func readText(r *reader) (details string, references []Reference) {
	details = r.str()
	if n := r.items(); n > 0 {
		references = make([]Reference, n)
	}
	for i := range references {
		references[i] = Reference{r.str(), r.str()}
	}
	return details, references
}
