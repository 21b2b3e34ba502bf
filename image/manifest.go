package image

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// A place keeps the parts of images under their digests, as registries and OCI
// layouts do.
type place interface {
	// open gives the bytes of a part, unchecked, from several goroutines.
	open(ctx context.Context, part v1.Descriptor) (io.ReadCloser, error)
}

// manifest is a manifest or an index, of OCI or of Docker, whose shapes agree.
type manifest struct {
	SchemaVersion int             `json:"schemaVersion"`
	MediaType     types.MediaType `json:"mediaType"`
	Config        *v1.Descriptor  `json:"config"`
	Layers        []v1.Descriptor `json:"layers"`
	Manifests     []v1.Descriptor `json:"manifests"`
	FSLayers      json.RawMessage `json:"fsLayers"`
}

var errSchema1 = errors.New("the manifest is of Docker's schema 1, which was given up in 2017; push the image anew with a current docker or skopeo")

// parseManifest reads a manifest or an index. One that claims to be both is
// refused, since tools would disagree about what it says (CVE-2021-41190).
func parseManifest(data []byte) (*manifest, error) {
	m, err := decode[manifest](data)
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	switch {
	case m.SchemaVersion == 1 || m.FSLayers != nil:
		return nil, errSchema1
	case m.Manifests != nil && (m.Config != nil || m.Layers != nil):
		return nil, errors.New("the manifest claims to be both an index and an image")
	case m.Manifests == nil && m.Config == nil:
		return nil, fmt.Errorf("not an image: the manifest of type %q has neither a config nor other manifests", m.MediaType)
	case len(m.Manifests) > maxManifests:
		return nil, fmt.Errorf("%w: an index of %d manifests, at most %d are read", ErrTooLarge, len(m.Manifests), maxManifests)
	case len(m.Layers) > maxLayers:
		return nil, fmt.Errorf("%w: %d layers, at most %d are read", ErrTooLarge, len(m.Layers), maxLayers)
	}
	return m, nil
}

// decode reads JSON. It counts the objects before, since an empty one of two
// bytes takes hundreds in memory.
func decode[T manifest | v1.ConfigFile | []saved | inspected | []recalled](data []byte) (*T, error) {
	if n := bytes.Count(data, []byte("{")); n > maxObjects {
		return nil, fmt.Errorf("%w: %d objects of JSON, at most %d are read", ErrTooLarge, n, maxObjects)
	}
	v := new(T)
	return v, json.Unmarshal(data, v)
}

// parseConfig reads an image's configuration.
func parseConfig(data []byte) (*v1.ConfigFile, error) {
	c, err := decode[v1.ConfigFile](data)
	if err != nil {
		return nil, fmt.Errorf("read config: %w", err)
	}
	return c, nil
}

// readPart reads a small part and checks it.
func readPart(ctx context.Context, from place, part v1.Descriptor, what string) ([]byte, error) {
	r, err := from.open(ctx, part)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", what, err)
	}
	defer r.Close()
	data, err := readSmall(r, what)
	if err != nil {
		return nil, err
	}
	return data, verify(data, part.Digest.String(), what)
}

