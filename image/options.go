package image

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
)

// Limits of an image, beyond which it is refused. Real images stay far below.
const (
	maxManifest  = 8 << 20  // bytes of a manifest, an index or a configuration
	maxLayers    = 1000     // layers of an image; daemons stop at 127
	maxManifests = 10000    // entries of an index
	maxObjects   = 100000   // objects of JSON in one of these
	maxNested    = 4        // indexes within indexes
	maxEntries   = 1 << 20  // members of an archive
	maxNames     = 64 << 20 // bytes of all names in an archive

	defaultMaxLayer = 64 << 30
	defaultMaxTemp  = 64 << 30
)

// Options say how images are opened. The zero value is good.
type Options struct {
	// Platform is the os/arch[/variant] wanted of an image for several. Empty
	// takes linux on the architecture of this machine, else the first for
	// linux, else the first.
	Platform string
	// Offline makes every use of the network an error. Sockets of daemons on
	// this machine are no network.
	Offline bool
	// TempDir is where compressed archives and exports of daemons are kept
	// until Close; empty is the system's.
	TempDir string
	// MaxLayer is the most bytes that a layer may have uncompressed, and
	// MaxTemp the most that a temporary file may; 0 is 64 GiB.
	MaxLayer, MaxTemp int64
	// Transport carries the requests to registries; nil is
	// http.DefaultTransport.
	Transport http.RoundTripper
	// Keychain gives the credentials for registries; nil reads what docker
	// login, podman login and credential helpers have left.
	Keychain authn.Keychain
	// Progress, if there is one, is told what is being done, from several
	// goroutines at once.
	Progress func(Event)

	sleep func(context.Context, time.Duration) error // nil waits for real
}

// Event is a step in opening or reading an image.
type Event struct {
	Kind  string // "pull", "export", "unpack", "retry"
	Name  string // what is being read: a reference, a layer's digest, a file
	Bytes int64  // read so far
	Total int64  // 0 where unknown
	Err   error  // why a "retry" is needed
}

func (o Options) maxLayer() int64 { return cmp.Or(o.MaxLayer, defaultMaxLayer) }
func (o Options) maxTemp() int64  { return cmp.Or(o.MaxTemp, defaultMaxTemp) }

func (o Options) progress(e Event) {
	if o.Progress != nil {
		o.Progress(e)
	}
}

// wait pauses for d or until ctx ends.
func (o Options) wait(ctx context.Context, d time.Duration) error {
	if o.sleep != nil {
		return o.sleep(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
