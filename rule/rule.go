// Package rule says what a rule is: one check with its own documentation. It
// can look at a Dockerfile, at an image's configuration and history, and at a
// file. The rules themselves are one file each in package rules.
package rule

import (
	"context"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
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
	// not on the second. They are shown to users and run as tests. A rule with an
	// Image or File side and no Dockerfile side states them in words or as a
	// listing, and has tests of its own.
	Bad, Good string
	Severity  finding.Severity
	// Aliases are the ids of other tools for the same check: "DL3008",
	// "DS-0029", "CIS-DI-0001", "CKV_DOCKER_3", "JSONArgsRecommended", a KICS
	// query's folder name.
	Aliases []string
	// Off says that the rule is quiet unless it is asked for.
	Off bool
	// OnImages says that Off holds for Dockerfiles only.
	OnImages bool
	// Since is the level that brought the rule, "2026.1": an older --level
	// leaves it out.
	Since string
	// Dockerfile looks at a Dockerfile.
	Dockerfile func(*Dockerfile)
	// History says that the Dockerfile side holds for the Dockerfile that is
	// made again from an image's history, too.
	History bool
	// Image looks at an image's configuration, its packages and the rule's own
	// notes. A rule with notes and no Image side reports each that shows.
	Image func(*Image)

	// Sums says that the Image side asks inventory.Disk.Changed, for which the
	// content of files must be summed while layers are read.
	Sums bool
	// Listing says that the Image side asks inventory.Disk.Usage, for which all
	// that is in the layers must be listed while they are read.
	Listing bool

	// Version counts up when Entry or File would note something else in the
	// same bytes; kept results of older versions are not used again.
	Version int
	// Entry looks at the header of every file, directory, link and device of a
	// layer, so it must decide fast; nil is nothing to note.
	Entry func(*walk.Entry) *inventory.Note
	// File looks at the content of the files that Want selects and notes what it
	// sees; an error becomes a warning on the file.
	Want []walk.Pattern
	File func(ctx context.Context, f *walk.File, note func(inventory.Note)) error
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
	// Unpinned are the packages that a version would mend.
	Unpinned []Unpinned
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
