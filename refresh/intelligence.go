package refresh

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/intel"
	"github.com/plimsoll/plimsoll/vulndb"
)

// Intelligence keeps the file of what is known of CVEs besides advisories. It
// may be used by several processes at once.
type Intelligence struct {
	Dir     string              // of the advisory database
	Sources []feed.Intelligence // those that the file may be made from
	// URL replaces the sources' own, with a mirror's or a directory that has
	// their files. Empty: their own.
	URL    string
	Client *http.Client
	// Keys are the user's own, by source.
	Keys map[string]string
	Now  func() time.Time
	// MaxAge is how old what a source said may be before it is asked again.
	MaxAge  time.Duration
	Offline bool // ask no source but one on this machine; use what was fetched before
	// Progress is told of the bytes fetched from a source, from several
	// goroutines; total 0 is unknown. It may be nil.
	Progress func(source string, done, total int64)
}

// SourceResult is what became of one source of intelligence.
type SourceResult struct {
	Name   string
	State  State
	Source intel.Source // zero if missing
	Broken int          // records that cannot be read, if it was read just now
	Err    error
}

// Ensure sees to it that the file holds what the named sources say, and says of
// each, in the same order, what it has come to. What other sources have left
// stays in. The error is that of the whole: the directory cannot be used, or the
// context has ended.
func (k *Intelligence) Ensure(ctx context.Context, names []string) ([]SourceResult, error) {
	results := make([]SourceResult, len(names))
	for i, name := range names {
		results[i] = SourceResult{Name: name, State: Missing}
	}
	have, _ := intel.Open(k.file()) // none, or none that is of use: it is made anew
	if k.settle(have, results, nil) {
		return results, nil
	}
	if err := os.MkdirAll(k.dir(""), 0o755); err != nil {
		return nil, fmt.Errorf("intelligence: %w", err)
	}
	unlock, err := vulndb.Lock(ctx, filepath.Join(k.Dir, "sources", "intelligence.lock"))
	if err != nil {
		return nil, fmt.Errorf("intelligence: %w", err)
	}
	defer unlock()
	k.sweep()
	if have, _ = intel.Open(k.file()); k.settle(have, results, nil) { // another process has done it
		return results, nil
	}
	errs, err := k.fetch(ctx, results)
	if err != nil {
		return nil, fmt.Errorf("intelligence: %w", err)
	}
	broken := map[string]int{}
	if have == nil && k.fetched() || anyAnswer(errs) {
		if broken, err = k.compile(ctx, have, errs); err != nil {
			return nil, fmt.Errorf("intelligence: %w", err)
		}
		if have, err = intel.Open(k.file()); err != nil {
			return nil, fmt.Errorf("intelligence: %w", err)
		}
	}
	k.settle(have, results, errs)
	for i := range results {
		results[i].Broken = broken[results[i].Name]
	}
	return results, nil
}

// anyAnswer reports whether a source that was asked has answered.
func anyAnswer(errs map[string]error) bool {
	for _, err := range errs {
		if err == nil {
			return true
		}
	}
	return false
}

// fetched reports whether anything was ever fetched.
func (k *Intelligence) fetched() bool {
	return slices.ContainsFunc(k.Sources, func(s feed.Intelligence) bool {
		_, err := os.Stat(filepath.Join(k.dir(s.Name), askedFile))
		return err == nil
	})
}

func (k *Intelligence) file() string { return filepath.Join(k.Dir, intel.FileName) }

func (k *Intelligence) dir(source string) string {
	return filepath.Join(k.Dir, "sources", "intelligence", source)
}

