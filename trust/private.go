package trust

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/secure-systems-lab/go-securesystemslib/encrypted"
)

// The PEM types of private keys: cosign's, today's and before 2.0, PKCS #8 and
// SEC 1.
const (
	sigstoreType = "ENCRYPTED SIGSTORE PRIVATE KEY"
	cosignType   = "ENCRYPTED COSIGN PRIVATE KEY"
	pkcs8Type    = "PRIVATE KEY"
	sec1Type     = "EC PRIVATE KEY"
)

// ErrPassphrase is why an encrypted key cannot be opened.
var ErrPassphrase = errors.New("the passphrase is wrong, or the key is damaged")

// Algorithm is how a key signs.
type Algorithm string

// The algorithms. ECDSA on P-256 is what cosign's own keys are.
const (
	ECDSA   Algorithm = "ecdsa-p256"
	Ed25519 Algorithm = "ed25519"
)

// PrivateKey makes signatures.
type PrivateKey struct {
	signer crypto.Signer
	public PublicKey
}

// GenerateKey makes a key.
func GenerateKey(algorithm Algorithm) (PrivateKey, error) {
	var signer crypto.Signer
	var err error
	switch algorithm {
	case ECDSA:
		signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case Ed25519:
		_, signer, err = ed25519.GenerateKey(rand.Reader)
	default:
		err = fmt.Errorf("no such algorithm: %q (want %s or %s)", algorithm, ECDSA, Ed25519)
	}
	if err != nil {
		return PrivateKey{}, fmt.Errorf("generate key: %w", err)
	}
	return newPrivateKey(signer)
}

// ParsePrivateKey reads a private key in PEM: cosign's encrypted form, for which
// the passphrase is asked, or one that is not encrypted.
func ParsePrivateKey(data []byte, passphrase func() ([]byte, error)) (PrivateKey, error) {
	if len(data) > MaxKeyFile {
		return PrivateKey{}, fmt.Errorf("%w: more than %d bytes", ErrKey, MaxKeyFile)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return PrivateKey{}, fmt.Errorf("%w: no PEM block", ErrKey)
	}
	switch block.Type {
	case pkcs8Type:
		return parsePKCS8(block.Bytes)
	case sec1Type:
		key, err := x509.ParseECPrivateKey(block.Bytes)
		if err != nil {
			return PrivateKey{}, fmt.Errorf("%w: %w", ErrKey, err)
		}
		return newPrivateKey(key)
	case sigstoreType, cosignType:
		word, err := passphrase()
		if err != nil {
			return PrivateKey{}, err
		}
		// The library allows three strengths of scrypt and no others, so that
		// a file cannot ask for any amount of memory.
		der, err := encrypted.Decrypt(block.Bytes, word)
		if err != nil {
			return PrivateKey{}, fmt.Errorf("%w (%w)", ErrPassphrase, err)
		}
		return parsePKCS8(der)
	case "ENCRYPTED PRIVATE KEY":
		return PrivateKey{}, fmt.Errorf("%w: %q is OpenSSL's form of encryption: openssl pkcs8 -in KEY takes it off, or make a key with plimsoll key generate", ErrKey, block.Type)
	}
	return PrivateKey{}, fmt.Errorf("%w: a %q, want a private key", ErrKey, block.Type)
}

func parsePKCS8(der []byte) (PrivateKey, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return PrivateKey{}, fmt.Errorf("%w: %w", ErrKey, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return PrivateKey{}, fmt.Errorf("%w: it does not sign", ErrKey)
	}
	return newPrivateKey(signer)
}

func newPrivateKey(signer crypto.Signer) (PrivateKey, error) {
	public, err := newPublicKey(signer.Public())
	return PrivateKey{signer, public}, err
}

// Public is the other half of the key.
func (k PrivateKey) Public() PublicKey { return k.public }

// Sign makes a signature that PublicKey.Verify takes.
func (k PrivateKey) Sign(message []byte) ([]byte, error) {
	if _, ok := k.signer.(ed25519.PrivateKey); ok {
		return k.signer.Sign(rand.Reader, message, crypto.Hash(0))
	}
	sum := sha256.Sum256(message)
	return k.signer.Sign(rand.Reader, sum[:], crypto.SHA256)
}

// Encrypted is the key as it is kept in files: cosign's form, a PKCS #8 key in a
// NaCl secret box whose key scrypt makes of the passphrase.
func (k PrivateKey) Encrypted(passphrase []byte) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.signer)
	if err != nil {
		return nil, fmt.Errorf("encrypt key: %w", err)
	}
	box, err := encrypted.Encrypt(der, passphrase)
	if err != nil {
		return nil, fmt.Errorf("encrypt key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: sigstoreType, Bytes: box}), nil
}
