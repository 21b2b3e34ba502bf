package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	picture "github.com/plimsoll/plimsoll/image"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
)

func layerWaste() rule.Rule {
	return rule.Rule{
		ID:    "layer-waste",
		Title: "Layers carry files that the image does not show",
		Why: "A layer keeps what it holds, also when a later one removes or replaces it: whoever pulls the image fetches and stores it for nothing. " +
			"Remove what is not needed in the RUN that made it, or make it in another stage and copy the result. " +
			"A chown or chmod in a RUN of its own writes every file once more: give COPY --chown or --chmod instead. " +
			"Told from 10 MB that are 5 % of the image.",
		Bad:      "-rw-r--r-- 0 0 60000000 app/model.bin\nlayer\n-rw-r--r-- 1000 1000 60000000 app/model.bin\n",
		Good:     "-rw-r--r-- 1000 1000 60000000 app/model.bin\nlayer\n-rw-r--r-- 0 0 100 app/settings.json\n",
		Severity: finding.Low,
		Since:    "2026.2",
		Listing:  true,
		Image:    reportWaste,
	}
}

// From when on waste is told: bytes, the part of the image's bytes that they are
// at least (one in so many), and how many places are named for one layer.
const (
	wasteBytes  = 10e6
	wastePart   = 20
	wastePlaces = 3
)

func reportWaste(im *rule.Image) {
	u := im.Inventory.Disk.Usage()
	if u == nil || u.Hidden < wasteBytes || u.Hidden < u.Bytes/wastePart {
		return
	}
	for n, l := range u.Layers {
		if l.Hidden < u.Hidden/10 {
			continue
		}
		worst := slices.DeleteFunc(slices.Clone(u.Worst), func(w inventory.Waste) bool { return w.Layer != n || w.Bytes < l.Hidden/20 })
		if len(worst) == 0 || !slices.ContainsFunc(worst, func(w inventory.Waste) bool { return im.Own(entryOf(im, w.By)) }) {
			continue // the base image's own doing
		}
		im.Report(rule.Found{
			At:      inventory.Place{Layer: n, Path: worst[0].Path},
			Message: wasteMessage(im, n, l, worst),
		})
	}
}

// wasteMessage says what is hidden of one layer, by what, and what to do.
func wasteMessage(im *rule.Image, layer int, l inventory.LayerUsage, worst []inventory.Waste) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of the %s in layer %d%s do not show in the image.", bytesOf(l.Hidden), bytesOf(l.Bytes), layer, madeBy(im, layer))
	for _, w := range worst[:min(len(worst), wastePlaces)] {
		what := "/" + w.Path
		if w.Files > 1 {
			what = fmt.Sprintf("%s in /%s", counted(w.Files, "file"), w.Path)
		}
		does := "replaced"
		switch {
		case w.Removed:
			does = "removed"
		case w.Same > w.Bytes/2:
			does = "written again in the same size"
		}
		fmt.Fprintf(&b, " %s: %s, %s by layer %d%s.", what, bytesOf(w.Bytes), does, w.By, madeBy(im, w.By))
	}
	switch w := worst[0]; {
	case w.Removed:
		b.WriteString(" Remove it in the instruction that makes it, or make it in another stage.")
	case w.Same > w.Bytes/2:
		b.WriteString(" If only its owner or permissions change, set them where it is made: COPY --chown, --chmod.")
	}
	return b.String()
}

// maxMadeBy is how much of an instruction a message shows, in bytes.
const maxMadeBy = 60

// madeBy is the instruction that made a layer, in brackets after a blank, where
// the history tells.
func madeBy(im *rule.Image, layer int) string {
	entry := entryOf(im, layer)
	if entry < 0 {
		return ""
	}
	text := strings.Join(strings.Fields(picture.Instruction(im.Config.History[entry].CreatedBy)), " ")
	if len(text) > maxMadeBy {
		text = strings.ToValidUTF8(text[:maxMadeBy], "") + "…"
	}
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

// entryOf is the index of the history's entry that made a layer; -1 where the
// history does not fit the layers.
func entryOf(im *rule.Image, layer int) int {
	at, made := -1, 0
	for i, h := range im.Config.History {
		if h.EmptyLayer {
			continue
		}
		if made == layer {
			at = i
		}
		made++
	}
	if made != im.Layers {
		return -1
	}
	return at
}
