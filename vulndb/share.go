package vulndb

import (
	"fmt"
	"path/filepath"
	"time"
)

// Portable is a segment file as it is shared: without the time at which its
// source last answered and without its basis, which change while the advisories
// do not. The same advisories compiled by the same program are the same bytes,
// so that they need be moved once only. The file is checked as a whole.
func Portable(file []byte) ([]byte, error) {
	db, err := OpenBytes(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }() // nothing was opened
	if err := db.Verify(); err != nil {
		return nil, err
	}
	return portable(file)
}

func portable(file []byte) ([]byte, error) {
	var l layout
	if err := l.unmarshal(file); err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrFormat, err)
	}
	end := int64(len(file)) - l.amendment
	var amendment []byte
	if l.amendment > 0 {
		var err error
		if amendment, err = portable(file[end:]); err != nil {
			return nil, err
		}
	}
	rest := file[l.body.offset:end]
	l.Fetched, l.Basis, l.amendment = time.Time{}, "", int64(len(amendment))
	return append(append(l.marshal(), rest...), amendment...), nil
}

// Install puts a shared segment into a directory, with the time at which its
// source last answered. It is checked as a whole and must hold that ecosystem;
// the file of before is replaced in one step or stays.
func Install(dir, ecosystem string, file []byte, fetched time.Time) (SegmentInfo, error) {
	db, err := OpenBytes(file)
	if err != nil {
		return SegmentInfo{}, fmt.Errorf("install segment: %w", err)
	}
	defer func() { _ = db.Close() }() // nothing was opened
	if err := db.Verify(); err != nil {
		return SegmentInfo{}, fmt.Errorf("install segment: %w", err)
	}
	s := db.segments[0]
	if s.Ecosystem != ecosystem {
		return SegmentInfo{}, fmt.Errorf("install segment: %w (it holds %s, not %s)", ErrFormat, s.Ecosystem, ecosystem)
	}
	l := s.layout
	rest := file[l.body.offset:]
	l.Fetched, l.Basis = fetched, ""
	return write(filepath.Join(dir, SegmentName(ecosystem)+Extension), l.marshal(), rest)
}
