package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// registry is a repository of a registry that speaks the protocol of the OCI
// distribution specification.
type registry struct {
	ref      name.Reference
	options  []remote.Option
	download []remote.Option // the same for what is read as a whole, and so is bounded
}

func (m *Mirror) registry(ref string) (place, error) {
	named, err := name.ParseReference(ref)
	if err != nil {
		return nil, fmt.Errorf("mirror %q: %w", m.Ref, err)
	}
	keys := m.Keychain
	if keys == nil {
		keys = authn.DefaultKeychain
	}
	base := m.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	common := []remote.Option{
		remote.WithAuthFromKeychain(keys), remote.WithUserAgent("plimsoll"),
		remote.WithRetryBackoff(remote.Backoff{Duration: 300 * time.Millisecond, Factor: 3, Jitter: 0.1, Steps: 3}),
	}
	return registry{
		ref:      named,
		options:  append(common, remote.WithTransport(base)),
		download: append(common[:len(common):len(common)], remote.WithTransport(bounded{base})),
	}, nil
}

// at is what a tag or a digest is called in the repository.
func (r registry) at(tag string) name.Reference {
	switch {
	case tag == "":
		return r.ref
	case isDigest(tag):
		return r.ref.Context().Digest(tag)
	}
	return r.ref.Context().Tag(tag)
}

func (r registry) manifest(ctx context.Context, tag string) ([]byte, error) {
	d, err := remote.Get(r.at(tag), append(r.download, remote.WithContext(ctx))...)
	if refused := (*transport.Error)(nil); errors.As(err, &refused) && refused.StatusCode == http.StatusNotFound {
		return nil, fmt.Errorf("%w (%s)", ErrNone, r.at(tag))
	}
	if err != nil {
		return nil, err
	}
	return d.Manifest, nil
}

func (r registry) blob(ctx context.Context, blob v1.Hash) (io.ReadCloser, error) {
	l, err := remote.Layer(r.ref.Context().Digest(blob.String()), append(r.options, remote.WithContext(ctx))...)
	if err != nil {
		return nil, err
	}
	return l.Compressed()
}

func (r registry) put(ctx context.Context, data []byte) (bool, error) {
	options := append(r.options, remote.WithContext(ctx))
	l, err := remote.Layer(r.ref.Context().Digest(hashOf(data).String()), options...)
	if err != nil {
		return false, err
	}
	if _, err := l.Size(); err == nil { // a HEAD request
		return false, nil
	}
	return true, remote.WriteLayer(r.ref.Context(), static.NewLayer(data, types.OCILayer), options...)
}

func (r registry) publish(ctx context.Context, tag string, manifest []byte) error {
	return remote.Put(r.at(tag), artifact(manifest), append(r.options, remote.WithContext(ctx))...)
}

// artifact is a manifest as it is sent.
type artifact []byte

// RawManifest gives the bytes.
func (a artifact) RawManifest() ([]byte, error) { return a, nil }

// MediaType says that it is an image manifest.
func (a artifact) MediaType() (types.MediaType, error) { return types.OCIManifestSchema1, nil }

// bounded cuts answers off that are longer than a manifest may be, which the
// client would read to their ends.
type bounded struct{ base http.RoundTripper }

// RoundTrip passes the request on.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.base.RoundTrip(r)
	if err == nil {
		resp.Body = cut{io.LimitReader(resp.Body, maxManifest), resp.Body}
	}
	return resp, err
}

// cut is the beginning of a body.
type cut struct {
	io.Reader
	io.Closer
}
