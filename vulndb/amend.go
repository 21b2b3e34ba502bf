package vulndb

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// ErrBasis is why Amend does not amend: a segment was compiled from another
// export than the changes build on, or there is none. Compile makes it anew.
var ErrBasis = errors.New("the segment builds on other data")

// Amend brings segments up to date without compiling them anew. The advisories
// are all that have changed since the export that Build.Basis names; of each,
// what the segment said before no longer holds, also if nothing new is said or
// it cannot be read. It amends the segments of those ecosystems, in a directory
// that Compile wrote to; each file is replaced whole, as Compile does. The
// answers are the same as if all had been compiled, the bytes are not.
func Amend(ctx context.Context, dir string, ecosystems []string, b Build, changes iter.Seq2[Advisory, error]) (Compiled, error) {
	b.Want = func(ecosystem string) bool { return slices.Contains(ecosystems, ecosystem) }
	var unreadable []*Advisory
	tell := b.Broken
	b.Broken = func(broken *RecordError) {
		unreadable = append(unreadable, &Advisory{ID: broken.ID})
		if tell != nil {
			tell(broken)
		}
	}
	var all collection
	done, err := b.collect(ctx, changes, all.add)
	if err != nil {
		return done, err
	}
	done.Older = all.older
	enc, err := newEncoder()
	if err != nil {
		return done, err
	}
	changed := append(all.list, unreadable...)
	for _, ecosystem := range ecosystems {
		if ctx.Err() != nil {
			return done, ctx.Err()
		}
		path := filepath.Join(dir, SegmentName(ecosystem)+Extension)
		data, err := os.ReadFile(path)
		if err != nil {
			return done, fmt.Errorf("amend segment: %w", err)
		}
		file, err := amend(ctx, data, b, changed, enc)
		if err != nil {
			return done, fmt.Errorf("amend segment %s: %w", ecosystem, err)
		}
		info, err := write(path, file...)
		if err != nil {
			return done, err
		}
		done.Segments = append(done.Segments, info)
	}
	return done, nil
}

// amend gives the parts of the amended file.
func amend(ctx context.Context, data []byte, b Build, changes []*Advisory, enc *zstd.Encoder) ([][]byte, error) {
	db, err := OpenBytes(data)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }() // nothing was opened
	s := db.segments[0]
	if s.Basis != b.Basis || b.Basis == "" || s.Source != b.Source {
		return nil, ErrBasis
	}
	void, err := s.mentioned(changes)
	if err != nil {
		return nil, err
	}
	w := &segmentWriter{layout: layout{Header: Header{s.Ecosystem, b.Source, b.Fetched, b.Basis}}}
	w.sections[sectionVoid] = appendAscending(nil, void)
	if err := w.write(ctx, changes, enc); err != nil {
		return nil, err
	}
	var amendment []byte
	if len(void)+len(w.records) > 0 {
		w.sections[sectionVoid] = binary.AppendUvarint(w.sections[sectionVoid], uint64(w.unknown(s)))
		if amendment, err = w.assemble(); err != nil {
			return nil, err
		}
	}
	l := s.layout
	rest := data[l.body.offset : int64(len(data))-l.amendment]
	l.Fetched, l.amendment = b.Fetched, int64(len(amendment))
	if w.layout.asOf.After(l.asOf) {
		l.asOf = w.layout.asOf
	}
	return [][]byte{l.marshal(), rest, amendment}, nil
}

// mentioned are the ordinals of the segment's own advisories with the ids of others.
func (s *segment) mentioned(changes []*Advisory) ([]int, error) {
	var list []int
	for _, a := range changes {
		ordinals, err := s.candidates(a.ID)
		if err != nil {
			return nil, err
		}
		for _, ordinal := range ordinals {
			old, err := s.advisory(ordinal)
			if err != nil {
				return nil, err
			}
			if old.ID == a.ID {
				list = append(list, ordinal)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

// unknown counts the names that a segment does not have.
func (w *segmentWriter) unknown(s *segment) (n int) {
	for _, name := range w.names {
		if r, _, err := s.find([]byte(name)); err == nil && r == nil {
			n++
		}
	}
	return n
}

func appendAscending(b []byte, list []int) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	before := 0
	for _, n := range list {
		b = binary.AppendUvarint(b, uint64(n-before))
		before = n
	}
	return b
}

// readVoid reads from the amendment which advisories no longer hold, and how
// many names the amendment adds.
func (s *segment) readVoid() error {
	b, err := s.amendment.view(sectionVoid, 0, s.amendment.sections[sectionVoid].length)
	if err != nil {
		return err
	}
	r := reader{data: b}
	n := r.items()
	s.void = make(map[int]bool, n)
	ordinal := 0
	for range n {
		ordinal += r.count()
		s.void[ordinal] = true
	}
	s.added = r.count()
	if r.bad || r.pos != len(b) || ordinal >= max(s.advisories, 1) {
		return s.damaged("amendment")
	}
	return nil
}
