package vulndb

import (
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// A record has two bytes of flags for what it has in the columns of its block.
const (
	recordAliases = 1 << iota
	recordUpstream
	recordRelated
	recordWithdrawn
	recordSeverities
	recordSummary
	recordDetails
	recordReferences
)

// The columns of a block of records: what is alike lies together.
const (
	columnFlags = iota
	columnIDs
	columnAliases
	columnUpstream
	columnRelated
	columnPublished
	columnModified
	columnWithdrawn
	columnSeverities
	columnSummaries
	columnKeys
	columnCount
)

// recordWriter writes advisories in small blocks, and their long texts and
// references, which resemble each other, in large ones.
type recordWriter struct {
	records, details, references *blockWriter
	columns                      [columnCount][]byte
	size                         int // of the columns
	firstDetail, firstReference  int // items of the texts before the block
	key                          int // first key of the record before
}

// writeRecords writes the advisories themselves.
func (w *segmentWriter) writeRecords(enc *zstd.Encoder) {
	r := newRecordWriter(enc)
	for i, a := range w.records {
		r.add(a, w.keysOf[i])
	}
	r.flush()
	w.sections[sectionRecordIndex], w.sections[sectionRecords] = r.records.close()
	w.sections[sectionDetailIndex], w.sections[sectionDetails] = r.details.close()
	w.sections[sectionReferenceIndex], w.sections[sectionReferences] = r.references.close()
}

func newRecordWriter(enc *zstd.Encoder) *recordWriter {
	return &recordWriter{records: newBlockWriter(enc), details: newBlockWriter(enc), references: newBlockWriter(enc)}
}

func (r *recordWriter) add(a *Advisory, keys []int) {
	if r.size >= recordBlock {
		r.flush()
	}
	ids := ownIDs(a)
	var text []byte
	if a.Details != "" {
		text = appendText(nil, a.Details, ids)
		r.details.addText(text)
	}
	if len(a.References) > 0 {
		r.references.addText(appendReferences(text[:0], atMost(a.References), ids))
	}
	before := r.length()
	c := &r.columns
	flags := flagsOf(a)
	c[columnFlags] = binary.LittleEndian.AppendUint16(c[columnFlags], flags)
	c[columnIDs] = appendString(c[columnIDs], a.ID)
	for i, list := range [...][]string{a.Aliases, a.Upstream, a.Related} {
		if len(list) > 0 {
			c[columnAliases+i] = appendIDs(c[columnAliases+i], atMost(list), a.ID)
		}
	}
	c[columnPublished] = appendMoment(c[columnPublished], a.Published)
	c[columnModified] = appendMoment(c[columnModified], a.Modified)
	if flags&recordWithdrawn != 0 {
		c[columnWithdrawn] = appendMoment(c[columnWithdrawn], a.Withdrawn)
	}
	if len(a.Severities) > 0 {
		list := atMost(a.Severities)
		c[columnSeverities] = binary.AppendUvarint(c[columnSeverities], uint64(len(list)))
		for _, s := range list {
			c[columnSeverities] = appendString(appendString(c[columnSeverities], s.Type), s.Score)
		}
	}
	if a.Summary != "" {
		text = appendText(text[:0], a.Summary, ids)
		c[columnSummaries] = append(binary.AppendUvarint(c[columnSummaries], uint64(len(text))), text...)
	}
	r.addKeys(atMost(keys))
	r.size += r.length() - before
	r.records.items++
}

// atMost is a list as far as a reader takes it. Real ones are far shorter.
func atMost[T any](list []T) []T { return list[:min(len(list), maxItems)] }

// addKeys writes the ordinals of the names that a record affects. Records are
// in the order of their first names.
func (r *recordWriter) addKeys(keys []int) {
	b := binary.AppendUvarint(r.columns[columnKeys], uint64(len(keys)))
	if r.size == 0 {
		r.key = 0
	}
	before := r.key
	for i, k := range keys {
		b = binary.AppendUvarint(b, uint64(k-before))
		before = k
		if i == 0 {
			r.key = k
		}
	}
	r.columns[columnKeys] = b
}

func (r *recordWriter) length() (n int) {
	for _, c := range r.columns {
		n += len(c)
	}
	return n
}

// flush writes the columns as one block.
func (r *recordWriter) flush() {
	if r.size == 0 {
		return
	}
	r.records.raw = r.block(r.records.raw[:0])
	r.records.flush()
	r.size, r.firstDetail, r.firstReference = 0, r.details.items, r.references.items
}

// block puts the columns together and empties them.
func (r *recordWriter) block(b []byte) []byte {
	for _, n := range [...]int{r.records.items - r.records.first, r.firstDetail, r.firstReference} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	for i, column := range r.columns {
		b = append(binary.AppendUvarint(b, uint64(len(column))), column...)
		r.columns[i] = column[:0]
	}
	return b
}

// addText adds a text to a stream of them.
func (b *blockWriter) addText(text []byte) {
	b.raw = append(binary.AppendUvarint(b.raw, uint64(len(text))), text...)
	if b.items++; len(b.raw) >= textBlock {
		b.flush()
	}
}

func flagsOf(a *Advisory) (flags uint16) {
	for i, is := range [...]bool{
		len(a.Aliases) > 0, len(a.Upstream) > 0, len(a.Related) > 0, !a.Withdrawn.IsZero(),
		len(a.Severities) > 0, a.Summary != "", a.Details != "", len(a.References) > 0,
	} {
		if is {
			flags |= 1 << i
		}
	}
	return flags
}

// appendIDs writes a list of ids. The empty string stands for the CVE in the
// record's own id, as in DEBIAN-CVE-2024-1.
func appendIDs(b []byte, list []string, own string) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, id := range list {
		if cve := cveIn(own); id == cve && cve != "" {
			id = ""
		}
		b = appendString(b, id)
	}
	return b
}

