// Package govulndb is the feed of the Go vulnerability database: the Go team's
// reviewed records of modules, the standard library and the toolchain
// (https://go.dev/doc/security/vuln/database).
package govulndb

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/vulndb"
)

const (
	stateFile  = "state.json"
	lockFile   = "lock"
	parallel   = 8
	indexLimit = 64 << 20  // bytes; real ones have half a million
	zipLimit   = 512 << 20 // bytes; real ones have some million
	maxRecords = 1 << 20
)

// Feed is the Go vulnerability database.
func Feed() feed.Feed {
	return feed.Feed{
		Name:    "govulndb",
		Doc:     "The Go vulnerability database: what the Go team has reviewed. The OSV database has the same records, and GitHub's beside them.",
		URL:     "https://vuln.go.dev",
		License: "CC-BY-4.0",
		Choice:  feed.Named,
		Covers:  func(ecosystem string) bool { return ecosystem == "Go" },
		Fetch: func(ctx context.Context, client *http.Client, r feed.Request) (bool, error) {
			changed, err := fetch(ctx, r.Getter(client), r)
			if err != nil {
				err = fmt.Errorf("fetch %s: %w", r.Ecosystem, err)
			}
			return changed, err
		},
		Parse: parse,
	}
}

// state says which file holds the records. Replacing it is the moment at which
// an update counts.
type state struct {
	URL    string `json:"url"`
	File   string `json:"file"` // a zip of ID/GO-2024-1.json, …; empty ones are deleted
	Tag    string `json:"tag"`  // ETag of the index
	Serial int    `json:"serial"`
}

func readState(dir fs.FS) (state, error) {
	var s state
	err := feed.ReadJSON(dir, stateFile, &s)
	if err == nil && !fs.ValidPath(s.File) {
		err = fmt.Errorf("read %s: no file name", stateFile)
	}
	return s, err
}

// update is one run of fetch.
type update struct {
	feed.Getter
	feed.Request
	base     string
	progress feed.Progress
}

func fetch(ctx context.Context, g feed.Getter, r feed.Request) (bool, error) {
	if err := os.MkdirAll(r.Dir, 0o755); err != nil {
		return false, err
	}
	unlock, err := vulndb.Lock(ctx, filepath.Join(r.Dir, lockFile))
	if err != nil {
		return false, err
	}
	defer unlock()
	u := update{Getter: g, Request: r, progress: feed.Progress{Tell: r.Progress, Several: true}}
	u.URL = strings.TrimSuffix(u.URL, "/")
	if u.base, u.Client, err = feed.Locate(u.URL, g.Client); err != nil {
		return false, err
	}
	var old state
	if s, err := readState(os.DirFS(r.Dir)); err == nil && s.URL == u.URL {
		if _, err := os.Stat(filepath.Join(r.Dir, s.File)); err == nil {
			old = s
		}
	}
	return u.run(ctx, old)
}

func (u *update) run(ctx context.Context, old state) (bool, error) {
	list, tag, err := u.index(ctx, old.Tag)
	if err != nil || list == nil {
		return false, err
	}
	next := state{URL: u.URL, Tag: tag, Serial: old.Serial + 1}
	next.File = fmt.Sprintf("records-%d.zip", next.Serial)
	base := old.File
	if base == "" {
		if base, err = u.export(ctx); err != nil {
			return false, err
		}
	}
	have, err := held(u.Dir, base)
	if err != nil {
		return false, err
	}
	records, err := u.records(ctx, list, have)
	if err != nil {
		return false, err
	}
	if _, err := feed.MergeZip(u.Dir, next.File, base, records); err != nil {
		return false, err
	}
	return len(records) > 0 || old.File == "", next.commit(u.Dir)
}

// listed is an id of the index.
type listed struct {
	ID       string    `json:"id"`
	Modified time.Time `json:"modified"`
}

// index reads which records there are and when each changed; nil if the index
// has not changed.
func (u *update) index(ctx context.Context, known string) (list map[string]time.Time, tag string, err error) {
	err = u.Get(ctx, feed.Call{
		URL: u.base + "/index/modules.json",
		Header: func(h http.Header) {
			if known != "" {
				h.Set("If-None-Match", known)
			}
		},
		Use: func(resp *http.Response) (_ bool, err error) {
			if resp.StatusCode == http.StatusNotModified {
				return false, nil
			}
			if resp.ContentLength > indexLimit {
				return false, feed.Final(fmt.Errorf("the index has more than the limit of %d bytes", indexLimit))
			}
			data, err := io.ReadAll(io.LimitReader(resp.Body, indexLimit))
			if err == nil {
				tag = resp.Header.Get("ETag")
				list, err = readIndex(data)
			}
			return false, err
		},
	})
	return list, tag, err
}

