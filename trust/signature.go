package trust

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// The names of cosign's specification of signatures.
const (
	payloadType   = "application/vnd.dev.cosign.simplesigning.v1+json"
	noteSignature = "dev.cosignproject.cosign/signature"
	criticalType  = "cosign container image signature"
)

// Bounds of what is read. Signatures are a few hundred bytes each.
const (
	maxSignatures = 64
	maxPayload    = 64 << 10 // bytes
	maxSignature  = 4 << 10  // bytes of base64
)

// payload is what is signed, in the form of simple signing.
type payload struct {
	Critical struct {
		Identity struct {
			Reference string `json:"docker-reference"`
		} `json:"identity"`
		Image struct {
			Digest string `json:"docker-manifest-digest"`
		} `json:"image"`
		Type string `json:"type"`
	} `json:"critical"`
	Optional map[string]string `json:"optional"`
}

func newPayload(s Subject) ([]byte, error) {
	var p payload
	p.Critical.Identity.Reference = s.Name
	p.Critical.Image.Digest = s.Digest
	p.Critical.Type = criticalType
	p.Optional = map[string]string{"creator": "plimsoll"}
	return json.Marshal(p)
}

// signedDigest is the digest that a payload is about. The optional part may hold
// anything.
func signedDigest(data []byte) (string, error) {
	var p struct {
		payload
		Optional json.RawMessage `json:"optional"`
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return "", fmt.Errorf("read payload: %w", err)
	}
	if p.Critical.Type != criticalType {
		return "", fmt.Errorf("a payload of type %q", p.Critical.Type)
	}
	if !digestForm.MatchString(p.Critical.Image.Digest) {
		return "", fmt.Errorf("a payload about %q, which is no SHA-256 digest", p.Critical.Image.Digest)
	}
	return p.Critical.Image.Digest, nil
}

// signed is one signature in a manifest of signatures.
type signed struct {
	payload   string // the digest of the blob
	size      int64  // of the blob
	signature []byte
}

// readSignatures reads a manifest of signatures. What else is in it (cosign lets
// other layers be) is left out.
func readSignatures(manifest []byte) (*v1.Manifest, []signed, error) {
	var m v1.Manifest
	if err := json.Unmarshal(manifest, &m); err != nil {
		return nil, nil, fmt.Errorf("read manifest of signatures: %w", err)
	}
	if len(m.Layers) > maxSignatures {
		return nil, nil, fmt.Errorf("read manifest of signatures: %d are too many", len(m.Layers))
	}
	var all []signed
	for _, l := range m.Layers {
		text := l.Annotations[noteSignature]
		if l.MediaType != payloadType || text == "" || len(text) > maxSignature || l.Size <= 0 || l.Size > maxPayload {
			continue
		}
		signature, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil || !digestForm.MatchString(l.Digest.String()) {
			continue
		}
		all = append(all, signed{l.Digest.String(), l.Size, signature})
	}
	return &m, all, nil
}

// configuration is that of a manifest of signatures. It is an image's, for that
// is what registries take.
func configuration(m *v1.Manifest) ([]byte, error) {
	c := v1.ConfigFile{RootFS: v1.RootFS{Type: "layers"}}
	for _, l := range m.Layers {
		c.RootFS.DiffIDs = append(c.RootFS.DiffIDs, l.Digest)
		c.History = append(c.History, v1.History{})
	}
	return json.Marshal(c)
}

// add appends a signature to a manifest, which is nil for the first, and gives
// its new configuration.
func add(m *v1.Manifest, payload, signature []byte) (manifest, config []byte, err error) {
	if m == nil {
		m = &v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1}
	}
	if len(m.Layers) >= maxSignatures {
		return nil, nil, fmt.Errorf("%d signatures are there, which is the most there may be", len(m.Layers))
	}
	digest, err := v1.NewHash(digestOf(payload))
	if err != nil {
		return nil, nil, err
	}
	m.Layers = append(m.Layers, v1.Descriptor{
		MediaType: payloadType, Size: int64(len(payload)), Digest: digest,
		Annotations: map[string]string{noteSignature: base64.StdEncoding.EncodeToString(signature)},
	})
	if config, err = configuration(m); err != nil {
		return nil, nil, err
	}
	if digest, err = v1.NewHash(digestOf(config)); err != nil {
		return nil, nil, err
	}
	m.Config = v1.Descriptor{MediaType: types.OCIConfigJSON, Size: int64(len(config)), Digest: digest}
	manifest, err = json.Marshal(m)
	return manifest, config, err
}
