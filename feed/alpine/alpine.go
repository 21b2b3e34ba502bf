// Package alpine is the feed of Alpine's security database: for each package of
// each branch, which release fixed which vulnerabilities
// (https://secdb.alpinelinux.org).
package alpine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/vulndb"
)

const (
	maxListing  = 1 << 20 // bytes of the listing of branches
	maxBranches = 200
	fileLimit   = 64 << 20 // bytes of a branch's file; real ones have half a megabyte
)

// repositories are those of a branch that may have a file.
var repositories = [...]string{"main", "community"}

// branch finds the branches in the listing of the server's root directory.
var branch = regexp.MustCompile(`href="\.?/?(v[0-9]{1,3}\.[0-9]{1,3}|edge)/"`)

// Feed is Alpine's security database.
func Feed() feed.Feed {
	return feed.Feed{
		Name:    "alpine",
		Doc:     "Alpine's security database: the vulnerabilities that each release of a package fixed, by branch and repository. It rates none.",
		URL:     "https://secdb.alpinelinux.org",
		License: "none stated; facts from Alpine's package sources",
		Choice:  feed.Named,
		Unrated: true,
		Covers:  func(ecosystem string) bool { return ecosystem == "Alpine" },
		Fetch: func(ctx context.Context, client *http.Client, r feed.Request) (bool, error) {
			return feed.Keep(ctx, r.Getter(client), r, plan)
		},
		Parse: parse,
	}
}

// plan lists the files of all branches.
func plan(ctx context.Context, s *feed.Source) ([]feed.Item, error) {
	listing, err := s.Small(ctx, s.URL+"/", maxListing)
	if err != nil {
		return nil, err
	}
	var branches []string
	for _, found := range branch.FindAllSubmatch(bytes.ReplaceAll(listing, []byte("'"), []byte(`"`)), -1) {
		if name := string(found[1]); !slices.Contains(branches, name) {
			branches = append(branches, name)
		}
	}
	if len(branches) == 0 || len(branches) > maxBranches {
		return nil, fmt.Errorf("%s/ lists %d branches", s.URL, len(branches))
	}
	var items []feed.Item
	for _, b := range branches {
		for _, r := range repositories {
			items = append(items, feed.Item{
				Name: b + "-" + r + ".json", URL: s.URL + "/" + b + "/" + r + ".json",
				Optional: true, Limit: fileLimit, Check: feed.IsJSON,
			})
		}
	}
	return items, nil
}

// parse reads all files and yields a record for each vulnerability.
func parse(ctx context.Context, dir fs.FS) iter.Seq2[vulndb.Advisory, error] {
	return func(yield func(vulndb.Advisory, error) bool) {
		g := feed.NewFixes("ALPINE-", "https://security.alpinelinux.org/vuln/")
		names, err := feed.Copies(dir)
		for _, name := range names {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil {
				err = read(g, dir, name)
			}
		}
		if err != nil {
			yield(vulndb.Advisory{}, fmt.Errorf("read Alpine's security database: %w", err))
			return
		}
		g.Yield(yield)
	}
}

func read(g *feed.Fixes, dir fs.FS, name string) error {
	release, _, _ := strings.Cut(name, "-")
	c, err := feed.OpenCopy(dir, name)
	if err != nil {
		return err
	}
	return errors.Join(g.ReadSecDB(c, "Alpine:"+release), c.Close())
}
