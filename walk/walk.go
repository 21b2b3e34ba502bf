// Package walk reads a layer once, from its first byte to its last, and shows
// each file to those who want it. It knows tar, and what makes one layer hide
// another; it knows nothing of packages.
package walk

import "context"

// Visitor looks at the files that it wants, one after the other, in the order
// of the layer.
type Visitor struct {
	// Name is used in warnings.
	Name string
	// Want selects the files; nothing else is shown or copied.
	Want []Pattern
	// Visit looks at one file. An error becomes a warning on that file, and
	// the walk goes on; only an error of ctx ends it.
	Visit func(ctx context.Context, f *File) error
}
