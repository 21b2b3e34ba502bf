// Package suse is the feed of SUSE's VEX files: for each CVE and product of SUSE
// and openSUSE, what is fixed in which version, affected, not affected or will not
// be fixed (https://ftp.suse.com/pub/projects/security/csaf-vex/). The OSV
// database has only what is fixed.
package suse

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
	file          = "vex.tar" // name of the copy of the archive
	archiveLimit  = 4 << 30   // bytes
	unpackedLimit = 256 << 30 // bytes of all files
	documentSize  = 128 << 20 // bytes of a file; those of kernel CVEs have some million
	maxFiles      = 2_000_000
)

// Feed is SUSE's VEX files.
func Feed() feed.Feed {
	return feed.Feed{
		Name:    "suse",
		Doc:     "SUSE's VEX files: for each CVE and product of SUSE and openSUSE what is fixed, affected and not affected, also what is not fixed yet. One archive of some hundred megabytes, which takes many minutes to read.",
		URL:     "https://ftp.suse.com/pub/projects/security",
		License: "CC-BY-4.0",
		Choice:  feed.Named,
		Covers:  func(ecosystem string) bool { return ecosystem == "SUSE" || ecosystem == "openSUSE" },
		Fetch: func(ctx context.Context, client *http.Client, r feed.Request) (bool, error) {
			return feed.Keep(ctx, r.Getter(client), r, plan)
		},
		Parse: parse,
	}
}

// plan is the one archive of all files.
func plan(_ context.Context, s *feed.Source) ([]feed.Item, error) {
	return []feed.Item{{Name: file, URL: s.URL + "/csaf-vex.tar.bz2", Limit: archiveLimit, Check: isArchive, Long: true}}, nil
}

// isArchive checks that there is a VEX file in the archive.
func isArchive(c *feed.Copy) error {
	found := errors.New("found")
	err := each(c, func(string, io.Reader) error { return found })
	switch {
	case errors.Is(err, found):
		return nil
	case err == nil:
		return errors.New("the archive holds no VEX file")
	}
	return err
}

// parse yields a record for each CVE.
func parse(ctx context.Context, dir fs.FS) iter.Seq2[vulndb.Advisory, error] {
	return func(yield func(vulndb.Advisory, error) bool) {
		stopped := errors.New("the consumer has stopped")
		c, err := feed.OpenCopy(dir, file)
		if err == nil {
			err = errors.Join(each(c, func(name string, r io.Reader) error {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				data, err := io.ReadAll(io.LimitReader(r, documentSize+1))
				if err != nil {
					return err
				}
				a, err := parseDocument(data)
				if err != nil {
					err = &vulndb.RecordError{ID: name, Err: err}
				}
				if (err != nil || len(a.Affected) > 0) && !yield(a, err) {
					return stopped
				}
				return nil
			}), c.Close())
		}
		if err != nil && !errors.Is(err, stopped) {
			yield(vulndb.Advisory{}, fmt.Errorf("read SUSE's VEX files: %w", err))
		}
	}
}

// each gives the VEX files of an archive by their names.
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
		name := path.Base(path.Clean("/" + h.Name))
		if h.Typeflag != tar.TypeReg || path.Ext(name) != ".json" || !strings.HasPrefix(strings.ToLower(name), "cve-") {
			continue
		}
		if err := use(name, t); err != nil {
			return err
		}
	}
}
