package rules

import (
	_ "embed"
	"strings"
	"sync"
	"time"
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

// release is a release of an official image.
type release struct {
	image, release string
	ends           time.Time
}

// endsOfLife are all releases by image and version, "debian 12", and by image
// and name, "debian bookworm".
var endsOfLife = sync.OnceValue(func() map[string]release {
	out := map[string]release{}
	for line := range strings.Lines(endOfLifeData) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		if len(fields) != 4 {
			continue
		}
		ends, err := time.Parse(time.DateOnly, fields[2])
		if err != nil {
			continue // the heading
		}
		r := release{fields[0], fields[1], ends}
		out[r.image+" "+r.release] = r
		if fields[3] != "" {
			out[r.image+" "+fields[3]] = r
		}
	}
	return out
})

// releases are the releases that an image is made of by its name and tag: its
// own, and that of the distribution that the tag names, as in
// python:3.12-alpine3.19 or node:20-buster.
func releases(m image) []release {
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
			if r, ok := releaseOf(name, strings.TrimPrefix(part, name)); ok {
				out = append(out, r)
				continue
			}
		}
		if version, ok := strings.CutPrefix(part, "alpine"); ok && version != "" {
			if r, ok := releaseOf("alpine", version); ok {
				out = append(out, r)
			}
			continue
		}
		for _, distribution := range []string{"debian", "ubuntu"} {
			if r, ok := endsOfLife()[distribution+" "+part]; ok && part != "" && !isDigit(part[0]) {
				out = append(out, r)
			}
		}
	}
	return out
}

// releaseOf finds the release that a version belongs to: that of the most of its
// numbers.
func releaseOf(name, version string) (release, bool) {
	for version != "" {
		if r, ok := endsOfLife()[name+" "+version]; ok {
			return r, true
		}
		dot := strings.LastIndexByte(version, '.')
		if dot < 0 {
			break
		}
		version = version[:dot]
	}
	return release{}, false
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
