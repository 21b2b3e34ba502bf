// Package trust makes and checks signatures over what a registry keeps. It knows
// nothing of registries itself: what is signed is the digest of a manifest, and
// where signatures are kept is behind Source and Store.
//
// Signatures are made in the form that cosign calls simple signing, in an image
// manifest under a tag of its own (cosign, specs/SIGNATURE_SPEC.md), so that cosign,
// skopeo and podman check what is signed here. What they sign is checked here, also
// in the form that cosign 3 makes: a Sigstore bundle with an in-toto statement, in a
// manifest that refers to the one signed (specs/BUNDLE_SPEC.md). The keys are ECDSA
// on P-256, cosign's own, and Ed25519.
//
// Only keys are trusted so far. Signatures by certificates of an identity
// (keyless), entries of transparency logs, and attestations are not judged yet.
package trust

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
)

var (
	// ErrUnsigned is why Verify fails where there is no signature at all.
	ErrUnsigned = errors.New("not signed")
	// ErrSignature is why Verify fails where no signature is good.
	ErrSignature = errors.New("no valid signature")
	// ErrKey is why a key is not taken.
	ErrKey = errors.New("not a usable key")
)

// Source is the repository that holds a manifest and, beside it, its signatures.
// What it gives need not be true: blobs are checked against their digests here.
type Source interface {
	// Manifest gives what a tag or a digest names, or nothing without an error
	// where there is none. It bounds the size.
	Manifest(ctx context.Context, name string) ([]byte, error)
	// Blob gives a blob of that many bytes.
	Blob(ctx context.Context, digest string, size int64) ([]byte, error)
	// Referrers gives the index of the manifests that refer to the one with a
	// digest (OCI distribution specification 1.1), or nothing.
	Referrers(ctx context.Context, digest string) ([]byte, error)
}

// Store is a Source that can be written to.
type Store interface {
	Source
	// PutBlob keeps a blob, which may be there already.
	PutBlob(ctx context.Context, data []byte) error
	// PutManifest makes a tag name a manifest.
	PutManifest(ctx context.Context, tag string, manifest []byte) error
}

// Subject is what a signature is about.
type Subject struct {
	Digest string // of the manifest: sha256 and 64 hexadecimal digits
	// Name is what the repository is called. A signature says it, and nobody
	// believes it: the same manifest may be copied elsewhere with its signatures.
	Name string
}

var digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// tag is where the signatures of a manifest are, as the specification has it.
func (s Subject) tag() (string, error) {
	if !digestForm.MatchString(s.Digest) {
		return "", fmt.Errorf("%q is not a SHA-256 digest", s.Digest)
	}
	return "sha256-" + s.Digest[len("sha256:"):] + ".sig", nil
}

func digestOf(data []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(data)) }
