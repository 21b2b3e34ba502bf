package vulndb

import (
	"bytes"
	"iter"
	"slices"
	"sort"
)

// Lookup gives what is known about one package, in the order of ids as far as
// they have no other package. Each advisory's Affected holds only the entries
// for the key. Details and References are left empty: they are long, and
// DB.Details reads them. An error ends the sequence; damage is an ErrFormat.
// Without a segment for the ecosystem the sequence is empty: see Has.
func (db *DB) Lookup(key Key) iter.Seq2[Advisory, error] {
	return func(yield func(Advisory, error) bool) {
		s := db.byEcosystem[key.Ecosystem]
		if s == nil {
			return
		}
		name := []byte(NormalName(key.Ecosystem, key.Name))
		for part := s; part != nil; part = part.amendment {
			for a, err := range part.lookup(name) {
				if !yield(a, err) || err != nil {
					return
				}
			}
		}
	}
}

// lookup is Lookup in one part of a segment.
func (s *segment) lookup(key []byte) iter.Seq2[Advisory, error] {
	return func(yield func(Advisory, error) bool) {
		r, name, err := s.find(key)
		if err != nil {
			yield(Advisory{}, err)
			return
		}
		records := cursor{segment: s}
		for r != nil && r.left > 0 {
			record, entries := r.next()
			if r.bad {
				yield(Advisory{}, s.damaged("entries of %s", name))
				return
			}
			if s.void[record] {
				continue
			}
			a, err := records.advisory(record)
			if err != nil {
				yield(Advisory{}, err)
				return
			}
			for i := range entries {
				entries[i].Ecosystem, entries[i].Name = s.Ecosystem, name
			}
			a.Affected = entries
			if !yield(a.Advisory, nil) {
				return
			}
		}
	}
}

// find gives a reader of what is said about a package, or nil.
func (s *segment) find(name []byte) (*entryReader, string, error) {
	blocks := (s.packages + keysInBlock - 1) / keysInBlock
	var failed error
	after := sort.Search(blocks, func(i int) bool {
		r, err := s.keyBlock(i)
		if err != nil {
			failed = err
			return true
		}
		r.count()
		r.count()
		r.count()
		return bytes.Compare(r.raw(), name) > 0
	})
	if failed != nil || after == 0 {
		return nil, "", failed
	}
	for key, err := range s.keys(after - 1) {
		if err != nil {
			return nil, "", err
		}
		if bytes.Equal(key.name, name) {
			r, err := s.entries(key)
			return r, string(name), err
		}
	}
	return nil, "", nil
}

// storedKey is a package name with the place of its entries in a block.
type storedKey struct {
	name              []byte
	block, at, length int
}

func (s *segment) keyBlock(i int) (reader, error) {
	b, err := s.between(sectionKeyIndex, sectionKeys, i, 1)
	return reader{data: b}, err
}

// keys gives the keys of a block. The name is valid until the next step.
func (s *segment) keys(block int) iter.Seq2[storedKey, error] {
	return func(yield func(storedKey, error) bool) {
		r, err := s.keyBlock(block)
		if err != nil {
			yield(storedKey{}, err)
			return
		}
		key := storedKey{block: r.count(), at: r.count()}
		for range min(keysInBlock, s.packages-block*keysInBlock) {
			shared := r.count()
			rest := r.raw()
			key.length = r.count()
			if r.bad || shared > len(key.name) || shared+len(rest) > maxName {
				yield(storedKey{}, s.damaged("keys"))
				return
			}
			key.name = append(key.name[:shared], rest...)
			if !yield(key, nil) {
				return
			}
			key.at += key.length
		}
	}
}

func (s *segment) entries(key storedKey) (*entryReader, error) {
	b, err := s.block(sectionEntryIndex, sectionEntries, key.block)
	if err != nil {
		return nil, err
	}
	if key.at > len(b) || key.length > len(b)-key.at {
		return nil, s.damaged("place of the entries of %q", key.name)
	}
	r := &entryReader{reader: reader{data: b[key.at : key.at+key.length]}}
	r.open()
	if r.bad {
		return nil, s.damaged("entries of %q", key.name)
	}
	return r, nil
}

// advisory reads an advisory by its ordinal, without what it affects.
func (s *segment) advisory(ordinal int) (stored, error) {
	c := cursor{segment: s}
	return c.advisory(ordinal)
}

// cursor reads advisories of a segment. Those that follow each other cost less.
type cursor struct {
	*segment
	records *recordReader
	next    int // ordinal of the record that the reader reads next
}

func (c *cursor) advisory(ordinal int) (stored, error) {
	if ordinal >= c.advisories {
		return stored{}, c.damaged("advisory %d of %d", ordinal, c.advisories)
	}
	if r := c.records; r == nil || ordinal < c.next || ordinal-c.next >= r.left {
		block, skip, err := c.blockOf(sectionRecordIndex, sectionRecords, ordinal)
		if err != nil {
			return stored{}, err
		}
		var ok bool
		if c.records, ok = newRecordReader(block); !ok || skip >= c.records.left {
			return stored{}, c.damaged("advisory %d", ordinal)
		}
		c.next = ordinal - skip
	}
	for ; c.next < ordinal; c.next++ {
		c.records.skip()
	}
	a := c.records.read()
	a.ordinal = ordinal
	c.next++
	if c.records.bad() {
		return stored{}, c.damaged("advisory %d", ordinal)
	}
	return a, nil
}

