package feed

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/plimsoll/plimsoll/vulndb"
)

// OVALFile is a file of OVAL definitions.
type OVALFile struct {
	Name string // under which it is kept; what it is about can be told from it: "3.xml"
	Path string // below the source's URL
}

// OVAL makes a feed of a source that is some files of OVAL definitions. record
// turns a definition of one of them into a record. A source need not have all.
func OVAL(about Feed, ecosystem string, files []OVALFile, record func(file string, d Definition) (vulndb.Advisory, error)) Feed {
	about.Covers = func(asked string) bool { return asked == ecosystem }
	about.Fetch = func(ctx context.Context, client *http.Client, r Request) (bool, error) {
		return Keep(ctx, r.Getter(client), r, func(_ context.Context, s *Source) ([]Item, error) {
			var items []Item
			for _, f := range files {
				items = append(items, Item{Name: f.Name, URL: s.URL + f.Path, Gzip: path.Ext(f.Path) == ".xml", Optional: len(files) > 1, Check: IsXML})
			}
			return items, nil
		})
	}
	about.Parse = func(ctx context.Context, dir fs.FS) iter.Seq2[vulndb.Advisory, error] {
		return func(yield func(vulndb.Advisory, error) bool) {
			stopped := errors.New("the consumer has stopped")
			names, err := Copies(dir)
			for _, name := range names {
				if err == nil {
					err = readOVALCopy(ctx, dir, name, func(d Definition) error {
						if !yield(record(name, d)) {
							return stopped
						}
						return nil
					})
				}
			}
			if err != nil && !errors.Is(err, stopped) {
				yield(vulndb.Advisory{}, fmt.Errorf("read the OVAL definitions of %s: %w", ecosystem, err))
			}
		}
	}
	return about
}

func readOVALCopy(ctx context.Context, dir fs.FS, name string, give func(Definition) error) error {
	c, err := OpenCopy(dir, name)
	if err != nil {
		return err
	}
	return errors.Join(ReadOVAL(ctx, c, give), c.Close())
}

// Day reads a day or a time of a definition; none is the zero time.
func Day(text string) time.Time {
	for _, layout := range [...]string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
