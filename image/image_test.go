package image

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/gzip"
	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testImage is an image of three gzip layers with a history.
func testImage(t testing.TB) v1.Image {
	t.Helper()
	img := empty.Image
	for n := range 3 {
		l, err := random.Layer(100_000*int64(n+1), types.DockerLayer)
		if err != nil {
			t.Fatal(err)
		}
		img, err = mutate.Append(img, mutate.Addendum{Layer: l, History: v1.History{CreatedBy: fmt.Sprintf("RUN step %d # buildkit", n)}})
		if err != nil {
			t.Fatal(err)
		}
	}
	return withPlatform(t, img, "linux", "amd64", "")
}

func withPlatform(t testing.TB, img v1.Image, os, arch, variant string) v1.Image {
	t.Helper()
	c, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	c = c.DeepCopy()
	c.OS, c.Architecture, c.Variant = os, arch, variant
	if img, err = mutate.ConfigFile(img, c); err != nil {
		t.Fatal(err)
	}
	return img
}

// open opens ref and closes it with the test.
func open(t testing.TB, ref string, o Options) *Image {
	t.Helper()
	if o.TempDir == "" {
		o.TempDir = t.TempDir()
	}
	img, err := Open(t.Context(), ref, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := img.Close(); err != nil {
			t.Error(err)
		}
	})
	return img
}

// tars reads all layers.
func tars(t testing.TB, img *Image) [][]byte {
	t.Helper()
	var all [][]byte
	for n, l := range img.Layers {
		data, err := readLayer(t.Context(), l)
		if err != nil {
			t.Fatalf("layer %d: %v", n, err)
		}
		all = append(all, data)
	}
	return all
}

