package image

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// entry is a member of an archive made by hand.
type entry struct {
	name, data, link string
	flag             byte
}

func makeTar(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Size: int64(len(e.data)), Linkname: e.link, Typeflag: e.flag, Mode: 0o644}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func writeFile(t testing.TB, data []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "archive.tar")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// configOf is a configuration with layers of these tars.
func configOf(t testing.TB, layers ...string) string {
	t.Helper()
	c := v1.ConfigFile{OS: "linux", Architecture: "amd64"}
	for n, l := range layers {
		h, err := v1.NewHash(sum([]byte(l)))
		if err != nil {
			t.Fatal(err)
		}
		c.RootFS.DiffIDs = append(c.RootFS.DiffIDs, h)
		c.History = append(c.History, v1.History{CreatedBy: fmt.Sprintf("RUN step %d # buildkit", n)})
	}
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func hexOf(data string) string { return strings.TrimPrefix(sum([]byte(data)), "sha256:") }

// TestLegacyArchive opens what docker save wrote until version 24, where equal
// layers are links to each other.
func TestLegacyArchive(t *testing.T) {
	layer := string(smallTar(t))
	config := configOf(t, layer, layer, layer)
	manifest := `[{"Config":"` + hexOf(config) + `.json","RepoTags":["shop:1"],"Layers":["a/layer.tar","./b/layer.tar","c/layer.tar"]}]`
	file := writeFile(t, makeTar(t,
		entry{name: "a/", flag: tar.TypeDir},
		entry{name: "a/layer.tar", data: layer},
		entry{name: "b/layer.tar", link: "../a/layer.tar", flag: tar.TypeSymlink},
		entry{name: "c/layer.tar", link: "b/layer.tar", flag: tar.TypeLink},
		entry{name: hexOf(config) + ".json", data: config},
		entry{name: "manifest.json", data: manifest},
	))
	img := open(t, file, Options{})
	for n, data := range tars(t, img) {
		if string(data) != layer {
			t.Errorf("layer %d differs", n)
		}
	}
	if img.ID != sum([]byte(config)) || img.Digest != "" || img.Tags[0] != "shop:1" {
		t.Errorf("%+v", img)
	}
}

// TestModernArchive opens what docker save writes since version 25: an OCI
// layout that is a docker archive as well, with its blobs under their digests.
func TestModernArchive(t *testing.T) {
	img := testImage(t)
	dir := writeLayout(t, img, "1.4")
	config, err := img.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, l := range layers {
		digest, err := l.Digest()
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, `"blobs/sha256/`+digest.Hex+`"`)
	}
	manifest := `[{"Config":"blobs/sha256/` + config.Hex + `","RepoTags":["shop:1.4"],"Layers":[` + strings.Join(paths, ",") + `]}]`
	if err := os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(manifest), 0o600); err != nil {
		t.Fatal(err)
	}
	got := open(t, tarOf(t, dir), Options{})
	digest, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if got.Source != "docker-archive" || got.Digest != digest.String() || got.Layers[0].Digest == "" {
		t.Errorf("%+v", got)
	}
	same(t, got, img)
}

