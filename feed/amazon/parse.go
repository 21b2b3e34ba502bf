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
	"github.com/plimsoll/plimsoll/version"
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
	Packages []pack `xml:"pkglist>collection>package"`
}

// pack is a package that an announcement mends.
type pack struct {
	Name    string `xml:"name,attr"`
	Epoch   string `xml:"epoch,attr"`
	Version string `xml:"version,attr"`
	Release string `xml:"release,attr"`
}

// evr is its version, without an epoch of 0.
func (p *pack) evr() string {
	evr := p.Version + "-" + p.Release
	if p.Epoch != "" && p.Epoch != "0" {
		evr = p.Epoch + ":" + evr
	}
	return evr
}

// parse yields the announcements of all releases.
func parse(ctx context.Context, dir fs.FS) iter.Seq2[vulndb.Advisory, error] {
	return func(yield func(vulndb.Advisory, error) bool) {
		names, err := feed.Copies(dir)
		var l lines
		if err == nil {
			l, err = readLines(ctx, dir, names)
		}
		for _, name := range names {
			if err == nil {
				err = file(ctx, dir, name, func(u *update) bool { return yield(u.advisory(ecosystemOf(name), l.of(name))) })
			}
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(vulndb.Advisory{}, fmt.Errorf("read Amazon Linux's announcements: %w", err))
		}
	}
}

// ecosystemOf is that of a file: "2.xml", "2-docker.xml".
func ecosystemOf(name string) string {
	release, _, _ := strings.Cut(strings.TrimSuffix(name, ".xml"), "-")
	return "Amazon Linux:" + release
}

var errStopped = errors.New("the consumer has stopped")

// file reads the announcements of one repository.
func file(ctx context.Context, dir fs.FS, name string, use func(*update) bool) error {
	c, err := feed.OpenCopy(dir, name)
	if err != nil {
		return err
	}
	return errors.Join(read(ctx, c, use), c.Close())
}

// lines are the lowest versions that the repositories of Amazon Linux 2 have
// announced of a package, by package and repository.
type lines map[string]map[string]string

// readLines reads them, if there are extras. A package of one of them is often in
// others and in the core in lower versions, which that one's announcements are not
// about: those of kernel-5.10 say nothing of the core's kernel 4.14.
func readLines(ctx context.Context, dir fs.FS, names []string) (lines, error) {
	l := lines{}
	if !slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, extrasMark) }) {
		return l, nil
	}
	rpm, ok := version.For("rpm")
	if !ok {
		return nil, errors.New("versions of rpm packages cannot be compared")
	}
	for _, name := range names {
		if ecosystemOf(name) != "Amazon Linux:2" {
			continue
		}
		err := file(ctx, dir, name, func(u *update) bool {
			for i := range u.Packages {
				l.add(name, u.Packages[i].Name, u.Packages[i].evr(), rpm)
			}
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (l lines) add(repository, name, evr string, rpm version.Scheme) {
	if l[name] == nil {
		l[name] = map[string]string{}
	}
	have, ok := l[name][repository]
	if c, err := rpm.Compare(evr, have); !ok || err == nil && c < 0 {
		l[name][repository] = evr
	}
}

// of gives the version from which on a repository's announcements are about a
// package: the line of its lowest one, "5.10" of 5.10.29, where other
// repositories have the package, too.
func (l lines) of(repository string) func(name string) string {
	return func(name string) string {
		of := l[name]
		if !strings.HasPrefix(repository, extrasMark) || len(of) < 2 {
			return "0"
		}
		epoch, v, ok := strings.Cut(of[repository], ":")
		if !ok {
			epoch, v = "", epoch
		}
		v, _, _ = strings.Cut(v, "-")
		if parts := strings.Split(v, "."); len(parts) > 2 {
			v = strings.Join(parts[:2], ".")
		}
		if ok {
			v = epoch + ":" + v
		}
		return v
	}
}

// read yields the announcements of one file.
func read(ctx context.Context, r io.Reader, use func(*update) bool) error {
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
		if !use(&u) {
			return errStopped
		}
	}
}

// advisory is an announcement as a record; from gives the version from which on
// it is about a package.
func (u *update) advisory(ecosystem string, from func(name string) string) (vulndb.Advisory, error) {
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
	for i := range u.Packages {
		p := &u.Packages[i]
		evr := p.evr()
		if p.Name == "" || p.Version == "" || seen[p.Name+" "+evr] {
			continue
		}
		seen[p.Name+" "+evr] = true
		a.Affected = append(a.Affected, vulndb.Affected{
			Ecosystem: ecosystem, Name: p.Name,
			Ranges: []vulndb.Range{{Type: "ECOSYSTEM", Events: []vulndb.Event{{Introduced: from(p.Name)}, {Fixed: evr}}}},
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
