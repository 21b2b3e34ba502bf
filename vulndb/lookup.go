package vulndb

import (
	"bytes"
	"encoding/binary"
	"errors"
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
		r, name, err := s.find([]byte(NormalName(key.Ecosystem, key.Name)))
		if err != nil {
			yield(Advisory{}, err)
			return
		}
		if r == nil {
			return
		}
		for r.left > 0 {
			record, entries := r.next()
			a, err := s.advisory(record)
			if r.bad {
				err = s.damaged("entries of %s", name)
			}
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

// storedKey is a package name with the place of its entries.
type storedKey struct {
	name           []byte
	offset, length int64
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
		key := storedKey{offset: int64(r.count())}
		for range min(keysInBlock, s.packages-block*keysInBlock) {
			shared := r.count()
			rest := r.raw()
			key.length = int64(r.count())
			if r.bad || shared > len(key.name) || shared+len(rest) > maxName {
				yield(storedKey{}, s.damaged("keys"))
				return
			}
			key.name = append(key.name[:shared], rest...)
			if !yield(key, nil) {
				return
			}
			key.offset += key.length
		}
	}
}

func (s *segment) entries(key storedKey) (*entryReader, error) {
	b, err := s.view(sectionEntries, key.offset, key.length)
	if err != nil {
		return nil, err
	}
	r := &entryReader{reader: reader{data: b}, segment: s}
	r.open()
	if r.bad {
		return nil, s.damaged("entries of %q", key.name)
	}
	return r, nil
}

// advisory reads an advisory by its ordinal, without what it affects.
func (s *segment) advisory(ordinal int) (stored, error) {
	if ordinal >= s.advisories {
		return stored{}, s.damaged("advisory %d of %d", ordinal, s.advisories)
	}
	blocks := int(s.sections[sectionRecordIndex].length/8) - 1
	var failed error
	after := sort.Search(blocks, func(i int) bool {
		first, err := s.number(sectionRecordIndex, 2*i+1)
		if err != nil {
			failed = err
		}
		return err != nil || first > int64(ordinal)
	})
	if failed != nil {
		return stored{}, failed
	}
	if after == 0 {
		return stored{}, s.damaged("index of records")
	}
	first, err := s.number(sectionRecordIndex, 2*(after-1)+1)
	if err != nil {
		return stored{}, err
	}
	block, err := s.block(sectionRecordIndex, sectionRecords, after-1)
	if err != nil {
		return stored{}, err
	}
	r := reader{data: block}
	for range ordinal - int(first) {
		r.raw()
		if r.bad {
			break
		}
	}
	one := reader{data: r.raw()}
	a := readRecord(&one)
	a.ordinal = ordinal
	if r.bad || one.bad || one.pos != len(one.data) {
		return stored{}, s.damaged("advisory %d", ordinal)
	}
	return a, nil
}

// ByID gives the advisories whose id, aliases, upstream or related ids name
// id, from all segments; Affected holds all entries of the segment.
func (db *DB) ByID(id string) iter.Seq2[Advisory, error] {
	return func(yield func(Advisory, error) bool) {
		for _, s := range db.segments {
			for a, err := range s.byID(id) {
				if err == nil {
					err = s.fillAffected(&a)
				}
				if !yield(a.Advisory, err) || err != nil {
					return
				}
			}
		}
	}
}

func (s *segment) byID(id string) iter.Seq2[stored, error] {
	return func(yield func(stored, error) bool) {
		ids, err := s.view(sectionIDs, 0, s.sections[sectionIDs].length)
		if err != nil {
			yield(stored{}, err)
			return
		}
		hash := idHash(id)
		n := len(ids) / 8
		at := sort.Search(n, func(i int) bool { return binary.LittleEndian.Uint32(ids[8*i:]) >= hash })
		for ; at < n && binary.LittleEndian.Uint32(ids[8*at:]) == hash; at++ {
			a, err := s.advisory(int(binary.LittleEndian.Uint32(ids[8*at+4:])))
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
		for found, err := range s.byID(a.ID) {
			if err != nil {
				return "", nil, err
			}
			if found.ID == a.ID {
				return s.longParts(&found)
			}
		}
	}
	return "", nil, nil
}

func (s *segment) longParts(a *stored) (details string, references []Reference, err error) {
	if a.details.stored {
		r, err := s.at(sectionDetailIndex, sectionDetails, a.details)
		if details = r.str(); err != nil || r.bad {
			return "", nil, errors.Join(err, s.damaged("details of %s", a.ID))
		}
	}
	if a.references.stored {
		r, err := s.at(sectionReferenceIndex, sectionReferences, a.references)
		if references = readReferences(&r); err != nil || r.bad {
			return "", nil, errors.Join(err, s.damaged("references of %s", a.ID))
		}
	}
	return details, references, nil
}

// at gives a reader of an item of a stream.
func (s *segment) at(index, section int, p place) (reader, error) {
	block, err := s.block(index, section, p.block)
	if err != nil {
		return reader{}, err
	}
	if p.at > len(block) {
		return reader{}, s.damaged("place of an item in section %d", section)
	}
	return reader{data: block[p.at:]}, nil
}
