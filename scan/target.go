package scan

import (
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/report"
)

// target says what was looked at.
func target(img *image.Image, inv *inventory.Inventory) report.Target {
	t := report.Target{
		Ref: img.Ref, Source: img.Source, Digest: img.Digest, ID: img.ID, Platform: img.Platform,
		Created: report.Time(img.Config.Created.Time), Distro: inv.Distro, Layers: []report.Layer{},
	}
	base, name := baseOf(img)
	t.Base = name
	for n, l := range img.Layers {
		t.Layers = append(t.Layers, report.Layer{
			Digest: l.Digest, DiffID: l.DiffID, CreatedBy: image.Instruction(l.CreatedBy), Size: l.Size, Base: n < base,
		})
	}
	return t
}

// Labels by which an image may name its base (OCI image specification,
// "Pre-Defined Annotation Keys").
const labelBaseName = "org.opencontainers.image.base.name"

// baseOf tells how many of the lowest layers belong to the base image, 0 where
// that is not known, and the base's name where a label gives it.
//
// The history shows the seam: a base image ends in instructions that make no
// layer, nearly always a CMD or an ENTRYPOINT, and the next instruction that
// makes one is the image's own. The last such seam counts. An image without one
// may be a base image itself.
func baseOf(img *image.Image) (layers int, name string) {
	name = img.Config.Config.Labels[labelBaseName]
	layers, _, made := baseEnd(img.Config.History)
	if made != len(img.Layers) {
		return 0, name // a history that does not fit the layers says nothing
	}
	return layers, name
}

// baseEnd tells how many layers and how many entries of a history belong to the
// base image, and how many layers there are in all.
func baseEnd(history []v1.History) (layers, entries, made int) {
	end := 0 // after the last CMD or ENTRYPOINT
	for i, h := range history {
		if !h.EmptyLayer {
			if end > 0 {
				layers, entries, end = made, end, 0
			}
			made++
			continue
		}
		instruction := image.Instruction(h.CreatedBy)
		if made > 0 && (strings.HasPrefix(instruction, "CMD ") || strings.HasPrefix(instruction, "ENTRYPOINT ")) {
			end = i + 1
		}
	}
	return layers, entries, made
}

// imageWarnings are troubles with the image that were met while it was opened.
func imageWarnings(img *image.Image) []inventory.Warning {
	var all []inventory.Warning
	for _, w := range slices.Sorted(slices.Values(img.Warnings())) {
		all = append(all, inventory.Warning{Message: w})
	}
	return all
}