func readLayer(ctx context.Context, l Layer) ([]byte, error) {
	r, err := l.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// same checks that got is want, layer by layer.
func same(t *testing.T, got *Image, want v1.Image) {
	t.Helper()
	config, err := want.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != config.String() {
		t.Errorf("ID is %s, want %s", got.ID, config)
	}
	manifest, err := want.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if got.Digest != "" && got.Digest != manifest.String() {
		t.Errorf("digest is %s, want %s", got.Digest, manifest)
	}
	layers, err := want.Layers()
	if err != nil {
		t.Fatal(err)
	}
	data := tars(t, got)
	if len(data) != len(layers) {
		t.Fatalf("%d layers, want %d", len(data), len(layers))
	}
	for n, l := range layers {
		r, err := l.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		tar, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(tar, data[n]) {
			t.Errorf("layer %d differs", n)
		}
		if want := fmt.Sprintf("RUN step %d # buildkit", n); got.Layers[n].CreatedBy != want {
			t.Errorf("layer %d is created by %q, want %q", n, got.Layers[n].CreatedBy, want)
		}
	}
}

func writeLayout(t testing.TB, img v1.Image, tags ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "layout")
	p, err := layout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	if len(tags) == 0 {
		if err := p.AppendImage(img); err != nil {
			t.Fatal(err)
		}
	}
	for _, tag := range tags {
		if err := p.AppendImage(img, layout.WithAnnotations(map[string]string{annotationName: tag})); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func writeDockerArchive(t testing.TB, img v1.Image, tags ...string) string {
	t.Helper()
	images := make(map[name.Tag]v1.Image)
	for _, tag := range tags {
		ref, err := name.NewTag(tag)
		if err != nil {
			t.Fatal(err)
		}
		images[ref] = img
	}
	file := filepath.Join(t.TempDir(), "image.tar")
	if err := tarball.MultiWriteToFile(file, images); err != nil {
		t.Fatal(err)
	}
	return file
}

// tarOf packs a directory's files.
func tarOf(t testing.TB, dir string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "packed.tar")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := tar.NewWriter(f)
	if err := w.AddFS(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file
}

func gzipFile(t testing.TB, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	w.Close()
	if err := os.WriteFile(file+".gz", b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file + ".gz"
}

func TestLocal(t *testing.T) {
	img := testImage(t)
	dir := writeLayout(t, img, "one")
	digest, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	archive := writeDockerArchive(t, img, "shop:1.4")
	ociTar := tarOf(t, dir)
	for _, test := range []struct{ ref, source string }{
		{dir, "oci"},
		{"oci:" + dir, "oci"},
		{"oci:" + dir + ":one", "oci"},
		{"oci:" + dir + "@" + digest.String(), "oci"},
		{ociTar, "oci-archive"},
		{"oci-archive:" + ociTar + ":one", "oci-archive"},
		{gzipFile(t, ociTar), "oci-archive"},
		{archive, "docker-archive"},
		{"docker-archive:" + archive, "docker-archive"},
		{archive + ":shop:1.4", "docker-archive"},
		{"docker-archive:" + archive + ":docker.io/library/shop:1.4", "docker-archive"},
		{gzipFile(t, archive), "docker-archive"},
	} {
		t.Run(strings.ReplaceAll(test.ref, "/", "_"), func(t *testing.T) {
			temp := t.TempDir()
			got := open(t, test.ref, Options{TempDir: temp})
			if got.Source != test.source || got.Ref != test.ref || got.Platform != "linux/amd64" {
				t.Errorf("source %q, ref %q, platform %q", got.Source, got.Ref, got.Platform)
			}
			same(t, got, img)
			if err := got.Close(); err != nil {
				t.Error(err)
			}
			leftNothing(t, temp)
		})
	}
}

// leftNothing checks that nothing has been left in a directory.
func leftNothing(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind in the temporary directory: %v, %v", left, err)
	}
}

func TestUnknown(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("no image ", 200)), 0o600); err != nil {
		t.Fatal(err)
	}
	two := writeDockerArchive(t, testImage(t), "shop:1", "shop:2")
	twoTags := writeLayout(t, testImage(t), "one", "two")
	for _, test := range []struct{ ref, want string }{
		{"", "no image is named"},
		{text, "not an image"},
		{"docker-archive:" + text, "not an image"},
		{dir, "not an image"},
		{"dir:" + dir + "/missing", "not found"},
		{"./missing", "not found"},
		{"missing.tar.gz", "not found"},
		{"report.json", "not found"},
		{"oci:" + dir, "not an OCI layout"},
		{"sbom:x.json", "docker-archive:"},
		{"docker-archive:" + two + ":shop:3", "shop:1"},
		{"oci:" + twoTags, "one, two"},
		{"oci:" + twoTags + ":three", "one, two"},
	} {
		_, err := Open(t.Context(), test.ref, Options{TempDir: t.TempDir()})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.ref, err, test.want)
		}
		if strings.Contains(test.want, "not found") && !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v is not ErrNotFound", test.ref, err)
		}
	}
}

// TestRelative names an archive in the working directory, and a tag in it.
func TestRelative(t *testing.T) {
	img := testImage(t)
	t.Chdir(filepath.Dir(writeDockerArchive(t, img, "shop:1", "shop:2")))
	for _, ref := range []string{"image.tar:shop:2", "./image.tar:shop:1", "docker-archive:image.tar:shop:1"} {
		same(t, open(t, ref, Options{}), img)
	}
}

// TestParallel reads all layers of several kinds of images at once, each twice.
func TestParallel(t *testing.T) {
	img := testImage(t)
	layout := writeLayout(t, img)
	for _, ref := range []string{layout, tarOf(t, layout), writeDockerArchive(t, img, "shop:1"), newTestRegistry(t).push(t, img, "shop")} {
		got := open(t, ref, quick(nil))
		want := tars(t, got)
		var group errgroup.Group
		for n := range 2 * len(got.Layers) {
			group.Go(func() error {
				data, err := readLayer(t.Context(), got.Layers[n/2])
				if err == nil && !bytes.Equal(data, want[n/2]) {
					err = fmt.Errorf("layer %d differs", n/2)
				}
				return err
			})
		}
		if err := group.Wait(); err != nil {
			t.Errorf("%s: %v", ref, err)
		}
	}
}
