package vulndb

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// Write writes the segment of one ecosystem. Entries of other ecosystems are
// left out, and of several advisories with one id the last modified wins (of
// equals the later). The same advisories in any order that keeps this give the
// same bytes. An error of the sequence ends the writing.
func Write(w io.Writer, h Header, advisories iter.Seq2[Advisory, error]) error {
	var all collection
	for a, err := range advisories {
		if err != nil {
			return err
		}
		all.add(a)
	}
	enc, err := newEncoder()
	if err != nil {
		return err
	}
	file, err := segmentOf(context.Background(), h, all.list, enc)
	if err != nil {
		return err
	}
	_, err = w.Write(slices.Concat(file...))
	return err
}

// collection keeps the newest advisory of each id.
type collection struct {
	list  []*Advisory
	byID  map[string]int
	older int // advisories that a newer one replaced
}

func (c *collection) add(a Advisory) {
	if c.byID == nil {
		c.byID = map[string]int{}
	}
	at, seen := c.byID[a.ID]
	if !seen {
		c.byID[a.ID] = len(c.list)
		c.list = append(c.list, &a)
		return
	}
	c.older++
	if !a.Modified.Before(c.list[at].Modified) {
		c.list[at] = &a
	}
}

// mention is an advisory that has something to say about a package.
type mention struct {
	record  int // ordinal of the advisory
	entries []*Affected
}

// segmentWriter turns advisories into the sections of a segment.
type segmentWriter struct {
	layout   layout
	records  []*Advisory
	names    []string // package names, sorted
	keysOf   [][]int  // for each advisory the ordinals of its names
	mentions [][]mention
	sections [sectionCount][]byte
}

// segmentOf is the whole file of a segment, in parts.
func segmentOf(ctx context.Context, h Header, list []*Advisory, enc *zstd.Encoder) ([][]byte, error) {
	w := &segmentWriter{layout: layout{Header: h}}
	if err := w.write(ctx, list, enc); err != nil {
		return nil, err
	}
	file, err := w.assemble()
	return [][]byte{file}, err
}

// write fills the sections, side by side.
func (w *segmentWriter) write(ctx context.Context, list []*Advisory, enc *zstd.Encoder) error {
	w.order(list)
	var group sync.WaitGroup
	for _, step := range [...]func(){
		func() { w.writeEntries(enc) }, func() { w.writeRecords(enc) }, w.writeIDs,
	} {
		if ctx.Err() == nil {
			group.Go(step)
		}
	}
	group.Wait()
	return ctx.Err()
}

// order finds what belongs to the ecosystem and numbers it: names in byte
// order, advisories by their first name and then their id, so that those of
// one package are neighbours and compress well.
func (w *segmentWriter) order(list []*Advisory) {
	byName := map[string][]mention{}
	first := make([]string, 0, len(list))
	for _, a := range list {
		own := map[string][]*Affected{}
		for i := range a.Affected {
			entry := &a.Affected[i]
			name := NormalName(entry.Ecosystem, entry.Name)
			if entry.Ecosystem == w.layout.Ecosystem && usable(entry) && len(own[name]) < maxItems {
				own[name] = append(own[name], entry)
			}
		}
		if len(own) == 0 {
			continue
		}
		for name, entries := range own {
			byName[name] = append(byName[name], mention{len(w.records), entries})
		}
		first = append(first, slices.Min(slices.Collect(maps.Keys(own))))
		w.records = append(w.records, a)
	}
	w.names = slices.Sorted(maps.Keys(byName))

	byOrdinal := make([]int, len(w.records))
	for i := range byOrdinal {
		byOrdinal[i] = i
	}
	slices.SortFunc(byOrdinal, func(a, b int) int {
		return cmp.Or(strings.Compare(first[a], first[b]), strings.Compare(w.records[a].ID, w.records[b].ID))
	})
	ordinal := make([]int, len(byOrdinal))
	sorted := make([]*Advisory, len(byOrdinal))
	for to, from := range byOrdinal {
		ordinal[from] = to
		sorted[to] = w.records[from]
	}
	w.records = sorted
	w.keysOf = make([][]int, len(sorted))
	for key, name := range w.names {
		list := byName[name]
		for i := range list {
			list[i].record = ordinal[list[i].record]
		}
		slices.SortFunc(list, func(a, b mention) int { return cmp.Compare(a.record, b.record) })
		for _, m := range list {
			w.keysOf[m.record] = append(w.keysOf[m.record], key)
		}
		w.mentions = append(w.mentions, list)
	}
	for _, a := range w.records {
		// Some records claim to have changed in years to come.
		if a.Modified.After(w.layout.asOf) && (w.layout.Fetched.IsZero() || !a.Modified.After(w.layout.Fetched)) {
			w.layout.asOf = a.Modified
		}
	}
}

