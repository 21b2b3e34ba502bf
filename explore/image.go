package explore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"golang.org/x/sync/errgroup"

	"github.com/plimsoll/plimsoll/cache"
	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/walk"
)

// Image is what is shown of an image besides its files.
type Image struct {
	Ref      string  `json:"ref"` // as the user named it
	Digest   string  `json:"digest,omitempty"`
	ID       string  `json:"id,omitempty"`
	Platform string  `json:"platform,omitempty"`
	Layers   []Layer `json:"layers"`
}

// Layer is what is shown of a layer besides its files.
type Layer struct {
	Digest    string `json:"digest,omitempty"`
	DiffID    string `json:"diffID,omitempty"`
	CreatedBy string `json:"createdBy"` // as a Dockerfile would say it
	Size      int64  `json:"size"`      // bytes as kept, mostly compressed; 0 where unknown
	Base      bool   `json:"base,omitempty"`
}

// Describe takes from an open image what is shown of it. hide leaves secrets
// out of an instruction; nil leaves it as it is.
func Describe(img *image.Image, hide func(string) string) Image {
	if hide == nil {
		hide = func(text string) string { return text }
	}
	d := Image{Ref: img.Ref, Digest: img.Digest, ID: img.ID, Platform: img.Platform}
	for _, l := range img.Layers {
		d.Layers = append(d.Layers, Layer{Digest: l.Digest, DiffID: l.DiffID, CreatedBy: hide(image.Instruction(l.CreatedBy)), Size: l.Size})
	}
	return d
}

// Lister lists images.
type Lister struct {
	Cache   *cache.Cache // keeps listings; nil keeps nothing
	Spool   *walk.Spool
	Workers int // how many layers are read side by side; at least 1
	// Progress, if there is one, is told how many layers are listed.
	Progress func(done, of int)
}

// List lists all layers of an image and lays them over each other. The warnings
// say what is not shown.
func (l *Lister) List(ctx context.Context, img *image.Image) (*Tree, []string, error) {
	g, ctx := errgroup.WithContext(ctx)
	done := make([]chan Listing, len(img.Layers))
	for i := range done {
		done[i] = make(chan Listing, 1)
	}
	t := NewTree()
	var warnings []string
	g.Go(func() error {
		for i := range done {
			select {
			case <-ctx.Done():
				return nil // the reason is another goroutine's
			case listing := <-done[i]:
				more, err := t.Add(listing)
				if err != nil {
					return fmt.Errorf("list layer %d: %w", i, err)
				}
				for _, w := range more {
					warnings = append(warnings, fmt.Sprintf("layer %d: %s", i, w))
				}
			}
			if l.Progress != nil {
				l.Progress(i+1, len(done))
			}
		}
		return nil
	})
	work, wctx := errgroup.WithContext(ctx)
	work.SetLimit(max(l.Workers, 1))
	for i := range img.Layers {
		work.Go(func() error {
			listing, err := l.layer(wctx, i, img.Layers[i])
			if err == nil {
				done[i] <- listing
			}
			return err
		})
	}
	g.Go(work.Wait)
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	l.Cache.Trim()
	return t, append(img.Warnings(), warnings...), nil
}

func (l *Lister) layer(ctx context.Context, n int, layer image.Layer) (Listing, error) {
	if layer.Foreign {
		w, err := newListingWriter()
		if err != nil {
			return nil, err
		}
		return w.finish([]inventory.Warning{{Message: "lies elsewhere and is not listed"}})
	}
	name := cacheName(layer.DiffID)
	var kept Listing
	if l.Cache.Load(name, func(b []byte) error { kept = b; return nil }) {
		return kept, nil
	}
	listing, err := List(ctx, n, layer, l.Spool)
	if err == nil {
		l.Cache.Save(name, func(w io.Writer) error { _, err := w.Write(listing); return err })
	}
	return listing, err
}

// cacheName is the name in a cache of a layer's listing; it is empty for a layer
// without a DiffID, whose bytes nothing vouches for.
func cacheName(diffID string) string {
	if diffID == "" {
		return ""
	}
	key := sha256.Sum256(fmt.Appendf(nil, "listing %d %d %s", listingFormat, walk.Version, diffID))
	return hex.EncodeToString(key[:])
}
