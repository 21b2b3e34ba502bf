// Package intel is what is known of CVEs besides advisories: how likely one is
// exploited (EPSS), whether it is (CISA's catalogue of known exploited
// vulnerabilities), and how others rate it (NVD's CVSS vectors); and when
// releases of distributions and other products get their last fixes
// (endoflife.date). It is kept in one small read-only file beside the advisory
// database; file.go gives the byte layout.
package intel

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// FileName is the name of the file in the directory of the advisory database.
const FileName = "cves.intel"

// sourceReleases is the name of the source that knows the ends of releases.
const sourceReleases = "endoflife"

// Record is what is known of one CVE, or what one source adds to it; or, without
// a CVE, what is known of a release.
type Record struct {
	CVE       string // "CVE-2021-44228"
	Score     Score
	Exploited Exploited
	Ratings   []Rating
	Release   Release
}

// Score is that of the Exploit Prediction Scoring System
// (https://www.first.org/epss/). Its zero value means that there is none.
type Score struct {
	// Probability that the vulnerability is exploited within 30 days, 0 to 1.
	Probability float64
	// Percentile is the share of all CVEs that score no higher, 0 to 1.
	Percentile float64
}

// Exploited is an entry of CISA's catalogue of known exploited vulnerabilities
// (https://www.cisa.gov/known-exploited-vulnerabilities-catalog). Its zero value
// means that there is none.
type Exploited struct {
	Name       string // the catalogue's own title
	Vendor     string
	Product    string
	Added      string // YYYY-MM-DD: when it came into the catalogue
	Due        string // YYYY-MM-DD: until when US agencies must act
	Ransomware bool   // known to be used in ransomware campaigns
	Action     string // what CISA asks for
}

// Known reports whether there is an entry.
func (e Exploited) Known() bool { return e.Added != "" }

// Rating is a CVSS vector and who assigned it.
type Rating struct {
	Source string // "NVD", or the CNA as NVD names it: "security@apache.org"
	Vector string // as written, with its version in front but for CVSS 2.0
}

// Source says where a part of a file came from.
type Source struct {
	Name    string    // "epss", "kev", "nvd", "endoflife"
	URL     string    // where it was fetched
	AsOf    time.Time // the day of the data
	Fetched time.Time // when it was last asked for
	Records int       // how many CVEs, or releases, it speaks of
}

// numberBits is how many bits the number of a CVE has in its key; the year is
// above them.
const numberBits = 40

// key is a CVE as a number that orders by year and number.
func key(cve string) (uint64, error) {
	rest, ok := strings.CutPrefix(cve, "CVE-")
	year, number, two := strings.Cut(rest, "-")
	if !ok || !two || len(year) != 4 || len(number) < 4 || len(number) > 12 || len(number) > 4 && number[0] == '0' {
		return 0, fmt.Errorf("%.40q is no CVE", cve)
	}
	y, err := strconv.ParseUint(year, 10, 14)
	if err != nil {
		return 0, fmt.Errorf("%.40q is no CVE", cve)
	}
	n, err := strconv.ParseUint(number, 10, numberBits)
	if err != nil {
		return 0, fmt.Errorf("%.40q is no CVE", cve)
	}
	return y<<numberBits | n, nil
}

// IsCVE reports whether an id is a CVE's, as written by its numbering authority.
func IsCVE(id string) bool {
	_, err := key(id)
	return err == nil
}
