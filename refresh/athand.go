package refresh

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/vulndb"
)

// AtHand lists the ecosystems that have a segment file, also one that cannot be
// used: Ensure makes it anew. The errors are of files that cannot be used and
// whose ecosystem nothing tells.
func (r *Refresher) AtHand() (ecosystems []string, unknown []error, err error) {
	files, err := filepath.Glob(filepath.Join(escape(r.Dir), "*"+vulndb.Extension))
	if err != nil {
		return nil, nil, fmt.Errorf("advisory database: %w", err)
	}
	var names map[string]string
	for _, path := range files {
		db, err := vulndb.OpenSegment(path)
		if err == nil {
			ecosystems = append(ecosystems, db.Segments()[0].Ecosystem)
			if err := db.Close(); err != nil {
				return nil, nil, err
			}
			continue
		}
		if names == nil {
			names = r.names()
		}
		if name, ok := names[strings.TrimSuffix(filepath.Base(path), vulndb.Extension)]; ok {
			ecosystems = append(ecosystems, name)
		} else {
			unknown = append(unknown, err)
		}
	}
	slices.Sort(ecosystems)
	return ecosystems, unknown, nil
}

// names are the ecosystems that sources and mirrors have had, by the names of
// their segments.
func (r *Refresher) names() map[string]string {
	names := map[string]string{}
	seenFiles, _ := filepath.Glob(filepath.Join(escape(r.Dir), "sources", "*", "*", seenFile)) // the pattern is a good one
	for _, path := range seenFiles {
		s, err := readSeen(path)
		if err != nil {
			continue // it is made anew
		}
		for _, ecosystem := range s.Ecosystems {
			names[vulndb.SegmentName(ecosystem)] = ecosystem
		}
	}
	for _, offer := range r.readOffered() {
		for ecosystem := range offer.Segments {
			names[vulndb.SegmentName(ecosystem)] = ecosystem
		}
	}
	return names
}

// escape makes a path match itself in a pattern.
func escape(path string) string {
	if filepath.Separator == '\\' {
		return path // patterns have no escapes there
	}
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `\`, `\\`).Replace(path)
}
