package redhat

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/vulndb"
)

const (
	stateFile    = "state.json"
	lockFile     = "lock"
	parallel     = 8
	archiveLimit = 4 << 30   // bytes; real ones have some hundred million
	documentSize = 128 << 20 // bytes of a VEX file; those of kernel CVEs have some ten million
	listSize     = 1 << 30   // bytes
	lineLimit    = 4_000_000 // lines of a list; real ones have 300,000
	sumLimit     = 4 << 10   // bytes of the files with a name or a check sum
	// overlap is by how much an archive may be older than the day in its name says.
	overlap = 24 * time.Hour
)

// fetcher fetches up to a number of changed files before a newer archive is
// cheaper.
type fetcher struct{ changes int }

// state says which files of the directory hold the records. Replacing it is the
// moment at which an update counts.
type state struct {
	URL     string    `json:"url"`
	Archive string    `json:"archive"`           // its name at the source
	File    string    `json:"file"`              // and here
	Changes string    `json:"changes,omitempty"` // zip of the files that changed later
	Seen    time.Time `json:"seen"`              // changes up to here are in the files
	Lists   [2]string `json:"lists"`             // ETags of the lists of changes and deletions
	Serial  int       `json:"serial"`
}

func readState(dir fs.FS) (state, error) {
	var s state
	err := feed.ReadJSON(dir, stateFile, &s)
	if err == nil && (!fs.ValidPath(s.File) || s.Changes != "" && !fs.ValidPath(s.Changes)) {
		err = fmt.Errorf("read %s: no file names", stateFile)
	}
	return s, err
}

// basis names the archive.
func basis(dir fs.FS) (string, error) {
	s, err := readState(dir)
	if err != nil {
		return "", err
	}
	info, err := fs.Stat(dir, s.File)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %s %d %d", s.Archive, s.File, info.Size(), info.ModTime().UnixNano()), nil
}

func (f fetcher) fetch(ctx context.Context, client *http.Client, r feed.Request) (bool, error) {
	changed, err := f.locked(ctx, client, r)
	if err != nil {
		return false, fmt.Errorf("fetch %s: %w", r.Ecosystem, err)
	}
	return changed, nil
}

func (f fetcher) locked(ctx context.Context, client *http.Client, r feed.Request) (bool, error) {
	if err := os.MkdirAll(r.Dir, 0o755); err != nil {
		return false, err
	}
	unlock, err := vulndb.Lock(ctx, filepath.Join(r.Dir, lockFile))
	if err != nil {
		return false, err
	}
	defer unlock()
	u := update{Request: r, limit: f.changes, progress: feed.Progress{Tell: r.Progress}}
	u.URL = strings.TrimSuffix(u.URL, "/")
	u.Getter = r.Getter(client)
	if u.base, u.Client, err = feed.Locate(u.URL, client); err != nil {
		return false, err
	}
	if old, err := readState(os.DirFS(r.Dir)); err == nil && old.URL == u.URL {
		if _, err := os.Stat(filepath.Join(r.Dir, old.File)); err == nil {
			u.old = old
		}
	}
	return u.run(ctx)
}

// update is one run of fetch.
type update struct {
	feed.Getter
	feed.Request
	base     string
	limit    int
	old      state
	progress feed.Progress
}

func (u *update) run(ctx context.Context) (bool, error) {
	next := u.old
	next.Serial++
	if u.old.File == "" {
		if err := u.archive(ctx, &next); err != nil {
			return false, err
		}
	}
	records, err := u.since(ctx, &next)
	if errors.Is(err, errMany) && u.old.File != "" {
		if err = u.archive(ctx, &next); err == nil {
			records, err = u.since(ctx, &next)
		}
	}
	if err != nil {
		return false, err
	}
	if len(records) > 0 {
		older := next.Changes
		next.Changes = fmt.Sprintf("changes-%d.zip", next.Serial)
		if _, err := feed.MergeZip(u.Dir, next.Changes, older, records); err != nil {
			return false, err
		}
	}
	if next.File == u.old.File && len(records) == 0 && next.Lists == u.old.Lists && next.Seen.Equal(u.old.Seen) {
		return false, nil
	}
	return next.File != u.old.File || len(records) > 0, next.commit(u.Dir)
}

// archiveName is what an archive is called.
var archiveName = regexp.MustCompile(`^[a-zA-Z0-9_]+_(\d{4}-\d{2}-\d{2})\.tar\.zst$`)

// archive fetches the newest archive of all files, unless it is there.
func (u *update) archive(ctx context.Context, next *state) error {
	text, err := u.Small(ctx, u.base+"/archive_latest.txt", sumLimit)
	if err != nil {
		return err
	}
	name := strings.TrimSpace(string(text))
	found := archiveName.FindStringSubmatch(name)
	if found == nil {
		return fmt.Errorf("archive_latest.txt: %q is no name of an archive", name)
	}
	day, err := time.Parse(time.DateOnly, found[1])
	if err != nil {
		return fmt.Errorf("archive_latest.txt: %w", err)
	}
	if name == u.old.Archive {
		return errMany // a newer one is not there
	}
	d := feed.Download{Getter: u.Getter, Dir: u.Dir, Name: "archive", URL: u.base + "/" + name, Limit: archiveLimit, Progress: &u.progress, Check: checkArchive}
	sum, err := u.Small(ctx, d.URL+".sha256", sumLimit)
	if err != nil && !errors.Is(err, feed.ErrNoData) {
		return err
	}
	if fields := strings.Fields(string(sum)); len(fields) > 0 {
		d.SHA256 = fields[0]
	}
	got, err := d.Run(ctx)
	if err != nil {
		return err
	}
	*next = state{URL: u.URL, Archive: name, File: fmt.Sprintf("archive-%d.tar.zst", next.Serial), Seen: day.Add(-overlap), Serial: next.Serial}
	return errors.Join(os.Rename(got.Path, filepath.Join(u.Dir, next.File)), d.Forget())
}

