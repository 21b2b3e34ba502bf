// Package mirror shares advisory segments: as layers of one OCI artifact in a
// registry, or in an OCI image layout that any web server can serve. Only what
// has changed is moved, and everything is checked against its digest. Whether a
// manifest is signed is for the caller to say: see Mirror.Check and Store.
package mirror

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/plimsoll/plimsoll/vulndb"
)

// The media types of the artifact and its layers. That of a layer carries the
// version of the segment format, so that a program takes those that it can read.
const (
	ArtifactType = "application/vnd.plimsoll.segments.v1"
	segmentType  = "application/vnd.plimsoll.segment.v"
	// intelligenceType is that of the file of what is known of CVEs besides
	// advisories.
	intelligenceType = "application/vnd.plimsoll.intelligence.v1"
	emptyType        = "application/vnd.oci.empty.v1+json" // of the configuration, which has nothing to say
)

// Intelligence stands for the file of what is known of CVEs besides advisories
// where ecosystems are named. A mirror may have one.
const Intelligence = "intelligence"

// The annotations of a layer.
const (
	noteEcosystem = "org.plimsoll.ecosystem"
	noteDigest    = "org.plimsoll.digest"  // vulndb.SegmentInfo.Digest
	noteFetched   = "org.plimsoll.fetched" // RFC 3339
	noteTitle     = "org.opencontainers.image.title"
)

const (
	maxManifest = 4 << 20   // bytes
	maxSegment  = 512 << 20 // bytes of a layer
	maxLayers   = 2000
)

var (
	// ErrNone is why List fails at a place that answers but has no segments.
	ErrNone = errors.New("no advisory segments there")
	// ErrDigest is why a blob is refused that is not what its digest says.
	ErrDigest = errors.New("not what its digest says")
	// ErrRefused is why List fails where Check refuses the manifest.
	ErrRefused = errors.New("refused")
)

// Mirror is a place where segments are shared.
type Mirror struct {
	// Ref is the place: oci://HOST/REPOSITORY[:TAG|@DIGEST] of a registry,
	// https://… of a layout on a web server, or oci:DIR of one on disk.
	Ref string
	// Transport carries the requests; nil is http.DefaultTransport.
	Transport http.RoundTripper
	// Keychain has the credentials; nil is what docker login and podman login left.
	Keychain authn.Keychain
	// Check says why a manifest with this digest is not to be used; nil lets all
	// pass. It is asked before anything in the manifest is read, and what is then
	// used is what those very bytes name.
	Check func(ctx context.Context, digest string, at Store) error
	// Sign signs a manifest with this digest, before Push makes it the one that
	// is there; nil does not. Push then keeps what others have pushed only if
	// Check lets it pass: a signature is not given to what nobody vouches for.
	Sign func(ctx context.Context, digest string, at Store) error
	// Replace lets Push drop what Check does not let pass, and put older data in
	// the place of newer.
	Replace bool
}

// Segment is one that a mirror has.
type Segment struct {
	Ecosystem string
	Digest    string    // of its content: vulndb.SegmentInfo.Digest
	Fetched   time.Time // when its source last answered whoever pushed it
	Size      int64     // bytes
	blob      v1.Hash
}

// List is what a mirror has.
type List struct {
	Digest   string             // of the manifest
	Segments map[string]Segment // by ecosystem
	// Intelligence is the file of what is known of CVEs; its Size is 0 if there is none.
	Intelligence Segment
	manifest     *v1.Manifest
}

// Ecosystems are those of the segments, sorted.
func (l List) Ecosystems() []string { return slices.Sorted(maps.Keys(l.Segments)) }

// place is where blobs and manifests are kept. Blobs are not yet checked. The tag
// of the segments' manifest is "": the reference names it. In registries a digest
// does for a tag.
type place interface {
	manifest(ctx context.Context, tag string) ([]byte, error)
	blob(ctx context.Context, blob v1.Hash) (io.ReadCloser, error)
	// put keeps a blob, unless it is there already, and tells whether it moved.
	put(ctx context.Context, data []byte) (moved bool, err error)
	publish(ctx context.Context, tag string, manifest []byte) error
}

// List asks the mirror what it has. Segments of formats that this program does
// not read are left out.
func (m *Mirror) List(ctx context.Context) (List, error) {
	p, err := m.place()
	if err != nil {
		return List{}, err
	}
	list, err := m.list(ctx, p)
	if err != nil {
		return List{}, fmt.Errorf("mirror %s: %w", m.Ref, err)
	}
	return list, nil
}

func (m *Mirror) list(ctx context.Context, p place) (List, error) {
	data, err := p.manifest(ctx, "")
	if err != nil {
		return List{}, err
	}
	if m.Check != nil {
		if err := m.Check(ctx, hashOf(data).String(), Store{p}); err != nil {
			return List{}, fmt.Errorf("%w: %w", ErrRefused, err)
		}
	}
	return parse(data)
}

