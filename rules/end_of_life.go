package rules

import (
	_ "embed"
	"strings"
	"sync"
	"time"

	"github.com/plimsoll/plimsoll/intel"
	"github.com/plimsoll/plimsoll/rule"
)

// endOfLifeData are the days on which releases of Docker's official images get
// their last fixes, from the facts that endoflife.date keeps: image, release,
// day and, for distributions, the release's name in tags. Debian's long-term
// support counts, support that is sold does not.
//
//go:embed end_of_life.csv
var endOfLifeData string

// endOfLifeDay is the day of the data.
func endOfLifeDay() time.Time { return time.Date(2026, time.August, 22, 0, 0, 0, 0, time.UTC) }

// builtIn are the releases of the embedded data.
var builtIn = sync.OnceValue(func() *intel.Lifetimes {
	var list []intel.Release
	for line := range strings.Lines(endOfLifeData) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		if len(fields) == 4 && fields[0] != "image" {
			list = append(list, intel.Release{Product: fields[0], Version: fields[1], Ends: fields[2], Name: fields[3]})
		}
	}
	return intel.NewLifetimes("the table in Plimsoll", endOfLifeDay(), list)
})

// lifetimes answers when releases get their last fixes: by what was fetched of
// endoflife.date, and for products that are not in it by the embedded data.
type lifetimes struct {
	fetched *intel.Lifetimes
	now     time.Time
}

// release is a release of an official image, and where its end is from.
type release struct {
	intel.Release
	table string
}

func newLifetimes(s *rule.Settings) lifetimes {
	e := lifetimes{now: s.Now}
	if s.Lifetimes != nil {
		e.fetched = s.Lifetimes()
	}
	if e.now.IsZero() {
		e.now = endOfLifeDay()
		if e.fetched != nil && e.fetched.AsOf.After(e.now) {
			e.now = e.fetched.AsOf
		}
	}
	return e
}

// of finds the release that a version belongs to.
func (e lifetimes) of(product, version string) (release, bool) {
	table := builtIn()
	if e.fetched.Knows(product) {
		table = e.fetched
	}
	r, ok := table.Of(product, version)
	return release{r, table.String()}, ok
}

// over reports whether a release gets no fixes any more.
func (e lifetimes) over(r release) bool { return r.Ended(e.now) }

// releases are the releases that an image is made of by its name and tag: its
// own, and that of the distribution that the tag names, as in
// python:3.12-alpine3.19 or node:20-buster.
func (e lifetimes) releases(m image) []release {
	name := strings.TrimPrefix(m.path, "docker/library/") // a mirror of Amazon's
	if user, rest, ok := strings.Cut(name, "/"); ok && architectureUser(user) != "" {
		name = rest
	}
	if m.registry != "docker.io" && name == m.path || m.tag == "" {
		return nil
	}
	var out []release
	for n, part := range strings.Split(m.tag, "-") {
		if n == 0 {
			if r, ok := e.of(name, strings.TrimPrefix(part, name)); ok {
				out = append(out, r)
				continue
			}
		}
		if version, ok := strings.CutPrefix(part, "alpine"); ok && version != "" {
			if r, ok := e.of("alpine", version); ok {
				out = append(out, r)
			}
			continue
		}
		for _, distribution := range []string{"debian", "ubuntu"} {
			if part == "" || isDigit(part[0]) {
				continue
			}
			if r, ok := e.of(distribution, part); ok {
				out = append(out, r)
			}
		}
	}
	return out
}

// officialName is the official image of a distribution by its os-release ID.
func officialName(id string) string {
	switch id {
	case "amzn":
		return "amazonlinux"
	case "ol":
		return "oraclelinux"
	case "rocky":
		return "rockylinux"
	}
	return id
}
