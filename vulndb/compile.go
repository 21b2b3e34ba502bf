package vulndb

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// segmentsAtOnce is how many segments are made side by side: while one is
// flushed to disk, another is compressed.
const segmentsAtOnce = 2

// manyAdvisories are so many that one segment at a time has to do, for the sake
// of memory.
const manyAdvisories = 150_000

// Build says what Compile is to make of a source's advisories.
type Build struct {
	Source  string    // goes into each segment
	Fetched time.Time // goes into each segment
	Basis   string    // goes into each segment: see Header
	// Want chooses the ecosystems that get a segment; nil means all.
	Want func(ecosystem string) bool
	// Broken is told of each record that was left out because it could not be
	// read; it may be nil.
	Broken func(*RecordError)
}

// Compiled says what Compile did.
type Compiled struct {
	Segments []SegmentInfo  // that were written, in the order of their ecosystems
	Seen     map[string]int // advisories by ecosystem, also of those not wanted
	Records  int            // records read, without the broken ones
	Broken   int            // records that could not be read
	Older    int            // records that a newer one of the same id replaced
}

// Compile writes a segment for each ecosystem of a source's advisories into
// dir. A record that cannot be read (a *RecordError) is counted and left out;
// any other error ends the work and leaves the files as they were. Each file
// appears under its name only when it is whole and on disk, so that one who
// opens it has either the old or the new one, whatever happens. Ecosystems
// without an advisory get no segment; an old one stays.
func Compile(ctx context.Context, dir string, b Build, advisories iter.Seq2[Advisory, error]) (Compiled, error) {
	all := newShelf()
	done, err := b.collect(ctx, advisories, all.add)
	if err != nil {
		return done, err
	}
	done.Older = all.older
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return done, fmt.Errorf("compile advisories: %w", err)
	}
	enc, err := newEncoder()
	if err != nil {
		return done, err
	}
	names := all.close()
	written := make([]SegmentInfo, len(names))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(segmentsAtOnce)
	if len(all.heads) > manyAdvisories {
		group.SetLimit(1)
	}
	for i, ecosystem := range names {
		group.Go(func() error {
			file, err := segmentOf(ctx, Header{ecosystem, b.Source, b.Fetched, b.Basis}, all.take(ecosystem), enc)
			if err == nil {
				written[i], err = write(filepath.Join(dir, SegmentName(ecosystem)+Extension), file...)
			}
			return err
		})
	}
	err = group.Wait()
	for _, info := range written {
		if info.Size > 0 {
			done.Segments = append(done.Segments, info)
		}
	}
	return done, err
}

// collect reads all advisories and gives what is wanted of them.
func (b *Build) collect(ctx context.Context, advisories iter.Seq2[Advisory, error], add func(Advisory)) (done Compiled, err error) {
	done.Seen = map[string]int{}
	for a, err := range advisories {
		if ctx.Err() != nil {
			return done, ctx.Err()
		}
		if broken := (*RecordError)(nil); err != nil && errors.As(err, &broken) {
			done.Broken++
			if b.Broken != nil {
				b.Broken(broken)
			}
			continue
		}
		if err != nil {
			return done, fmt.Errorf("compile advisories: %w", err)
		}
		done.Records++
		add(b.keep(a, done.Seen))
	}
	return done, nil
}

// write puts a segment under its name and says what it holds.
func write(path string, file ...[]byte) (SegmentInfo, error) {
	if err := Replace(path, file...); err != nil {
		return SegmentInfo{}, fmt.Errorf("write segment %s: %w", path, err)
	}
	db, err := OpenSegment(path)
	if err != nil {
		return SegmentInfo{}, err
	}
	return db.Segments()[0], db.Close()
}

// keep takes from an advisory what is wanted, so that the rest needs no memory.
func (b *Build) keep(a Advisory, seen map[string]int) Advisory {
	for _, ecosystem := range a.ecosystems() {
		seen[ecosystem]++
	}
	wanted := make([]Affected, 0, len(a.Affected))
	for _, entry := range a.Affected {
		if b.Want == nil || b.Want(entry.Ecosystem) {
			if complete(&entry) {
				entry.Versions = nil
			}
			wanted = append(wanted, entry)
		}
	}
	if len(wanted) == 0 {
		return Advisory{ID: a.ID, Modified: a.Modified} // still replaces an older one
	}
	a.Affected = wanted
	return a
}

// ecosystems are those that an advisory speaks of, each once. They are few.
func (a *Advisory) ecosystems() []string {
	var list []string
	for i := range a.Affected {
		if name := a.Affected[i].Ecosystem; len(list) == 0 || list[len(list)-1] != name && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// Replace puts a file under its name in one step: it is written under another
// name in the same directory, which begins with TemporaryPrefix, flushed to disk,
// and renamed.
func Replace(path string, data ...[]byte) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, TemporaryPrefix+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // the first error says more
		}
	}()
	for _, part := range data {
		if err == nil {
			_, err = f.Write(part)
		}
	}
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// Stamp notes in a segment file that its source was asked again and had
// nothing new. The file is replaced; its digest stays.
func Stamp(path string, fetched time.Time) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("stamp segment: %w", err)
	}
	var l layout
	if err := l.unmarshal(data); err != nil {
		return fmt.Errorf("stamp segment %s: %w (%v)", path, ErrFormat, err)
	}
	rest := data[l.body.offset:]
	l.Fetched = fetched
	if err := Replace(path, l.marshal(), rest); err != nil {
		return fmt.Errorf("stamp segment: %w", err)
	}
	return nil
}

// TemporaryPrefix begins the names of files that are being written. What a
// killed process left of them may be deleted.
const TemporaryPrefix = ".new-"
