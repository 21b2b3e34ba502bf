package amazon

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll/plimsoll/feed"
	"github.com/plimsoll/plimsoll/vulndb"
)

const (
	maxPackages   = 100_000 // of an announcement; real: some hundred
	maxReferences = 2_000
	maxText       = 64 // bytes of an id
)

// update is an announcement.
type update struct {
	ID     string `xml:"id"`
	Title  string `xml:"title"`
	Issued struct {
		Date string `xml:"date,attr"`
	} `xml:"issued"`
	Updated struct {
		Date string `xml:"date,attr"`
	} `xml:"updated"`
	Severity    string `xml:"severity"`
	Description string `xml:"description"`
	References  []struct {
		ID   string `xml:"id,attr"`
		Type string `xml:"type,attr"`
	} `xml:"references>reference"`
	Packages []struct {
		Name    string `xml:"name,attr"`
		Epoch   string `xml:"epoch,attr"`
		Version string `xml:"version,attr"`
		Release string `xml:"release,attr"`
	} `xml:"pkglist>collection>package"`
}

// parse yields the announcements of all releases.
func parse(ctx context.Context, dir fs.FS) iter.Seq2[vulndb.Advisory, error] {
	return func(yield func(vulndb.Advisory, error) bool) {
		names, err := feed.Copies(dir)
		for _, name := range names {
			if err == nil {
				err = file(ctx, dir, name, yield)
			}
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(vulndb.Advisory{}, fmt.Errorf("read Amazon Linux's announcements: %w", err))
		}
	}
}

var errStopped = errors.New("the consumer has stopped")

// file reads the announcements of one release.
func file(ctx context.Context, dir fs.FS, name string, yield func(vulndb.Advisory, error) bool) error {
	c, err := feed.OpenCopy(dir, name)
	if err != nil {
		return err
	}
	return errors.Join(read(ctx, c, "Amazon Linux:"+strings.TrimSuffix(name, ".xml"), yield), c.Close())
}

// read yields the announcements of one file.
func read(ctx context.Context, r io.Reader, ecosystem string, yield func(vulndb.Advisory, error) bool) error {
	d := xml.NewDecoder(r)
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // ASCII and UTF-8 in practice
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		start, ok := t.(xml.StartElement)
		if !ok || start.Name.Local != "update" {
			continue
		}
		var u update
		if err := d.DecodeElement(&u, &start); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if !yield(u.advisory(ecosystem)) {
			return errStopped
		}
	}
}

// advisory is an announcement as a record.
func (u *update) advisory(ecosystem string) (vulndb.Advisory, error) {
	id := strings.TrimSpace(u.ID)
	if id == "" || len(id) > maxText || len(u.Packages) > maxPackages || len(u.References) > maxReferences {
		return vulndb.Advisory{}, &vulndb.RecordError{ID: fmt.Sprintf("%.64q", id), Err: errors.New("no id, or too many packages or references")}
	}
	a := vulndb.Advisory{
		ID: id, Published: day(u.Issued.Date), Modified: day(u.Updated.Date),
		Summary: strings.TrimSpace(u.Title), Details: vulndb.Brief(strings.TrimSpace(u.Description)),
	}
	if word := strings.TrimSpace(u.Severity); word != "" {
		a.Severities = []vulndb.Severity{{Type: "word", Score: word}}
	}
	for _, r := range u.References {
		if r.Type == "cve" && r.ID != "" && len(r.ID) <= maxText && !slices.Contains(a.Upstream, r.ID) {
			a.Upstream = append(a.Upstream, r.ID)
		}
	}
	seen := map[string]bool{}
	for _, p := range u.Packages {
		version := p.Version + "-" + p.Release
		if p.Epoch != "" && p.Epoch != "0" {
			version = p.Epoch + ":" + version
		}
		if p.Name == "" || p.Version == "" || seen[p.Name+" "+version] {
			continue
		}
		seen[p.Name+" "+version] = true
		a.Affected = append(a.Affected, vulndb.Affected{
			Ecosystem: ecosystem, Name: p.Name,
			Ranges: []vulndb.Range{{Type: "ECOSYSTEM", Events: []vulndb.Event{{Introduced: "0"}, {Fixed: version}}}},
		})
	}
	if len(a.Affected) == 0 {
		return vulndb.Advisory{}, &vulndb.RecordError{ID: id, Err: errors.New("it names no package")}
	}
	return a, nil
}

// day reads a day, perhaps with a time; the zero time if there is none.
func day(text string) time.Time {
	for _, layout := range [...]string{time.RFC3339, time.DateTime, "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
