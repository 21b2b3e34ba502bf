package trust

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Verify finds a signature of a manifest by one of the keys, and gives that key.
// A signature by any of them will do, so that a new key can be added before the
// old one is given up. The error wraps ErrUnsigned or ErrSignature and names
// digest and keys, or it is that of the source.
func Verify(ctx context.Context, from Source, digest string, keys []PublicKey) (PublicKey, error) {
	tag, err := Subject{Digest: digest}.tag()
	if err != nil {
		return PublicKey{}, err
	}
	if len(keys) == 0 {
		return PublicKey{}, fmt.Errorf("verify %s: %w: no key was given", digest, ErrKey)
	}
	v := verification{from: from, digest: digest, keys: keys}
	for _, look := range []func(context.Context) error{v.tagged, v.bundled} {
		err := look(ctx)
		if v.by != nil {
			return *v.by, nil
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return PublicKey{}, fmt.Errorf("fetch signatures of %s: %w", digest, err)
		}
	}
	if v.seen == 0 {
		return PublicKey{}, fmt.Errorf("%s is %w: there is neither a signature under the tag %s nor a bundle; want one by %s", digest, ErrUnsigned, tag, names(keys))
	}
	return PublicKey{}, fmt.Errorf("%s has %w by %s: of %d there, %s", digest, ErrSignature, names(keys), v.seen, strings.Join(v.bad, ", "))
}

// verification looks for a signature of one manifest.
type verification struct {
	from   Source
	digest string
	keys   []PublicKey

	by   *PublicKey // who signed; nil as long as that is not known
	seen int        // signatures, good or not
	bad  []string   // what is wrong with the first of them
}

// note counts a signature that is not good.
func (v *verification) note(err error) {
	v.seen++
	if len(v.bad) < 3 {
		v.bad = append(v.bad, fmt.Sprintf("signature %d is %v", v.seen, err))
	}
}

// tagged looks through the signatures under the tag.
func (v *verification) tagged(ctx context.Context) error {
	tag, err := Subject{Digest: v.digest}.tag()
	if err != nil {
		return err
	}
	manifest, err := v.from.Manifest(ctx, tag)
	if manifest == nil || err != nil {
		return err
	}
	_, all, err := readSignatures(manifest)
	if err != nil {
		v.note(fmt.Errorf("not readable: %w", err))
	}
	for _, s := range all {
		data, err := v.from.Blob(ctx, s.payload, s.size)
		switch {
		case err != nil:
			v.note(fmt.Errorf("of a payload that cannot be fetched: %w", err))
		case digestOf(data) != s.payload:
			v.note(errPayload)
		default:
			v.judge(data, [][]byte{s.signature}, func() (string, error) { return signedDigest(data) })
		}
		if v.by != nil || ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

var (
	errOther   = errors.New("by another key, or altered")
	errPayload = errors.New("of a payload that is not what its digest says")
)

// judge checks signatures of a message by the keys. Nothing that the message says
// is believed, nor read, before: about then gives the digest that it is about.
func (v *verification) judge(message []byte, signatures [][]byte, about func() (string, error)) {
	for _, signature := range signatures {
		for _, key := range v.keys {
			if !key.Verify(message, signature) {
				continue
			}
			digest, err := about()
			switch {
			case err != nil:
				v.note(fmt.Errorf("good, but over %w", err))
			case digest != v.digest:
				v.note(fmt.Errorf("good, but of another manifest, %s", digest))
			default:
				v.by = &key
			}
			return
		}
	}
	v.note(errOther)
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
