// Package finding is the one shape of a result. A vulnerable package, a broken
// rule, a leaked secret, malware, a licence and a signature are all findings,
// so a policy judges and a report shows them without knowing which is which.
package finding

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/inventory"
)

// Kind says what was found.
type Kind string

// The kinds of findings.
const (
	Vulnerability Kind = "vulnerability"
	Rule          Kind = "rule"
	Secret        Kind = "secret"
	Malware       Kind = "malware"
	License       Kind = "license"
	Signature     Kind = "signature"
)

// Kinds are all kinds, in the order that reports show them.
func Kinds() []Kind { return []Kind{Vulnerability, Malware, Secret, Rule, License, Signature} }

// Nouns are the words for one and for several findings of a kind.
func (k Kind) Nouns() (one, many string) {
	switch k {
	case Vulnerability:
		return "vulnerability", "vulnerabilities"
	case Malware:
		return "malicious file or package", "malicious files or packages"
	case Secret:
		return "secret", "secrets"
	case Rule:
		return "broken rule", "broken rules"
	case License:
		return "licence problem", "licence problems"
	case Signature:
		return "signature problem", "signature problems"
	}
	return string(k) + " finding", string(k) + " findings"
}

// Severity is how bad a finding is. Its zero value is Unknown; the values are
// ordered, so they compare with < and >.
type Severity int

// The severities, from what nobody has rated to the worst.
const (
	Unknown Severity = iota
	Info
	Low
	Medium
	High
	Critical
)

var severityNames = [...]string{"unknown", "info", "low", "medium", "high", "critical"}

// Severities are all severities, the worst first.
func Severities() []Severity { return []Severity{Critical, High, Medium, Low, Info, Unknown} }

// String is the severity's word in reports and flags.
func (s Severity) String() string {
	if s < Unknown || s > Critical {
		return fmt.Sprintf("severity(%d)", int(s))
	}
	return severityNames[s]
}

// MarshalText writes the severity as its word.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a severity's word in any case.
func (s *Severity) UnmarshalText(text []byte) error {
	v, err := ParseSeverity(string(text))
	*s = v
	return err
}

// ParseSeverity reads a severity's word in any case; the error names the words
// that there are.
func ParseSeverity(word string) (Severity, error) {
	for i, name := range severityNames {
		if strings.EqualFold(word, name) {
			return Severity(i), nil
		}
	}
	return Unknown, fmt.Errorf("unknown severity %q: use critical, high, medium, low, info or unknown", word)
}

// Rating is what one source says of a severity.
type Rating struct {
	Source   string   `json:"source"` // who says so: "NVD", "GHSA", "Debian"
	Severity Severity `json:"severity"`
	Score    float64  `json:"score,omitempty"`  // CVSS base score, 0 to 10
	Vector   string   `json:"vector,omitempty"` // CVSS vector as written
}

// Status is what a vendor says about mending a vulnerability in its package.
type Status string

// The states of a vulnerability in a package.
const (
	Fixed     Status = "fixed"        // a version without it can be installed
	Affected  Status = "affected"     // no fixed version is known
	WontFix   Status = "will-not-fix" // the vendor has decided against a fix
	EndOfLife Status = "end-of-life"  // the release gets no fixes any more
	Undecided Status = "under-investigation"
)

// Package names the package that a finding is about.
type Package struct {
	PURL      string `json:"purl"`
	Ecosystem string `json:"ecosystem,omitempty"`
	Name      string `json:"name"`
	Version   string `json:"version"`
}

// Finding is one thing that a reader may want to act on.
type Finding struct {
	Kind     Kind     `json:"kind"`
	ID       string   `json:"id"`
	Aliases  []string `json:"aliases"`
	Severity Severity `json:"severity"`
	// Ratings are all that sources say of the severity; Severity is the one in force.
	Ratings []Rating `json:"ratings,omitempty"`
	Title   string   `json:"title"`
	Message string   `json:"message"`
	Package Package  `json:"package,omitzero"`
	// Fixed is the lowest version that clears the finding; empty if there is none.
	Fixed     string          `json:"fixed"`
	Status    Status          `json:"status,omitempty"`
	Published string          `json:"published,omitempty"` // RFC 3339 date of the advisory
	URL       string          `json:"url,omitempty"`       // where to read more
	At        inventory.Place `json:"at"`
	// Suppressed says why a finding does not count although it is shown.
	Suppressed string `json:"suppressed,omitempty"`
	// Exploit is what is known of a vulnerability's exploitation; zero if nothing.
	Exploit Exploit `json:"exploit,omitzero"`
	// Risk orders vulnerabilities by what to mend first, from 1 to 100; 0 for
	// other findings. See docs/risk.md.
	Risk int `json:"risk,omitempty"`
	// Fingerprint stays the same over rebuilds as long as the problem does.
	Fingerprint string `json:"fingerprint"`
	// Because says why this was found: the advisory, the range, the comparison.
	Because string `json:"because"`
}

// Fingerprint identifies a problem over rebuilds: a hash of what it is and
// where it is, without version, layer or line, which change while the problem
// stays. What tells several findings of the same kind in one file apart, such as
// the hash of a secret, comes in more.
func Fingerprint(f Finding, more ...string) string {
	parts := append([]string{string(f.Kind), f.ID, f.Package.Ecosystem, f.Package.Name, f.At.Path}, more...)
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}
