package image

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// benchTar makes a tar of size bytes that packs about as well as programs do.
func benchTar(b *testing.B, size int) []byte {
	b.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	words := make([][]byte, 4096)
	for n := range words {
		words[n] = make([]byte, 3+random.IntN(13))
		for m := range words[n] {
			words[n][m] = byte(random.IntN(200))
		}
	}
	var body bytes.Buffer
	for body.Len() < size {
		body.Write(words[int(random.ExpFloat64()*400)%len(words)])
	}
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for n, data := 0, body.Bytes(); len(data) > 0; n++ {
		part := data[:min(len(data), 64<<10)]
		data = data[len(part):]
		if err := w.WriteHeader(&tar.Header{Name: fmt.Sprint("file", n), Size: int64(len(part)), Mode: 0o644}); err != nil {
			b.Fatal(err)
		}
		w.Write(part)
	}
	w.Close()
	return out.Bytes()
}

// BenchmarkLayer compares reading a layer with checks to the serial floor: read,
// unpack, hash both ends.
func BenchmarkLayer(b *testing.B) {
	data := benchTar(b, 64<<20)
	for _, packed := range []bool{true, false} {
		kept, name := data, "plain"
		if packed {
			var z bytes.Buffer
			w := gzip.NewWriter(&z)
			w.Write(data)
			w.Close()
			kept, name = z.Bytes(), "gzip"
		}
		file := filepath.Join(b.TempDir(), "layer")
		if err := os.WriteFile(file, kept, 0o600); err != nil {
			b.Fatal(err)
		}
		p := promise{what: "layer", digest: sum(kept), diffID: sum(data), size: int64(len(kept)), limit: defaultMaxLayer}
		b.Run(name+"/floor", func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				floor(b, file, packed)
			}
		})
		b.Run(name+"/reader", func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				f, err := os.Open(file)
				if err != nil {
					b.Fatal(err)
				}
				r := newReader(b.Context(), f, p)
				for err == nil {
					_, err = r.NextBlock()
				}
				if err != io.EOF {
					b.Fatal(err)
				}
				r.Close()
			}
		})
	}
}

func floor(b *testing.B, file string, packed bool) {
	f, err := os.Open(file)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	outer, inner := sha256.New(), sha256.New()
	if !packed {
		if _, err := io.CopyBuffer(struct{ io.Writer }{inner}, struct{ io.Reader }{f}, make([]byte, 256<<10)); err != nil {
			b.Fatal(err)
		}
		return
	}
	z, err := gzip.NewReader(io.TeeReader(f, outer))
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.CopyBuffer(struct{ io.Writer }{inner}, struct{ io.Reader }{z}, make([]byte, 256<<10)); err != nil {
		b.Fatal(err)
	}
}
