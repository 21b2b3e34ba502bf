package scan

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"pgregory.net/rapid"

	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/rule"
)

// layerOf is a layer of these members.
func layerOf(members []tar.Header) image.Layer {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := range members {
		h := members[i]
		if w.WriteHeader(&h) == nil && h.Typeflag == tar.TypeReg {
			w.Write(make([]byte, h.Size))
		}
	}
	w.Close()
	return image.Layer{Size: int64(b.Len()), Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(b.Bytes())), nil
	}}
}

// inode is a file, which may have several names.
type inode struct {
	layer int
	size  int64
}

// unpack lays layers over each other as a runtime does, and gives the bytes of
// each layer that have no name left at the end.
func unpack(layers [][]tar.Header) []int64 {
	names := map[string]*inode{} // nil for a directory
	remove := func(p string, self bool) {
		for name := range names {
			if self && name == p || strings.HasPrefix(name, p+"/") {
				delete(names, name)
			}
		}
	}
	made := map[*inode]bool{}
	for n, members := range layers {
		for _, h := range members { // what is removed, of the layers below
			dir, base := path.Split(h.Name)
			if base == ".wh..wh..opq" {
				remove(path.Clean(dir), false)
			} else if hidden, ok := strings.CutPrefix(base, ".wh."); ok {
				remove(dir+hidden, true)
			}
		}
		for _, h := range members {
			p := path.Clean(h.Name)
			if strings.HasPrefix(path.Base(p), ".wh.") {
				continue
			}
			for d := path.Dir(p); d != "."; d = path.Dir(d) {
				if file, ok := names[d]; ok && file != nil {
					delete(names, d)
				}
				names[d] = nil
			}
			switch h.Typeflag {
			case tar.TypeDir:
				names[p] = nil
			case tar.TypeReg:
				remove(p, true)
				names[p] = &inode{n, h.Size}
				made[names[p]] = true
			case tar.TypeSymlink:
				remove(p, true)
				names[p] = &inode{n, 0}
			case tar.TypeLink:
				file := names[h.Linkname]
				remove(p, true)
				names[p] = file
			}
		}
	}
	for _, file := range names {
		delete(made, file)
	}
	hidden := make([]int64, len(layers))
	for file := range made {
		hidden[file.layer] += file.size
	}
	return hidden
}

// drawLayer draws a layer of files, links and whiteouts. No path is twice in it.
func drawLayer(t *rapid.T) []tar.Header {
	paths := []string{"a", "b", "a/a", "a/b", "a/c", "b/a", "b/b", "a/a/a", "a/a/b", "c/d/e", "c/d/f", "c/d"}
	var members []tar.Header
	kinds := map[string]byte{}
	above := func(p string, kind byte) {
		for d := path.Dir(p); d != "."; d = path.Dir(d) {
			kinds[d] = kind
		}
	}
	var files []string
	for range rapid.IntRange(0, 8).Draw(t, "members") {
		p := rapid.SampledFrom(paths).Draw(t, "path")
		_, used := kinds[p]
		for d := path.Dir(p); d != "."; d = path.Dir(d) {
			used = used || kinds[d] != 0 && kinds[d] != tar.TypeDir
		}
		if used {
			continue
		}
		h := tar.Header{Name: p, Mode: 0o644, Typeflag: tar.TypeReg}
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0:
			h.Name = path.Join(path.Dir(p), ".wh."+path.Base(p))
			members = append(members, h)
			continue
		case 1:
			h.Name = p + "/.wh..wh..opq"
			members = append(members, h)
			h.Typeflag = tar.TypeDir
			kinds[p] = h.Typeflag
			above(p, tar.TypeDir)
			continue
		case 2:
			h.Name, h.Typeflag = p+"/", tar.TypeDir
		case 3, 4:
			if len(files) > 0 {
				h.Typeflag, h.Linkname = tar.TypeLink, rapid.SampledFrom(files).Draw(t, "target")
				break
			}
			h.Size = 7
		default:
			h.Size = int64(rapid.IntRange(0, 1000).Draw(t, "size"))
		}
		if h.Typeflag == tar.TypeReg {
			files = append(files, p)
		}
		kinds[p] = h.Typeflag
		above(p, tar.TypeDir)
		members = append(members, h)
	}
	return members
}

// TestUsage compares with layers that are unpacked into maps.
func TestUsage(t *testing.T) {
	s := &Scanner{Rules: []rule.Rule{{ID: "x", Listing: true}}}
	rapid.Check(t, func(rt *rapid.T) {
		var layers [][]tar.Header
		img := &image.Image{Config: &v1.ConfigFile{}}
		for range rapid.IntRange(1, 5).Draw(rt, "layers") {
			layers = append(layers, drawLayer(rt))
			img.Layers = append(img.Layers, layerOf(layers[len(layers)-1]))
		}
		inv, err := s.Inventory(t.Context(), img)
		if err != nil {
			rt.Fatal(err)
		}
		var got []int64
		total := int64(0)
		for n, l := range inv.Disk.Usage().Layers {
			got = append(got, l.Hidden)
			bytes := int64(0)
			for _, h := range layers[n] {
				bytes += h.Size
			}
			if total += l.Hidden; l.Bytes != bytes {
				rt.Fatalf("layer %d has %d bytes, want %d", n, l.Bytes, bytes)
			}
		}
		if want := unpack(layers); !slices.Equal(got, want) || inv.Disk.Usage().Hidden != total {
			var text []string
			for n, l := range layers {
				for _, h := range l {
					text = append(text, fmt.Sprintf("%d %c %s %d %s", n, h.Typeflag, h.Name, h.Size, h.Linkname))
				}
			}
			rt.Fatalf("hidden %v, unpacked %v\n%s", got, want, strings.Join(text, "\n"))
		}
	})
}

// TestUsageNotWanted wants no listing where no rule asks for it.
func TestUsageNotWanted(t *testing.T) {
	img := &image.Image{Config: &v1.ConfigFile{}, Layers: []image.Layer{layerOf([]tar.Header{{Name: "a", Size: 5, Typeflag: tar.TypeReg}})}}
	for wanted, want := range map[bool]int64{true: 5, false: 0} {
		s := &Scanner{Rules: []rule.Rule{{ID: "x", Listing: wanted}}}
		inv, err := s.Inventory(t.Context(), img)
		if err != nil {
			t.Fatal(err)
		}
		u := inv.Disk.Usage()
		if (u != nil) != wanted || u != nil && u.Bytes != want {
			t.Error(cmp.Diff(want, u))
		}
	}
}
