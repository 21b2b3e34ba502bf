package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// The two forms that each image is written in, below its folder.
const (
	plainForm  = "docker.tar" // docker-archive, layers uncompressed, as docker save writes it
	packedForm = "oci"        // OCI layout, layers packed with gzip
)

// writeImage writes an image in both forms into dir.
func writeImage(ctx context.Context, dir string, p picture) error {
	blobs := filepath.Join(dir, packedForm, "blobs", "sha256")
	if err := os.MkdirAll(blobs, 0o755); err != nil {
		return err
	}
	archive, err := os.Create(filepath.Join(dir, plainForm))
	if err != nil {
		return err
	}
	defer archive.Close()
	s := newStock(p.seed)
	var layers []writtenLayer
	for _, l := range p.layers {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		written, err := addLayer(l, s, archive, blobs)
		if err != nil {
			return err
		}
		layers = append(layers, written)
	}
	config, err := imageConfig(layers)
	if err != nil {
		return err
	}
	if err := finishArchive(archive, config, layers); err != nil {
		return fmt.Errorf("write docker archive: %w", err)
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return finishLayout(filepath.Join(dir, packedForm), config, layers)
}

// addLayer appends a layer to the archive and puts it into the layout. The
// header in the archive is filled in afterwards, when name and size are known.
func addLayer(l layer, s *stock, archive *os.File, blobs string) (writtenLayer, error) {
	start, err := archive.Seek(0, io.SeekCurrent)
	if err != nil {
		return writtenLayer{}, err
	}
	if _, err := archive.Seek(512, io.SeekCurrent); err != nil {
		return writtenLayer{}, err
	}
	packed, err := os.CreateTemp(blobs, "new-*")
	if err != nil {
		return writtenLayer{}, err
	}
	defer packed.Close()
	written, err := writeLayer(l, s, archive, packed)
	if err != nil {
		return written, err
	}
	written.offset = start
	if err := os.Rename(packed.Name(), filepath.Join(blobs, written.digest)); err != nil {
		return written, err
	}
	var header bytes.Buffer
	h := &tar.Header{Typeflag: tar.TypeReg, Name: "blobs/sha256/" + written.diffID, Mode: 0o644, Size: written.tars, ModTime: made, Format: tar.FormatUSTAR}
	if err := tar.NewWriter(&header).WriteHeader(h); err != nil {
		return written, err
	}
	_, err = archive.WriteAt(header.Bytes(), start)
	return written, err // a tar is whole blocks long, so the next header follows
}

func imageConfig(layers []writtenLayer) ([]byte, error) {
	type history struct {
		Created   string `json:"created"`
		CreatedBy string `json:"created_by"`
	}
	var c struct {
		Architecture string `json:"architecture"`
		OS           string `json:"os"`
		Created      string `json:"created"`
		Config       struct {
			Cmd []string
		} `json:"config"`
		RootFS struct {
			Type    string   `json:"type"`
			DiffIDs []string `json:"diff_ids"`
		} `json:"rootfs"`
		History []history `json:"history"`
	}
	c.Architecture, c.OS, c.Created = "amd64", "linux", made.Format("2006-01-02T15:04:05Z")
	c.Config.Cmd = []string{"/bin/sh"}
	c.RootFS.Type = "layers"
	for _, l := range layers {
		c.RootFS.DiffIDs = append(c.RootFS.DiffIDs, "sha256:"+l.diffID)
		c.History = append(c.History, history{c.Created, l.createdBy})
	}
	return json.Marshal(c)
}

// savedImage is an entry of a docker archive's manifest.json.
type savedImage struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// finishArchive writes configuration and manifest behind the layers.
func finishArchive(archive *os.File, config []byte, layers []writtenLayer) error {
	entry := savedImage{Config: "blobs/sha256/" + hexSum(config), RepoTags: []string{"bench:latest"}}
	for _, l := range layers {
		entry.Layers = append(entry.Layers, "blobs/sha256/"+l.diffID)
	}
	manifest, err := json.Marshal([]savedImage{entry})
	if err != nil {
		return err
	}
	if _, err := archive.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	w := tar.NewWriter(archive)
	for _, f := range []struct {
		name string
		data []byte
	}{{entry.Config, config}, {"manifest.json", manifest}} {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: 0o644, Size: int64(len(f.data)), ModTime: made}); err != nil {
			return err
		}
		if _, err := w.Write(f.data); err != nil {
			return err
		}
	}
	return w.Close()
}

// descriptor is the reference to a blob of an OCI layout.
type descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int64  `json:"size"`
}

// manifest is an OCI image manifest or index, whichever of the two is filled.
type manifest struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Config        *descriptor  `json:"config,omitempty"`
	Layers        []descriptor `json:"layers,omitempty"`
	Manifests     []descriptor `json:"manifests,omitempty"`
}

const (
	typeIndex    = "application/vnd.oci.image.index.v1+json"
	typeManifest = "application/vnd.oci.image.manifest.v1+json"
	typeConfig   = "application/vnd.oci.image.config.v1+json"
	typeLayer    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// finishLayout writes configuration, manifest and index of an OCI layout.
func finishLayout(dir string, config []byte, layers []writtenLayer) error {
	put := func(mediaType string, data []byte) (descriptor, error) {
		sum := hexSum(data)
		err := os.WriteFile(filepath.Join(dir, "blobs", "sha256", sum), data, 0o644)
		return descriptor{mediaType, "sha256:" + sum, int64(len(data))}, err
	}
	c, err := put(typeConfig, config)
	if err != nil {
		return err
	}
	m := manifest{SchemaVersion: 2, MediaType: typeManifest, Config: &c}
	for _, l := range layers {
		m.Layers = append(m.Layers, descriptor{typeLayer, "sha256:" + l.digest, l.size})
	}
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	entry, err := put(typeManifest, data)
	if err != nil {
		return err
	}
	index, err := json.Marshal(manifest{SchemaVersion: 2, MediaType: typeIndex, Manifests: []descriptor{entry}})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "oci-layout"), []byte(`{"imageLayoutVersion":"1.0.0"}`), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "index.json"), index, 0o644)
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
