// Package report is the one document that a scan yields, and every format that
// it can be written in: text for a person, JSON, SARIF. Formats are one file
// each, listed in one table; For finds them by name.
package report

import (
	"time"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/policy"
)

// SchemaVersion is the version of the JSON document; it counts up when a
// reader of the older one would misunderstand the newer.
const SchemaVersion = 1

// Report is the result of one scan: the same document for the command line,
// the API and the store. docs/report.schema.json is written from it.
type Report struct {
	// Schema is the version of this document's shape, SchemaVersion.
	Schema int `json:"schema"`
	// Target is what was looked at.
	Target Target `json:"target"`
	// Packages are all that is installed, by ecosystem, name, version and place.
	Packages []inventory.Package `json:"packages"`
	// Checks are the kinds of findings that were looked for; none in reports that
	// do not say.
	Checks []finding.Kind `json:"checks,omitempty"`
	// Findings are all results by kind, the worst first, also suppressed ones.
	Findings []finding.Finding `json:"findings"`
	// Verdict is go, warn or stop, with what led to it.
	Verdict policy.Verdict `json:"verdict"`
	// Database is the advisory data behind the findings.
	Database Database `json:"database"`
	// Warnings are what could not be read, or only in part.
	Warnings []inventory.Warning `json:"warnings"`
}

// DockerfileSource is the source of a target that is no image but Dockerfiles.
const DockerfileSource = "dockerfile"

// Target is what was looked at.
type Target struct {
	Ref      string           `json:"ref"`    // as the user named it
	Source   string           `json:"source"` // the kind of place it came from: "registry", "dir"
	Digest   string           `json:"digest"` // of the manifest; empty where there is none
	ID       string           `json:"id"`     // digest of the configuration
	Platform string           `json:"platform"`
	Created  string           `json:"created,omitempty"` // RFC 3339
	Distro   inventory.Distro `json:"distro"`
	Base     string           `json:"base,omitempty"` // name of the base image, where known
	Layers   []Layer          `json:"layers"`         // from the bottom, as places count them
	// Usage is how the layers use their bytes; absent where that was not counted.
	Usage Usage `json:"usage,omitzero"`
}

// Usage is how an image uses the bytes of its files.
type Usage struct {
	// Bytes are those of all files in all layers, unpacked.
	Bytes int64 `json:"bytes"`
	// Hidden are those of the files that do not show in the image, because an
	// upper layer removes or replaces them.
	Hidden int64 `json:"hidden"`
	// Wasted and Efficiency are as the tool dive counts: all copies of the files
	// that stand in several layers or are removed; and what the smallest copies
	// would take by what all take, from 0 to 1.
	Wasted     int64   `json:"wasted"`
	Efficiency float64 `json:"efficiency"`
	// Partial says that there were too many files to count all of them.
	Partial bool `json:"partial,omitempty"`
}

// Layer is one layer of the target.
type Layer struct {
	Digest    string `json:"digest"`    // of the layer as kept, mostly compressed
	DiffID    string `json:"diffID"`    // digest of the layer uncompressed
	CreatedBy string `json:"createdBy"` // the instruction that made it, as a Dockerfile would say it
	Size      int64  `json:"size"`      // bytes as kept
	Base      bool   `json:"base"`      // belongs to the base image

	Files  int   `json:"files,omitempty"`  // how many files it has, links counted
	Bytes  int64 `json:"bytes,omitempty"`  // of its files, unpacked
	Wasted int64 `json:"wasted,omitempty"` // of those that an upper layer removes or replaces
}

// Database says which advisory data the findings rest on.
type Database struct {
	// Segments are the files that were asked.
	Segments []Segment `json:"segments"`
	// Intelligence is what else is known of CVEs, by source.
	Intelligence []Intelligence `json:"intelligence,omitempty"`
	// AsOf is the age of the oldest segment, RFC 3339; empty without any.
	AsOf string `json:"asOf"`
	// Starter says that the embedded sample of advisories was used: most
	// vulnerabilities are not in it.
	Starter bool `json:"starter"`
	// Missing are ecosystems of the image that nothing is known about.
	Missing []Missing `json:"missing"`
	// Notes are what a reader of the findings should know of the advisories: that
	// those of another distribution were used.
	Notes []string `json:"notes,omitempty"`
}

// Segment is one file of the advisory database.
type Segment struct {
	Name       string `json:"name"`       // "debian-12"
	Ecosystem  string `json:"ecosystem"`  // "Debian:12"
	Source     string `json:"source"`     // where it came from: a URL, "starter"
	AsOf       string `json:"asOf"`       // RFC 3339: the newest change that it knows
	Fetched    string `json:"fetched"`    // RFC 3339: when it was last brought up to date
	Digest     string `json:"digest"`     // of the segment file
	Advisories int    `json:"advisories"` // how many it holds
	// Stale says why it could not be brought up to date, where that was tried.
	Stale string `json:"stale,omitempty"`
	// Old says that at the time of the scan it had not been brought up to date
	// for seven days, or for longer than the user allows.
	Old bool `json:"old,omitempty"`
}

// Intelligence is one source of what is known of CVEs besides advisories.
type Intelligence struct {
	Name    string `json:"name"`    // "epss", "kev", "nvd"
	Source  string `json:"source"`  // where it came from
	AsOf    string `json:"asOf"`    // RFC 3339: the day of the data
	Fetched string `json:"fetched"` // RFC 3339: when it was last brought up to date
	Records int    `json:"records"` // how many CVEs it speaks of
	// Stale says why it could not be brought up to date, where that was tried.
	Stale string `json:"stale,omitempty"`
	// Old is as of a segment; only of what is brought up to date with advisories.
	Old bool `json:"old,omitempty"`
}

// Missing is an ecosystem without advisory data, and why.
type Missing struct {
	Ecosystem string `json:"ecosystem"`
	Packages  int    `json:"packages"` // how many packages could not be judged
	Reason    string `json:"reason"`
}

// Time writes a moment as the document does, in UTC and whole seconds; the zero
// time is the empty string.
func Time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
