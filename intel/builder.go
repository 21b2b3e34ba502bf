package intel

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// TemporaryPrefix begins the names of files that are being written.
const TemporaryPrefix = ".new-intel-"

// Bounds on what a record may hold; what is beyond is left out.
const (
	maxText    = 4 << 10
	maxRatings = 32
)

// Builder gathers records of several sources and writes them as one file. Its
// zero value is empty.
type Builder struct {
	sources  []Source
	tables   [tables][]item
	releases []Release
	strings  bytes.Buffer
	offsets  map[string]uint64
}

// item is a row of a table: a key and its columns.
type item struct {
	key     uint64
	columns []uint64
}

// AddSource names a source of the records.
func (b *Builder) AddSource(s Source) { b.sources = append(b.sources, s) }

// Add takes in what a source knows of a CVE. Of several scores or entries of
// one CVE the last is kept. A record whose CVE or score means nothing is an
// error and left out.
func (b *Builder) Add(r Record) error {
	if r.Release != (Release{}) {
		if err := r.Release.check(); err != nil {
			return err
		}
		if len(b.releases) == maxReleases {
			return fmt.Errorf("more than %d releases", maxReleases)
		}
		b.releases = append(b.releases, r.Release)
		return nil
	}
	k, err := key(r.CVE)
	if err != nil {
		return err
	}
	if r.Score != (Score{}) {
		probability, err := unit(r.Score.Probability)
		percentile, err2 := unit(r.Score.Percentile)
		if err := errors.Join(err, err2); err != nil {
			return fmt.Errorf("%s: %w", r.CVE, err)
		}
		b.put(tableScores, k, probability, percentile)
	}
	if e := r.Exploited; e.Known() {
		ransomware := uint64(0)
		if e.Ransomware {
			ransomware = 1
		}
		b.put(tableExploited, k, b.text(e.Name), b.text(e.Vendor), b.text(e.Product), b.text(e.Added), b.text(e.Due), b.text(e.Action), ransomware)
	}
	for _, rating := range r.Ratings[:min(len(r.Ratings), maxRatings)] {
		b.put(tableRatings, k, b.text(rating.Source), b.text(rating.Vector))
	}
	return nil
}

// unit is a share from 0 to 1 in the file's unit.
func unit(share float64) (uint64, error) {
	if !(share >= 0 && share <= 1) { // also refuses what is no number
		return 0, fmt.Errorf("%v is not between 0 and 1", share)
	}
	return uint64(math.Round(share * scoreUnit)), nil
}

func (b *Builder) put(table int, key uint64, columns ...uint64) {
	b.tables[table] = append(b.tables[table], item{key, slices.Clone(columns)})
}

// text is the offset of a text, which is written once.
func (b *Builder) text(s string) uint64 {
	if len(s) > maxText {
		s = s[:maxText]
	}
	if offset, ok := b.offsets[s]; ok {
		return offset
	}
	if b.offsets == nil {
		b.offsets = map[string]uint64{}
	}
	offset := uint64(b.strings.Len())
	b.strings.Write(appendText(nil, s))
	b.offsets[s] = offset
	return offset
}

func appendText(to []byte, s string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(s))), s...)
}

// tableOf is the table that a source fills.
func tableOf(source string) (table int, ok bool) {
	table, ok = map[string]int{"epss": tableScores, "kev": tableExploited, "nvd": tableRatings}[source]
	return table, ok
}

// Carry takes over what another file has of a source, and says whether that was
// anything: a file that came from a mirror has what was never fetched here.
func (b *Builder) Carry(from *File, source string) bool {
	table, ok := tableOf(source)
	at := slices.IndexFunc(from.Sources(), func(s Source) bool { return s.Name == source })
	if at < 0 {
		return false
	}
	if source == sourceReleases {
		b.releases = append(b.releases, from.Releases()...)
		b.AddSource(from.Sources()[at])
		return true
	}
	if !ok {
		return false
	}
	from.each(table, func(k uint64, c []uint64) {
		switch table {
		case tableScores:
			b.put(table, k, c...)
		case tableExploited:
			own := make([]uint64, 0, len(c))
			for _, offset := range c[:len(c)-1] {
				own = append(own, b.text(from.text(offset)))
			}
			b.put(table, k, append(own, c[len(c)-1])...)
		case tableRatings:
			b.put(table, k, b.text(from.text(c[0])), b.text(from.text(c[1])))
		}
	})
	b.AddSource(from.Sources()[at])
	return true
}

// Bytes are those of the file. Equal records in any order give equal bytes but
// for the order of texts.
func (b *Builder) Bytes() ([]byte, error) {
	var parts [sections][]byte
	parts[sectionSources] = b.sourceBytes()
	parts[sectionStrings] = b.strings.Bytes()
	for t := range tables {
		index, blocks := b.table(t)
		parts[sectionTables+2*t], parts[sectionTables+2*t+1] = index, blocks
	}
	parts[sectionReleases] = releaseBytes(b.releases)
	out := append([]byte(magic), make([]byte, fixedHeader-len(magic)+8*sections)...)
	for i, part := range parts {
		binary.LittleEndian.PutUint64(out[fixedHeader+8*i:], uint64(len(part)))
		out = append(out, part...)
	}
	if len(out) > MaxFile {
		return nil, fmt.Errorf("write intelligence: %d bytes are more than %d", len(out), MaxFile)
	}
	binary.LittleEndian.PutUint32(out[8:], formatVersion)
	binary.LittleEndian.PutUint32(out[12:], crc32.Checksum(out[fixedHeader:], castagnoli))
	return out, nil
}

func (b *Builder) sourceBytes() []byte {
	out := binary.AppendUvarint(nil, uint64(len(b.sources)))
	seconds := func(t time.Time) uint64 {
		if t.IsZero() || t.Unix() < 0 {
			return 0
		}
		return uint64(t.Unix())
	}
	for _, s := range b.sources {
		out = appendText(appendText(out, s.Name), s.URL)
		out = binary.AppendUvarint(binary.AppendUvarint(out, seconds(s.AsOf)), seconds(s.Fetched))
		out = binary.AppendUvarint(out, uint64(max(s.Records, 0)))
	}
	return out
}

// table sorts and writes a table.
func (b *Builder) table(t int) (index, blocks []byte) {
	items := slices.Clone(b.tables[t])
	slices.SortStableFunc(items, func(x, y item) int { return cmp.Compare(x.key, y.key) })
	inBlock, before := 0, uint64(0)
	for i, it := range items {
		next := i+1 < len(items) && items[i+1].key == it.key
		if t != tableRatings && next {
			continue // a later one replaces it
		}
		if len(index) == 0 || inBlock >= blockItems && it.key != before {
			index = binary.LittleEndian.AppendUint64(index, it.key)
			index = binary.LittleEndian.AppendUint32(index, uint32(len(blocks)))
			inBlock, before = 0, it.key
		}
		blocks = binary.AppendUvarint(blocks, it.key-before)
		for _, c := range it.columns {
			blocks = binary.AppendUvarint(blocks, c)
		}
		before = it.key
		inBlock++
	}
	return index, blocks
}

// WriteFile writes the file whole or not at all, in place of one that is there.
func (b *Builder) WriteFile(path string) error {
	data, err := b.Bytes()
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), TemporaryPrefix+"*")
	if err != nil {
		return fmt.Errorf("write intelligence: %w", err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write intelligence: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
