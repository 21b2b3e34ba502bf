package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/feed"
	feeds "github.com/plimsoll/plimsoll/feed/all"
	"github.com/plimsoll/plimsoll/vulndb"
)

// bareAlpine is a release of Alpine without the v that its advisories have.
var bareAlpine = regexp.MustCompile(`^Alpine:(\d+\.\d+)$`)

// spelled gives the names of ecosystems as their advisories have them: NPM is
// npm, debian:12 is Debian:12, alpine:3.20 is Alpine:v3.20. What nobody is known to
// have stays as it is.
func spelled(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		family, release, found := strings.Cut(name, ":")
		for _, known := range scanned() {
			if strings.EqualFold(family, known) {
				family = known
			}
		}
		out[i] = family
		if found {
			out[i] += ":" + release
		}
		out[i] = bareAlpine.ReplaceAllString(out[i], "Alpine:v$1")
	}
	return out
}

// covered refuses names that no source has advisories for, with the nearest of
// those that some have. At a place that the user has named there may be others.
func (d *data) covered(names []string) error {
	if d.flags.source != "" {
		return nil
	}
	for _, name := range names {
		family := vulndb.Family(name)
		if slices.ContainsFunc(feeds.Feeds(), func(f feed.Feed) bool { return f.Covers(family) }) {
			continue
		}
		known := scanned()
		for _, s := range feeds.Intelligence() {
			known = append(known, s.Name)
		}
		near := nearest(family, known)
		if near == "" {
			return usageError("%s is no ecosystem that any source has advisories for: plimsoll db feeds lists them", clean(name))
		}
		return usageError("%s is no ecosystem that any source has advisories for: did you mean %s?", clean(name), near)
	}
	return nil
}

// within gives those of some ecosystems that were named, each as such or by its
// family: Debian is all its releases. A name that stands for none stays as it is.
func within(names, ecosystems []string) []string {
	var out []string
	for _, name := range spelled(names) {
		n := len(out)
		for _, e := range ecosystems {
			if strings.EqualFold(e, name) || vulndb.Family(e) == name {
				out = append(out, e)
			}
		}
		if len(out) == n {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