func TestBadArchives(t *testing.T) {
	layer := string(smallTar(t))
	config := configOf(t, layer)
	manifest := func(config, layers string) string {
		return `[{"Config":"` + config + `","Layers":[` + layers + `]}]`
	}
	whole := makeTar(t, entry{name: "config.json", data: config}, entry{name: "manifest.json", data: manifest("config.json", `"l"`)}, entry{name: "l", data: layer})
	for _, test := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "not an image"},
		{"text", []byte(strings.Repeat("text", 1000)), "not an image"},
		{"tar of anything", makeTar(t, entry{name: "x", data: "y"}), "neither a manifest.json nor an index.json"},
		{"cut in half", whole[:len(whole)/2], "cut off"},
		{"cut gzip", packGzip(t, whole)[:200], "unexpected EOF"},
		{"cut zstd", packZstd(t, whole)[:200], "unexpected EOF"},
		{"bad json", makeTar(t, entry{name: "manifest.json", data: "[{"}), "manifest.json"},
		{"no images", makeTar(t, entry{name: "manifest.json", data: "[]"}), "names none"},
		{"no config", makeTar(t, entry{name: "manifest.json", data: manifest("config.json", `"l"`)}), "no config.json"},
		{"no layer", makeTar(t, entry{name: "config.json", data: config}, entry{name: "manifest.json", data: manifest("config.json", `"l"`)}), "no l"},
		{"layers differ", makeTar(t, entry{name: "l", data: layer}, entry{name: "config.json", data: config}, entry{name: "manifest.json", data: manifest("config.json", `"l","l"`)}), "config names 1 layers, but the manifest has 2"},
		{"config lies", makeTar(t, entry{name: "l", data: layer}, entry{name: hexOf("x") + ".json", data: config}, entry{name: "manifest.json", data: manifest(hexOf("x")+".json", `"l"`)}), "config is not what its digest says"},
		{"circle", makeTar(t, entry{name: "l", link: "m", flag: tar.TypeSymlink}, entry{name: "m", link: "l", flag: tar.TypeSymlink}, entry{name: "config.json", data: config}, entry{name: "manifest.json", data: manifest("config.json", `"l"`)}), "circle"},
		{"climbs out", makeTar(t, entry{name: "l", link: "../../../../../../../../etc/passwd", flag: tar.TypeSymlink}, entry{name: "config.json", data: config}, entry{name: "manifest.json", data: manifest("config.json", `"l"`)}), "no l"},
		{"path on the host", makeTar(t, entry{name: "manifest.json", data: manifest("/etc/passwd", `"l"`)}), "no /etc/passwd"},
		{"large manifest", makeTar(t, entry{name: "manifest.json", data: strings.Repeat(" ", maxManifest+1)}), "limit exceeded"},
		{"many objects", makeTar(t, entry{name: "manifest.json", data: "[" + strings.Repeat("{},", 2<<20) + "{}]"}), "limit exceeded"},
		{"many layers", makeTar(t, entry{name: "manifest.json", data: manifest("c", strings.Repeat(`"l",`, maxLayers)+`"l"`)}), "limit exceeded"},
		{"no layout", makeTar(t, entry{name: "index.json", data: `{"schemaVersion":2}`}), "not an image"},
		{"blob missing", makeTar(t, entry{name: "index.json", data: `{"schemaVersion":2,"manifests":[{"digest":"` + sum(nil) + `"}]}`}), "no blobs/sha256"},
		{"no digest", makeTar(t, entry{name: "index.json", data: `{"schemaVersion":2,"manifests":[{"digest":"sha256:../../x"}]}`}), "non-hex"},
	} {
		temp := t.TempDir()
		img, err := Open(t.Context(), writeFile(t, test.data), Options{TempDir: temp})
		if err == nil {
			img.Close()
		}
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		leftNothing(t, temp)
	}
}

// TestLyingLayer opens an archive whose layer is not that of the configuration.
func TestLyingLayer(t *testing.T) {
	config := configOf(t, "the truth")
	file := writeFile(t, makeTar(t, entry{name: "config.json", data: config}, entry{name: "l", data: string(smallTar(t))},
		entry{name: "manifest.json", data: `[{"Config":"config.json","Layers":["l"]}]`}))
	img := open(t, file, Options{})
	var lie *DigestError
	_, err := readLayer(t.Context(), img.Layers[0])
	if !errors.As(err, &lie) || lie.Want != sum([]byte("the truth")) || lie.Got != sum(smallTar(t)) {
		t.Error(err)
	}
}

// TestFullDisk stops at the limit for temporary files, as at the end of a disk.
func TestFullDisk(t *testing.T) {
	file := writeFile(t, packGzip(t, make([]byte, 10<<20)))
	temp := t.TempDir()
	_, err := Open(t.Context(), file, Options{TempDir: temp, MaxTemp: 1 << 20})
	if !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "1048576") {
		t.Error(err)
	}
	leftNothing(t, temp)
	if _, err := Open(t.Context(), file, Options{TempDir: filepath.Join(temp, "missing")}); err == nil || !strings.Contains(err.Error(), "temporary") {
		t.Error(err)
	}
}

