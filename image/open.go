package image

import (
	"context"
	"errors"
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Open opens the image that ref names. A prefix says where it is; see
// [Sources]. Without one, what exists as a path is looked at, then the Docker
// and Podman daemons are asked, then the registry. The error is [ErrNotFound]
// where there is no such image, [ErrOffline], [ErrTooLarge] or a [*DigestError]
// where that is the reason.
func Open(ctx context.Context, ref string, o Options) (*Image, error) {
	source, name, err := parseReference(ref)
	if err != nil {
		return nil, err
	}
	p := pull{o: o, ref: ref, from: source}
	img, err := p.open(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", ref, err)
	}
	return img, nil
}

// Platforms lists the platforms, os/arch[/variant], that the image is there
// for, in the order of its index. An image that is no index is for one.
func Platforms(ctx context.Context, ref string, o Options) ([]string, error) {
	source, name, err := parseReference(ref)
	if err != nil {
		return nil, err
	}
	o.Platform = ""
	img, err := pull{o: o, ref: ref, from: source, list: true}.open(ctx, name)
	var index *listed
	if errors.As(err, &index) {
		var names []string
		for _, e := range index.entries {
			if e.Platform == nil {
				continue
			}
			name := v1.Platform{OS: e.Platform.OS, Architecture: e.Platform.Architecture, Variant: e.Platform.Variant}.String()
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		return names, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", ref, err)
	}
	return []string{img.Platform}, img.Close()
}

func (p pull) open(ctx context.Context, name string) (*Image, error) {
	if p.o.Platform != "" {
		if _, err := parsePlatform(p.o.Platform); err != nil {
			return nil, err
		}
	}
	switch p.from {
	case sourceDockerArchive, sourceOCIArchive:
		return p.archive(ctx, name)
	case sourceOCI:
		dir, tag := splitPath(name)
		return p.layoutDir(ctx, dir, tag)
	case sourceDir:
		return p.directory(name)
	case sourceDocker:
		img, err := p.fromDaemons(ctx, dockerAddresses(), name)
		return img, ambiguous(err, p.ref)
	case sourcePodman:
		return p.fromDaemons(ctx, podmanAddresses(), name)
	case sourceContainerd:
		return p.containerd(ctx, name)
	case sourceRegistry:
		return p.registry(ctx, name)
	}
	return p.sniff(ctx, name)
}
