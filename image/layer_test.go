package image

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// smallTar is a layer of a few files.
func smallTar(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range []string{"etc/os-release", "usr/bin/program", "var/lib/data"} {
		data := strings.Repeat(name+" ", 10_000)
		if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(data)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func layerFile(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "layer.tar")
	if err := os.WriteFile(file, smallTar(t), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func packGzip(t testing.TB, parts ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, p := range parts {
		w := gzip.NewWriter(&b)
		w.Write(p)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func packZstd(t testing.TB, parts ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, p := range parts {
		w, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(p)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// read reads kept as a layer, in one of the ways there are.
func read(t testing.TB, way string, kept []byte, p promise) ([]byte, error) {
	t.Helper()
	r := newReader(t.Context(), io.NopCloser(bytes.NewReader(kept)), p)
	defer r.Close()
	switch way {
	case "blocks":
		var all []byte
		for {
			b, err := r.NextBlock()
			if len(b) > 0 && err != nil {
				t.Fatal("a block comes with an error")
			}
			all = append(all, b...)
			if err == io.EOF {
				return all, nil
			}
			if err != nil {
				return all, err
			}
		}
	case "writer":
		var b bytes.Buffer
		_, err := r.WriteTo(&b)
		return b.Bytes(), err
	}
	return io.ReadAll(r)
}

func TestReader(t *testing.T) {
	data := smallTar(t)
	half := len(data) / 2
	large := bytes.Repeat(data, 20)
	for _, test := range []struct {
		name       string
		kept, want []byte
	}{
		{"plain", data, data},
		{"large plain", large, large},
		{"empty", nil, nil},
		{"one byte", []byte{0x1f}, []byte{0x1f}},
		{"gzip", packGzip(t, data), data},
		{"large gzip", packGzip(t, large), large},
		{"gzip of nothing", packGzip(t, nil), nil},
		{"gzip members", packGzip(t, data[:half], nil, data[half:]), data},
		{"gzip with garbage", join(packGzip(t, data), bytes.Repeat([]byte("garbage"), 100_000)), data},
		{"gzip with zeros", join(packGzip(t, data), make([]byte, 512)), data},
		{"zstd", packZstd(t, data), data},
		{"large zstd", packZstd(t, large), large},
		{"zstd frames", packZstd(t, data[:half], data[half:]), data},
		{"zstd after a skippable frame", join([]byte{0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'x', 'y', 'z'}, packZstd(t, data)), data},
		{"zstd with garbage", join(packZstd(t, data), []byte("garbage")), data},
	} {
		p := promise{what: "layer 0", digest: sum(test.kept), diffID: sum(test.want), size: int64(len(test.kept)), limit: 1 << 30}
		for _, way := range []string{"read", "blocks", "writer"} {
			got, err := read(t, way, test.kept, p)
			if err != nil || !bytes.Equal(got, test.want) {
				t.Errorf("%s, %s: %d bytes, %v; want %d", test.name, way, len(got), err, len(test.want))
			}
			p.diffID, p.digest, p.size = "", "", 0
		}
	}
}

func TestReaderErrors(t *testing.T) {
	data := bytes.Repeat(smallTar(t), 10)
	packed := packGzip(t, data)
	wrong := sum([]byte("something else"))
	honest := func(kept []byte) promise {
		return promise{what: "layer 7", digest: sum(kept), diffID: sum(data), size: int64(len(kept)), limit: 1 << 30}
	}
	for _, test := range []struct {
		name   string
		kept   []byte
		change func(*promise)
		want   string
		lie    bool
	}{
		{"digest of gzip", packed, func(p *promise) { p.digest = wrong }, wrong, true},
		{"digest of plain", data, func(p *promise) { p.digest = wrong }, wrong, true},
		{"diffID of gzip", packed, func(p *promise) { p.diffID = wrong }, "(uncompressed)", true},
		{"diffID of plain", data, func(p *promise) { p.diffID = wrong }, "(uncompressed)", true},
		{"diffID of zstd", packZstd(t, data), func(p *promise) { p.diffID = wrong }, "(uncompressed)", true},
		{"cut gzip, honest", packed[:len(packed)/2], nil, "unexpected EOF", false},
		{"cut gzip", packed[:len(packed)/2], func(p *promise) { p.digest = sum(packed) }, sum(packed), true},
		{"cut gzip without a digest", packed[:len(packed)/2], func(p *promise) { p.digest = "" }, "unexpected EOF", false},
		{"flipped gzip", flip(packed), func(p *promise) { p.digest = sum(packed) }, sum(packed), true},
		{"flipped gzip, honest", flip(packed), nil, "gzip", false},
		{"too short", data, func(p *promise) { p.size++ }, "the manifest says", false},
		{"too long", join(data, data), func(p *promise) { p.size, p.digest = int64(len(data)), sum(data) }, "want " + sum(data), true},
		{"bomb", packGzip(t, make([]byte, 10<<20)), func(p *promise) { p.limit = 1 << 20 }, "more than 1048576 bytes", false},
		{"plain bomb", data, func(p *promise) { p.limit = 1000 }, "more than 1000 bytes", false},
		{"xz", []byte("\xfd7zXZ\x00 and so on"), nil, "xz compression is not supported", false},
		{"zstd of noise", []byte("\x28\xb5\x2f\xfdnoise noise noise"), nil, "unpack zstd", false},
	} {
		p := honest(test.kept)
		if test.change != nil {
			test.change(&p)
		}
		_, err := read(t, "blocks", test.kept, p)
		var lie *DigestError
		if err == nil || !strings.Contains(err.Error(), test.want) || errors.As(err, &lie) != test.lie {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		if err != nil && !strings.Contains(err.Error(), "layer 7") {
			t.Errorf("%s: %v does not name the layer", test.name, err)
		}
	}
}

func flip(data []byte) []byte {
	data = bytes.Clone(data)
	data[len(data)/2] ^= 0x55
	return data
}

// TestReaderEnds leaves readers in every state; TestMain finds goroutines that
// are left.
func TestReaderEnds(t *testing.T) {
	data := bytes.Repeat(smallTar(t), 100)
	for _, kept := range [][]byte{data, packGzip(t, data), packZstd(t, data)} {
		p := promise{what: "layer 0", digest: sum(kept), diffID: sum(data), limit: 1 << 30}
		for blocks := range 4 {
			r := newReader(t.Context(), io.NopCloser(bytes.NewReader(kept)), p)
			for range blocks {
				if _, err := r.NextBlock(); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 {
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			}
			if _, err := r.NextBlock(); err == nil || err == io.EOF {
				t.Errorf("after Close: %v", err)
			}
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		why := errors.New("enough")
		r := newReader(ctx, io.NopCloser(bytes.NewReader(kept)), p)
		if _, err := r.NextBlock(); err != nil {
			t.Fatal(err)
		}
		cancel(why)
		if _, err := r.NextBlock(); !errors.Is(err, why) {
			t.Errorf("after cancel: %v", err)
		}
		r.Close()
	}
}

// TestReaderHangs ends a reader whose source gives nothing.
func TestReaderHangs(t *testing.T) {
	in, out := io.Pipe()
	defer out.Close()
	ctx, cancel := context.WithCancel(t.Context())
	r := newReader(ctx, in, promise{limit: 1})
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := r.NextBlock(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	r.Close()
}

func FuzzLayer(f *testing.F) {
	data := smallTar(f)[:2000]
	f.Add(data)
	f.Add(packGzip(f, data))
	f.Add(packGzip(f, data)[:100])
	f.Add(packZstd(f, data))
	f.Add([]byte("BZh91AY&SY noise"))
	f.Fuzz(func(t *testing.T, kept []byte) {
		tar, err := read(t, "blocks", kept, promise{what: "layer", digest: sum(kept), limit: 1 << 20})
		if err == nil && len(tar) > 1<<20 {
			t.Error("goes beyond the limit")
		}
		if _, again := read(t, "read", kept, promise{what: "layer", diffID: sum(tar), limit: 1 << 20}); err == nil && again != nil {
			t.Errorf("the second time: %v", again)
		}
	})
}