// TestCancel ends the unpacking of an archive in its midst.
func TestCancel(t *testing.T) {
	file := writeFile(t, packGzip(t, make([]byte, 64<<20)))
	temp := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	var canceled time.Time
	img, err := Open(ctx, file, Options{TempDir: temp, Progress: func(e Event) {
		if canceled.IsZero() {
			canceled = time.Now()
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that it is canceled", err)
		if err == nil {
			img.Close()
		}
	}
	if took := time.Since(canceled); took > time.Second {
		t.Errorf("took %v to stop", took)
	}
	leftNothing(t, temp)
}

// TestLargeArchive indexes an archive with a body of 64 GiB, of which nothing
// is read.
func TestLargeArchive(t *testing.T) {
	var head bytes.Buffer
	w := tar.NewWriter(&head)
	const size = 64 << 30
	if err := w.WriteHeader(&tar.Header{Name: "large", Size: size}); err != nil {
		t.Fatal(err)
	}
	start := head.Len()
	tail := makeTar(t, entry{name: "last", data: "x"})
	r := sparseReader{head: head.Bytes(), tail: tail, at: int64(start) + size, t: t}
	a, err := indexArchive(t.Context(), r, r.at+int64(len(tail)))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := a.small("last"); err != nil || string(got) != "x" {
		t.Error(got, err)
	}
}

// sparseReader has a hole, of which at most a byte may be read.
type sparseReader struct {
	head, tail []byte
	at         int64
	t          *testing.T
}

func (s sparseReader) ReadAt(p []byte, off int64) (int, error) {
	if off >= s.at {
		return bytes.NewReader(s.tail).ReadAt(p, off-s.at)
	}
	if off < int64(len(s.head)) {
		return bytes.NewReader(s.head).ReadAt(p, off)
	}
	if len(p) > 1 {
		s.t.Errorf("%d bytes of a body are read", len(p))
	}
	clear(p)
	return len(p), nil
}

func FuzzArchive(f *testing.F) {
	layer := string(makeTar(f, entry{name: "x", data: "y"}))
	config := configOf(f, layer)
	f.Add(makeTar(f, entry{name: "config.json", data: config}, entry{name: "l", data: layer},
		entry{name: "manifest.json", data: `[{"Config":"config.json","Layers":["l"]}]`}))
	f.Add(makeTar(f, entry{name: "a", link: "b", flag: tar.TypeSymlink}, entry{name: "b", link: "a", flag: tar.TypeLink}))
	f.Add(makeTar(f, entry{name: "index.json", data: `{"schemaVersion":2,"manifests":[{"digest":"` + sum(nil) + `"}]}`}))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := indexArchive(t.Context(), bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		for name := range a.members {
			if r, err := a.file(name); err == nil {
				if n, err := io.Copy(io.Discard, r); err != nil || n != r.Size() {
					t.Errorf("%s: %d bytes of %d, %v", name, n, r.Size(), err)
				}
			}
		}
		img, err := pull{o: Options{MaxLayer: 1 << 20}}.fromArchive(t.Context(), a, "")
		if err != nil {
			return
		}
		for _, l := range img.Layers {
			readLayer(t.Context(), l)
		}
	})
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"schemaVersion":2,"config":{"digest":"` + sum(nil) + `","size":1},"layers":[{"digest":"` + sum(nil) + `"}]}`))
	f.Add([]byte(`{"schemaVersion":2,"manifests":[{"digest":"` + sum(nil) + `","platform":{"os":"linux","architecture":"arm","variant":"v7"}}]}`))
	f.Add([]byte(`[{"Config":"a","Layers":["b"],"RepoTags":["c:d"]}]`))
	f.Add([]byte(configOf(f, "a")))
	f.Add([]byte(`{"auths":{"docker.io":{"auth":"YTpi"}},"credHelpers":{"x":"y"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := parseManifest(data); err == nil && m.Manifests != nil {
			choose(m.Manifests, "linux/arm")
			pull{}.named(m.Manifests, "x")
		}
		parseConfig(data)
		parseSaved(data)
		parseInspected(data, data)
		parseAuths(data)
	})
}

func FuzzReference(f *testing.F) {
	for _, ref := range []string{"alpine", "docker:alpine:3", "oci:dir:tag", "oci:dir@sha256:0", "sbom:x", ":", "registry:", "\x00", "a/b@c"} {
		f.Add(ref)
	}
	f.Fuzz(func(t *testing.T, ref string) {
		source, name, err := parseReference(ref)
		if err == nil && source != "" && source+":"+name != ref || err == nil && name == "" {
			t.Errorf("%q is %q and %q", ref, source, name)
		}
		if path, rest := splitPath(ref); !strings.HasPrefix(ref, path) || !strings.HasSuffix(ref, rest) {
			t.Errorf("%q is %q and %q", ref, path, rest)
		}
	})
}
