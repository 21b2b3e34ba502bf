package image

import (
	"strings"
	"testing"

	forms "github.com/google/go-containerregistry/pkg/compression"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// TestRegistryForms pulls layers in every form that registries keep.
func TestRegistryForms(t *testing.T) {
	reg := newTestRegistry(t)
	file := layerFile(t)
	img := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	var want []string
	for _, form := range []struct {
		c     forms.Compression
		media types.MediaType
	}{{forms.GZip, types.OCILayer}, {forms.ZStd, types.OCILayerZStd}, {forms.None, types.OCIUncompressedLayer}, {forms.None, types.OCILayer}} {
		l, err := tarball.LayerFromFile(file, tarball.WithCompression(form.c), tarball.WithMediaType(form.media))
		if err != nil {
			t.Fatal(err)
		}
		if img, err = mutate.AppendLayers(img, l); err != nil {
			t.Fatal(err)
		}
		want = append(want, string(form.media))
	}
	got := open(t, reg.push(t, img, "forms"), quick(nil))
	for n, data := range tars(t, got) {
		if string(data) != string(tars(t, got)[0]) || len(data) == 0 {
			t.Errorf("layer %d differs", n)
		}
		if got.Layers[n].MediaType != want[n] {
			t.Errorf("layer %d is %s, want %s", n, got.Layers[n].MediaType, want[n])
		}
	}
}

func TestRegistryForeign(t *testing.T) {
	reg := newTestRegistry(t)
	foreign := static.NewLayer([]byte("elsewhere"), types.DockerForeignLayer)
	img, err := mutate.AppendLayers(empty.Image, foreign)
	if err != nil {
		t.Fatal(err)
	}
	got := open(t, reg.push(t, img, "windows"), quick(nil))
	if len(got.Layers) != 1 || !got.Layers[0].Foreign {
		t.Fatalf("%+v", got.Layers)
	}
	if _, err := got.Layers[0].Open(t.Context()); err == nil || !strings.Contains(err.Error(), "foreign") {
		t.Error(err)
	}
}

// TestNotImages opens what registries keep besides images.
func TestNotImages(t *testing.T) {
	reg := newTestRegistry(t)
	layer, err := random.Layer(100, types.OCILayer)
	if err != nil {
		t.Fatal(err)
	}
	chart, err := mutate.AppendLayers(mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), "application/vnd.cncf.helm.config.v1+json"), layer)
	if err != nil {
		t.Fatal(err)
	}
	config, err := chart.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config = config.DeepCopy()
	config.RootFS.DiffIDs = nil
	if chart, err = mutate.ConfigFile(chart, config); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), reg.push(t, chart, "chart"), quick(nil)); err == nil || !strings.Contains(err.Error(), "not a container image") {
		t.Errorf("chart: %v", err)
	}
}
