package mirror

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/plimsoll/plimsoll/vulndb"
)

// Pushed says what Push did.
type Pushed struct {
	Digest   string   // of the new manifest
	Segments []string // the ecosystems in it
	Moved    int      // segments that were uploaded; the others were there
	Newer    []string // ecosystems of which the mirror has newer data, which stay
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
	done, err := m.push(ctx, p, files)
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

func (m *Mirror) push(ctx context.Context, p place, files []File) (done Pushed, err error) {
	before, layers, err := m.before(ctx, p, files)
	if err != nil {
		return done, err
	}
	for _, f := range files {
		ecosystem := f.Ecosystem
		if newer(layers[ecosystem], f.Fetched) && !m.Replace {
			done.Newer = append(done.Newer, ecosystem)
			continue
		}
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
	if err != nil {
		return done, err
	}
	done.Digest = hashOf(manifest).String()
	if m.Sign != nil { // first: one who pulls meanwhile finds no manifest without its signature
		if err := m.Sign(ctx, done.Digest, Store{p}); err != nil {
			return done, err
		}
	}
	if done.Digest != before {
		err = p.publish(ctx, "", manifest)
	}
	return done, err
}

// newer reports whether the source of a layer answered later than at a time. Times
// are kept in seconds.
func newer(layer v1.Descriptor, than time.Time) bool {
	at, err := time.Parse(time.RFC3339, layer.Annotations[noteFetched])
	return err == nil && at.After(than)
}

// before gives the digest of the manifest that is there, if there is one, and its
// layers, of which a push keeps those that it does not replace.
func (m *Mirror) before(ctx context.Context, p place, files []File) (string, map[string]v1.Descriptor, error) {
	layers := map[string]v1.Descriptor{}
	data, err := p.manifest(ctx, "")
	if errors.Is(err, ErrNone) {
		return "", layers, nil
	}
	if err != nil {
		return "", nil, err
	}
	list, err := parse(data)
	if errors.Is(err, ErrNone) { // something else: it gives way
		return list.Digest, layers, nil
	}
	if err != nil {
		return "", nil, err
	}
	for _, l := range list.manifest.Layers {
		if l.MediaType == mediaType() || l.MediaType == intelligenceType {
			layers[l.Annotations[noteEcosystem]] = l
		}
	}
	if m.Sign == nil || m.Check == nil {
		return list.Digest, layers, nil
	}
	refused := m.Check(ctx, list.Digest, Store{p})
	if refused == nil {
		return list.Digest, layers, nil
	}
	for _, f := range files {
		delete(layers, f.Ecosystem)
	}
	if lost := slices.Sorted(maps.Keys(layers)); len(lost) > 0 && !m.Replace {
		return "", nil, fmt.Errorf("what is there for %s would be signed unseen: %w: %w", strings.Join(lost, ", "), ErrRefused, refused)
	}
	return list.Digest, map[string]v1.Descriptor{}, nil
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
