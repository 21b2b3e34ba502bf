package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/plimsoll/plimsoll/vulndb"
)

const (
	copiesFile = "copies.json"
	lockFile   = "lock"
	parallel   = 4       // files that are fetched at once
	itemLimit  = 1 << 30 // bytes of a file, unless its Item says otherwise
	maxItems   = 4096    // files of a source
)

// Item is one file of a source that a feed keeps as it is served.
type Item struct {
	Name     string // under which Parse finds it: "main.json"; without slashes
	URL      string
	SHA256   string // hex, that the source states; a copy that has it is not asked for again
	Optional bool   // the source may lack it
	Gzip     bool   // ask for it compressed
	Limit    int64  // bytes; 0 is 1 GiB
	// Long says that unpacking the whole file only to check it would take minutes:
	// then Check alone looks at it, and Parse finds what is damaged.
	Long bool
	// Check looks at the whole file, unpacked, before it is taken: IsJSON, IsXML.
	Check func(*Copy) error
}

// Source is what a feed's plan may ask on its way to the list of files.
type Source struct {
	Getter
	Request          // its URL has no slash at the end
	Notes   []string // what the last plan noted; a plan may change it
}

// copies says which files of a directory are the source's. Replacing the file
// that holds it is the moment at which an update counts: before, the old files
// are whole; after, the new ones.
type copies struct {
	URL       string            `json:"url"` // of the source, to notice another one
	Ecosystem string            `json:"ecosystem"`
	Files     map[string]copied `json:"files"`
	Notes     []string          `json:"notes,omitempty"`
	Serial    int               `json:"serial"` // counts updates, so that file names are new
}

// copied is one of the files.
type copied struct {
	File   string `json:"file"` // its name in the directory
	URL    string `json:"url"`
	SHA256 string `json:"sha256"`
	Validators
}

// Keep brings copies of a source's files up to date: plan lists them, those
// that have changed are fetched, and only when all are there and whole do they
// take the place of the old ones. One process at a time does; others wait and
// then find it done. When anything fails, the old files stay.
//
// The source may be a directory (a path or a file URL) laid out like the
// server.
func Keep(ctx context.Context, g Getter, r Request, plan func(context.Context, *Source) ([]Item, error)) (bool, error) {
	changed, err := keep(ctx, g, r, plan)
	if err != nil {
		return false, fmt.Errorf("fetch %s: %w", r.Ecosystem, err)
	}
	return changed, nil
}

func keep(ctx context.Context, g Getter, r Request, plan func(context.Context, *Source) ([]Item, error)) (bool, error) {
	if err := os.MkdirAll(r.Dir, 0o755); err != nil {
		return false, err
	}
	unlock, err := vulndb.Lock(ctx, filepath.Join(r.Dir, lockFile))
	if err != nil {
		return false, err
	}
	defer unlock()
	k := keeper{name: strings.TrimSuffix(r.URL, "/"), dir: r.Dir}
	if err := ReadJSON(os.DirFS(r.Dir), copiesFile, &k.old); err != nil || k.old.URL != k.name || k.old.Ecosystem != r.Ecosystem {
		k.old = copies{Serial: k.old.Serial}
	}
	s := Source{Getter: g, Request: r, Notes: slices.Clone(k.old.Notes)}
	if s.URL, s.Client, err = Locate(k.name, g.Client); err != nil {
		return false, err
	}
	items, err := plan(ctx, &s)
	if err != nil {
		return false, err
	}
	if len(items) > maxItems {
		return false, fmt.Errorf("the source has %d files, more than the limit of %d", len(items), maxItems)
	}
	k.progress = Progress{Tell: r.Progress, Several: len(items) > 1}
	k.Getter = s.Getter
	k.next = copies{URL: k.name, Ecosystem: r.Ecosystem, Files: map[string]copied{}, Notes: s.Notes, Serial: k.old.Serial + 1}
	return k.all(ctx, items)
}

// Locate turns a source that is a directory (a path or a file URL) into one that
// is asked like a server; its files then have Last-Modified.
func Locate(source string, client *http.Client) (string, *http.Client, error) {
	u, err := url.Parse(source)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		return source, client, nil
	}
	path := source
	if err == nil && u.Scheme == "file" {
		path = filepath.FromSlash(u.Path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", nil, err
	}
	if !info.IsDir() {
		return "", nil, fmt.Errorf("%s: want a directory laid out like the source", path)
	}
	return "http://directory.invalid", &http.Client{Transport: http.NewFileTransportFS(os.DirFS(path))}, nil
}

