package trust

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Verify finds a signature of a manifest by one of the keys, and gives that key.
// A signature by any of them will do, so that a new key can be added before the old one
// is given up. The error is or wraps ErrUnsigned or ErrSignature and names digest and keys, or it
// is that of the source.
func Verify(ctx context.Context, from Source, digest string, keys []PublicKey) (PublicKey, error) {
	tag, err := Subject{Digest: digest}.tag()
	if err != nil {
		return PublicKey{}, err
	}
	if len(keys) == 0 {
		return PublicKey{}, fmt.Errorf("verify %s: %w: no key was given", digest, ErrKey)
	}
	manifest, err := from.Manifest(ctx, tag)
	if err != nil {
		return PublicKey{}, fmt.Errorf("fetch signatures of %s: %w", digest, err)
	}
	if manifest == nil {
		return PublicKey{}, fmt.Errorf("%s is %w: there is no tag %s; want a signature by %s", digest, ErrUnsigned, tag, names(keys))
	}
	_, all, err := readSignatures(manifest)
	if err != nil {
		return PublicKey{}, fmt.Errorf("%s has %w: %w", digest, ErrSignature, err)
	}
	if len(all) == 0 {
		return PublicKey{}, fmt.Errorf("%s is %w: the tag %s has no signatures; want one by %s", digest, ErrUnsigned, tag, names(keys))
	}
	var bad []string
	for i, s := range all {
		key, err := s.verify(ctx, from, digest, keys)
		if err == nil {
			return key, nil
		}
		if ctx.Err() != nil {
			return PublicKey{}, fmt.Errorf("fetch signatures of %s: %w", digest, ctx.Err())
		}
		if len(bad) < 3 {
			bad = append(bad, fmt.Sprintf("signature %d is %v", i+1, err))
		}
	}
	return PublicKey{}, fmt.Errorf("%s has %w by %s: of %d there, %s", digest, ErrSignature, names(keys), len(all), strings.Join(bad, ", "))
}

var (
	errOther   = errors.New("by another key, or altered")
	errPayload = errors.New("of a payload that is not what its digest says")
)

// verify believes nothing that a payload says before its signature is good.
func (s signed) verify(ctx context.Context, from Source, digest string, keys []PublicKey) (PublicKey, error) {
	data, err := from.Blob(ctx, s.payload, s.size)
	if err != nil {
		return PublicKey{}, fmt.Errorf("of a payload that cannot be fetched: %w", err)
	}
	if digestOf(data) != s.payload {
		return PublicKey{}, errPayload
	}
	for _, key := range keys {
		if !key.Verify(data, s.signature) {
			continue
		}
		about, err := signedDigest(data)
		if err != nil {
			return PublicKey{}, fmt.Errorf("good, but over %w", err)
		}
		if about != digest {
			return PublicKey{}, fmt.Errorf("good, but of another manifest, %s", about)
		}
		return key, nil
	}
	return PublicKey{}, errOther
}

func names(keys []PublicKey) string {
	list := make([]string, len(keys))
	for i, k := range keys {
		list[i] = k.Fingerprint()
	}
	return "key " + strings.Join(list, " or ")
}

// Sign adds a signature of a manifest to those that are there, unless the key has
// signed it already. The manifest itself need not be there yet.
func Sign(ctx context.Context, to Store, subject Subject, key PrivateKey) error {
	tag, err := subject.tag()
	if err != nil {
		return err
	}
	if err := sign(ctx, to, subject, key); err != nil {
		return fmt.Errorf("sign %s (tag %s): %w", subject.Digest, tag, err)
	}
	return nil
}

func sign(ctx context.Context, to Store, subject Subject, key PrivateKey) error {
	if _, err := Verify(ctx, to, subject.Digest, []PublicKey{key.Public()}); err == nil {
		return nil
	} else if !errors.Is(err, ErrUnsigned) && !errors.Is(err, ErrSignature) {
		return err
	}
	tag, err := subject.tag()
	if err != nil {
		return err
	}
	before, err := to.Manifest(ctx, tag)
	if err != nil {
		return err
	}
	data, err := newPayload(subject)
	if err != nil {
		return err
	}
	signature, err := key.Sign(data)
	if err != nil {
		return err
	}
	manifest, config, err := with(before, data, signature)
	if err != nil {
		return err
	}
	for _, blob := range [][]byte{data, config} {
		if err := to.PutBlob(ctx, blob); err != nil {
			return err
		}
	}
	return to.PutManifest(ctx, tag, manifest)
}

// with adds a signature to a manifest as it was found; nil is none.
func with(before, payload, signature []byte) (manifest, config []byte, err error) {
	if before == nil {
		return add(nil, payload, signature)
	}
	m, _, err := readSignatures(before)
	if err != nil {
		return nil, nil, err
	}
	return add(m, payload, signature)
}
