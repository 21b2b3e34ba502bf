// Package vulndb is the advisory database: what advisories are, the segment
// files that hold them, and looking them up. FORMAT.md gives the byte layout.
package vulndb

import "time"

// Advisory is what one source says about one vulnerability, in the terms of
// the OSV schema (https://ossf.github.io/osv-schema/).
type Advisory struct {
	ID        string
	Aliases   []string // other ids of the same vulnerability
	Upstream  []string // ids of the vulnerabilities that this record is about: the CVEs of a DSA
	Related   []string // ids that have to do with it but are not the same
	Published time.Time
	Modified  time.Time
	Withdrawn time.Time // zero unless the source took it back
	// Malicious says that the package itself is malware: no version that is
	// affected can be mended. It follows from the id: see IsMalware.
	Malicious bool

	Summary    string      // one line
	Details    string      // Markdown; several lines, of which ParseOSV keeps the first
	References []Reference // where to read more
	Severities []Severity  // of the whole record; an Affected may have its own
	Affected   []Affected
}

// Reference is a link of an advisory: its OSV type ("ADVISORY", "FIX", "WEB", …) and URL.
type Reference struct{ Type, URL string }

// Severity is what a source says of how bad a vulnerability is: a CVSS vector
// or a vendor's own word.
type Severity struct {
	Type  string // "CVSS_V2", "CVSS_V3", "CVSS_V4", or the vendor's scale: "Ubuntu", "word"
	Score string // the vector, or the word ("high", "Moderate", "not yet assigned")
}

// Affected says which versions of one package are vulnerable.
type Affected struct {
	Ecosystem  string // as OSV writes it: "Debian:12", "npm"
	Name       string // as OSV writes it
	Ranges     []Range
	Versions   []string   // versions that are affected, each named
	Severities []Severity // of this package; empty where the record's hold
	// Status is the vendor's state where it has one: "not-affected", "ignored",
	// "no-dsa", "end-of-life", "undetermined", "will-not-fix", …, else empty.
	Status string
	// Module is the rpm modularity stream ("nodejs:18") that alone is affected.
	Module string
	// Platform limits the entry to a CPE or product of the vendor.
	Platform string
}

// Range is a run of versions, given as events in the order of the record.
type Range struct {
	Type   string // "SEMVER", "ECOSYSTEM" or "GIT"
	Events []Event
}

// Event is one turning point of a Range. Exactly one field is set.
type Event struct {
	Introduced   string // from here on vulnerable; "0" is before all versions
	Fixed        string // from here on no longer
	LastAffected string // the last vulnerable version
	Limit        string // the range ends before this version
}

// Key asks for the advisories of one package.
type Key struct {
	Ecosystem string // as OSV writes it: "Debian:12", "npm"
	Name      string // as OSV writes it
}
