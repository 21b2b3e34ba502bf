package image

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// The annotations that name an image in a layout's index: OCI's, and the fuller
// name that containerd and BuildKit write.
const (
	annotationName = "org.opencontainers.image.ref.name"
	annotationFull = "io.containerd.image.name"
)

// layoutDir is an OCI image layout in a directory.
type layoutDir string

// open opens a blob by its digest, never by a name that the layout gives.
func (l layoutDir) open(_ context.Context, part v1.Descriptor) (io.ReadCloser, error) {
	name := filepath.Join(string(l), "blobs", part.Digest.Algorithm, part.Digest.Hex)
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", name)
	}
	return os.Open(name)
}

// layoutArchive is an OCI image layout in an archive.
type layoutArchive struct{ *archive }

func (l layoutArchive) open(_ context.Context, part v1.Descriptor) (io.ReadCloser, error) {
	r, err := l.file("blobs/" + part.Digest.Algorithm + "/" + part.Digest.Hex)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(r), nil
}

// layoutIndex reads a layout directory's index.json.
func layoutIndex(dir string) ([]byte, error) {
	f, err := os.Open(filepath.Join(dir, "index.json"))
	if err != nil {
		return nil, fmt.Errorf("not an OCI layout: %w", err)
	}
	defer f.Close()
	return readSmall(f, "index.json")
}

// layout gives the image that name (a tag, "@" with a digest, or nothing)
// stands for in the index.
func (p pull) layout(ctx context.Context, index []byte, name string) (*Image, error) {
	m, err := parseManifest(index)
	if err != nil {
		return nil, fmt.Errorf("index.json: %w", err)
	}
	if m.Manifests == nil {
		return nil, fmt.Errorf("not an OCI layout: index.json names no manifests")
	}
	if digest, ok := strings.CutPrefix(name, "@"); ok {
		h, err := v1.NewHash(digest)
		if err != nil {
			return nil, fmt.Errorf("digest %q: %w", digest, err)
		}
		return p.image(ctx, v1.Descriptor{Digest: h})
	}
	root, err := p.named(m.Manifests, name)
	if err != nil {
		return nil, err
	}
	img, err := p.image(ctx, root)
	if err != nil {
		return nil, err
	}
	for _, key := range []string{annotationFull, annotationName} {
		if tag := root.Annotations[key]; tag != "" && !slices.Contains(img.Tags, tag) {
			img.Tags = append(img.Tags, tag)
		}
	}
	return img, nil
}

// named picks an entry of a layout's index. Several under one name, or without
// names, are one image for several platforms.
func (p pull) named(entries []v1.Descriptor, name string) (v1.Descriptor, error) {
	var found []v1.Descriptor
	var names []string
	for _, e := range images(entries) {
		tag, full := e.Annotations[annotationName], e.Annotations[annotationFull]
		if name == "" || tag == name || full != "" && sameTag(full, name) {
			found = append(found, e)
		}
		if has := max(full, tag); !slices.Contains(names, has) {
			names = append(names, has)
		}
	}
	there := few(names)
	switch {
	case len(found) == 0 && name != "":
		return v1.Descriptor{}, fmt.Errorf("%w: no %s in the layout; there is %s", ErrNotFound, name, there)
	case name == "" && len(names) > 1:
		return v1.Descriptor{}, fmt.Errorf("the layout has %d images; name one as %s:TAG: %s", len(names), p.ref, there)
	case len(found) == 1:
		return found[0], nil
	}
	return p.choose(found)
}
