package dpkg

import (
	"strings"

	"github.com/plimsoll/plimsoll/catalog"
	"github.com/plimsoll/plimsoll/inventory"
)

// maxDiversions is how many diversions are read; a system has a few dozen.
const maxDiversions = 10_000

// readDiversions reads dpkg's list of diversions: three lines each, the path as
// packages bring it, where the file is instead, and the package that has the
// path for itself, ":" for the administrator.
func readDiversions(lines *catalog.Lines, rec *inventory.File) error {
	for len(rec.Diversions) < maxDiversions {
		var three [3]string
		for i := range three {
			line, ok := lines.Next()
			if !ok {
				return lines.Err()
			}
			if len(line) <= maxPath {
				three[i] = strings.TrimPrefix(string(line), "/")
			}
		}
		if three[0] == "" || three[1] == "" {
			continue
		}
		rec.Diversions = append(rec.Diversions, inventory.Diversion{From: three[0], To: three[1], By: strings.TrimPrefix(three[2], ":")})
	}
	return nil
}
