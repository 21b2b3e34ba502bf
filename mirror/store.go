package mirror

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Store is the place of a mirror for those who keep something beside the segments
// there: manifests under tags of their own and what these name, such as signatures.
type Store struct{ place place }

// Name is what the repository is called in a registry, HOST/REPOSITORY, and empty
// elsewhere.
func (s Store) Name() string {
	if r, ok := s.place.(registry); ok {
		return r.ref.Context().Name()
	}
	return ""
}

// Manifest gives what a tag or a digest names, of at most 4 MB, or nothing without
// an error where there is none. One named by digest is checked against it.
func (s Store) Manifest(ctx context.Context, name string) ([]byte, error) {
	data, err := s.place.manifest(ctx, name)
	if errors.Is(err, ErrNone) {
		return nil, nil
	}
	if err == nil && isDigest(name) && hashOf(data).String() != name {
		err = fmt.Errorf("%w: %s", ErrDigest, name)
	}
	return data, err
}

// isDigest tells digests from tags, which have no colons.
func isDigest(name string) bool { return strings.HasPrefix(name, "sha256:") }

// Referrers gives the index of the manifests that refer to one, of at most 4 MB, or
// nothing without an error where nothing does: so it is in all places but registries.
func (s Store) Referrers(ctx context.Context, digest string) ([]byte, error) {
	r, ok := s.place.(registry)
	if !ok {
		return nil, nil
	}
	index, err := remote.Referrers(r.ref.Context().Digest(digest), append(r.download, remote.WithContext(ctx))...)
	if refused := (*transport.Error)(nil); errors.As(err, &refused) && refused.StatusCode == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return index.RawManifest()
}

// Blob gives a blob of that many bytes, at most 4 MB, checked against its digest.
func (s Store) Blob(ctx context.Context, digest string, size int64) ([]byte, error) {
	hash, err := v1.NewHash(digest)
	if err != nil {
		return nil, err
	}
	if size < 0 || size > maxManifest {
		return nil, fmt.Errorf("%s: %d bytes are too many", digest, size)
	}
	return get(ctx, s.place, Segment{Size: size, blob: hash})
}

// PutBlob keeps a blob.
func (s Store) PutBlob(ctx context.Context, data []byte) error {
	_, err := s.place.put(ctx, data)
	return err
}

// PutManifest makes a tag name a manifest.
func (s Store) PutManifest(ctx context.Context, tag string, manifest []byte) error {
	return s.place.publish(ctx, tag, manifest)
}