// parse reads a manifest.
func parse(data []byte) (List, error) {
	list := List{Segments: map[string]Segment{}, manifest: &v1.Manifest{}}
	list.Digest = hashOf(data).String()
	if err := json.Unmarshal(data, list.manifest); err != nil {
		return list, fmt.Errorf("read manifest: %w", err)
	}
	if list.manifest.ArtifactType != ArtifactType {
		return list, fmt.Errorf("%w: the manifest is of type %q", ErrNone, list.manifest.ArtifactType)
	}
	if n := len(list.manifest.Layers); n > maxLayers {
		return list, fmt.Errorf("read manifest: %d layers are too many", n)
	}
	for i, l := range list.manifest.Layers {
		if l.MediaType != mediaType() && l.MediaType != intelligenceType {
			continue
		}
		s := Segment{Ecosystem: l.Annotations[noteEcosystem], Digest: l.Annotations[noteDigest], Size: l.Size, blob: l.Digest}
		fetched, err := time.Parse(time.RFC3339, l.Annotations[noteFetched])
		switch {
		case err != nil:
			return list, fmt.Errorf("read manifest: layer %d: %w", i, err)
		case s.Ecosystem == "" || s.Digest == "" || s.blob.Algorithm != "sha256":
			return list, fmt.Errorf("read manifest: layer %d lacks its ecosystem or digest", i)
		case s.Size <= 0 || s.Size > maxSegment:
			return list, fmt.Errorf("read manifest: layer %d: %d bytes are none or too many", i, s.Size)
		}
		if _, twice := list.Segments[s.Ecosystem]; twice {
			return list, fmt.Errorf("read manifest: two layers for %s", s.Ecosystem)
		}
		s.Fetched = fetched
		if l.MediaType == intelligenceType {
			list.Intelligence = s
			continue
		}
		list.Segments[s.Ecosystem] = s
	}
	return list, nil
}

// mediaType is that of the segments which this program reads and writes.
func mediaType() types.MediaType {
	return types.MediaType(fmt.Sprint(segmentType, vulndb.FormatVersion))
}

func hashOf(data []byte) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: fmt.Sprintf("%x", sha256.Sum256(data))}
}

// Get downloads a segment of a list and checks its digest. A connection that
// breaks is tried again.
func (m *Mirror) Get(ctx context.Context, s Segment) ([]byte, error) {
	p, err := m.place()
	if err != nil {
		return nil, err
	}
	for try := 0; ; try++ {
		data, err := get(ctx, p, s)
		if err == nil || try == 2 || ctx.Err() != nil || errors.Is(err, ErrDigest) {
			if err != nil {
				err = fmt.Errorf("mirror %s: segment of %s: %w", m.Ref, s.Ecosystem, err)
			}
			return data, err
		}
	}
}

func get(ctx context.Context, p place, s Segment) ([]byte, error) {
	body, err := p.blob(ctx, s.blob)
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	_, err = io.Copy(&buf, io.LimitReader(body, s.Size+1))
	if err := errors.Join(err, body.Close()); err != nil {
		return nil, err
	}
	if int64(buf.Len()) < s.Size {
		return nil, fmt.Errorf("%d of %d bytes: %w", buf.Len(), s.Size, io.ErrUnexpectedEOF)
	}
	if hashOf(buf.Bytes()) != s.blob {
		return nil, fmt.Errorf("%w: %s", ErrDigest, s.blob)
	}
	return buf.Bytes(), nil
}

// place finds out what kind of place the reference names.
func (m *Mirror) place() (place, error) {
	if name, ok := strings.CutPrefix(m.Ref, "oci://"); ok {
		return m.registry(name)
	}
	if strings.HasPrefix(m.Ref, "https://") || strings.HasPrefix(m.Ref, "http://") {
		return web{url: strings.TrimSuffix(m.Ref, "/"), client: &http.Client{Transport: m.Transport}}, nil
	}
	if dir, ok := strings.CutPrefix(m.Ref, "oci:"); ok && dir != "" {
		return layout{dir: dir}, nil
	}
	return nil, fmt.Errorf("mirror %q: want oci://HOST/REPOSITORY, https://… or oci:DIR", m.Ref)
}

// Check says what is wrong with a reference, without asking anyone.
func Check(ref string) error {
	_, err := (&Mirror{Ref: ref}).place()
	return err
}

// Local reports whether a reference names a directory of this machine.
func Local(ref string) bool {
	return strings.HasPrefix(ref, "oci:") && !strings.HasPrefix(ref, "oci://")
}