// keeper is one run of Keep.
type keeper struct {
	Getter
	name, dir string
	old, next copies
	progress  Progress
}

// all fetches the items and makes them count.
func (k *keeper) all(ctx context.Context, items []Item) (bool, error) {
	got := make([]copied, len(items))
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i, item := range items {
		group.Go(func() (err error) {
			got[i], err = k.one(within, item)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return false, errors.Join(err, k.sweep(k.old))
	}
	for i, item := range items {
		if got[i].File != "" {
			k.next.Files[item.Name] = got[i]
		}
	}
	if len(k.next.Files) == 0 {
		return false, errors.Join(fmt.Errorf("%s: %w", k.name, ErrNoData), k.sweep(k.old))
	}
	if k.next.same(k.old) && slices.Equal(k.next.Notes, k.old.Notes) {
		return false, k.sweep(k.old)
	}
	data, err := json.Marshal(k.next)
	if err == nil {
		err = WriteFile(filepath.Join(k.dir, copiesFile), data)
	}
	if err != nil {
		return false, err
	}
	return !k.next.same(k.old), k.sweep(k.next)
}

// same reports whether two states have the same content.
func (c copies) same(other copies) bool {
	if len(c.Files) != len(other.Files) || c.URL != other.URL {
		return false
	}
	for name, f := range c.Files {
		if o, ok := other.Files[name]; !ok || o.SHA256 != f.SHA256 {
			return false
		}
	}
	return true
}

// one fetches one item, or finds that the copy is the newest. The File is empty
// if the source lacks it.
func (k *keeper) one(ctx context.Context, item Item) (copied, error) {
	if item.Name == "" || strings.ContainsAny(item.Name, `/\`) || strings.HasPrefix(item.Name, ".") {
		return copied{}, fmt.Errorf("%q is no name for a file", item.Name)
	}
	old, have := k.old.Files[item.Name]
	if have {
		_, err := os.Stat(filepath.Join(k.dir, old.File))
		have = err == nil && old.URL == item.URL
	}
	if have && item.SHA256 != "" && strings.EqualFold(item.SHA256, old.SHA256) {
		return old, nil
	}
	d := Download{
		Getter: k.Getter, Dir: k.dir, Name: item.Name, URL: item.URL, Limit: item.Limit, SHA256: item.SHA256, Gzip: item.Gzip, Progress: &k.progress,
		Check: func(path string) error { return checkCopy(path, item.Check, item.Long) },
	}
	if d.Limit == 0 {
		d.Limit = itemLimit
	}
	if have {
		d.Have = old.Validators
	}
	came, err := d.Run(ctx)
	switch {
	case errors.Is(err, ErrNoData) && item.Optional:
		return copied{}, nil
	case err != nil:
		return copied{}, err
	case came.Path == "" && !have:
		return copied{}, fmt.Errorf("%s: the server says that nothing has changed, but there is no copy", item.URL)
	case came.Path == "":
		return old, nil
	}
	now := copied{File: fmt.Sprintf("%s.%d", item.Name, k.next.Serial), URL: item.URL, Validators: came.Validators}
	if now.SHA256, err = fileSum(came.Path); err == nil {
		err = os.Rename(came.Path, filepath.Join(k.dir, now.File))
	}
	return now, errors.Join(err, d.Forget())
}

// sweep deletes the files of the directory that a state does not name, but for
// downloads that can be continued.
func (k *keeper) sweep(state copies) error {
	entries, err := os.ReadDir(k.dir)
	if err != nil {
		return err
	}
	named := map[string]bool{copiesFile: true, lockFile: true}
	for _, f := range state.Files {
		named[f.File] = true
	}
	for _, e := range entries {
		name := e.Name()
		ours := strings.HasPrefix(name, NewPrefix) || numbered(name)
		if ours && !named[name] {
			err = errors.Join(err, os.Remove(filepath.Join(k.dir, name)))
		}
	}
	return err
}

// numbered reports whether a name ends as those of copies do: in a dot and a number.
func numbered(name string) bool {
	at := strings.LastIndexByte(name, '.')
	return at > 0 && at+1 < len(name) && strings.Trim(name[at+1:], "0123456789") == ""
}

// Copies lists the copies that Keep made in a directory, by name.
func Copies(dir fs.FS) ([]string, error) {
	var c copies
	if err := ReadJSON(dir, copiesFile, &c); err != nil {
		return nil, err
	}
	names := make([]string, 0, len(c.Files))
	for name := range c.Files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}
