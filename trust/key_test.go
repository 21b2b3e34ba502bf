package trust

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
)

func word(text string) func() ([]byte, error) {
	return func() ([]byte, error) { return []byte(text), nil }
}

func never() ([]byte, error) { return nil, errors.New("nobody there") }

// TestKeys writes and reads keys of both kinds, with and without a passphrase.
func TestKeys(t *testing.T) {
	for _, algorithm := range []Algorithm{ECDSA, Ed25519} {
		key := generate(t, algorithm)
		for _, passphrase := range []string{"correct horse", ""} {
			data, err := key.Encrypted([]byte(passphrase))
			if err != nil {
				t.Fatal(err)
			}
			again, err := ParsePrivateKey(data, word(passphrase))
			if err != nil || again.Public().Fingerprint() != key.Public().Fingerprint() {
				t.Errorf("%s: %v", algorithm, err)
			}
			if _, err := ParsePrivateKey(data, word("wrong")); !errors.Is(err, ErrPassphrase) {
				t.Errorf("%s, with a wrong passphrase: %v", algorithm, err)
			}
			if _, err := ParsePrivateKey(data, never); err == nil || errors.Is(err, ErrPassphrase) {
				t.Errorf("%s, with nobody to ask: %v", algorithm, err)
			}
			before := strings.Replace(string(data), sigstoreType, cosignType, 2)
			if _, err := ParsePrivateKey([]byte(before), word(passphrase)); err != nil {
				t.Errorf("cosign's older name: %v", err)
			}
		}
		der, _ := x509.MarshalPKCS8PrivateKey(key.signer)
		plain := pem.EncodeToMemory(&pem.Block{Type: pkcs8Type, Bytes: der})
		if again, err := ParsePrivateKey(plain, never); err != nil || again.Public().Fingerprint() != key.Public().Fingerprint() {
			t.Errorf("%s without a passphrase: %v", algorithm, err)
		}
		keys, err := ParsePublicKeys(append(key.Public().PEM(), key.Public().PEM()...))
		if err != nil || len(keys) != 2 || keys[1].Fingerprint() != key.Public().Fingerprint() {
			t.Errorf("%s: %d public keys, %v", algorithm, len(keys), err)
		}
		message := []byte("message")
		signature, err := key.Sign(message)
		if err != nil || !keys[0].Verify(message, signature) || keys[0].Verify([]byte("another"), signature) {
			t.Errorf("%s: %v", algorithm, err)
		}
	}
	key := generate(t, Ed25519)
	sum := sha512.Sum512([]byte("message"))
	hashed, err := key.signer.Sign(nil, sum[:], crypto.SHA512)
	if err != nil || !key.Public().Verify([]byte("message"), hashed) || key.Public().Verify([]byte("another"), hashed) || key.Public().Verify(sum[:], hashed) {
		t.Errorf("Ed25519ph: %v", err)
	}
	if _, err := GenerateKey("rsa"); err == nil || !strings.Contains(err.Error(), "ed25519") {
		t.Error(err)
	}
}

// TestOtherKeys holds that a key which is not taken is refused with what it is.
func TestOtherKeys(t *testing.T) {
	block := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaDER, _ := x509.MarshalPKCS8PrivateKey(rsaKey)
	rsaPublic, _ := x509.MarshalPKIXPublicKey(rsaKey.Public())
	widePublic, _ := x509.MarshalPKIXPublicKey(wide.Public())
	small := generate(t, ECDSA)
	sec1, _ := x509.MarshalECPrivateKey(small.signer.(*ecdsa.PrivateKey))
	good, _ := small.Encrypted(nil)
	greedy := `{"kdf":{"name":"scrypt","params":{"N":1073741824,"r":8,"p":1},"salt":"AA=="},"cipher":{"name":"nacl/secretbox","nonce":"AA=="},"ciphertext":"AA=="}`
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":            {nil, "no PEM block"},
		"RSA":                {block(pkcs8Type, rsaDER), "want ECDSA on P-256 or Ed25519"},
		"a public key":       {small.Public().PEM(), `a "PUBLIC KEY", want a private key`},
		"broken":             {block(pkcs8Type, []byte("x")), ErrKey.Error()},
		"broken SEC 1":       {block(sec1Type, []byte("x")), ErrKey.Error()},
		"OpenSSL's":          {block("ENCRYPTED PRIVATE KEY", []byte("x")), "openssl pkcs8"},
		"greedy scrypt":      {block(sigstoreType, []byte(greedy)), "unsupported scrypt parameters"},
		"encrypted, no JSON": {block(sigstoreType, []byte("x")), ErrPassphrase.Error()},
		"too long":           {make([]byte, MaxKeyFile+1), "more than"},
		"SEC 1":              {block(sec1Type, sec1), ""},
	} {
		_, err := ParsePrivateKey(c.data, word(""))
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":       {[]byte("# no key yet\n"), "no PEM block"},
		"RSA":           {block(publicType, rsaPublic), "want ECDSA on P-256 or Ed25519"},
		"P-384":         {block(publicType, widePublic), "ECDSA on P-384"},
		"a private key": {good, sigstoreType},
		"broken":        {block(publicType, []byte("x")), "PEM block 1"},
		"second broken": {append(small.Public().PEM(), block(publicType, nil)...), "PEM block 2"},
		"too long":      {make([]byte, MaxKeyFile+1), "more than"},
	} {
		if _, err := ParsePublicKeys(c.data); !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// FuzzKeys reads any file as a key of either kind.
func FuzzKeys(f *testing.F) {
	key, _ := GenerateKey(ECDSA)
	f.Add(key.Public().PEM())
	der, _ := x509.MarshalPKCS8PrivateKey(key.signer)
	f.Add(pem.EncodeToMemory(&pem.Block{Type: pkcs8Type, Bytes: der}))
	f.Add([]byte("-----BEGIN " + sigstoreType + "-----\ne30=\n-----END " + sigstoreType + "-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if keys, err := ParsePublicKeys(data); err == nil {
			for _, k := range keys {
				again, err := ParsePublicKeys(k.PEM())
				if err != nil || again[0].Fingerprint() != k.Fingerprint() {
					t.Errorf("not read again: %v", err)
				}
				k.Verify([]byte("m"), data)
			}
		}
		if key, err := ParsePrivateKey(data, word("")); err == nil {
			signature, err := key.Sign([]byte("m"))
			if err != nil || !key.Public().Verify([]byte("m"), signature) {
				t.Errorf("a key that cannot sign: %v", err)
			}
		}
	})
}
