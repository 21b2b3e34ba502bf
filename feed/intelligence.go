package feed

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll/plimsoll/intel"
	"github.com/plimsoll/plimsoll/vulndb"
)

// Intelligence is a source of what is known of CVEs besides advisories: how
// likely or certain it is that they are exploited, how others rate them; or of
// when releases of products get their last fixes.
type Intelligence struct {
	Name    string // what users call it: "epss"
	Doc     string // one sentence on what it holds
	URL     string // where it is by default
	License string // the licence of its data
	// Counts is what it has records of; empty is CVEs.
	Counts string
	// Optional says that a mirror may lack it.
	Optional bool
	// Slow says that fetching it anew takes minutes, so that it is only done
	// where a user asks for it by name. Later only changes are fetched.
	Slow bool
	// Fetch brings Dir up to date and reports whether anything changed. When it
	// fails, Dir is as it was or can be continued from. Request.Ecosystem is empty.
	Fetch func(ctx context.Context, client *http.Client, r Request) (changed bool, err error)
	// Parse reads what Fetch left, one record after the other.
	Parse func(ctx context.Context, dir fs.FS, add func(intel.Record) error) (Reading, error)
}

// Reading says what a source of intelligence held.
type Reading struct {
	AsOf    time.Time // the day of the data; the zero time where it does not say
	Records int
	Broken  int // records that could not be read and are left out
}

// Count counts a record that was read or, with an error, could not be.
func (r *Reading) Count(err error) {
	if err != nil {
		r.Broken++
	} else {
		r.Records++
	}
}

// Document is a source that is one file, fetched again when it has changed.
type Document struct {
	Name     string // its name at the source, and in Request.Dir
	Pattern  string // of its names in a local directory, such as with a date; the last one counts
	Limit    int64  // bytes
	Unpacked int64  // bytes, where it is packed with gzip; 0 is Limit
	Gzip     bool   // ask for it compressed
	// Read reads the text of the file, unpacked. A file without any record, or
	// that cannot be read, does not replace the one that is there.
	Read func(ctx context.Context, text io.Reader, add func(intel.Record) error) (Reading, error)
}

// Source is what is known about a source, which is this document.
func (d Document) Source(about Intelligence) Intelligence {
	about.Fetch = d.Fetch
	about.Parse = d.Parse
	return about
}

// Parse reads the document that Fetch left.
func (d Document) Parse(ctx context.Context, dir fs.FS, add func(intel.Record) error) (Reading, error) {
	return d.parse(ctx, dir, d.Name, add)
}

func (d Document) parse(ctx context.Context, dir fs.FS, name string, add func(intel.Record) error) (reading Reading, err error) {
	f, err := dir.Open(name)
	if err != nil {
		return reading, err
	}
	c, err := unpack(f, name)
	if err != nil {
		return reading, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	c.Allow(max(d.Limit, d.Unpacked))
	reading, err = d.Read(ctx, c, add)
	if err != nil {
		return reading, fmt.Errorf("read %s: %w", name, err)
	}
	return reading, nil
}

// check refuses what is not the document, such as a page that says sorry.
func (d Document) check(file string) error {
	reading, err := d.parse(context.Background(), os.DirFS(filepath.Dir(file)), filepath.Base(file), func(intel.Record) error { return nil })
	if err == nil && reading.Records == 0 {
		err = fmt.Errorf("%s: no record in it", d.Name)
	}
	return err
}

// documentState says which file is there.
type documentState struct {
	URL  string     `json:"url"`
	Have Validators `json:"have"`
}

const documentStateFile = "document.json"

// Fetch brings the document in r.Dir up to date, from an URL below which it has
// its name, or from a local directory.
func (d Document) Fetch(ctx context.Context, client *http.Client, r Request) (changed bool, err error) {
	defer func() {
		if err != nil {
			changed, err = false, fmt.Errorf("fetch %s: %w", d.Name, err)
		}
	}()
	if err := os.MkdirAll(r.Dir, 0o755); err != nil {
		return false, err
	}
	unlock, err := vulndb.Lock(ctx, filepath.Join(r.Dir, "document.lock"))
	if err != nil {
		return false, err
	}
	defer unlock()
	if local, ok := localDirectory(r.URL); ok {
		return d.copy(local, r.Dir)
	}
	file := filepath.Join(r.Dir, d.Name)
	state := documentState{URL: strings.TrimSuffix(r.URL, "/") + "/" + url.PathEscape(d.Name)}
	var old documentState
	if _, err := os.Stat(file); err == nil && ReadJSON(os.DirFS(r.Dir), documentStateFile, &old) == nil && old.URL == state.URL {
		state.Have = old.Have
	}
	got, err := Download{
		Getter: r.Getter(client), Dir: r.Dir, Name: "document", URL: state.URL, Have: state.Have,
		Limit: d.Limit, Gzip: d.Gzip, Check: d.check, Progress: &Progress{Tell: r.Progress},
	}.Run(ctx)
	if err != nil || got.Path == "" {
		return false, err
	}
	if err := os.Rename(got.Path, file); err != nil {
		return false, err
	}
	state.Have = got.Validators
	return true, writeJSON(filepath.Join(r.Dir, documentStateFile), state)
}

// localDirectory is the directory that a source names: a file URL or a plain path.
func localDirectory(source string) (string, bool) {
	u, err := url.Parse(source)
	switch {
	case err == nil && u.Scheme == "file":
		return filepath.FromSlash(u.Path), true
	case err == nil && (u.Scheme == "http" || u.Scheme == "https"):
		return "", false
	}
	return source, true
}

// copy takes the document from a local directory.
func (d Document) copy(from, dir string) (bool, error) {
	entries, err := os.ReadDir(from)
	if err != nil {
		return false, err
	}
	name := ""
	for _, e := range entries {
		if ok, err := path.Match(d.Pattern, e.Name()); err == nil && ok && (name == "" || name != d.Name && e.Name() >= name || e.Name() == d.Name) {
			name = e.Name()
		}
	}
	if name == "" {
		return false, fmt.Errorf("no %s in %s: %w", d.Pattern, from, ErrNoData)
	}
	source := filepath.Join(from, name)
	data, err := readLimited(source, d.Limit)
	if err != nil {
		return false, err
	}
	file := filepath.Join(dir, d.Name)
	if have, err := os.ReadFile(file); err == nil && bytes.Equal(have, data) {
		return false, nil
	}
	if err := d.check(source); err != nil {
		return false, fmt.Errorf("%s: %w", source, err)
	}
	return true, errors.Join(WriteFile(file, data), writeJSON(filepath.Join(dir, documentStateFile), documentState{URL: from}))
}

func readLimited(file string, limit int64) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s: more than the limit of %d bytes", file, limit)
	}
	return data, errors.Join(err, f.Close())
}

// FindIntelligence is the source of that name.
func FindIntelligence(all []Intelligence, name string) (Intelligence, bool) {
	i := slices.IndexFunc(all, func(s Intelligence) bool { return s.Name == name })
	if i < 0 {
		return Intelligence{}, false
	}
	return all[i], true
}

// writeJSON writes a small file about files.
func writeJSON[T any](path string, what T) error {
	data, err := json.Marshal(what)
	if err != nil {
		return err
	}
	return WriteFile(path, data)
}
