package scan

import (
	"math"
	"slices"

	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/report"
)

// target says what was looked at.
func (s *Scanner) target(img *image.Image, inv *inventory.Inventory) report.Target {
	t := report.Target{
		Ref: img.Ref, Source: img.Source, Digest: img.Digest, ID: img.ID, Platform: img.Platform,
		Created: report.Time(img.Config.Created.Time), Distro: inv.Distro, Layers: []report.Layer{},
	}
	base, name := baseOf(img)
	t.Base = name
	for n, l := range img.Layers {
		t.Layers = append(t.Layers, report.Layer{
			Digest: l.Digest, DiffID: l.DiffID, CreatedBy: s.hide(image.Instruction(l.CreatedBy)), Size: l.Size, Base: n < base,
		})
	}
	if u := inv.Disk.Usage(); u != nil {
		t.Usage = report.Usage{Bytes: u.Bytes, Hidden: u.Hidden, Wasted: u.Wasted, Efficiency: math.Round(u.Efficiency*1e4) / 1e4, Partial: u.Partial}
		for n, l := range u.Layers {
			t.Layers[n].Files, t.Layers[n].Bytes, t.Layers[n].Wasted = l.Files, l.Bytes, l.Hidden
		}
	}
	return t
}

// hide leaves secrets out of a text, unless they are to be shown.
func (s *Scanner) hide(text string) string {
	if s.Hide == nil || s.ShowSecrets {
		return text
	}
	return s.Hide.Hide(text)
}

// baseOf tells how many of the lowest layers belong to the base image, 0 where
// that is not known, and the base's name where the image gives it.
func baseOf(img *image.Image) (layers int, name string) {
	name = image.BaseName(img.Config)
	layers, _, made := image.Base(img.Config.History)
	if made != len(img.Layers) {
		return 0, name // a history that does not fit the layers says nothing
	}
	return layers, name
}

// imageWarnings are troubles with the image that were met while it was opened.
func imageWarnings(img *image.Image) []inventory.Warning {
	var all []inventory.Warning
	for _, w := range slices.Sorted(slices.Values(img.Warnings())) {
		all = append(all, inventory.Warning{Message: w})
	}
	return all
}
