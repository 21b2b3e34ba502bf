package match

import (
	"regexp"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/vulndb"
)

// announcement finds the parts of the number of a Debian announcement,
// "DSA-3673-2": the second that goes by 3673.
var announcement = regexp.MustCompile(`^(D[SL]A-[0-9]+)-([0-9]+)$`)

// earlier is the beginning of the ids of the announcements that a record follows
// up. Debian mends a regression that a fix has brought under the fix's number,
// most often without a word of the vulnerabilities. Empty for all other records.
func earlier(a *vulndb.Advisory) string {
	m := announcement.FindStringSubmatch(a.ID)
	if m == nil || m[2] == "1" || len(a.Aliases)+len(a.Upstream) > 0 || slices.ContainsFunc(a.Related, isCVE) {
		return ""
	}
	return m[1] + "-"
}

// announced makes an announcement that follows up another, open one be about the
// same vulnerabilities, so that what mends those is the later version.
func (s *search) announced(units [][][]string) {
	for i, h := range s.hits {
		begin := earlier(&h.record)
		if begin == "" {
			continue
		}
		var about [][]string
		for j, other := range s.hits {
			if strings.HasPrefix(other.record.ID, begin) && earlier(&other.record) == "" {
				about = append(about, units[j]...)
			}
		}
		if len(about) > 0 {
			units[i] = about
		}
	}
}
