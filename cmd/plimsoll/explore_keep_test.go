package main

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/plimsoll/plimsoll/image"
)

// TestKeepLayers counts how often layers are fetched.
func TestKeepLayers(t *testing.T) {
	for _, c := range []struct {
		name  string
		limit int64
		part  bool // the first reader stops half-way
		want  int
	}{{"kept", 1000, false, 1}, {"no room", 10, false, 2}, {"not read whole", 1000, true, 2}} {
		t.Run(c.name, func(t *testing.T) {
			content, fetched := bytes.Repeat([]byte("layer "), 20), 0
			img := &image.Image{Layers: []image.Layer{{Open: func(context.Context) (io.ReadCloser, error) {
				fetched++
				return io.NopCloser(bytes.NewReader(content)), nil
			}}, {Foreign: true}}}
			dir := t.TempDir()
			clear, err := keepLayers(img, dir, c.limit)
			if err != nil {
				t.Fatal(err)
			}
			for n := range 2 {
				r, err := img.Layers[0].Open(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if c.part && n == 0 {
					io.CopyN(io.Discard, r, 7)
				} else if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content) {
					t.Errorf("reading gave %q, %v", got, err)
				}
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			}
			if fetched != c.want {
				t.Errorf("fetched %d times, want %d", fetched, c.want)
			}
			if clear(); len(filesBelow(t, dir)) != 0 {
				t.Errorf("left behind: %v", filesBelow(t, dir))
			}
		})
	}
}
