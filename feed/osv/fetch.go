package osv

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/vulndb"
)

const (
	parallel = 8         // requests for single records at once
	overlap  = time.Hour // by which all.zip may be older than the list of changes
	maxLine  = 4 << 10   // bytes of a line of the list
	maxList  = 1 << 30   // bytes of the list; real ones have some million, and are seldom read to their end
)

// fetcher fetches within limits.
type fetcher struct{ limits limits }

// fetch brings a directory up to date. One process at a time does; the others
// wait and then find it done.
func (f fetcher) fetch(ctx context.Context, client *http.Client, r feed.Request) (bool, error) {
	if err := os.MkdirAll(r.Dir, 0o755); err != nil {
		return false, fmt.Errorf("fetch %s: %w", r.Ecosystem, err)
	}
	unlock, err := vulndb.Lock(ctx, filepath.Join(r.Dir, lockFile))
	if err != nil {
		return false, fmt.Errorf("fetch %s: %w", r.Ecosystem, err)
	}
	defer unlock()
	u := update{Getter: r.Getter(client), limits: f.limits, Request: r, progress: feed.Progress{Tell: r.Progress}}
	u.URL = strings.TrimSuffix(u.URL, "/")
	if old, err := readState(os.DirFS(r.Dir)); err == nil && old.URL == u.URL && old.Ecosystem == r.Ecosystem && u.holds(old.Zip) {
		u.old = old
	}
	changed, err := u.run(ctx)
	if err != nil {
		return false, fmt.Errorf("fetch %s: %w", r.Ecosystem, err)
	}
	return changed, nil
}

// update is one run of fetch.
type update struct {
	feed.Getter
	feed.Request
	limits   limits
	progress feed.Progress
	old      state // zero if there is nothing to build on
}

func (u *update) holds(name string) bool {
	_, err := os.Stat(filepath.Join(u.Dir, name))
	return err == nil
}

func (u *update) run(ctx context.Context) (bool, error) {
	if path, ok := localPath(u.URL); ok {
		return u.fromDisk(ctx, path)
	}
	if strings.HasSuffix(strings.ToLower(u.URL), ".zip") {
		return u.whole(ctx, u.URL, list{})
	}
	if u.old.Zip == "" {
		// The list is read first: what changes during the download is then in
		// the next run's part of it.
		newest, err := u.changes(ctx, time.Time{})
		if err != nil && !errors.Is(err, feed.ErrNoData) {
			return false, err
		}
		return u.whole(ctx, u.url("all.zip"), newest)
	}
	since, err := u.changes(ctx, u.old.Seen)
	switch {
	case errors.Is(err, feed.ErrNoData): // a mirror without the list
		return u.whole(ctx, u.url("all.zip"), list{})
	case err != nil:
		return false, err
	case since.unchanged || since.reaches && len(u.unseen(since)) == 0:
		return false, nil
	case !since.reaches:
		return u.whole(ctx, u.url("all.zip"), since)
	}
	return u.increment(ctx, since)
}

// url is that of a file of the ecosystem.
func (u *update) url(name string) string {
	return u.URL + "/" + url.PathEscape(u.Ecosystem) + "/" + url.PathEscape(name)
}

// change is a line of the list of changes.
type change struct {
	at time.Time
	id string
}

// line is the change as one text, to be kept.
func (c change) line() string { return c.at.UTC().Format(time.RFC3339Nano) + "," + c.id }

// list is the newest part of the list of changes.
type list struct {
	changes   []change
	tag       string
	made      time.Time // by the server's word; zero where it has none
	unchanged bool      // since the last time, so that nothing was read
	reaches   bool      // back to the time that was asked for
}

// future reports whether a change claims a time that had not come when the list
// was made. Some records do, by years, and stay at the list's head all that
// time, so that they say nothing of what was seen.
func (l list) future(c change) bool { return !l.made.IsZero() && c.at.After(l.made) }

// changes reads the list back to a time; for the zero time only what changed last.
func (u *update) changes(ctx context.Context, since time.Time) (list, error) {
	var got list
	err := u.Get(ctx, feed.Call{
		URL: u.url("modified_id.csv"),
		Header: func(h http.Header) {
			if u.old.ListTag != "" && !since.IsZero() {
				h.Set("If-None-Match", u.old.ListTag)
			}
		},
		Use: func(resp *http.Response) (_ bool, err error) {
			if resp.StatusCode == http.StatusNotModified {
				got = list{unchanged: true}
				return false, nil
			}
			if resp.ContentLength > maxList {
				return false, feed.Final(fmt.Errorf("modified_id.csv: more than the limit of %d bytes", maxList))
			}
			got, err = readChanges(io.LimitReader(resp.Body, maxList), madeAt(resp.Header), since, u.limits.changes)
			got.tag = resp.Header.Get("ETag")
			return false, err
		},
	})
	return got, err
}

// madeAt is when the server made what it sends, at the latest.
func madeAt(h http.Header) time.Time {
	for _, name := range []string{"Last-Modified", "Date"} {
		if at, err := http.ParseTime(h.Get(name)); err == nil {
			return at
		}
	}
	return time.Time{}
}

