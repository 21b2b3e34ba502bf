package refresh

import (
	"cmp"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"time"
)

// Place is a source or a mirror that data came from.
type Place struct {
	Origin  string    // the feed and where it was read, or the reference of a mirror
	Family  string    // the ecosystem without release; empty for a mirror
	Fetched time.Time // when it last answered
	Size    int64     // bytes that are kept of it, so that only changes need be fetched
}

// Places lists where the data at hand came from: mirrors first, then sources by
// family. What is damaged is left out: it is fetched anew.
func (r *Refresher) Places() []Place {
	var list []Place
	had := r.readOffered()
	for _, ref := range slices.Sorted(maps.Keys(had)) {
		list = append(list, Place{Origin: ref, Fetched: had[ref].Asked})
	}
	paths, _ := filepath.Glob(filepath.Join(escape(r.Dir), "sources", "*", "*", seenFile)) // the pattern is a good one
	var sources []Place
	for _, path := range paths {
		s, err := readSeen(path)
		if err != nil {
			continue
		}
		p := Place{Origin: s.Source, Family: s.Family, Fetched: s.Fetched, Size: sizeOf(filepath.Dir(path))}
		p.Family = cmp.Or(p.Family, filepath.Base(filepath.Dir(path)))
		sources = append(sources, p)
	}
	slices.SortFunc(sources, func(a, b Place) int { return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Origin, b.Origin)) })
	return append(list, sources...)
}

// sizeOf adds up the files in a directory.
func sizeOf(dir string) (total int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // what goes meanwhile does not count
		}
		if info, err := d.Info(); err == nil {
			total += info.Size()
		}
		return nil
	})
	return total
}