// readSmall reads to the end, but no more than a manifest may have.
func readSmall(r io.Reader, what string) ([]byte, error) {
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(r, maxManifest+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	if n > maxManifest {
		return nil, fmt.Errorf("%w: %s has more than %d bytes", ErrTooLarge, what, maxManifest)
	}
	return b.Bytes(), nil
}

// verify checks data against a digest.
func verify(data []byte, want, what string) error {
	if got := sum(data); got != want {
		return &DigestError{What: what, Want: want, Got: got}
	}
	return nil
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(s[:])
}

// A pull is the way from a reference to an image in a place.
type pull struct {
	place place
	o     Options
	ref   string
	from  string // the source
	list  bool   // stop at an index with a *listed
}

// listed ends an opening that asks for an index's platforms only.
type listed struct{ entries []v1.Descriptor }

// Error is not shown to anybody.
func (*listed) Error() string { return "an index" }

// image follows root, through indexes where there are, to an image.
func (p pull) image(ctx context.Context, root v1.Descriptor) (*Image, error) {
	var indexes []string
	for range maxNested {
		if root.MediaType == "" {
			root.MediaType = types.OCIManifestSchema1
		}
		data, err := readPart(ctx, p.place, root, "manifest")
		if err != nil {
			return nil, err
		}
		m, err := parseManifest(data)
		if err != nil {
			return nil, err
		}
		if m.Manifests == nil {
			img, err := p.assemble(ctx, root, m)
			if err == nil {
				img.Indexes = indexes
			}
			return img, err
		}
		indexes = append(indexes, root.Digest.String())
		if root, err = p.choose(m.Manifests); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: more than %d indexes within indexes", ErrTooLarge, maxNested)
}

func (p pull) assemble(ctx context.Context, root v1.Descriptor, m *manifest) (*Image, error) {
	data, err := readPart(ctx, p.place, *m.Config, "config")
	if err != nil {
		return nil, err
	}
	config, err := parseConfig(data)
	if err != nil {
		return nil, err
	}
	if len(config.RootFS.DiffIDs) == 0 && len(m.Layers) > 0 {
		return nil, fmt.Errorf("not a container image: the config of type %q names no layers", m.Config.MediaType)
	}
	img := &Image{Ref: p.ref, Source: p.from, Digest: root.Digest.String(), ID: m.Config.Digest.String(), Config: config}
	for n, l := range m.Layers {
		img.Layers = append(img.Layers, Layer{
			Digest: l.Digest.String(), MediaType: string(l.MediaType), Size: l.Size,
			Foreign: !l.MediaType.IsDistributable(),
			Open:    p.opener(n, l, config),
		})
	}
	return img, img.complete(p.o)
}

// opener makes the Open of a layer.
func (p pull) opener(n int, l v1.Descriptor, config *v1.ConfigFile) func(context.Context) (io.ReadCloser, error) {
	check := promise{what: fmt.Sprintf("layer %d", n), digest: l.Digest.String(), size: l.Size, limit: p.o.maxLayer()}
	if n < len(config.RootFS.DiffIDs) {
		check.diffID = config.RootFS.DiffIDs[n].String()
	}
	return func(ctx context.Context) (io.ReadCloser, error) {
		switch {
		case !l.MediaType.IsDistributable():
			return nil, fmt.Errorf("layer %d is foreign: it lies elsewhere and is not pulled", n)
		case strings.HasSuffix(string(l.MediaType), "+encrypted"):
			return nil, fmt.Errorf("layer %d is encrypted (%s)", n, l.MediaType)
		}
		r, err := p.place.open(ctx, l)
		if err != nil {
			return nil, fmt.Errorf("open layer %d: %w", n, err)
		}
		return newReader(ctx, r, check), nil
	}
}

// complete fills in what the configuration says of the image and its layers,
// and checks that the two fit together.
func (i *Image) complete(o Options) error {
	ids := i.Config.RootFS.DiffIDs
	if len(ids) != len(i.Layers) {
		return fmt.Errorf("the config names %d layers, but the manifest has %d", len(ids), len(i.Layers))
	}
	if len(ids) > maxLayers {
		return fmt.Errorf("%w: %d layers, at most %d are read", ErrTooLarge, len(ids), maxLayers)
	}
	by := createdBy(i.Config.History, len(ids))
	for n := range i.Layers {
		i.Layers[n].DiffID = ids[n].String()
		if by != nil {
			i.Layers[n].CreatedBy = by[n]
		}
	}
	c := i.Config
	i.Platform = v1.Platform{OS: c.OS, Architecture: c.Architecture, Variant: c.Variant}.String()
	if o.Platform == "" || c.OS == "" || c.Architecture == "" {
		return nil
	}
	want, err := parsePlatform(o.Platform)
	if err != nil {
		return err
	}
	if !fits(want, v1.Platform{OS: c.OS, Architecture: c.Architecture, Variant: c.Variant}) {
		return fmt.Errorf("the image is for %s, not for %s", i.Platform, o.Platform)
	}
	return nil
}

// parsePlatform reads os/arch[/variant].
func parsePlatform(s string) (v1.Platform, error) {
	parts := strings.Split(s, "/")
	if len(parts) < 2 || len(parts) > 3 || parts[0] == "" || parts[1] == "" {
		return v1.Platform{}, fmt.Errorf("platform %q is not of the form os/arch or os/arch/variant, such as linux/arm64", s)
	}
	p := v1.Platform{OS: parts[0], Architecture: parts[1]}
	if len(parts) == 3 {
		p.Variant = parts[2]
	}
	return p, nil
}

// fits tells whether an image for has serves who wants want. For arm64, v8 is
// mostly left out.
func fits(want, has v1.Platform) bool {
	if want.Architecture == "arm64" {
		want.Variant, has.Variant = strings.TrimSuffix(want.Variant, "v8"), strings.TrimSuffix(has.Variant, "v8")
	}
	return want.OS == has.OS && want.Architecture == has.Architecture && (want.Variant == "" || want.Variant == has.Variant)
}

// choose picks an index's entry for the platform that is wanted.
func (p pull) choose(entries []v1.Descriptor) (v1.Descriptor, error) {
	if p.list {
		return v1.Descriptor{}, &listed{images(entries)}
	}
	return choose(entries, p.o.Platform)
}

// choose picks an index's entry for a platform.
func choose(entries []v1.Descriptor, platform string) (v1.Descriptor, error) {
	entries = images(entries)
	if len(entries) == 0 {
		return v1.Descriptor{}, errors.New("not an image: the index has no entry for any platform")
	}
	wants := []v1.Platform{{OS: "linux", Architecture: runtime.GOARCH}}
	if platform != "" {
		want, err := parsePlatform(platform)
		if err != nil {
			return v1.Descriptor{}, err
		}
		wants[0] = want
	}
	if best := pick(entries, wants[0]); best != nil {
		return *best, nil
	}
	for _, e := range entries {
		if platform == "" && e.Platform != nil && e.Platform.OS == "linux" {
			return e, nil
		}
	}
	// Entries without a platform say in their configuration what they are for.
	for _, e := range entries {
		if platform == "" || e.Platform == nil && len(entries) == 1 {
			return e, nil
		}
	}
	return v1.Descriptor{}, fmt.Errorf("%w: no %s in the index; there is %s", ErrNotFound, platform, platforms(entries))
}

// pick gives the entry that fits best: the highest variant where none is
// asked for, the first of several that are alike.
func pick(entries []v1.Descriptor, want v1.Platform) *v1.Descriptor {
	var best *v1.Descriptor
	for n, e := range entries {
		if e.Platform == nil || !fits(want, *e.Platform) {
			continue
		}
		if best == nil || want.Architecture == "arm" && e.Platform.Variant > best.Platform.Variant {
			best = &entries[n]
		}
	}
	return best
}

// images leaves out what BuildKit puts beside images: attestations, for a
// platform that is unknown.
func images(entries []v1.Descriptor) []v1.Descriptor {
	var kept []v1.Descriptor
	for _, e := range entries {
		attests := e.Annotations["vnd.docker.reference.type"] != "" || e.Platform != nil && e.Platform.OS == "unknown"
		if !attests && (e.MediaType == "" || e.MediaType.IsIndex() || e.MediaType.IsImage()) {
			kept = append(kept, e)
		}
	}
	return kept
}

// platforms lists what an index has.
func platforms(entries []v1.Descriptor) string {
	var names []string
	for _, e := range entries {
		if e.Platform != nil {
			names = append(names, e.Platform.String())
		}
	}
	if len(names) == 0 {
		return "no entry that names its platform"
	}
	return few(names)
}
