package image

import (
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
)

// Digest asks the registry which digest a name stands for: that of the index
// where the image is for several platforms, so that a pin holds on all of them.
// The error is [ErrOffline] or [ErrNotFound] where that is the reason.
func Digest(ctx context.Context, ref string, o Options) (string, error) {
	named, err := name.ParseReference(ref)
	if err != nil {
		return "", fmt.Errorf("%q is no name of an image: %w", ref, err)
	}
	if o.Offline {
		return "", fmt.Errorf("%w: %s would be asked for the digest of %s", ErrOffline, named.Context().RegistryStr(), ref)
	}
	r := &registry{ref: named, repo: named.Context(), o: o}
	base, closer := o.transport()
	defer closer.Close()
	if err := r.login(ctx, base); err != nil {
		return "", fmt.Errorf("digest of %s: %w", ref, r.explain(err))
	}
	resp, err := r.get(ctx, "manifests/"+named.Identifier(), 0)
	if err != nil {
		return "", fmt.Errorf("digest of %s: %w", ref, err)
	}
	defer resp.Body.Close()
	manifest, err := readSmall(resp.Body, "manifest")
	if err != nil {
		return "", fmt.Errorf("digest of %s: %w", ref, err)
	}
	got := sum(manifest)
	if want := resp.Header.Get("Docker-Content-Digest"); want != "" && want != got {
		return "", &DigestError{What: "manifest", Want: want, Got: got}
	}
	return got, nil
}