// usable reports whether an entry is within the limits of the format. Real
// entries are far below them.
func usable(a *Affected) bool {
	return a.Name != "" && len(a.Name) <= maxName && len(a.Ranges) <= maxItems && len(a.Severities) <= maxItems &&
		!slices.ContainsFunc(a.Ranges, func(r Range) bool { return len(r.Events) > maxItems })
}

// writeEntries writes the keys, and in blocks what is said about each. The
// entries of a block of keys are in one block.
func (w *segmentWriter) writeEntries(enc *zstd.Encoder) {
	entries := newBlockWriter(enc)
	var keys []byte
	previous := ""
	for i, name := range w.names {
		if i%keysInBlock == 0 {
			if len(entries.raw) >= entryBlock {
				entries.flush()
			}
			w.sections[sectionKeyIndex] = binary.LittleEndian.AppendUint32(w.sections[sectionKeyIndex], uint32(len(keys)))
			keys = binary.AppendUvarint(binary.AppendUvarint(keys, uint64(len(entries.blocks))), uint64(len(entries.raw)))
			previous = ""
		}
		start := len(entries.raw)
		entries.raw = appendMentions(entries.raw, w.mentions[i])
		entries.items++
		shared := commonPrefix(previous, name)
		keys = appendString(binary.AppendUvarint(keys, uint64(shared)), name[shared:])
		keys = binary.AppendUvarint(keys, uint64(len(entries.raw)-start))
		previous = name
	}
	w.sections[sectionKeyIndex] = binary.LittleEndian.AppendUint32(w.sections[sectionKeyIndex], uint32(len(keys)))
	w.sections[sectionKeys] = keys
	w.sections[sectionEntryIndex], w.sections[sectionEntries] = entries.close()
}

func commonPrefix(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

var errTooLarge = errors.New("more than 2 GiB of advisories in one segment")

// assemble puts header, sections and page CRCs together.
func (w *segmentWriter) assemble() ([]byte, error) {
	sum := sha256.New()
	var body int64
	for i, section := range w.sections {
		if int64(len(section)) > 1<<31-1 {
			return nil, fmt.Errorf("write segment %s: %w", w.layout.Ecosystem, errTooLarge)
		}
		w.layout.sections[i].length = int64(len(section))
		body += int64(len(section))
		sum.Write(section)
	}
	sum.Sum(w.layout.bodySum[:0])
	w.layout.advisories, w.layout.packages = len(w.records), len(w.names)

	whole := slices.Concat(w.sections[:]...)
	crcs := make([]byte, 0, 4*pages(body))
	for page := range slices.Chunk(whole, pageSize) {
		crcs = binary.LittleEndian.AppendUint32(crcs, castagnoli(page))
	}
	w.layout.pagesCRC = castagnoli(crcs)
	head := w.layout.marshal()
	if len(head) > prefixSize+maxHeader {
		return nil, fmt.Errorf("write segment: names of ecosystem and source longer than %d bytes", maxHeader)
	}
	return slices.Concat(head, whole, crcs), nil
}
