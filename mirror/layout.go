package mirror

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/plimsoll/plimsoll/vulndb"
)

// The names in an OCI image layout.
const (
	indexFile  = "index.json"
	layoutFile = "oci-layout"
	blobs      = "blobs/sha256/"
)

// stall is how long a web server may take to begin its answer.
const stall = time.Minute

// The annotations of a manifest in the index: its tag, as the image specification
// has it, and that it was kept through a Store.
const (
	noteTag    = "org.opencontainers.image.ref.name"
	noteBeside = "org.plimsoll.beside"
)

// layoutTag is what other programs call the segments in a layout: oci:DIR:segments.
const layoutTag = "segments"

// is reports whether the index means by d what a tag names.
func is(d v1.Descriptor, tag string) bool {
	if tag == "" {
		return d.ArtifactType == ArtifactType
	}
	return d.Annotations[noteTag] == tag
}

// pick finds a manifest in the index of a layout.
func pick(data []byte, tag string) (v1.Hash, error) {
	var index v1.IndexManifest
	if err := json.Unmarshal(data, &index); err != nil {
		return v1.Hash{}, fmt.Errorf("read %s: %w", indexFile, err)
	}
	for _, d := range index.Manifests {
		if is(d, tag) && d.Digest.Algorithm == "sha256" {
			return d.Digest, nil
		}
	}
	return v1.Hash{}, fmt.Errorf("%w: %s names no such artifact", ErrNone, indexFile)
}

// manifestIn reads a manifest of a layout, of which read gives the files.
func manifestIn(tag string, read func(name string) ([]byte, error)) ([]byte, error) {
	index, err := read(indexFile)
	if err != nil {
		return nil, err
	}
	digest, err := pick(index, tag)
	if err != nil {
		return nil, err
	}
	data, err := read(blobs + digest.Hex)
	if err == nil && hashOf(data) != digest {
		err = fmt.Errorf("manifest: %w: %s", ErrDigest, digest)
	}
	return data, err
}

// readSmall reads what must not be longer than a manifest.
func readSmall(body io.ReadCloser) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(body, maxManifest+1))
	if err := errors.Join(err, body.Close()); err != nil {
		return nil, err
	}
	if len(data) > maxManifest {
		return nil, fmt.Errorf("more than %d bytes", maxManifest)
	}
	return data, nil
}

// web is a layout on a web server. It is read only.
type web struct {
	url    string
	client *http.Client
}

var errReadOnly = errors.New("a web server can only be pulled from: push to oci:DIR, and serve that directory")

func (w web) manifest(ctx context.Context, tag string) ([]byte, error) {
	return manifestIn(tag, func(name string) ([]byte, error) {
		body, err := w.get(ctx, name)
		if err != nil {
			return nil, err
		}
		return readSmall(body)
	})
}

func (w web) blob(ctx context.Context, blob v1.Hash) (io.ReadCloser, error) {
	return w.get(ctx, blobs+blob.Hex)
}

func (w web) get(ctx context.Context, name string) (io.ReadCloser, error) {
	ctx, cancel := context.WithCancel(ctx)
	timer := time.AfterFunc(stall, cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+"/"+name, nil)
	if err != nil {
		cancel()
		return nil, err
	}
	request.Header.Set("User-Agent", "plimsoll")
	resp, err := w.client.Do(request)
	timer.Stop()
	if err != nil {
		cancel()
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		cancel()
		err := fmt.Errorf("get %s/%s: %s", w.url, name, resp.Status)
		if resp.StatusCode == http.StatusNotFound {
			err = fmt.Errorf("%w (%w)", ErrNone, err)
		}
		return nil, errors.Join(err, resp.Body.Close())
	}
	return body{resp.Body, cancel}, nil
}

// body lets go of its request when it is closed.
type body struct {
	io.ReadCloser
	cancel context.CancelFunc
}

// Close ends the request.
func (b body) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

func (web) put(context.Context, []byte) (bool, error)     { return false, errReadOnly }
func (web) publish(context.Context, string, []byte) error { return errReadOnly }

// layout is an OCI image layout in a directory.
type layout struct{ dir string }

func (l layout) manifest(_ context.Context, tag string) ([]byte, error) {
	data, err := manifestIn(tag, func(name string) ([]byte, error) {
		f, err := os.Open(filepath.Join(l.dir, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		return readSmall(f)
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w (%w)", ErrNone, err)
	}
	return data, err
}

func (l layout) path(blob v1.Hash) string {
	return filepath.Join(l.dir, filepath.FromSlash(blobs), blob.Hex)
}

func (l layout) blob(_ context.Context, blob v1.Hash) (io.ReadCloser, error) {
	return os.Open(l.path(blob))
}

func (l layout) put(_ context.Context, data []byte) (bool, error) {
	path := l.path(hashOf(data))
	if info, err := os.Stat(path); err == nil && info.Size() == int64(len(data)) {
		return false, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return false, err
	}
	return true, vulndb.Replace(path, data)
}

// publish writes the index last. What else the layout holds stays.
func (l layout) publish(ctx context.Context, tag string, manifest []byte) error {
	if _, err := l.put(ctx, manifest); err != nil {
		return err
	}
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex}
	path := filepath.Join(l.dir, indexFile)
	if f, err := os.Open(path); err == nil {
		data, err := readSmall(f)
		if err == nil {
			err = json.Unmarshal(data, &index)
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
	}
	data, err := json.Marshal(replaced(index, tag, manifest))
	if err != nil {
		return err
	}
	if err := vulndb.Replace(filepath.Join(l.dir, layoutFile), []byte(`{"imageLayoutVersion":"1.0.0"}`)); err != nil {
		return err
	}
	return vulndb.Replace(path, data)
}

// replaced is an index in which a tag names another manifest. With one of segments
// goes what is beside those before the last: who has just read the index still finds it.
func replaced(index v1.IndexManifest, tag string, manifest []byte) v1.IndexManifest {
	d := v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: hashOf(manifest), Size: int64(len(manifest))}
	if tag == "" {
		d.ArtifactType, d.Annotations = ArtifactType, map[string]string{noteTag: layoutTag}
	} else {
		d.Annotations = map[string]string{noteTag: tag, noteBeside: "true"}
	}
	current := []string{d.Digest.Hex}
	index.Manifests = slices.DeleteFunc(index.Manifests, func(old v1.Descriptor) bool {
		if is(old, tag) {
			current = append(current, old.Digest.Hex)
		}
		return is(old, tag)
	})
	if tag == "" {
		index.Manifests = slices.DeleteFunc(index.Manifests, func(old v1.Descriptor) bool {
			about := func(hex string) bool { return strings.Contains(old.Annotations[noteTag], hex) }
			return old.Annotations[noteBeside] != "" && !slices.ContainsFunc(current, about)
		})
	}
	index.Manifests = append(index.Manifests, d)
	return index
}
