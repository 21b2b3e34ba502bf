package osv

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/vulndb"
)

// localPath is the path that a source names: a file URL or a plain path.
func localPath(source string) (string, bool) {
	u, err := url.Parse(source)
	switch {
	case err == nil && u.Scheme == "file":
		return filepath.FromSlash(u.Path), true
	case err == nil && (u.Scheme == "http" || u.Scheme == "https"):
		return "", false
	}
	return source, true
}

// fromDisk takes the records from a directory laid out like the bucket
// (Debian/all.zip), with a zip for each ecosystem (Debian.zip, Azure_Linux.zip)
// or with loose records (*.json, also in Debian/), or from a single zip. They
// are copied, so that the copy stays whole whatever happens to the source.
func (u *update) fromDisk(ctx context.Context, path string) (bool, error) {
	from, err := u.locate(path)
	if err != nil {
		return false, err
	}
	tag, err := from.tag()
	if err != nil {
		return false, err
	}
	if tag == u.old.Tag {
		return false, nil
	}
	f, err := os.CreateTemp(u.Dir, feed.NewPrefix+"*")
	if err != nil {
		return false, err
	}
	err = errors.Join(u.copyTo(ctx, f, from), f.Sync(), f.Close())
	if err == nil {
		err = checkZip(f.Name())
	}
	next := state{URL: u.URL, Ecosystem: u.Ecosystem, Tag: tag, Serial: u.old.Serial + 1}
	next.Zip = fmt.Sprintf("all-%d.zip", next.Serial)
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(u.Dir, next.Zip))
	}
	if err != nil {
		return false, errors.Join(fmt.Errorf("%s: %w", path, err), os.Remove(f.Name()))
	}
	return true, next.commit(u.Dir)
}

// files are what holds the records: one zip or loose records.
type files struct {
	zip   string
	loose []string
}

// locate finds an ecosystem's records.
func (u *update) locate(path string) (files, error) {
	info, err := os.Stat(path)
	if err != nil {
		return files{}, err
	}
	if !info.IsDir() {
		return files{zip: path}, nil
	}
	plain := strings.ReplaceAll(u.Ecosystem, " ", "_")
	for _, name := range []string{
		filepath.Join(u.Ecosystem, plainZip), filepath.Join(plain, plainZip), u.Ecosystem + ".zip", plain + ".zip", plainZip,
	} {
		if info, err := os.Stat(filepath.Join(path, name)); err == nil && info.Mode().IsRegular() {
			return files{zip: filepath.Join(path, name)}, nil
		}
	}
	for _, dir := range []string{filepath.Join(path, u.Ecosystem), filepath.Join(path, plain), path} {
		loose, err := filepath.Glob(filepath.Join(escapeGlob(dir), "*.json"))
		if err != nil {
			return files{}, err
		}
		if len(loose) > 0 {
			return files{loose: loose}, nil
		}
	}
	return files{}, fmt.Errorf("%s: %w (looked for %s)", path, feed.ErrNoData, filepath.Join(u.Ecosystem, plainZip)+", "+plain+".zip, *.json")
}

// escapeGlob makes a path match itself.
func escapeGlob(path string) string {
	return strings.NewReplacer(`*`, `[*]`, `?`, `[?]`, `[`, `[[]`).Replace(path)
}

// tag tells whether the files have changed: by name, size and time.
func (f files) tag() (string, error) {
	sum := sha256.New()
	for _, path := range append([]string{f.zip}, f.loose...) {
		if path == "" {
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return "", err
		}
		if _, err := fmt.Fprintf(sum, "%s\x00%d\x00%d\x00", path, info.Size(), info.ModTime().UnixNano()); err != nil {
			return "", err
		}
	}
	return "local " + hex.EncodeToString(sum.Sum(nil)), nil
}

// copyTo writes the records as one zip.
func (u *update) copyTo(ctx context.Context, to *os.File, from files) error {
	if from.zip != "" {
		in, err := os.Open(from.zip)
		if err != nil {
			return err
		}
		info, err := in.Stat()
		if err == nil {
			u.progress.Expect(0, info.Size())
			_, err = io.Copy(io.MultiWriter(to, counted{&u.progress}), withContext{ctx, in})
		}
		return errors.Join(err, in.Close())
	}
	z := zip.NewWriter(to)
	for _, path := range from.loose {
		if err := addFile(ctx, z, path); err != nil {
			return err
		}
	}
	return z.Close()
}

func addFile(ctx context.Context, z *zip.Writer, path string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() > vulndb.MaxRecord {
		return fmt.Errorf("%s: %w", path, fs.ErrInvalid)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	w, err := z.Create(filepath.Base(path))
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// counted tells of what passes.
type counted struct{ *feed.Progress }

func (c counted) Write(p []byte) (int, error) {
	c.Add(int64(len(p)))
	return len(p), nil
}

// withContext is a reader that ends with its context.
type withContext struct {
	ctx context.Context
	r   io.Reader
}

func (c withContext) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, c.ctx.Err()
	}
	return c.r.Read(p)
}
