package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plimsoll/plimsoll/catalog/all"
	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/scan"
)

// tiny is an image of two layers that is made in no time.
func tiny() picture {
	return picture{name: "tiny", seed: 7, layers: []layer{
		{"ADD one", gzip.BestSpeed, func(w *layerWriter) {
			w.file("etc/os-release", 0o644, []byte("ID=debian\nVERSION_ID=\"12\"\n"))
			var status strings.Builder
			statusEntry(&status, w.stock, "openssl", "3.0.9-1")
			w.file("var/lib/dpkg/status", 0o644, []byte(status.String()))
			w.blob("usr/lib/liba.so", 0o755, elfHeader(), 700<<10)
		}},
		{"ADD two", gzip.BestSpeed, func(w *layerWriter) {
			w.text("docs/a.txt", 300<<10)
			w.file("app/node_modules/lodash/package.json", 0o644, packageJSON("lodash", "4.17.10", w.stock))
		}},
	}}
}

// forms makes the tiny image and gives the references of its two forms.
func forms(t *testing.T) map[string]string {
	t.Helper()
	home, err := tiny().ensure(t.Context(), t.TempDir(), func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"packed": filepath.Join(home, packedForm), "plain": filepath.Join(home, plainForm)}
}

// TestFloor checks that the floor and the product read the same image and both
// find it in order.
func TestFloor(t *testing.T) {
	for form, ref := range forms(t) {
		t.Run(form, func(t *testing.T) {
			if err := floor(t.Context(), ref); err != nil {
				t.Error("floor:", err)
			}
			img, err := image.Open(t.Context(), ref, image.Options{Offline: true})
			if err != nil {
				t.Fatal(err)
			}
			defer img.Close()
			raw, err := openRaw(ref)
			if err != nil {
				t.Fatal(err)
			}
			defer raw.Close()
			var want, got []string
			for _, l := range img.Layers {
				want = append(want, l.DiffID)
			}
			for _, l := range raw.layers {
				got = append(got, "sha256:"+l.diffID)
				if packed := form == "packed"; l.packed != packed || (l.digest != "") != packed {
					t.Errorf("layer packed %v, digest %q", l.packed, l.digest)
				}
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error("diffIDs (-product +floor)", d)
			}
			s := scan.Scanner{Catalogers: all.Catalogers()}
			inv, err := s.Inventory(t.Context(), img)
			if err != nil {
				t.Fatal("product:", err)
			}
			var names []string
			for _, p := range inv.Packages {
				names = append(names, p.Ecosystem+" "+p.Name+" "+p.Version)
			}
			if d := cmp.Diff([]string{"deb openssl 3.0.9-1", "npm lodash 4.17.10"}, names); d != "" {
				t.Error("packages (-want +got)", d)
			}
		})
	}
}

// TestFloorChecks flips one byte of a layer, which the floor must notice.
func TestFloorChecks(t *testing.T) {
	for form, ref := range forms(t) {
		t.Run(form, func(t *testing.T) {
			raw, err := openRaw(ref)
			if err != nil {
				t.Fatal(err)
			}
			_, offset, size := raw.layers[0].at.Outer()
			f, err := os.OpenFile(raw.files[len(raw.files)-1].Name(), os.O_RDWR, 0)
			if form == "packed" {
				f, err = os.OpenFile(filepath.Join(ref, "blobs", "sha256", raw.layers[0].digest), os.O_RDWR, 0)
			}
			raw.Close()
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			at := []byte{0}
			if _, err := f.ReadAt(at, offset+size/2); err != nil {
				t.Fatal(err)
			}
			at[0] ^= 1
			if _, err := f.WriteAt(at, offset+size/2); err != nil {
				t.Fatal(err)
			}
			if err := floor(t.Context(), ref); err == nil {
				t.Error("the floor took a damaged layer for good")
			}
		})
	}
}

// TestSame makes a layer twice, which must give the same bytes, and reads them
// with the standard library.
func TestSame(t *testing.T) {
	var plain, packed [2]bytes.Buffer
	for i := range plain {
		if _, err := writeLayer(tiny().layers[0], newStock(7), &plain[i], &packed[i]); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(plain[0].Bytes(), plain[1].Bytes()) || !bytes.Equal(packed[0].Bytes(), packed[1].Bytes()) {
		t.Error("the same seed gave other bytes")
	}
	z, err := gzip.NewReader(&packed[0])
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(z)
	if err != nil || !bytes.Equal(unpacked, plain[0].Bytes()) {
		t.Error("the gzip is not of the tar:", err)
	}
	files := 0
	for r := tar.NewReader(&plain[0]); ; files++ {
		if _, err := r.Next(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if files < 3 {
		t.Errorf("%d members in the layer", files)
	}
}

// TestInterrupted leaves nothing behind when making an image is interrupted.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	dir := t.TempDir()
	p := tiny()
	first := p.layers[0].fill
	p.layers[0].fill = func(w *layerWriter) { first(w); cancel() }
	if _, err := p.ensure(ctx, dir, func(string) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestRow checks which figure a budget is held against.
func TestRow(t *testing.T) {
	for _, c := range []struct {
		row  row
		want string
	}{
		{row{Figure: 90, Budget: 100}, "ok"},
		{row{Figure: 101, Budget: 100}, "MISSED"},
		{row{Figure: 900, Ratio: 1.1, Budget: 1.15}, "ok"},
		{row{Figure: 1, Ratio: 1.2, Budget: 1.15}, "MISSED"},
		{row{Figure: 1}, "-"},
	} {
		if got := c.row.state(); got != c.want {
			t.Errorf("%+v: %s, want %s", c.row, got, c.want)
		}
	}
	if got := middle([]float64{9, 1, 2, 4}, func(f float64) float64 { return f }); got != 3 {
		t.Errorf("median %v, want 3", got)
	}
}
