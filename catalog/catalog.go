// Package catalog says what a cataloger is: something that reads one kind of
// file in an image and writes down the packages that it describes. The
// catalogers themselves are one folder each below this one.
package catalog

import (
	"context"

	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// Cataloger finds packages of one ecosystem. It is a value; adding one is
// adding a folder (docs/adding-a-cataloger.md).
type Cataloger struct {
	// Name is what users and warnings call it, "dpkg".
	Name string
	// Doc is one sentence on what it reads and what it finds.
	Doc string
	// Version counts up whenever Read would find something else in the same
	// bytes; kept results of older versions are not used again.
	Version int
	// Ecosystem tells how its packages are named and compared. It is zero for a
	// cataloger that finds facts and no packages.
	Ecosystem inventory.Ecosystem
	// Want are the files that it reads.
	Want []walk.Pattern
	// ByContent says that the path does not matter, so that a hard link to a
	// file that was read is not read again.
	ByContent bool
	// Read adds what the file says to the part. An error means that the file
	// is broken: it becomes a warning in the report and ends nothing; what was
	// added before it stays. Only an error of ctx ends the scan.
	Read func(ctx context.Context, f *walk.File, part *inventory.Part) error
}
