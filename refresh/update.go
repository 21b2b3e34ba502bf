package refresh

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/vulndb"
)

// seenFile says what a source had, so that it need not be read again for a
// release that it does not have.
const seenFile = "seen.json"

// maxSeen bounds the bytes of that file that are read.
const maxSeen = 1 << 20

type seen struct {
	Source     string    `json:"source"`
	Family     string    `json:"family"`
	Fetched    time.Time `json:"fetched"`
	Ecosystems []string  `json:"ecosystems"` // all that the source has
	// Open is set while the source may hold more than the segments: a process
	// that is killed meanwhile leaves it so, and the next compiles.
	Open bool `json:"open"`
}

// seen reads what the source had; ok if it was asked lately.
func (f *family) seen() (s seen, ok bool) {
	if f.feed.Name == "" && !f.choose() {
		return s, false
	}
	s, err := f.readSeen()
	return s, err == nil && s.Source == f.origin() && (f.answered || f.young(s.Fetched))
}

func (f *family) readSeen() (seen, error) { return readSeen(filepath.Join(f.source(), seenFile)) }

func readSeen(path string) (s seen, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return s, err
	}
	if info.Size() > maxSeen {
		return s, fmt.Errorf("read %s: %d bytes are too many", path, info.Size())
	}
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	return s, err
}

// like names what a source has in the place of an ecosystem that it has not:
// Ubuntu:22.04:LTS for Ubuntu:22.04.
func (s seen) like(ecosystem string) string {
	near := slices.DeleteFunc(slices.Clone(s.Ecosystems), func(e string) bool { return !strings.HasPrefix(e, ecosystem) })
	if len(near) == 0 {
		return ""
	}
	return ": it has " + strings.Join(near, ", ")
}

func (s seen) write(dir string) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, seenFile)
	if err := os.WriteFile(path+".new", data, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// update asks the source and compiles what is new or missing. The error says
// why the source could not be asked or read; segments may be there even so.
func (f *family) update(ctx context.Context) error {
	fetched := f.Now()
	last, err := f.readSeen()
	known := err == nil && last.Source == f.origin()
	changed := !known || last.Open
	if known && f.mayAsk() {
		during := last
		during.Open = true
		if err := during.write(f.source()); err != nil {
			return err
		}
	}
	news, err := f.fetch(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		if !known {
			return err // nothing of this source was ever read
		}
		fetched = last.Fetched
	}
	f.answered = err == nil
	return errors.Join(err, f.compile(ctx, compilation{fetched, err == nil, changed || news, last}))
}

// compilation says what compile has to go by.
type compilation struct {
	fetched time.Time // when the source last answered
	asked   bool      // it did so just now
	changed bool      // it may have more than the segments
	last    seen
}

// mayAsk reports whether the source can be asked: offline only one that is on
// this machine.
func (f *family) mayAsk() bool {
	return !f.Offline || local(f.url) && (f.rating.Name == "" || local(f.ratingURL))
}

func (f *family) fetch(ctx context.Context) (bool, error) {
	if !f.mayAsk() {
		return false, ErrOffline
	}
	request := feed.Request{URL: f.url, Ecosystem: f.name, Dir: f.source()}
	if f.Progress != nil {
		request.Progress = func(done, total int64) { f.Progress(f.name, done, total) }
	}
	return f.fetchAll(ctx, request)
}

// compile writes the family's segments: all that are wanted or already there
// if the source has changed, else those that are missing; the others get the
// new time. Those that build on the source's export are amended, if that will do.
func (f *family) compile(ctx context.Context, c compilation) error {
	have, err := f.have()
	if err != nil {
		return err
	}
	wanted, stamp, amend := map[string]bool{}, []string{}, []string{}
	for _, r := range f.wanted {
		if _, ok := have[r.Ecosystem]; !ok && f.lacks(r.Ecosystem, have, c) {
			wanted[r.Ecosystem] = true
		}
	}
	basis := f.basis()
	for ecosystem, info := range have {
		switch {
		case c.changed && basis != "" && info.Basis == basis && info.Source == f.origin():
			amend = append(amend, ecosystem)
		case c.changed || info.Source != f.origin():
			wanted[ecosystem] = true
		case c.asked:
			stamp = append(stamp, ecosystem)
		}
	}
	if len(wanted) > 0 || !f.amend(ctx, basis, amend, &c) {
		for _, ecosystem := range amend {
			wanted[ecosystem] = true
		}
	}
	if len(wanted) > 0 {
		if c.last.Ecosystems, err = f.build(ctx, c.fetched, wanted); err != nil {
			return err
		}
	}
	for _, ecosystem := range stamp {
		if err := vulndb.Stamp(f.segment(ecosystem), c.fetched); err != nil {
			return err
		}
		f.mark(have[ecosystem], vulndb.Compiled{})
	}
	c.last.Source, c.last.Family, c.last.Fetched, c.last.Open = f.origin(), f.name, c.fetched, false
	return c.last.write(f.source())
}

// basis names the export that is there; empty if the feed knows no such.
func (f *family) basis() string {
	if f.feed.Basis == nil || f.feed.Changes == nil || f.rating.Name != "" {
		return ""
	}
	basis, err := f.feed.Basis(os.DirFS(f.source()))
	if err != nil {
		return "" // everything is read again, which says what is wrong
	}
	return basis
}

// amend adds what has changed to segments. It reports whether that was enough;
// if not, they are still whole and have to be compiled.
func (f *family) amend(ctx context.Context, basis string, ecosystems []string, c *compilation) bool {
	if len(ecosystems) == 0 {
		return true
	}
	f.compiling.Lock()
	defer f.compiling.Unlock()
	done, err := vulndb.Amend(ctx, f.Dir, ecosystems, f.kind(c.fetched, basis), f.feed.Changes(ctx, os.DirFS(f.source())))
	if err != nil {
		return false
	}
	for ecosystem := range done.Seen {
		if f.belongs(ecosystem) && !slices.Contains(c.last.Ecosystems, ecosystem) {
			if slices.Contains(ecosystems, f.name) {
				return false // a new part of the family, which has to be made
			}
			c.last.Ecosystems = append(c.last.Ecosystems, strings.Clone(ecosystem))
		}
	}
	slices.Sort(c.last.Ecosystems)
	for _, info := range done.Segments {
		f.mark(info, done)
	}
	return true
}

// kind is what all segments of the family have in common.
func (f *family) kind(fetched time.Time, basis string) vulndb.Build {
	build := vulndb.Build{Source: f.origin(), Fetched: fetched, Basis: basis}
	if f.Broken != nil {
		build.Broken = func(err *vulndb.RecordError) { f.Broken(f.name, err) }
	}
	return build
}

// have are the family's segments that are there and whole. A scan checks what
// it reads; here all is read, so that damage in a place that was not looked at
// is mended by the next update.
func (f *family) have() (map[string]vulndb.SegmentInfo, error) {
	files, err := os.ReadDir(f.Dir)
	if err != nil {
		return nil, err
	}
	have := map[string]vulndb.SegmentInfo{}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), vulndb.Extension) {
			continue
		}
		db, err := vulndb.OpenSegment(filepath.Join(f.Dir, file.Name()))
		if err != nil {
			continue // it counts as absent
		}
		info := db.Segments()[0]
		if f.belongs(info.Ecosystem) && db.Verify() == nil {
			have[info.Ecosystem] = info
		}
		if err := db.Close(); err != nil {
			return nil, err
		}
	}
	return have, nil
}