var errMany = errors.New("more files have changed since the archive than are fetched one by one, and there is no newer archive")

// line is one of a list: when a file changed or was deleted.
type line struct {
	path string
	at   time.Time
}

// since fetches what changed since next.Seen, and moves that.
func (u *update) since(ctx context.Context, next *state) ([]feed.Record, error) {
	var lists [2][]line
	for i, name := range []string{"changes.csv", "deletions.csv"} {
		var err error
		if lists[i], next.Lists[i], err = u.list(ctx, name, *next, i); err != nil {
			return nil, err
		}
	}
	if len(lists[0]) > u.limit {
		return nil, errMany
	}
	seen := next.Seen
	latest := map[string]time.Time{}
	for _, l := range lists[0] {
		latest[l.path] = l.at
		if l.at.After(seen) {
			seen = l.at
		}
	}
	records, err := u.files(ctx, lists[0])
	if err != nil {
		return nil, err
	}
	for _, l := range lists[1] {
		if at, again := latest[l.path]; !again || at.Before(l.at) {
			records = slices.DeleteFunc(records, func(r feed.Record) bool { return r.Name == l.path })
			records = append(records, feed.Record{Name: l.path})
		}
		if l.at.After(seen) {
			seen = l.at
		}
	}
	next.Seen = seen
	return records, nil
}

// list reads a list's lines that are newer than what was seen. Unchanged lists
// are not sent again.
func (u *update) list(ctx context.Context, name string, s state, i int) (lines []line, tag string, err error) {
	tag = s.Lists[i]
	err = u.Get(ctx, feed.Call{
		URL: u.base + "/" + name,
		Header: func(h http.Header) {
			if tag != "" {
				h.Set("If-None-Match", tag)
			}
		},
		Use: func(resp *http.Response) (_ bool, err error) {
			if resp.StatusCode == http.StatusNotModified {
				return false, nil
			}
			if resp.ContentLength > listSize {
				return false, feed.Final(fmt.Errorf("%s: more than the limit of %d bytes", name, listSize))
			}
			lines, err = readList(resp.Body, s.Seen)
			if err != nil {
				err = fmt.Errorf("%s: %w", name, err)
			}
			tag = resp.Header.Get("ETag")
			return false, err
		},
	})
	if errors.Is(err, feed.ErrNoData) && i == 1 {
		err = nil // nothing was ever deleted
	}
	return lines, tag, err
}

func readList(r io.Reader, since time.Time) ([]line, error) {
	c := csv.NewReader(io.LimitReader(r, listSize))
	c.FieldsPerRecord, c.ReuseRecord = 2, true
	var lines []line
	for n := 1; ; n++ {
		fields, err := c.Read()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if broken := (*csv.ParseError)(nil); errors.As(err, &broken) {
			return nil, feed.Final(err)
		}
		if err != nil {
			return nil, err
		}
		at, err := time.Parse(time.RFC3339, fields[1])
		if err != nil || !isDocument(fields[0]) || n > lineLimit {
			return nil, feed.Final(fmt.Errorf("line %d: want a path and a time, not %.80q", n, fields))
		}
		if at.After(since) {
			lines = append(lines, line{strings.Clone(fields[0]), at.UTC()})
		}
	}
}

// isDocument reports whether a path is that of a VEX file, 2024/cve-2024-1.json.
func isDocument(p string) bool {
	return fs.ValidPath(p) && path.Ext(p) == ".json" && len(p) <= 100 && strings.Count(p, "/") == 1
}

// files fetches files, each by itself.
func (u *update) files(ctx context.Context, lines []line) ([]feed.Record, error) {
	records := make([]feed.Record, len(lines))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i, l := range lines {
		group.Go(func() error {
			data, err := u.Small(ctx, u.base+"/"+l.path, documentSize)
			if errors.Is(err, feed.ErrNoData) {
				err = nil // deleted meanwhile
			}
			u.progress.Add(int64(len(data)))
			records[i] = feed.Record{Name: l.path, Data: data}
			return err
		})
	}
	return records, group.Wait()
}

// commit makes s the state of a directory and deletes the files that it does
// not name.
func (s state) commit(dir string) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := feed.WriteFile(filepath.Join(dir, stateFile), data); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		ours := strings.HasPrefix(name, feed.NewPrefix) || strings.HasPrefix(name, "changes-") || strings.HasPrefix(name, "archive-")
		if ours && name != s.File && name != s.Changes {
			err = errors.Join(err, os.Remove(filepath.Join(dir, name)))
		}
	}
	return err
}
