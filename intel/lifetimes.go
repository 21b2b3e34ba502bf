package intel

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Release is a release of a product, and when it gets its last fixes.
type Release struct {
	// Product is what Docker's official image of it is called ("debian", "node"),
	// and of a distribution without one the ID of its os-release ("rhel").
	Product string
	Version string // "12", "3.19"
	Name    string // of a distribution's release, as tags have it: "bookworm"
	Ends    string // YYYY-MM-DD: the day of the last fixes
}

// ended is the day on which the release ends.
func (r Release) ended() (time.Time, error) { return time.Parse(time.DateOnly, r.Ends) }

// check refuses what is no release.
func (r Release) check() error {
	day, err := r.ended()
	switch {
	case err != nil:
		return fmt.Errorf("%.40s %.40s: %w", r.Product, r.Version, err)
	case day.Unix() < 0:
		return fmt.Errorf("%.40s %.40s ends in %s", r.Product, r.Version, r.Ends)
	case r.Product == "" || r.Version == "" || len(r.Product)+len(r.Version)+len(r.Name) > maxText:
		return fmt.Errorf("%.40q %.40q is no release of a product", r.Product, r.Version)
	}
	return nil
}

// Lifetimes answers when releases get their last fixes. It may be asked from
// several goroutines. The nil Lifetimes knows nothing.
type Lifetimes struct {
	// Source says where they come from: "endoflife.date".
	Source string
	// AsOf is the day of the data; the zero time where it is not known.
	AsOf time.Time

	releases map[[2]string]Release // by product, and by version or name
	products map[string]bool
}

// NewLifetimes makes releases known. Those that are none are left out.
func NewLifetimes(source string, asOf time.Time, releases []Release) *Lifetimes {
	l := &Lifetimes{Source: source, AsOf: asOf, releases: make(map[[2]string]Release, len(releases)), products: map[string]bool{}}
	for _, r := range releases {
		if r.check() != nil {
			continue
		}
		l.products[r.Product] = true
		l.releases[[2]string{r.Product, r.Version}] = r
		if r.Name != "" {
			l.releases[[2]string{r.Product, r.Name}] = r
		}
	}
	return l
}

// Knows reports whether any release of a product is known.
func (l *Lifetimes) Knows(product string) bool { return l != nil && l.products[product] }

// Len is how many versions and names of releases are known.
func (l *Lifetimes) Len() int {
	if l == nil {
		return 0
	}
	return len(l.releases)
}

// Of is the release that a version belongs to, that of the most of its numbers:
// 12.4 is of 12. A release may be named, too.
func (l *Lifetimes) Of(product, version string) (Release, bool) {
	for l != nil && version != "" {
		if r, ok := l.releases[[2]string{product, version}]; ok {
			return r, true
		}
		dot := strings.LastIndexByte(version, '.')
		if dot < 0 {
			break
		}
		version = version[:dot]
	}
	return Release{}, false
}

// Ended reports whether a release has got its last fixes before a time.
func (r Release) Ended(now time.Time) bool {
	day, err := r.ended()
	return err == nil && day.Before(now)
}

// String names the table and its day: "endoflife.date of 2026-11-20".
func (l *Lifetimes) String() string {
	if l.AsOf.IsZero() {
		return l.Source
	}
	return l.Source + " of " + l.AsOf.Format(time.DateOnly)
}

const dayLength = 24 * 60 * 60 // seconds

// releaseBytes writes releases in the order of their products and versions; of
// several entries of one the last.
func releaseBytes(releases []Release) []byte {
	order := func(a, b Release) int {
		return cmp.Or(cmp.Compare(a.Product, b.Product), cmp.Compare(a.Version, b.Version))
	}
	sorted := slices.Clone(releases)
	slices.SortStableFunc(sorted, order)
	rows, count := []byte(nil), uint64(0)
	for i, r := range sorted {
		day, err := r.ended()
		if err != nil || i+1 < len(sorted) && order(r, sorted[i+1]) == 0 {
			continue
		}
		rows = appendText(appendText(appendText(rows, r.Product), r.Version), r.Name)
		rows = binary.AppendUvarint(rows, uint64(day.Unix()/dayLength))
		count++
	}
	return append(binary.AppendUvarint(nil, count), rows...)
}

// Releases are all that the file has of when releases get their last fixes.
func (f *File) Releases() []Release {
	if f == nil {
		return nil
	}
	r := reader{data: f.sections[sectionReleases]}
	var out []Release
	for range min(r.number(), maxReleases) {
		one := Release{Product: r.text(), Version: r.text(), Name: r.text()}
		one.Ends = time.Unix(int64(min(r.number(), maxDay))*dayLength, 0).UTC().Format(time.DateOnly)
		if r.bad {
			break
		}
		out = append(out, one)
	}
	return out
}

// Lifetimes are the file's releases, nil where it has none.
func (f *File) Lifetimes() *Lifetimes {
	releases := f.Releases()
	at := slices.IndexFunc(f.Sources(), func(s Source) bool { return s.Name == sourceReleases })
	if len(releases) == 0 || at < 0 {
		return nil
	}
	return NewLifetimes("endoflife.date", f.Sources()[at].AsOf, releases)
}
