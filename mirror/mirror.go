// Package mirror shares advisory segments: as layers of one OCI artifact in a
// registry, or in an OCI image layout that any web server can serve. Only what
// has changed is moved, and everything is checked against its digest.
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
	"os"
	"path/filepath"
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

// place is where blobs and one manifest are kept. Blobs are not yet checked.
type place interface {
	manifest(ctx context.Context) ([]byte, error)
	blob(ctx context.Context, blob v1.Hash) (io.ReadCloser, error)
	// put keeps a blob, unless it is there already, and tells whether it moved.
	put(ctx context.Context, data []byte) (moved bool, err error)
	publish(ctx context.Context, manifest []byte) error
}

// List asks the mirror what it has. Segments of formats that this program does
// not read are left out.
func (m *Mirror) List(ctx context.Context) (List, error) {
	p, err := m.place()
	if err != nil {
		return List{}, err
	}
	list, err := listOf(ctx, p)
	if err != nil {
		return List{}, fmt.Errorf("mirror %s: %w", m.Ref, err)
	}
	return list, nil
}

func listOf(ctx context.Context, p place) (List, error) {
	data, err := p.manifest(ctx)
	if err != nil {
		return List{}, err
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

// Pushed says what Push did.
type Pushed struct {
	Digest   string   // of the new manifest
	Segments []string // the ecosystems in it
	Moved    int      // segments that were uploaded; the others were there
	Bytes    int64    // of these
}

// Push shares segments of a database. Those of other ecosystems that the mirror
// has stay. The manifest comes last: one who pulls meanwhile gets the old state.
func (m *Mirror) Push(ctx context.Context, files []File) (Pushed, error) {
	p, err := m.place()
	if err != nil {
		return Pushed{}, err
	}
	if _, ok := p.(web); ok {
		return Pushed{}, errReadOnly
	}
	done, err := push(ctx, p, files)
	if err != nil {
		return done, fmt.Errorf("push to %s: %w", m.Ref, err)
	}
	return done, nil
}

// File is a file to be pushed: a segment, or under the name Intelligence that of
// what is known of CVEs.
type File struct {
	Ecosystem string
	Digest    string    // of its content
	Fetched   time.Time // when its source last answered
	Read      func() ([]byte, error)
}

// portable is the file as it is shared.
func (f File) portable() ([]byte, error) {
	data, err := f.Read()
	if err != nil || f.Ecosystem == Intelligence {
		return data, err
	}
	return vulndb.Portable(data)
}

func push(ctx context.Context, p place, files []File) (done Pushed, err error) {
	layers := map[string]v1.Descriptor{}
	before, err := listOf(ctx, p)
	if err != nil && !errors.Is(err, ErrNone) {
		return done, err
	}
	if err == nil {
		for _, l := range before.manifest.Layers {
			if l.MediaType == mediaType() || l.MediaType == intelligenceType {
				layers[l.Annotations[noteEcosystem]] = l
			}
		}
	}
	for _, f := range files {
		ecosystem := f.Ecosystem
		if f.Digest == layers[ecosystem].Annotations[noteDigest] { // only the time may differ
			layers[ecosystem] = f.describe(layers[ecosystem].Digest, layers[ecosystem].Size)
			continue
		}
		data, err := f.portable()
		if err != nil {
			return done, fmt.Errorf("%s: %w", ecosystem, err)
		}
		if len(data) > maxSegment {
			return done, fmt.Errorf("%s: %d bytes are too many", ecosystem, len(data))
		}
		moved, err := p.put(ctx, data)
		if err != nil {
			return done, fmt.Errorf("%s: %w", ecosystem, err)
		}
		if moved {
			done.Moved++
			done.Bytes += int64(len(data))
		}
		layers[ecosystem] = f.describe(hashOf(data), int64(len(data)))
	}
	if len(layers) == 0 {
		return done, errors.New("there are no segments to push")
	}
	done.Segments = slices.Sorted(maps.Keys(layers))
	manifest, err := manifestOf(ctx, p, layers)
	if err == nil {
		done.Digest = hashOf(manifest).String()
		if done.Digest != before.Digest {
			err = p.publish(ctx, manifest)
		}
	}
	return done, err
}

// manifestOf writes the manifest, and keeps the empty configuration that the
// image specification wants it to name.
func manifestOf(ctx context.Context, p place, layers map[string]v1.Descriptor) ([]byte, error) {
	config := []byte("{}")
	if _, err := p.put(ctx, config); err != nil {
		return nil, err
	}
	m := v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, ArtifactType: ArtifactType,
		Config: v1.Descriptor{MediaType: emptyType, Size: int64(len(config)), Digest: hashOf(config)},
	}
	for _, ecosystem := range slices.Sorted(maps.Keys(layers)) {
		m.Layers = append(m.Layers, layers[ecosystem])
	}
	return json.Marshal(m)
}

func (f File) describe(blob v1.Hash, size int64) v1.Descriptor {
	media, title := mediaType(), vulndb.SegmentName(f.Ecosystem)+vulndb.Extension
	if f.Ecosystem == Intelligence {
		media, title = intelligenceType, Intelligence
	}
	return v1.Descriptor{MediaType: media, Digest: blob, Size: size, Annotations: map[string]string{
		noteEcosystem: f.Ecosystem, noteDigest: f.Digest, noteFetched: f.Fetched.UTC().Format(time.RFC3339), noteTitle: title,
	}}
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

// Files are all segments of a directory as they are pushed.
func Files(dir string) ([]File, error) {
	db, err := vulndb.Open(dir)
	if err != nil {
		return nil, err
	}
	var files []File
	for _, info := range db.Segments() {
		path := filepath.Join(dir, info.Name+vulndb.Extension)
		files = append(files, File{info.Ecosystem, info.Digest, info.Fetched, func() ([]byte, error) { return os.ReadFile(path) }})
	}
	return files, db.Close()
}
