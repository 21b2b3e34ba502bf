package image

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

func testIndex(t testing.TB, platforms ...string) v1.ImageIndex {
	t.Helper()
	var index v1.ImageIndex = empty.Index
	for _, p := range platforms {
		platform, err := v1.ParsePlatform(p)
		if err != nil {
			t.Fatal(err)
		}
		img := withPlatform(t, testImage(t), platform.OS, platform.Architecture, platform.Variant)
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: platform}})
	}
	return index
}

func TestPlatforms(t *testing.T) {
	reg := newTestRegistry(t)
	many := reg.push(t, testIndex(t, "linux/s390x", "linux/arm/v6", "linux/arm/v7", "linux/arm64/v8", "linux/amd64", "windows/amd64", "unknown/unknown"), "many")
	rare := reg.push(t, testIndex(t, "windows/amd64", "linux/s390x", "linux/riscv64"), "rare")
	single := reg.push(t, testImage(t), "single")
	for _, test := range []struct{ ref, platform, want string }{
		{many, "linux/amd64", "linux/amd64"},
		{many, "linux/arm64", "linux/arm64/v8"},
		{many, "linux/arm64/v8", "linux/arm64/v8"},
		{many, "linux/arm", "linux/arm/v7"},
		{many, "linux/arm/v6", "linux/arm/v6"},
		{many, "windows/amd64", "windows/amd64"},
		{many, "linux/ppc64le", "error: linux/s390x, linux/arm/v6, linux/arm/v7, linux/arm64/v8, linux/amd64, windows/amd64"},
		{many, "unknown/unknown", "error: no unknown/unknown"},
		{many, "linux", "error: os/arch"},
		{rare, "", "linux/s390x"},
		{single, "linux/amd64", "linux/amd64"},
		{single, "", "linux/amd64"},
		{single, "linux/arm64", "error: the image is for linux/amd64, not for linux/arm64"},
	} {
		o := quick(nil)
		o.Platform = test.platform
		img, err := Open(t.Context(), test.ref, o)
		if want, ok := strings.CutPrefix(test.want, "error: "); ok {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s of %s: %v, want %q", test.platform, test.ref, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s of %s: %v", test.platform, test.ref, err)
			continue
		}
		if img.Platform != test.want {
			t.Errorf("%s of %s is %s, want %s", test.platform, test.ref, img.Platform, test.want)
		}
		img.Close()
	}
}

// TestIndexes holds that an image knows the index that it was chosen from.
func TestIndexes(t *testing.T) {
	reg := newTestRegistry(t)
	index := testIndex(t, "linux/amd64", "linux/arm64")
	want, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	for ref, wants := range map[string][]string{reg.push(t, index, "many"): {want.String()}, reg.push(t, testImage(t), "one"): nil} {
		img, err := Open(t.Context(), ref, quick(nil))
		if err != nil {
			t.Fatal(err)
		}
		img.Close()
		if !slices.Equal(img.Indexes, wants) || slices.Contains(wants, img.Digest) {
			t.Errorf("%s: indexes %q, want %q", ref, img.Indexes, wants)
		}
	}
}

func TestPlatformsOf(t *testing.T) {
	reg := newTestRegistry(t)
	all := []string{"linux/arm/v7", "linux/amd64", "windows/amd64:10.0.1"}
	index := testIndex(t, all...)
	dir := filepath.Join(t.TempDir(), "layout")
	if _, err := layout.Write(dir, index); err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[string][]string{
		reg.push(t, index, "many"):       {"linux/arm/v7", "linux/amd64", "windows/amd64"},
		dir:                              {"linux/arm/v7", "linux/amd64", "windows/amd64"},
		reg.push(t, testImage(t), "one"): {"linux/amd64"},
		writeDockerArchive(t, testImage(t), "one"): {"linux/amd64"},
	} {
		got, err := Platforms(t.Context(), ref, quick(nil))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v; want %q", ref, got, err, want)
		}
	}
}
