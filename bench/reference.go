package main

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// rawLayer is a layer as it lies on disk, for the floor. The floor finds
// layers by itself: it is to share nothing with the product but the
// decompressor.
type rawLayer struct {
	digest string // hex SHA-256 of the bytes as kept; empty where only diffID is promised
	diffID string // hex SHA-256 of the tar
	packed bool
	at     *io.SectionReader
}

// rawImage is an image whose layers can be read where they lie.
type rawImage struct {
	layers []rawLayer
	files  []*os.File
}

// Close closes the files behind the layers.
func (r *rawImage) Close() error {
	var errs []error
	for _, f := range r.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// openRaw opens an OCI layout, a docker archive or an OCI archive; archives
// must not be packed as a whole.
func openRaw(ref string) (*rawImage, error) {
	name := ref
	for _, prefix := range []string{"docker-archive:", "oci-archive:", "oci:"} {
		name = strings.TrimPrefix(name, prefix)
	}
	r := &rawImage{}
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("the floor reads files only: %w", err)
	}
	var get func(string) (*io.SectionReader, error)
	if info.IsDir() {
		get = func(member string) (*io.SectionReader, error) {
			return r.open(filepath.Join(name, filepath.FromSlash(member)))
		}
	} else if get, err = r.index(name); err != nil {
		r.Close()
		return nil, fmt.Errorf("read archive %s: %w", name, err)
	}
	if err := r.find(get); err != nil {
		r.Close()
		return nil, fmt.Errorf("read image %s: %w", name, err)
	}
	return r, nil
}

func (r *rawImage) open(name string) (*io.SectionReader, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	r.files = append(r.files, f)
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return io.NewSectionReader(f, 0, info.Size()), nil
}

// index finds the members of a tar.
func (r *rawImage) index(name string) (func(string) (*io.SectionReader, error), error) {
	whole, err := r.open(name)
	if err != nil {
		return nil, err
	}
	members := map[string]*io.SectionReader{}
	for t := tar.NewReader(whole); ; {
		h, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		at, err := whole.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		if h.Typeflag == tar.TypeReg {
			members[path.Clean(h.Name)] = io.NewSectionReader(r.files[0], at, h.Size)
		}
	}
	return func(name string) (*io.SectionReader, error) {
		if m, ok := members[name]; ok {
			return io.NewSectionReader(m, 0, m.Size()), nil
		}
		return nil, fmt.Errorf("no %s: %w", name, os.ErrNotExist)
	}, nil
}

// find reads the manifests: a docker archive's where there is one.
func (r *rawImage) find(get func(string) (*io.SectionReader, error)) error {
	var saved []savedImage
	if err := decode(get, "manifest.json", &saved); err == nil && len(saved) == 1 {
		return r.layersOf(get, saved[0].Config, saved[0].Layers)
	}
	var m manifest
	if err := decode(get, "index.json", &m); err != nil {
		return err
	}
	for depth := 0; m.Config == nil; depth++ {
		if len(m.Manifests) != 1 || depth > 3 {
			return fmt.Errorf("it has %d images: the floor takes one", len(m.Manifests))
		}
		next := m.Manifests[0].Digest
		m = manifest{}
		if err := decode(get, blobName(next), &m); err != nil {
			return err
		}
	}
	var names []string
	for _, l := range m.Layers {
		names = append(names, blobName(l.Digest))
	}
	return r.layersOf(get, blobName(m.Config.Digest), names)
}

// layersOf takes the layers by name, with what the configuration promises.
func (r *rawImage) layersOf(get func(string) (*io.SectionReader, error), config string, names []string) error {
	var c struct {
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		} `json:"rootfs"`
	}
	if err := decode(get, config, &c); err != nil {
		return err
	}
	if len(c.RootFS.DiffIDs) != len(names) {
		return fmt.Errorf("%d layers, but %d diffIDs", len(names), len(c.RootFS.DiffIDs))
	}
	for i, name := range names {
		at, err := get(name)
		if err != nil {
			return err
		}
		l := rawLayer{diffID: strings.TrimPrefix(c.RootFS.DiffIDs[i], "sha256:"), at: at}
		var head [2]byte
		gzipMagic, zstdMagic := [2]byte{0x1f, 0x8b}, [2]byte{0x28, 0xb5}
		if _, err := at.ReadAt(head[:], 0); err != nil {
			return err
		}
		l.packed = head == gzipMagic || head == zstdMagic
		if base := path.Base(name); l.packed && len(base) == hex.EncodedLen(sha256.Size) {
			l.digest = base
		}
		r.layers = append(r.layers, l)
	}
	return nil
}

func blobName(digest string) string { return "blobs/" + strings.Replace(digest, ":", "/", 1) }

func decode[T any](get func(string) (*io.SectionReader, error), name string, into *T) error {
	r, err := get(name)
	if err != nil {
		return err
	}
	if err := json.NewDecoder(r).Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