// blockOf gives the block that has an item, and how many come before it.
func (s *segment) blockOf(index, section, item int) (block []byte, skip int, err error) {
	blocks := int(s.sections[index].length/8) - 1
	after := sort.Search(blocks, func(i int) bool {
		first, e := s.number(index, 2*i+1)
		if e != nil {
			err = e
		}
		return e != nil || first > int64(item)
	})
	if err != nil {
		return nil, 0, err
	}
	if after == 0 {
		return nil, 0, s.damaged("index of section %d", section)
	}
	first, err := s.number(index, 2*(after-1)+1)
	if err != nil {
		return nil, 0, err
	}
	block, err = s.block(index, section, after-1)
	return block, item - int(first), err
}

// ByID gives the advisories whose id, aliases, upstream or related ids name
// id, from all segments; Affected holds all entries of the segment.
func (db *DB) ByID(id string) iter.Seq2[Advisory, error] {
	return func(yield func(Advisory, error) bool) {
		for _, s := range db.segments {
			for part := s; part != nil; part = part.amendment {
				for a, err := range part.byID(id) {
					if err == nil {
						err = part.fillAffected(&a)
					}
					if !yield(a.Advisory, err) || err != nil {
						return
					}
				}
			}
		}
	}
}

func (s *segment) byID(id string) iter.Seq2[stored, error] {
	return func(yield func(stored, error) bool) {
		list, err := s.candidates(id)
		if err != nil {
			yield(stored{}, err)
			return
		}
		for _, ordinal := range list {
			if s.void[ordinal] {
				continue
			}
			a, err := s.advisory(ordinal)
			if err == nil && !a.names(id) {
				continue
			}
			if !yield(a, err) || err != nil {
				return
			}
		}
	}
}

// names reports whether an advisory carries an id.
func (a *Advisory) names(id string) bool {
	return a.ID == id || slices.Contains(a.Aliases, id) || slices.Contains(a.Upstream, id) || slices.Contains(a.Related, id)
}

// fillAffected reads what an advisory says about each of its packages.
func (s *segment) fillAffected(a *stored) error {
	for _, ordinal := range a.keys {
		if ordinal >= s.packages {
			return s.damaged("package %d of %d", ordinal, s.packages)
		}
		at := 0
		for key, err := range s.keys(ordinal / keysInBlock) {
			if err != nil {
				return err
			}
			if at++; at <= ordinal%keysInBlock {
				continue
			}
			if err := s.appendAffected(a, key); err != nil {
				return err
			}
			break
		}
	}
	return nil
}

func (s *segment) appendAffected(a *stored, key storedKey) error {
	r, err := s.entries(key)
	if err != nil {
		return err
	}
	name := string(key.name)
	for r.left > 0 && !r.bad {
		record, entries := r.next()
		if record != a.ordinal {
			continue
		}
		for i := range entries {
			entries[i].Ecosystem, entries[i].Name = s.Ecosystem, name
		}
		a.Affected = append(a.Affected, entries...)
	}
	if r.bad {
		return s.damaged("entries of %s", name)
	}
	return nil
}

// Details reads the long parts of an advisory that a look-up gave: its text in
// Markdown and its references.
func (db *DB) Details(a Advisory) (details string, references []Reference, err error) {
	for _, s := range db.segments {
		if !slices.ContainsFunc(a.Affected, func(e Affected) bool { return e.Ecosystem == s.Ecosystem }) {
			continue
		}
		for part := s; part != nil; part = part.amendment {
			for found, err := range part.byID(a.ID) {
				if err != nil {
					return "", nil, err
				}
				if found.ID == a.ID {
					return part.longParts(&found)
				}
			}
		}
	}
	return "", nil, nil
}

func (s *segment) longParts(a *stored) (details string, references []Reference, err error) {
	ids := ownIDs(&a.Advisory)
	if a.detail >= 0 {
		text, err := s.text(sectionDetailIndex, sectionDetails, a.detail)
		if err != nil {
			return "", nil, err
		}
		var ok bool
		if details, ok = plainText(text, ids); !ok {
			return "", nil, s.damaged("details of %s", a.ID)
		}
	}
	if a.references >= 0 {
		text, err := s.text(sectionReferenceIndex, sectionReferences, a.references)
		if err != nil {
			return "", nil, err
		}
		r := reader{data: text}
		if references = readReferences(&r, ids); r.bad {
			return "", nil, s.damaged("references of %s", a.ID)
		}
	}
	return details, references, nil
}

// text reads an item of a stream of texts.
func (s *segment) text(index, section, item int) ([]byte, error) {
	block, skip, err := s.blockOf(index, section, item)
	if err != nil {
		return nil, err
	}
	r := reader{data: block}
	for range skip {
		if r.raw(); r.bad {
			break
		}
	}
	if text := r.raw(); !r.bad {
		return text, nil
	}
	return nil, s.damaged("item %d of section %d", item, section)
}