// readChanges reads lines "time,id" of a list made at a time, the newest first,
// as long as they are not older than since, and not more than limit of them.
func readChanges(r io.Reader, made, since time.Time, limit int) (list, error) {
	got := list{made: made}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		when, id, ok := strings.Cut(line, ",")
		at, err := time.Parse(time.RFC3339Nano, when)
		if id = id[strings.LastIndexByte(id, '/')+1:]; !ok || err != nil || !validID(id) {
			if !lines.Scan() && lines.Err() != nil {
				return got, lines.Err() // the line was cut
			}
			if len(got.changes) > 0 {
				return got, nil // which record changed is unknown: fetch them all
			}
			return got, feed.Final(fmt.Errorf("modified_id.csv:%d: want a time and an id, not %q", n, line))
		}
		if !since.IsZero() && at.Before(since) {
			got.reaches = true
			return got, nil
		}
		if len(got.changes) > limit {
			return got, nil
		}
		if last := len(got.changes) - 1; since.IsZero() && last >= 0 && !got.future(got.changes[last]) && !at.Equal(got.changes[last].at) {
			return got, nil
		}
		got.changes = append(got.changes, change{at, id})
		// At the end of a list that ends just there, all is seen.
		got.reaches = !since.IsZero() && at.Equal(since)
	}
	return got, lines.Err()
}

// validID reports whether an id can be a part of a URL and the name of a file
// in a zip ("RHSA-2024:1" is one, too).
func validID(id string) bool {
	return id != "" && len(id) <= 200 && id[0] != '.' && !strings.ContainsFunc(id, func(r rune) bool {
		return r <= ' ' || r == 0x7f || r == '/' || r == '\\'
	})
}

// unseen are the changes that the files do not have yet.
func (u *update) unseen(since list) []change {
	seen := map[string]bool{}
	for _, line := range u.old.SeenLines {
		seen[line] = true
	}
	var news []change
	for _, c := range since.changes {
		if !seen[c.line()] {
			news = append(news, c)
		}
	}
	return news
}

// whole fetches the zip with all records.
func (u *update) whole(ctx context.Context, address string, newest list) (bool, error) {
	d := feed.Download{
		Getter: u.Getter, Dir: u.Dir, Name: plainZip, URL: address, Limit: u.limits.zipBytes, Check: checkZip, Progress: &u.progress,
	}
	if u.old.Changes == "" && len(newest.changes) == 0 {
		d.Have.ETag = u.old.Tag
	}
	got, err := d.Run(ctx)
	if err != nil || got.Path == "" {
		return false, err
	}
	next := state{URL: u.URL, Ecosystem: u.Ecosystem, Tag: got.ETag, Serial: u.old.Serial + 1}
	next.Zip = fmt.Sprintf("all-%d.zip", next.Serial)
	if len(newest.changes) > 0 {
		next.sawAll(newest)
		if before := got.Modified.Add(-overlap); !got.Modified.IsZero() && before.Before(next.Seen) {
			next.Seen, next.SeenLines, next.ListTag = before, nil, ""
		}
	}
	if err := os.Rename(got.Path, filepath.Join(u.Dir, next.Zip)); err != nil {
		return false, err
	}
	return true, errors.Join(next.commit(u.Dir), d.Forget())
}

// sawAll notes that the files have all that a list names.
func (s *state) sawAll(l list) {
	s.ListTag, s.SeenLines = l.tag, nil
	for _, c := range l.changes {
		s.Seen = c.at
		if !l.future(c) {
			break
		}
	}
	for _, c := range l.changes {
		if !c.at.Before(s.Seen) {
			s.SeenLines = append(s.SeenLines, c.line())
		}
	}
}

// increment fetches the records that changed, each by itself, and puts them
// with those of earlier increments into a new file.
func (u *update) increment(ctx context.Context, since list) (bool, error) {
	news := u.unseen(since)
	if len(news) > u.limits.changes {
		return u.whole(ctx, u.url("all.zip"), since)
	}
	records, err := u.records(ctx, news)
	if err != nil {
		return false, err
	}
	next := u.old
	next.Serial++
	next.Changes = fmt.Sprintf("changes-%d.zip", next.Serial)
	next.sawAll(since)
	count, err := feed.MergeZip(u.Dir, next.Changes, u.old.Changes, records)
	if err != nil {
		return false, err
	}
	if count > 2*u.limits.changes {
		return u.whole(ctx, u.url("all.zip"), since)
	}
	return true, next.commit(u.Dir)
}

func (u *update) records(ctx context.Context, news []change) ([]feed.Record, error) {
	records := make([]feed.Record, len(news))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i, c := range news {
		group.Go(func() error {
			data, err := u.record(ctx, c.id)
			records[i] = feed.Record{Name: c.id + ".json", Data: data}
			return err
		})
	}
	return records, group.Wait()
}

// record fetches one record; none if the source has it no more.
func (u *update) record(ctx context.Context, id string) ([]byte, error) {
	data, err := u.Small(ctx, u.url(id+".json"), vulndb.MaxRecord)
	if errors.Is(err, feed.ErrNoData) {
		return nil, nil
	}
	u.progress.Add(int64(len(data)))
	return data, err
}