// cveIn is the CVE at the end of another id.
func cveIn(id string) string {
	if at := strings.Index(id, "CVE-"); at > 0 {
		return id[at:]
	}
	return ""
}

func appendReferences(b []byte, list []Reference, ids []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	var url []byte
	for _, r := range list {
		url = appendText(url[:0], r.URL, ids)
		b = append(binary.AppendUvarint(appendString(b, r.Type), uint64(len(url))), url...)
	}
	return b
}

const daySeconds = 24 * 60 * 60

// appendMoment writes a time to the second: 0 is none, else one more than the
// zigzag of whole days since 1970, doubled, or of the seconds, doubled plus one.
func appendMoment(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, 0)
	}
	s, bit := t.Unix(), uint64(1)
	if s%daySeconds == 0 {
		s, bit = s/daySeconds, 0
	}
	return binary.AppendUvarint(b, (uint64(s<<1^s>>63)<<1|bit)+1)
}

func (r *reader) moment() time.Time {
	v := r.uvarint()
	if v == 0 {
		return time.Time{}
	}
	v--
	s := int64(v>>2) ^ -int64(v>>1&1)
	if v&1 == 0 {
		s *= daySeconds
	}
	return time.Unix(s, 0).UTC()
}

// stored is a record as it is read back.
type stored struct {
	Advisory
	ordinal            int
	detail, references int // items of the streams; -1 is none
	keys               []int
}

// recordReader reads the columns of a block from the first record on.
type recordReader struct {
	columns            [columnCount]reader
	left               int
	detail, references int
	key                int
}

func newRecordReader(block []byte) (*recordReader, bool) {
	all := reader{data: block}
	r := &recordReader{left: all.items(), detail: all.count(), references: all.count()}
	for i := range r.columns {
		r.columns[i].data = all.raw()
	}
	return r, !all.bad && all.pos == len(all.data) && len(r.columns[columnFlags].data) == 2*r.left
}

// bad reports whether a column was damaged.
func (r *recordReader) bad() bool {
	return r.left < 0 || slices.ContainsFunc(r.columns[:], func(c reader) bool { return c.bad })
}

// skip steps over a record.
func (r *recordReader) skip() {
	flags := r.next()
	r.columns[columnIDs].raw()
	for i := range 3 {
		if flags>>i&1 != 0 {
			c := &r.columns[columnAliases+i]
			for range c.few() {
				c.raw()
			}
		}
	}
	r.columns[columnPublished].uvarint()
	r.columns[columnModified].uvarint()
	if flags&recordWithdrawn != 0 {
		r.columns[columnWithdrawn].uvarint()
	}
	if c := &r.columns[columnSeverities]; flags&recordSeverities != 0 {
		for range 2 * c.few() {
			c.raw()
		}
	}
	if flags&recordSummary != 0 {
		r.columns[columnSummaries].raw()
	}
	c := &r.columns[columnKeys]
	for i := range c.few() {
		if step := c.count(); i == 0 {
			r.key += step
		}
	}
}

// next begins a record and counts its texts.
func (r *recordReader) next() (flags int) {
	r.left--
	c := &r.columns[columnFlags]
	flags = int(c.byte()) | int(c.byte())<<8
	if flags&recordDetails != 0 {
		r.detail++
	}
	if flags&recordReferences != 0 {
		r.references++
	}
	return flags
}

// read reads a record.
func (r *recordReader) read() stored {
	s := stored{detail: -1, references: -1}
	if flags := r.next(); r.left >= 0 {
		r.readIDs(&s, flags)
		s.Published, s.Modified = r.columns[columnPublished].moment(), r.columns[columnModified].moment()
		if flags&recordWithdrawn != 0 {
			s.Withdrawn = r.columns[columnWithdrawn].moment()
		}
		if c := &r.columns[columnSeverities]; flags&recordSeverities != 0 {
			s.Severities = make([]Severity, c.few())
			for i := range s.Severities {
				s.Severities[i] = Severity{c.str(), c.str()}
			}
		}
		if c := &r.columns[columnSummaries]; flags&recordSummary != 0 {
			var ok bool
			if s.Summary, ok = plainText(c.raw(), ownIDs(&s.Advisory)); !ok {
				c.fail()
			}
		}
		if flags&recordDetails != 0 {
			s.detail = r.detail - 1
		}
		if flags&recordReferences != 0 {
			s.references = r.references - 1
		}
		r.readKeys(&s)
	}
	return s
}

func (r *recordReader) readIDs(s *stored, flags int) {
	s.ID = r.columns[columnIDs].str()
	s.Malicious = IsMalware(s.ID)
	for i, list := range [...]*[]string{&s.Aliases, &s.Upstream, &s.Related} {
		if flags>>i&1 == 0 {
			continue
		}
		c := &r.columns[columnAliases+i]
		*list = c.strs()
		for i, id := range *list {
			if id == "" {
				(*list)[i] = cveIn(s.ID)
			}
		}
	}
}

func (r *recordReader) readKeys(s *stored) {
	c := &r.columns[columnKeys]
	s.keys = make([]int, c.few())
	key := r.key
	for i := range s.keys {
		key += c.count()
		s.keys[i] = key
	}
	if len(s.keys) > 0 {
		r.key = s.keys[0]
	}
}

func readReferences(r *reader, ids []string) []Reference {
	list := make([]Reference, r.few())
	for i := range list {
		list[i].Type = r.str()
		var ok bool
		if list[i].URL, ok = plainText(r.raw(), ids); !ok {
			r.fail()
		}
	}
	return list
}
