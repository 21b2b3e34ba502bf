// Package rule says what a rule is: one check with its own documentation. It
// can look at a Dockerfile, at an image's configuration and history, and at a
// file. The rules themselves are one file each in package rules.
package rule

import (
	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
)

// Rule is one check. It is a value; adding one is adding a file to package rules.
type Rule struct {
	// ID is what users and configurations call it, plain words: "apt-pin-version".
	ID string
	// Title is one line on what is wrong when the rule reports.
	Title string
	// Why says in a few sentences what harm it does and what to do instead.
	Why string
	// Bad and Good are Dockerfiles: the rule must report on the first and must
	// not on the second. They are shown to users and run as tests.
	Bad, Good string
	Severity  finding.Severity
	// Aliases are the ids of other tools for the same check: "DL3008",
	// "DS-0029", "CIS-DI-0001", "CKV_DOCKER_3", "JSONArgsRecommended", a KICS
	// query's folder name.
	Aliases []string
	// Off says that the rule is quiet unless it is asked for.
	Off bool
	// Since is the level that brought the rule, "2026.1": an older --level
	// leaves it out.
	Since string
	// Dockerfile looks at a Dockerfile.
	Dockerfile func(*Dockerfile)
}

// Problem is what a rule has to say at one place.
type Problem struct {
	Span    dockerfile.Span
	Message string // a sentence; empty takes the rule's title
	// Aliases narrows the rule's aliases to the tools that would report this
	// very case; nil means all of them.
	Aliases []string
	// Fix mends the problem; nil where the intent is not plain.
	Fix *Fix
}

// Fix is a set of edits that belong together.
type Fix struct {
	Title  string // what it does: "add --no-install-recommends"
	Edits  []Edit
	Unsafe bool // may change what the image does: only with --unsafe-fixes
}

// Edit replaces a run of the source; an empty run inserts.
type Edit struct {
	Start, End int // byte offsets in File.Source
	New        string
}
