package trust

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/pem"
	"fmt"
)

// MaxKeyFile is how many bytes of PEM are read at most.
const MaxKeyFile = 64 << 10

const publicType = "PUBLIC KEY"

// PublicKey checks signatures.
type PublicKey struct {
	key crypto.PublicKey // *ecdsa.PublicKey on P-256 or ed25519.PublicKey
	der []byte           // SubjectPublicKeyInfo
}

// ParsePublicKeys reads all public keys of a PEM file, at least one. Text between
// them is left out; a block of another kind is an error, which says what it is.
func ParsePublicKeys(data []byte) ([]PublicKey, error) {
	if len(data) > MaxKeyFile {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrKey, MaxKeyFile)
	}
	var keys []PublicKey
	for n := 1; ; n++ {
		block, rest := pem.Decode(data)
		if block == nil {
			break
		}
		data = rest
		if block.Type != publicType {
			return nil, fmt.Errorf("%w: PEM block %d is a %q, want a %q", ErrKey, n, block.Type, publicType)
		}
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%w: PEM block %d: %w", ErrKey, n, err)
		}
		public, err := newPublicKey(key)
		if err != nil {
			return nil, fmt.Errorf("PEM block %d: %w", n, err)
		}
		keys = append(keys, public)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%w: no PEM block %q", ErrKey, publicType)
	}
	return keys, nil
}

func newPublicKey(key crypto.PublicKey) (PublicKey, error) {
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return PublicKey{}, fmt.Errorf("%w: ECDSA on %s, want P-256", ErrKey, k.Curve.Params().Name)
		}
	case ed25519.PublicKey:
	default:
		return PublicKey{}, fmt.Errorf("%w: want ECDSA on P-256 or Ed25519", ErrKey)
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return PublicKey{}, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return PublicKey{key: key, der: der}, nil
}

// Fingerprint names the key: the SHA-256 of its SubjectPublicKeyInfo in DER, which
// is what `openssl pkey -pubin -outform DER | sha256sum` prints.
func (k PublicKey) Fingerprint() string { return digestOf(k.der) }

// PEM is the key as it is kept in files.
func (k PublicKey) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: publicType, Bytes: k.der})
}

// Verify reports whether the key made a signature of a message: in ECDSA over its
// SHA-256 and in ASN.1, in Ed25519 over the message itself or, as cosign does it, over
// its SHA-512 (Ed25519ph of RFC 8032, which cannot be taken for the other).
func (k PublicKey) Verify(message, signature []byte) bool {
	switch key := k.key.(type) {
	case *ecdsa.PublicKey:
		sum := sha256.Sum256(message)
		return ecdsa.VerifyASN1(key, sum[:], signature)
	case ed25519.PublicKey:
		sum := sha512.Sum512(message)
		return ed25519.Verify(key, message, signature) ||
			ed25519.VerifyWithOptions(key, sum[:], signature, &ed25519.Options{Hash: crypto.SHA512}) == nil
	}
	return false
}
