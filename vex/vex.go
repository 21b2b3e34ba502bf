// Package vex reads statements of whether a product is affected by a
// vulnerability (Vulnerability Exploitability eXchange) and says which of them
// holds for a package of an image.
//
// Three forms are read: OpenVEX 0.0.1 to 0.2.0, CSAF 2.0 and 2.1 (the VEX
// profile and all others that have a product status), and the vulnerabilities
// of a CycloneDX document. Whatever the form, a statement becomes a Statement,
// and a Set of them answers. docs/matching.md says how products are matched.
package vex

import (
	"fmt"
	"time"
)

// Status is what a statement says of a product, in OpenVEX's words.
type Status string

// The four states that all forms of VEX have.
const (
	NotAffected        Status = "not_affected"
	Affected           Status = "affected"
	Fixed              Status = "fixed"
	UnderInvestigation Status = "under_investigation"
)

// Clears tells whether the status says that there is nothing to act on.
func (s Status) Clears() bool { return s == NotAffected || s == Fixed }

// Statement says what somebody knows of some products and one vulnerability.
type Statement struct {
	// IDs are all names of the vulnerability: its CVE, its aliases.
	IDs      []string
	Products []*Product
	Status   Status
	// Justification is the word for why a product is not affected, as
	// "vulnerable_code_not_in_execute_path"; CycloneDX has words of its own.
	Justification string
	// Impact says in free text why it is not affected, Action what to do where it
	// is.
	Impact, Action string
	// Time is when the statement was last made; the zero time where the document
	// does not say.
	Time time.Time
	// Document names the document: its own id, else where it was read.
	Document string
}

// Product is what a statement is about: an image or a package, or parts of it.
type Product struct {
	Whole Identifier
	// Parts are the components of Whole that alone are meant; empty for all of it.
	Parts []Identifier
	// Versions are the versions of the last of these that are meant: exact ones,
	// or ranges in the notation of package-url ("vers:npm/>=1|<2"); empty for any
	// that the identifier allows.
	Versions []string
}

// Identifier is how a product is known. A thing is meant if one of the ways fits.
type Identifier struct {
	PURLs   []PURL
	Digests []string // "sha256:…", in lower case
	Name    string   // reference of an image, "ghcr.io/shop/web:1.4"
	CPEs    []string // of an operating system; packages have none
}

// Document is what one file says.
type Document struct {
	Name       string // its own id, else where it was read
	Format     string // "OpenVEX", "CSAF", "CycloneDX"
	Statements []*Statement
}

// Error says why a document cannot be read and where.
type Error struct {
	File         string
	Line, Column int    // from 1; 0 where the document as a whole is meant
	Field        string // "statements[2].status", or empty
	Err          error
}

// Error names file and place before the reason.
func (e *Error) Error() string {
	text := e.File
	if e.Line > 0 {
		text += fmt.Sprintf(":%d:%d", e.Line, e.Column)
	}
	if e.Field != "" {
		text += ": " + e.Field
	}
	return text + ": " + e.Err.Error()
}

// Unwrap gives the reason.
func (e *Error) Unwrap() error { return e.Err }
