// Package image opens a container image wherever it is kept (a registry, a
// daemon, an archive, a layout, a directory) and gives its configuration and
// its layers, every byte of which is checked against its digest while it is
// read. It interprets nothing that is in a layer.
package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// ErrNotFound marks an image that is not where the reference says.
var ErrNotFound = errors.New("image not found")

// ErrOffline marks work that would need the network where none is allowed.
var ErrOffline = errors.New("the network is off limits (offline)")

// ErrTooLarge marks an image that goes beyond a limit of [Options].
var ErrTooLarge = errors.New("limit exceeded")

// DigestError says that bytes are not what their digest promises: the image
// was damaged or tampered with, and nothing in it is to be believed.
type DigestError struct {
	What string // "layer 3", "config", "manifest"
	Want string // the digest promised, "sha256:…"
	Got  string // the digest of what was read
}

// Error names both digests.
func (e *DigestError) Error() string {
	return fmt.Sprintf("%s is not what its digest says: want %s, got %s", e.What, e.Want, e.Got)
}

// Image is an image that has been opened. Close it to remove what had to be
// put on disk.
type Image struct {
	Ref      string         // as the user named it
	Source   string         // the kind of place, one of [Sources]
	Digest   string         // of the manifest; empty where the place keeps none
	Indexes  []string       // digests of the indexes that led to the manifest, if any
	ID       string         // digest of the configuration; empty for a directory
	Platform string         // os/arch[/variant]
	Tags     []string       // names that the place gives the image
	Config   *v1.ConfigFile // configuration and history, never nil
	Layers   []Layer        // the bottom first

	closers  []io.Closer // closed last to first
	mu       sync.Mutex
	warnings []string
}

// Close removes temporary files and ends connections. It may be called twice.
// Readers of layers must be closed before.
func (i *Image) Close() error {
	var errs []error
	for _, c := range slices.Backward(i.closers) {
		errs = append(errs, c.Close())
	}
	i.closers = nil
	return errors.Join(errs...)
}

// Warnings tells what could not be read of the image, such as files of a
// directory that the user may not open. It is complete once all layers have
// been read.
func (i *Image) Warnings() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.warnings)
}

func (i *Image) warn(format string, args ...any) {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch {
	case len(i.warnings) < maxWarnings:
		i.warnings = append(i.warnings, fmt.Sprintf(format, args...))
	case len(i.warnings) == maxWarnings:
		i.warnings = append(i.warnings, "further warnings are left out")
	}
}

// maxWarnings bounds what a hostile directory can make the report say.
const maxWarnings = 100

// Layer is one layer of an image.
type Layer struct {
	Digest    string // of the bytes as kept (often compressed); empty where only the tar is kept
	DiffID    string // of the uncompressed tar; empty for a directory
	MediaType string
	Size      int64  // bytes as kept; 0 where unknown
	CreatedBy string // the instruction that made it, from the history, as written there; see [Instruction]
	Foreign   bool   // a layer that lies elsewhere (Windows base layers) and cannot be opened

	// Open gives the uncompressed tar. Reading to the end checks Digest and
	// DiffID: a lie is a *DigestError in place of io.EOF. A reader that is
	// closed early has checked nothing. Open may be called again and from
	// several goroutines. The reader is a [*Reader], whose NextBlock gives
	// the content without copying it.
	Open func(ctx context.Context) (io.ReadCloser, error)
}