// settle fills in the results from the file as it is; errs, by name, are why a
// source could not be asked. It reports whether all are young enough.
func (k *Intelligence) settle(have *intel.File, results []SourceResult, errs map[string]error) bool {
	done := true
	for i := range results {
		r := &results[i]
		at := slices.IndexFunc(have.Sources(), func(s intel.Source) bool { return s.Name == r.Name })
		if at < 0 {
			r.State, r.Source, r.Err = Missing, intel.Source{}, errs[r.Name]
			if r.Err == nil && errs != nil {
				r.Err = feed.ErrNoData
			}
			done = false
			continue
		}
		r.Source, r.Err = have.Sources()[at], errs[r.Name]
		switch _, asked := errs[r.Name]; {
		case r.Err != nil:
			r.State, done = Stale, false
		case asked:
			r.State = Updated
		case k.fresh(r.Source):
			r.State = Fresh
		default:
			r.State, done = Stale, false
		}
	}
	return done
}

// fresh reports whether a source need not be asked.
func (k *Intelligence) fresh(s intel.Source) bool {
	age := k.Now().Sub(s.Fetched)
	return age >= -time.Minute && age < k.MaxAge && (k.URL == "" || s.URL == k.URL)
}

// fetch asks the sources that are too old. Each of them has an entry in errs,
// nil where it answered.
func (k *Intelligence) fetch(ctx context.Context, results []SourceResult) (errs map[string]error, err error) {
	outcomes := make([]error, len(results))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(side)
	for i, r := range results {
		if r.State != Fresh {
			group.Go(func() error {
				outcomes[i] = k.ask(ctx, r.Name)
				return ctx.Err()
			})
		}
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	errs = map[string]error{}
	for i, r := range results {
		if r.State != Fresh {
			errs[r.Name] = outcomes[i]
		}
	}
	return errs, nil
}

// asked says when a source was last asked, and where.
type asked struct {
	URL     string    `json:"url"`
	Fetched time.Time `json:"fetched"`
}

const askedFile = "asked.json"

func (k *Intelligence) ask(ctx context.Context, name string) error {
	s, ok := feed.FindIntelligence(k.Sources, name)
	if !ok {
		return fmt.Errorf("no source of intelligence is called %s", name)
	}
	if k.Offline && !local(k.URL) {
		return ErrOffline
	}
	request := feed.Request{URL: s.URL, Dir: k.dir(name), Key: k.Keys[name]}
	if k.URL != "" {
		request.URL = k.URL
	}
	if k.Progress != nil {
		request.Progress = func(done, total int64) { k.Progress(name, done, total) }
	}
	now := k.Now()
	if _, err := s.Fetch(ctx, asker(k.Client, k.Offline), request); err != nil {
		return err
	}
	data, err := json.Marshal(asked{request.URL, now})
	if err != nil {
		return err
	}
	return feed.WriteFile(filepath.Join(request.Dir, askedFile), data)
}

// compile writes the file from all that was ever fetched; of a source that never
// was, what have holds, which came from a mirror, stays. It gives the numbers
// of records that could not be read, by source. A source whose files cannot be
// read is left out and fetched anew the next time; errs gets the reason.
func (k *Intelligence) compile(ctx context.Context, have *intel.File, errs map[string]error) (broken map[string]int, err error) {
	broken = map[string]int{}
	var b intel.Builder
	for _, s := range k.Sources {
		var a asked
		dir := os.DirFS(k.dir(s.Name))
		if err := feed.ReadJSON(dir, askedFile, &a); errors.Is(err, fs.ErrNotExist) {
			b.Carry(have, s.Name)
			continue
		} else if err != nil {
			return nil, err
		}
		reading, err := s.Parse(ctx, dir, b.Add)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			errs[s.Name] = errors.Join(err, os.RemoveAll(k.dir(s.Name)))
			continue
		}
		broken[s.Name] = reading.Broken
		b.AddSource(intel.Source{Name: s.Name, URL: a.URL, AsOf: reading.AsOf, Fetched: a.Fetched, Records: reading.Records})
	}
	return broken, b.WriteFile(k.file())
}

// sweep deletes what killed processes have left.
func (k *Intelligence) sweep() {
	left, err := filepath.Glob(filepath.Join(k.Dir, intel.TemporaryPrefix+"*"))
	if err != nil {
		return
	}
	for _, path := range left { // nobody else writes: the lock is held
		_ = os.Remove(path) // it is only a matter of space
	}
}
