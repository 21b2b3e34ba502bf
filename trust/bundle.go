package trust

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// The names of Sigstore bundles that sign a manifest, as cosign 3 makes them:
// cosign's specs/BUNDLE_SPEC.md, DSSE (secure-systems-lab/dsse, envelope.md) and
// in-toto's Statement 1.
const (
	bundleType    = "application/vnd.dev.sigstore.bundle"
	emptyType     = "application/vnd.oci.empty.v1+json"
	envelopeType  = "application/vnd.in-toto+json"
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://sigstore.dev/cosign/sign/v1"
)

// maxBundle bounds a bundle in bytes: with certificates and entries of logs they
// have some tens of thousands.
const maxBundle = 256 << 10

// bundle is the part of a Sigstore bundle that a signature by a key needs. JSON
// decodes the base64 of the envelope.
type bundle struct {
	Envelope struct {
		Payload    []byte `json:"payload"`
		Type       string `json:"payloadType"`
		Signatures []struct {
			Signature []byte `json:"sig"`
		} `json:"signatures"`
	} `json:"dsseEnvelope"`
}

func readBundle(data []byte) (bundle, error) {
	var b bundle
	if err := json.Unmarshal(data, &b); err != nil {
		return b, fmt.Errorf("read bundle: %w", err)
	}
	if b.Envelope.Type != envelopeType {
		return b, fmt.Errorf("read bundle: an envelope of type %q", b.Envelope.Type)
	}
	if n := len(b.Envelope.Signatures); n > maxSignatures {
		return b, fmt.Errorf("read bundle: %d signatures are too many", n)
	}
	return b, nil
}

// message is what the signatures of the envelope are over: DSSE's pre-authentication
// encoding of its type and payload.
func (b bundle) message() []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(b.Envelope.Type), b.Envelope.Type, len(b.Envelope.Payload), b.Envelope.Payload)
}

func (b bundle) signatures() [][]byte {
	var all [][]byte
	for _, s := range b.Envelope.Signatures {
		all = append(all, s.Signature)
	}
	return all
}

// about is the digest that the statement is about. Statements of other kinds, such
// as attestations of an SBOM, are about a manifest without vouching for it.
func (b bundle) about() (string, error) {
	var s struct {
		Type      string `json:"_type"`
		Predicate string `json:"predicateType"`
		Subject   []struct {
			Digest map[string]string `json:"digest"`
		} `json:"subject"`
	}
	if err := json.Unmarshal(b.Envelope.Payload, &s); err != nil {
		return "", fmt.Errorf("read statement: %w", err)
	}
	if s.Type != statementType || s.Predicate != predicateType {
		return "", fmt.Errorf("a statement of type %q with a predicate of type %q, which is no signature", s.Type, s.Predicate)
	}
	if len(s.Subject) != 1 {
		return "", fmt.Errorf("a statement about %d things, want one", len(s.Subject))
	}
	digest := "sha256:" + s.Subject[0].Digest["sha256"]
	if !digestForm.MatchString(digest) {
		return "", fmt.Errorf("a statement about %q, which is no SHA-256 digest", digest)
	}
	return digest, nil
}

// bundled looks through the bundles that refer to the manifest.
func (v *verification) bundled(ctx context.Context) error {
	data, err := v.from.Referrers(ctx, v.digest)
	if data == nil || err != nil {
		return err
	}
	var index v1.IndexManifest
	if err := json.Unmarshal(data, &index); err != nil {
		v.note(fmt.Errorf("not readable: index of referrers: %w", err))
		return nil
	}
	looked := 0
	for _, d := range index.Manifests {
		// Some registries give the type of the configuration as that of the artifact.
		if !strings.HasPrefix(d.ArtifactType, bundleType) && d.ArtifactType != emptyType {
			continue
		}
		if looked++; looked > maxSignatures {
			v.note(fmt.Errorf("not looked at: more than %d bundles", maxSignatures))
			return nil
		}
		if err := v.bundleIn(ctx, d.Digest.String()); err != nil {
			v.note(err)
		}
		if v.by != nil || ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

var errNoBundle = errors.New("not readable: a manifest without a bundle")

// bundleIn judges the bundle that a manifest holds.
func (v *verification) bundleIn(ctx context.Context, digest string) error {
	if !digestForm.MatchString(digest) {
		return errNoBundle
	}
	manifest, err := v.from.Manifest(ctx, digest)
	if err != nil {
		return fmt.Errorf("in a manifest that cannot be fetched: %w", err)
	}
	var m v1.Manifest
	if json.Unmarshal(manifest, &m) != nil || len(m.Layers) != 1 || !strings.HasPrefix(string(m.Layers[0].MediaType), bundleType) ||
		m.Layers[0].Size <= 0 || m.Layers[0].Size > maxBundle {
		return errNoBundle
	}
	data, err := v.from.Blob(ctx, m.Layers[0].Digest.String(), m.Layers[0].Size)
	if err != nil {
		return fmt.Errorf("of a bundle that cannot be fetched: %w", err)
	}
	b, err := readBundle(data)
	if err != nil {
		return fmt.Errorf("not readable: %w", err)
	}
	v.judge(b.message(), b.signatures(), b.about)
	return nil
}
