package scan

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"go.uber.org/goleak"

	"github.com/plimsoll/plimsoll/cache"
	"github.com/plimsoll/plimsoll/catalog"
	"github.com/plimsoll/plimsoll/catalog/apk"
	"github.com/plimsoll/plimsoll/catalog/dpkg"
	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

// packed is a layer of files in the given order.
func packed(t testing.TB, files ...string) image.Layer {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		if err := w.WriteHeader(&tar.Header{Name: files[i], Size: int64(len(files[i+1])), Mode: 0o644, Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, files[i+1])
	}
	w.Close()
	return image.Layer{
		DiffID: fmt.Sprintf("sha256:%x", sha256.Sum256(b.Bytes())), Size: int64(b.Len()),
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil },
	}
}

// TestSummer sums files of all sizes, and wants what the algorithms give.
func TestSummer(t *testing.T) {
	defer goleak.VerifyNone(t)
	random := rand.NewChaCha8([32]byte{})
	var files []string
	for n := range 400 {
		size := []int{0, 1, 511, 4000, batchSize - 1, batchSize, batchSize + 1, 2 * batchSize}[n%8]
		if n >= 8 {
			size = n * 113 % 12_000 // some for the lanes
		}
		content := make([]byte, size)
		random.Read(content)
		files = append(files, fmt.Sprintf("usr/bin/%d", n), string(content))
	}
	digest := map[inventory.Algorithm]func(string) []byte{
		inventory.MD5:    func(s string) []byte { d := md5.Sum([]byte(s)); return d[:] },
		inventory.SHA1:   func(s string) []byte { d := sha1.Sum([]byte(s)); return d[:] },
		inventory.SHA256: func(s string) []byte { d := sha256.Sum256([]byte(s)); return d[:] },
	}
	for _, tt := range []struct {
		name   string
		wanted []inventory.Algorithm
		files  []string
		have   []inventory.Algorithm
		layers int
	}{
		{"in small batches", []inventory.Algorithm{inventory.MD5}, files, []inventory.Algorithm{inventory.MD5}, 64},
		{"unknown", nil, files, []inventory.Algorithm{inventory.MD5, inventory.SHA1, inventory.SHA256}, 1},
		{"by the history", []inventory.Algorithm{inventory.SHA1}, files, []inventory.Algorithm{inventory.SHA1}, 1},
		{"told at last", nil, append(slices.Clone(files), "var/lib/dpkg/status", "x"), []inventory.Algorithm{inventory.MD5}, 1},
		{"told at first", nil, append([]string{"etc/alpine-release", "x"}, files...), []inventory.Algorithm{inventory.SHA1}, 1},
		{"told otherwise", []inventory.Algorithm{inventory.MD5}, append(slices.Clone(files), "lib/apk/db/installed", "x"), []inventory.Algorithm{inventory.MD5}, 1},
		{"too much", nil, append([]string{"usr/lib/large", string(make([]byte, guessed))}, files...), nil, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var sums inventory.Sums
			beside := newAside(tt.layers, newSumWorker(&sums))
			s := contents{aside: beside, sums: newSummer(&sums, tt.wanted, beside)}
			_, err := walk.Layer(t.Context(), 0, packed(t, tt.files...), []walk.Visitor{s.visitor()}, nil, nil)
			s.finish()
			if err != nil {
				t.Fatal(err)
			}
			for a := inventory.MD5; a <= inventory.SHA256; a++ {
				if whole := slices.Contains(tt.have, a); whole == sums.Partial[a] {
					t.Errorf("algorithm %d: partial %v", a, sums.Partial[a])
				}
			}
			var want inventory.Sums
			for _, a := range tt.have {
				for i := 0; i < len(tt.files); i += 2 {
					if inventory.SumsCover(tt.files[i]) {
						want.Add(inventory.PathHash(tt.files[i]), inventory.SumOf(a, digest[a](tt.files[i+1])))
					}
				}
			}
			sums.Sort()
			want.Sort()
			for _, a := range tt.have {
				if !bytes.Equal(sums.Files[a], want.Files[a]) {
					t.Errorf("algorithm %d: %d bytes of sums, want %d", a, len(sums.Files[a]), len(want.Files[a]))
				}
			}
		})
	}
}

// TestReadAgain wants a layer that was not summed with what its packages need
// to be read once more, and not again when it comes from the cache.
func TestReadAgain(t *testing.T) {
	content := string(make([]byte, guessed)) + "!"
	sum := md5.Sum([]byte(content))
	opened := map[int]int{}
	img := &image.Image{Config: &v1.ConfigFile{}, Layers: []image.Layer{
		packed(t, "usr/bin/large", content, "usr/bin/same", "x"),
		packed(t, "var/lib/dpkg/status", "Package: p\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n", "var/lib/dpkg/info/p.md5sums", fmt.Sprintf("%x  usr/bin/large\n%x  usr/bin/same\n", sum, md5.Sum([]byte("y")))),
	}}
	for n, l := range img.Layers {
		img.Layers[n].Open = func(ctx context.Context) (io.ReadCloser, error) { opened[n]++; return l.Open(ctx) }
	}
	s := &Scanner{Catalogers: []catalog.Cataloger{dpkg.Cataloger(), apk.Cataloger()}, Rules: []rule.Rule{{ID: "x", Sums: true}}, Cache: &cache.Cache{Dir: t.TempDir()}, Workers: 1}
	for _, want := range []map[int]int{{0: 2, 1: 1}, {0: 2, 1: 1}} {
		inv, err := s.Inventory(t.Context(), img)
		if err != nil {
			t.Fatal(err)
		}
		changed, unknown := inv.Disk.Changed()
		if len(changed) != 1 || changed[0].Path != "usr/bin/same" || unknown != 0 {
			t.Errorf("changed %v, unknown %d", changed, unknown)
		}
		if d := cmp.Diff(want, opened); d != "" {
			t.Error("layers read (-want +got)", d)
		}
	}
}

func TestLikelyAlgorithms(t *testing.T) {
	for text, want := range map[string][]inventory.Algorithm{
		"RUN /bin/sh -c apt-get update && apt-get install -y x":        {inventory.MD5},
		"# debian.sh --arch 'amd64' out/ 'bookworm' '@1728432000'":     {inventory.MD5},
		"ADD alpine-minirootfs-3.20.3-x86_64.tar.gz / # buildkit":      {inventory.SHA1},
		"|1 A=b /bin/sh -c (microdnf install x;/usr/sbin/apk add y)":   {inventory.SHA1, inventory.SHA256},
		"COPY adapter capture /app":                                    nil,
		"RUN /bin/sh -c echo hello # a comment that says nothing more": nil,
	} {
		if got := likelyAlgorithms(&v1.ConfigFile{History: []v1.History{{CreatedBy: text}}}); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}
