package mirror

import (
	"context"
	"errors"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
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

// Manifest gives what a tag names, of at most 4 MB, or nothing without an error
// where there is no such tag.
func (s Store) Manifest(ctx context.Context, tag string) ([]byte, error) {
	data, err := s.place.manifest(ctx, tag)
	if errors.Is(err, ErrNone) {
		return nil, nil
	}
	return data, err
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
