package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/vulndb"
)

// Bounds on what a source's list of fixes may hold.
const (
	maxFixes  = 1 << 24 // real: 300,000
	maxFixID  = 64      // bytes
	maxSecDB  = 1 << 20 // packages of a file
	maxOnLine = 32      // ids of one line
)

// Fixes turns lists of fixes, which go by package, into records, which go by
// vulnerability: the format of Alpine's security database, which Wolfi's and
// Chainguard's share (https://gitlab.alpinelinux.org/alpine/security/secdb).
type Fixes struct {
	prefix, page string
	byID         map[string]*fixed
	broken       []error
	count        int
}

// secDBFile is the name of the copy of a database that is one file.
const secDBFile = "security.json"

// OneSecDB makes a feed of a source that is one file in that format, at a path
// below its URL, with the fixes of an ecosystem that has no releases.
func OneSecDB(about Feed, ecosystem, path string) Feed {
	about.Covers = func(asked string) bool { return asked == ecosystem }
	about.Fetch = func(ctx context.Context, client *http.Client, r Request) (bool, error) {
		return Keep(ctx, r.Getter(client), r, func(_ context.Context, s *Source) ([]Item, error) {
			return []Item{{Name: secDBFile, URL: s.URL + path, Gzip: true, Check: IsJSON}}, nil
		})
	}
	about.Parse = func(_ context.Context, dir fs.FS) iter.Seq2[vulndb.Advisory, error] {
		return func(yield func(vulndb.Advisory, error) bool) {
			g := NewFixes(strings.ToUpper(ecosystem)+"-", "")
			c, err := OpenCopy(dir, secDBFile)
			if err == nil {
				err = errors.Join(g.ReadSecDB(c, ecosystem), c.Close())
			}
			if err != nil {
				yield(vulndb.Advisory{}, fmt.Errorf("read the security database of %s: %w", ecosystem, err))
				return
			}
			g.Yield(yield)
		}
	}
	return about
}

// fixed is what is gathered of one vulnerability.
type fixed struct {
	aliases  []string
	affected []vulndb.Affected
}

// NewFixes gathers for records whose ids are a prefix and the vulnerability's
// ("ALPINE-" and "CVE-2024-1"), and whose page is found under a URL.
func NewFixes(prefix, page string) *Fixes {
	return &Fixes{prefix: prefix, page: page, byID: map[string]*fixed{}}
}

// secDB is a file of a security database.
type secDB struct {
	Packages []struct {
		Package struct {
			Name  string                     `json:"name"`
			Fixes map[string]json.RawMessage `json:"secfixes"`
		} `json:"pkg"`
	} `json:"packages"`
}

// ReadSecDB adds a file's fixes as those of an ecosystem. A package that cannot
// be read is noted as a broken record; a file that cannot is an error.
func (g *Fixes) ReadSecDB(r io.Reader, ecosystem string) error {
	var db secDB
	if err := json.NewDecoder(r).Decode(&db); err != nil {
		return err
	}
	if len(db.Packages) > maxSecDB {
		return fmt.Errorf("%d packages, more than the limit of %d", len(db.Packages), maxSecDB)
	}
	for _, p := range db.Packages {
		name := p.Package.Name
		if name == "" {
			g.reject(ecosystem, errors.New("a package without a name"))
			continue
		}
		for _, version := range slices.Sorted(maps.Keys(p.Package.Fixes)) {
			var lines []string
			if err := json.Unmarshal(p.Package.Fixes[version], &lines); err != nil {
				g.reject(ecosystem+" "+name, fmt.Errorf("fixes in %s: %w", version, err))
				continue
			}
			for _, line := range lines {
				if err := g.add(ecosystem, name, version, line); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (g *Fixes) reject(what string, err error) {
	g.broken = append(g.broken, &vulndb.RecordError{ID: what, Err: err})
}

// add takes one line, an id and perhaps others of the same vulnerability:
// "CVE-2017-2616 (+ regression fix)", "XSA-362 CVE-2021-3308". The version "0"
// says that the package never had it.
func (g *Fixes) add(ecosystem, name, version, line string) error {
	var ids []string
	for _, word := range strings.FieldsFunc(line, func(r rune) bool { return r <= ' ' || r == ',' }) {
		if isID(word) && !slices.Contains(ids, word) && len(ids) < maxOnLine {
			ids = append(ids, word)
		}
	}
	if len(ids) == 0 {
		g.reject(ecosystem+" "+name, fmt.Errorf("fixes in %s: no id in %q", version, line))
		return nil
	}
	if at := slices.IndexFunc(ids, func(id string) bool { return strings.HasPrefix(id, "CVE-") }); at > 0 {
		ids[0], ids[at] = ids[at], ids[0]
	}
	of := []string{ids[0]}
	var aliases []string
	for _, id := range ids[1:] {
		if strings.HasPrefix(id, "CVE-") {
			of = append(of, id) // another vulnerability
		} else {
			aliases = append(aliases, id)
		}
	}
	for _, id := range of {
		if g.count++; g.count > maxFixes {
			return fmt.Errorf("more than %d fixes", maxFixes)
		}
		f := g.byID[id]
		if f == nil {
			f = &fixed{}
			g.byID[id] = f
		}
		if len(of) == 1 {
			f.alias(aliases)
		}
		f.affected = append(f.affected, fixEntry(ecosystem, name, version))
	}
	return nil
}

func (f *fixed) alias(ids []string) {
	for _, id := range ids {
		if !slices.Contains(f.aliases, id) && len(f.aliases) < maxOnLine {
			f.aliases = append(f.aliases, id)
		}
	}
}

// isID reports whether a word looks like the id of a vulnerability: letters, a
// dash and a number somewhere, as CVE-2024-1, GHSA-aaaa-bbbb-cccc, XSA-362.
func isID(word string) bool {
	prefix, rest, ok := strings.Cut(word, "-")
	if !ok || prefix == "" || rest == "" || len(word) > maxFixID {
		return false
	}
	return !strings.ContainsFunc(prefix, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') }) &&
		!strings.ContainsFunc(rest, func(r rune) bool {
			return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_' && r != '.' && r != ':'
		})
}

// fixEntry says that a package is vulnerable until a version.
func fixEntry(ecosystem, name, version string) vulndb.Affected {
	a := vulndb.Affected{
		Ecosystem: ecosystem, Name: name,
		Ranges: []vulndb.Range{{Type: "ECOSYSTEM", Events: []vulndb.Event{{Introduced: "0"}, {Fixed: version}}}},
	}
	if version == "0" {
		a.Status = "not-affected"
	}
	return a
}

// Yield gives the broken records, then the others in the order of their ids.
func (g *Fixes) Yield(yield func(vulndb.Advisory, error) bool) {
	for _, err := range g.broken {
		if !yield(vulndb.Advisory{}, err) {
			return
		}
	}
	for _, id := range slices.Sorted(maps.Keys(g.byID)) {
		f := g.byID[id]
		a := vulndb.Advisory{ID: g.prefix + id, Upstream: []string{id}, Aliases: f.aliases, Affected: f.affected}
		if g.page != "" {
			a.References = []vulndb.Reference{{Type: "ADVISORY", URL: g.page + id}}
		}
		slices.Sort(a.Aliases)
		if !yield(a, nil) {
			return
		}
	}
}