func readIndex(data []byte) (map[string]time.Time, error) {
	var modules []struct {
		Vulns []listed `json:"vulns"`
	}
	if err := json.Unmarshal(data, &modules); err != nil {
		return nil, feed.Final(fmt.Errorf("index/modules.json: %w", err))
	}
	list := map[string]time.Time{}
	for _, m := range modules {
		for _, v := range m.Vulns {
			if !isID(v.ID) || len(list) > maxRecords {
				return nil, feed.Final(fmt.Errorf("index/modules.json: %q is no id", v.ID))
			}
			list[v.ID] = v.Modified
		}
	}
	return list, nil
}

// isID reports whether an id can be a part of a path.
func isID(id string) bool {
	return len(id) > 3 && len(id) <= 64 && strings.HasPrefix(id, "GO-") && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-'
	})
}

// export fetches the zip with everything, if the source has one.
func (u *update) export(ctx context.Context) (string, error) {
	d := feed.Download{Getter: u.Getter, Dir: u.Dir, Name: "export", URL: u.base + "/vulndb.zip", Limit: zipLimit, Progress: &u.progress, Check: func(path string) error {
		z, err := zip.OpenReader(path)
		if err != nil {
			return err
		}
		return z.Close()
	}}
	got, err := d.Run(ctx)
	if errors.Is(err, feed.ErrNoData) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	const name = "records-export.zip"
	return name, errors.Join(os.Rename(got.Path, filepath.Join(u.Dir, name)), d.Forget())
}

// held says when each record of a zip changed.
func held(dir, name string) (map[string]time.Time, error) {
	have := map[string]time.Time{}
	if name == "" {
		return have, nil
	}
	err := eachRecord(os.DirFS(dir), name, func(id string, data []byte) error {
		if a, err := vulndb.ParseOSV(data); err == nil && a.ID == id {
			have[id] = a.Modified
		}
		return nil
	})
	return have, err
}

// records fetches what is new or has changed; of what is gone only the name.
func (u *update) records(ctx context.Context, list, have map[string]time.Time) ([]feed.Record, error) {
	var records []feed.Record
	for id, modified := range list {
		if at, ok := have[id]; !ok || !at.Equal(modified) {
			records = append(records, feed.Record{Name: "ID/" + id + ".json"})
		}
	}
	wanted := len(records)
	for id := range have {
		if _, ok := list[id]; !ok {
			records = append(records, feed.Record{Name: "ID/" + id + ".json"})
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i := range records[:wanted] {
		group.Go(func() (err error) {
			r := &records[i]
			r.Data, err = u.Small(ctx, u.base+"/"+r.Name, vulndb.MaxRecord)
			u.progress.Add(int64(len(r.Data)))
			return err
		})
	}
	return records, group.Wait()
}

// commit makes s the state of a directory and deletes the zips that it does not
// name.
func (s state) commit(dir string) error {
	data, err := json.Marshal(s)
	if err == nil {
		err = feed.WriteFile(filepath.Join(dir, stateFile), data)
	}
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if name != s.File && (strings.HasPrefix(name, feed.NewPrefix) || strings.HasPrefix(name, "records-")) {
			err = errors.Join(err, os.Remove(filepath.Join(dir, name)))
		}
	}
	return err
}

// parse yields the records.
func parse(ctx context.Context, dir fs.FS) iter.Seq2[vulndb.Advisory, error] {
	return func(yield func(vulndb.Advisory, error) bool) {
		stopped := errors.New("the consumer has stopped")
		s, err := readState(dir)
		if err == nil {
			err = eachRecord(dir, s.File, func(id string, data []byte) error {
				a, err := vulndb.ParseOSV(data)
				if broken := (*vulndb.RecordError)(nil); errors.As(err, &broken) {
					err = &vulndb.RecordError{ID: id, Err: broken.Err}
				}
				if !yield(a, err) {
					return stopped
				}
				return ctx.Err()
			})
		}
		if err != nil && !errors.Is(err, stopped) {
			yield(vulndb.Advisory{}, fmt.Errorf("read the Go vulnerability database: %w", err))
		}
	}
}

// eachRecord gives the records of a zip that are not deleted, in order.
func eachRecord(dir fs.FS, name string, use func(id string, data []byte) error) error {
	data, err := fs.ReadFile(dir, name)
	if err != nil {
		return err
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	slices.SortFunc(z.File, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range z.File {
		id := strings.TrimSuffix(path.Base(f.Name), ".json")
		if path.Dir(f.Name) != "ID" || !isID(id) || f.UncompressedSize64 == 0 {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		data, err := io.ReadAll(io.LimitReader(r, vulndb.MaxRecord+1))
		if err = errors.Join(err, r.Close()); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		if err := use(id, data); err != nil {
			return err
		}
	}
	return nil
}
