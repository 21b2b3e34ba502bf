// Package ubuntu is the feed of Ubuntu's own OSV records: CVEs with what Ubuntu
// has decided on them, and its notices, also those of the pockets that Ubuntu Pro
// opens (https://documentation.ubuntu.com/security/security-updates/osv/).
package ubuntu

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"path"
	"strings"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/vulndb"
)

const (
	// file is the name of the copy of the archive.
	file         = "records.tar"
	archiveLimit = 4 << 30 // bytes
	// unpackedLimit bounds the bytes of all records; real ones have under ten billion.
	unpackedLimit = 64 << 30
	maxFiles      = 5_000_000 // of the archive, with those that are no records
)

// Feed is Ubuntu's OSV records.
func Feed() feed.Feed {
	return feed.Feed{
		Name:    "ubuntu",
		Doc:     "Ubuntu's own OSV records of CVEs and notices, with Ubuntu Pro. The OSV database has the same records and sends changes alone; this one is for those who want the source.",
		URL:     "https://github.com/canonical/ubuntu-security-notices",
		License: "CC-BY-SA-4.0",
		Choice:  feed.Named,
		Covers:  func(ecosystem string) bool { return ecosystem == "Ubuntu" },
		Fetch: func(ctx context.Context, client *http.Client, r feed.Request) (bool, error) {
			return feed.Keep(ctx, r.Getter(client), r, plan)
		},
		Parse: parse,
	}
}

// plan is one archive of the whole repository, as its host makes it; or, of a
// URL that ends like the name of one, just that file.
func plan(_ context.Context, s *feed.Source) ([]feed.Item, error) {
	address := s.URL + "/archive/refs/heads/main.tar.gz"
	for _, ending := range []string{".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.bz2"} {
		if strings.HasSuffix(s.URL, ending) {
			address = s.URL
		}
	}
	return []feed.Item{{Name: file, URL: address, Limit: archiveLimit, Check: isArchive}}, nil
}

// isArchive checks that there is a record in the archive.
func isArchive(c *feed.Copy) error {
	found := errors.New("found")
	err := each(c, func(string, io.Reader) error { return found })
	switch {
	case errors.Is(err, found):
		return nil
	case err == nil:
		return errors.New("the archive holds no OSV record")
	}
	return err
}

// parse yields the records of the archive.
func parse(ctx context.Context, dir fs.FS) iter.Seq2[vulndb.Advisory, error] {
	return func(yield func(vulndb.Advisory, error) bool) {
		stopped := errors.New("the consumer has stopped")
		c, err := feed.OpenCopy(dir, file)
		if err == nil {
			err = errors.Join(each(c, func(name string, r io.Reader) error {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if !yield(record(name, r)) {
					return stopped
				}
				return nil
			}), c.Close())
		}
		if err != nil && !errors.Is(err, stopped) {
			yield(vulndb.Advisory{}, fmt.Errorf("read Ubuntu's OSV records: %w", err))
		}
	}
}

// each gives the records of an archive: the JSON files below a folder osv.
func each(c *feed.Copy, use func(name string, r io.Reader) error) error {
	c.Allow(unpackedLimit)
	t := tar.NewReader(c)
	for n := 0; ; n++ {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if n > maxFiles {
			return fmt.Errorf("more than %d files in the archive", maxFiles)
		}
		name := "/" + path.Clean(h.Name)
		if h.Typeflag != tar.TypeReg || path.Ext(name) != ".json" || !strings.Contains(name, "/osv/") {
			continue
		}
		if err := use(path.Base(name), t); err != nil {
			return err
		}
	}
}

func record(name string, r io.Reader) (vulndb.Advisory, error) {
	data, err := io.ReadAll(io.LimitReader(r, vulndb.MaxRecord+1))
	if err != nil {
		return vulndb.Advisory{}, fmt.Errorf("read Ubuntu's OSV records: %s: %w", name, err)
	}
	a, err := vulndb.ParseOSV(data)
	if broken := (*vulndb.RecordError)(nil); errors.As(err, &broken) {
		err = &vulndb.RecordError{ID: strings.TrimSuffix(name, ".json"), Err: broken.Err}
	}
	return a, err
}
