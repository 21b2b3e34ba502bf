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

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// ErrNotFound marks an image that is not where the reference says.
var ErrNotFound = errors.New("image not found")

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
	Source   string         // the kind of place: "registry", "docker", "docker-archive", "oci", "oci-archive", "dir", …
	Digest   string         // of the manifest; empty where the place keeps none
	ID       string         // digest of the configuration; empty for a directory
	Platform string         // os/arch[/variant]
	Tags     []string       // other names that the place gives the image
	Config   *v1.ConfigFile // configuration and history, never nil
	Layers   []Layer        // the bottom first

	close func() error
}

// Close removes temporary files and ends connections. It may be called twice.
func (i *Image) Close() error {
	if i.close == nil {
		return nil
	}
	c := i.close
	i.close = nil
	return c()
}

// Layer is one layer of an image.
type Layer struct {
	Digest    string // of the bytes as kept (often compressed); empty where only the tar is kept
	DiffID    string // of the uncompressed tar; empty for a directory
	MediaType string
	Size      int64  // bytes as kept; 0 where unknown
	CreatedBy string // the instruction that made it, from the history, as written there
	Foreign   bool   // a layer that lies elsewhere (Windows base layers)

	// Open gives the uncompressed tar. Reading to the end checks Digest and
	// DiffID: a lie is a *DigestError in place of io.EOF. A reader that is
	// closed early has checked nothing. Open may be called again and from
	// several goroutines.
	Open func(ctx context.Context) (io.ReadCloser, error)
}
