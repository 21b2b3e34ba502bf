package main

import (
	"context"
	"errors"
	"iter"
	"path/filepath"
	"sync"

	"github.com/plimsoll/plimsoll/vulndb"
)

// mender makes segments anew that turn out to be damaged while a scan reads
// them. Each is tried once. The nil mender mends nothing.
type mender struct {
	data *data
	ctx  context.Context

	mu    sync.Mutex
	tried map[string]bool
	whole map[string]*vulndb.DB // that were made anew
}

func (d *data) mender(ctx context.Context) *mender {
	return &mender{data: d, ctx: ctx, tried: map[string]bool{}, whole: map[string]*vulndb.DB{}}
}

// of gives a segment that was made anew, or nil.
func (m *mender) of(ecosystem string) *vulndb.DB {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.whole[ecosystem]
}

// mend makes a segment anew and reports whether there is now a whole one.
func (m *mender) mend(ecosystem string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tried[ecosystem] {
		return m.whole[ecosystem] != nil
	}
	m.tried[ecosystem] = true
	d := m.data
	d.app.warn("the advisories for %s are damaged and are made anew", ecosystem)
	if _, err := d.refresher().Rebuild(m.ctx, ecosystem); err != nil {
		return false // the damage is then reported
	}
	db, err := vulndb.OpenSegment(filepath.Join(d.flags.dir, vulndb.SegmentName(ecosystem)+vulndb.Extension))
	if err != nil {
		return false
	}
	m.whole[ecosystem] = db
	return true
}

// lookup answers from a database, or from the segment made anew if what it has
// is damaged.
func (m *mender) lookup(db *vulndb.DB, key vulndb.Key) iter.Seq2[vulndb.Advisory, error] {
	if m == nil {
		return db.Lookup(key)
	}
	return func(yield func(vulndb.Advisory, error) bool) {
		list, err := collect(db.Lookup(key))
		if errors.Is(err, vulndb.ErrFormat) && m.mend(key.Ecosystem) {
			list, err = collect(m.of(key.Ecosystem).Lookup(key))
		}
		for _, a := range list {
			if !yield(a, nil) {
				return
			}
		}
		if err != nil {
			yield(vulndb.Advisory{}, err)
		}
	}
}

func collect(list iter.Seq2[vulndb.Advisory, error]) (all []vulndb.Advisory, err error) {
	for a, err := range list {
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// close lets the new files go.
func (m *mender) close() error {
	if m == nil {
		return nil
	}
	m.data.tellLater()
	m.mu.Lock()
	defer m.mu.Unlock()
	var errs []error
	for _, db := range m.whole {
		errs = append(errs, db.Close())
	}
	return errors.Join(errs...)
}
