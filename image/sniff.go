package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// sniff finds out what a reference without a prefix is.
func (p pull) sniff(ctx context.Context, ref string) (*Image, error) {
	path, tag := ref, ""
	if looksLikePath(ref) || strings.Contains(ref, ".tar") {
		path, tag = splitPath(ref)
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir() && exists(filepath.Join(path, "index.json")) && exists(filepath.Join(path, "blobs")):
		p.from = sourceOCI
		return p.layoutDir(ctx, path, tag)
	case err == nil && info.IsDir():
		if !rootFS(path) {
			also := ""
			if !looksLikePath(ref) {
				also = fmt.Sprintf(", or registry:%s for an image of that name", ref)
			}
			return nil, fmt.Errorf("not an image: %s is a directory, but neither an OCI layout (no index.json) nor a root file system (no etc, usr, bin or lib); say dir:%s to read it all the same%s", path, path, also)
		}
		p.from = sourceDir
		return p.directory(path)
	case err == nil && info.Mode().IsRegular():
		return p.archive(ctx, ref)
	case err == nil:
		return nil, fmt.Errorf("not an image: %s is neither a file nor a directory", path)
	case looksLikePath(ref):
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	img, refused := p.anyDaemon(ctx, ref)
	if img != nil {
		return img, nil
	}
	if img, err = p.registry(ctx, ref); err != nil && refused != nil {
		return nil, fmt.Errorf("%w (and before: %w)", err, refused)
	}
	return img, err
}

// anyDaemon asks the daemons that answer. One that has no such image, or one
// for another platform, is not the last that can be asked; why one refused to
// answer is for the error of who is.
func (p pull) anyDaemon(ctx context.Context, ref string) (*Image, error) {
	var refused []error
	for _, d := range []struct {
		source    string
		addresses []string
	}{{sourceDocker, dockerAddresses()}, {sourcePodman, podmanAddresses()}} {
		p.from = d.source
		img, err := p.fromDaemons(ctx, d.addresses, ref)
		if err == nil {
			return img, nil
		}
		if errors.Is(err, fs.ErrPermission) {
			refused = append(refused, err)
		}
	}
	return nil, errors.Join(refused...)
}

// ambiguous helps who means the image called docker, as in docker:27.
func ambiguous(err error, ref string) error {
	if err == nil || strings.ContainsAny(strings.TrimPrefix(ref, "docker:"), ":/@") {
		return err
	}
	return fmt.Errorf("%w (for the image of that name in a registry, say registry:%s)", err, ref)
}

// rootFS tells whether a directory has what a root file system has.
func rootFS(dir string) bool {
	for _, name := range []string{"etc", "usr", "bin", "lib", "var/lib"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.IsDir() {
			return true
		}
	}
	return false
}

// archive opens PATH or PATH:TAG. It takes the kind of archive from what is in
// it, unless the reference says which it must be.
func (p pull) archive(ctx context.Context, name string) (*Image, error) {
	path, tag := splitPath(name)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", path)
	}
	a, closer, err := openArchive(ctx, path, p.o)
	if err != nil {
		return nil, err
	}
	img, err := p.fromArchive(ctx, a, tag)
	if err != nil {
		closer.Close()
		return nil, err
	}
	img.keep(closer)
	return img, nil
}

func (p pull) fromArchive(ctx context.Context, a *archive, tag string) (*Image, error) {
	if p.from == "" && a.has("manifest.json") {
		p.from = sourceDockerArchive
	}
	if p.from == "" && a.has("index.json") {
		p.from = sourceOCIArchive
	}
	switch p.from {
	case sourceDockerArchive:
		if strings.HasPrefix(tag, "@") {
			return nil, errors.New("a docker archive has no digests; name a tag")
		}
		return p.dockerArchive(ctx, a, tag)
	case sourceOCIArchive:
		index, err := a.small("index.json")
		if err != nil {
			return nil, fmt.Errorf("not an OCI archive: %w", err)
		}
		p.place = layoutArchive{a}
		return p.layout(ctx, index, tag)
	}
	if a.open {
		return nil, fmt.Errorf("not a whole image: %s has neither a manifest.json nor an index.json, and no mark of its end: it seems to be cut off", a.name)
	}
	return nil, fmt.Errorf("not an image: %s has neither a manifest.json nor an index.json", a.name)
}

func (p pull) layoutDir(ctx context.Context, dir, tag string) (*Image, error) {
	if !exists(dir) {
		return nil, fmt.Errorf("%w: %s does not exist", ErrNotFound, dir)
	}
	index, err := layoutIndex(dir)
	if err != nil {
		return nil, err
	}
	p.place = layoutDir(dir)
	return p.layout(ctx, index, tag)
}

// keep makes the image close c.
func (i *Image) keep(c io.Closer) { i.closers = append(i.closers, c) }
