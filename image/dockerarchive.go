package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// saved is an image in the manifest.json of docker save, podman save, kaniko,
// Bazel and others: names of members of the archive.
type saved struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// parseSaved reads a manifest.json.
func parseSaved(data []byte) ([]saved, error) {
	all, err := decode[[]saved](data)
	if err != nil {
		return nil, fmt.Errorf("read manifest.json: %w", err)
	}
	if len(*all) == 0 {
		return nil, errors.New("not an image: manifest.json names none")
	}
	for _, s := range *all {
		if len(s.Layers) > maxLayers {
			return nil, fmt.Errorf("%w: %d layers, at most %d are read", ErrTooLarge, len(s.Layers), maxLayers)
		}
	}
	return *all, nil
}

// dockerArchive gives the image with a tag, or the only one.
func (p pull) dockerArchive(ctx context.Context, a *archive, tag string) (*Image, error) {
	data, err := a.small("manifest.json")
	if err != nil {
		return nil, fmt.Errorf("not a docker archive: %w", err)
	}
	all, err := parseSaved(data)
	if err != nil {
		return nil, err
	}
	s, err := p.tagged(all, tag)
	if err != nil {
		return nil, err
	}
	return p.saved(ctx, a, s)
}

// saved opens one image of an archive.
func (p pull) saved(ctx context.Context, a *archive, s saved) (*Image, error) {
	data, err := a.small(s.Config)
	if err != nil {
		return nil, fmt.Errorf("open config: %w", err)
	}
	img := &Image{Ref: p.ref, Source: p.from, ID: sum(data), Tags: s.RepoTags}
	if want := named(s.Config); want != "" {
		if err := verify(data, want, "config"); err != nil {
			return nil, err
		}
	}
	if img.Config, err = parseConfig(data); err != nil {
		return nil, err
	}
	for _, l := range s.Layers {
		file, err := a.file(l)
		if err != nil {
			return nil, fmt.Errorf("open layer %d: %w", len(img.Layers), err)
		}
		layer := Layer{Size: file.Size()}
		if strings.HasPrefix(clean(l), "blobs/") {
			layer.Digest = named(l)
		}
		img.Layers = append(img.Layers, layer)
	}
	if err := img.complete(p.o); err != nil {
		return nil, err
	}
	img.Digest = digestIn(ctx, a, img.ID)
	for n, l := range img.Layers {
		img.Layers[n].Open = func(ctx context.Context) (io.ReadCloser, error) {
			file, err := a.file(s.Layers[n])
			if err != nil {
				return nil, fmt.Errorf("open layer %d: %w", n, err)
			}
			check := promise{what: fmt.Sprintf("layer %d", n), digest: l.Digest, diffID: l.DiffID, size: l.Size, limit: p.o.maxLayer()}
			return newReader(ctx, io.NopCloser(file), check), nil
		}
	}
	return img, nil
}

// maxTried is how many manifests are read in search of one.
const maxTried = 50

// digestIn finds the manifest of a configuration in the OCI index that docker
// save writes beside its own manifest since version 25. It is empty where there
// is none: nothing depends on it.
func digestIn(ctx context.Context, a *archive, config string) string {
	index, err := a.small("index.json")
	if err != nil {
		return ""
	}
	m, err := parseManifest(index)
	if err != nil {
		return ""
	}
	entries := images(m.Manifests)
	for n := 0; n < min(len(entries), maxTried); n++ {
		e := entries[n]
		data, err := readPart(ctx, layoutArchive{a}, e, "manifest")
		if err != nil {
			continue // an index may name what was not saved
		}
		switch m, err := parseManifest(data); {
		case err != nil:
		case m.Config == nil && len(entries) < maxManifests:
			entries = append(entries, images(m.Manifests)...)
		case m.Config != nil && m.Config.Digest.String() == config:
			return e.Digest.String()
		}
	}
	return ""
}

// named gives the digest that a member's name promises: <hex>.json,
// sha256:<hex>, blobs/sha256/<hex>. It is empty for other names.
func named(member string) string {
	base := strings.TrimPrefix(strings.TrimSuffix(path.Base(member), ".json"), "sha256:")
	h, err := v1.NewHash("sha256:" + base)
	if err != nil {
		return ""
	}
	return h.String()
}

// tagged picks an image of an archive.
func (p pull) tagged(all []saved, tag string) (saved, error) {
	if tag == "" && len(all) == 1 {
		return all[0], nil
	}
	var tags []string
	for _, s := range all {
		if tag != "" && slices.ContainsFunc(s.RepoTags, func(t string) bool { return sameTag(t, tag) }) {
			return s, nil
		}
		tags = append(tags, s.RepoTags...)
	}
	there := few(tags)
	if there == "" {
		there = "no image with a tag"
	}
	if tag == "" {
		return saved{}, fmt.Errorf("the archive has %d images; name one as %s:TAG: %s", len(all), p.ref, there)
	}
	return saved{}, fmt.Errorf("%w: no %s in the archive; there is %s", ErrNotFound, tag, there)
}

// few lists names, as many as a person reads.
func few(names []string) string {
	const most = 20
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// sameTag compares names of images, in which docker.io, library and latest may
// be left out.
func sameTag(a, b string) bool {
	if a == b {
		return true
	}
	x, errX := name.ParseReference(a)
	y, errY := name.ParseReference(b)
	return errX == nil && errY == nil && x.Name() == y.Name()
}