// build compiles segments and gives the ecosystems that the source has. Of a
// family without releases all parts are made: Packagist has one for Drupal.
func (f *family) build(ctx context.Context, fetched time.Time, ecosystems map[string]bool) ([]string, error) {
	f.compiling.Lock()
	defer f.compiling.Unlock()
	build := f.kind(fetched, f.basis())
	build.Want = func(ecosystem string) bool {
		return ecosystems[ecosystem] || ecosystems[f.name] && f.belongs(ecosystem)
	}
	done, err := vulndb.Compile(ctx, f.Dir, build, f.records(ctx))
	if err != nil {
		return nil, err
	}
	var all []string
	for ecosystem := range done.Seen {
		if f.belongs(ecosystem) {
			all = append(all, strings.Clone(ecosystem))
		}
	}
	slices.Sort(all)
	for _, info := range done.Segments {
		f.mark(info, done)
	}
	return all, nil
}

// mark notes that a segment is the source's newest.
func (f *family) mark(info vulndb.SegmentInfo, done vulndb.Compiled) {
	for _, r := range f.wanted {
		switch r.Ecosystem {
		case info.Ecosystem:
			r.State, r.Records, r.Broken = Updated, done.Records, done.Broken
		case f.name:
			if i, have := slices.BinarySearchFunc(r.Parts, info.Ecosystem, comparePart); have {
				r.Parts[i] = info
			} else {
				r.Parts = slices.Insert(r.Parts, i, info)
			}
			r.Records, r.Broken = max(r.Records, done.Records), max(r.Broken, done.Broken)
		}
	}
}

// comparePart orders the segments of a family by their ecosystems.
func comparePart(s vulndb.SegmentInfo, ecosystem string) int {
	return strings.Compare(s.Ecosystem, ecosystem)
}

// lacks reports whether an ecosystem without a segment has to be made. That of
// a whole family has none if it has releases: then all of these count.
func (f *family) lacks(ecosystem string, have map[string]vulndb.SegmentInfo, c compilation) bool {
	if ecosystem != f.name || len(have) == 0 || len(c.last.Ecosystems) == 0 {
		return c.changed || slices.Contains(c.last.Ecosystems, ecosystem)
	}
	return slices.ContainsFunc(c.last.Ecosystems, func(part string) bool {
		_, ok := have[part]
		return !ok
	})
}
