package rules

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
)

// wholeImage is the place of what no instruction and no file is to blame for.
func wholeImage() inventory.Place { return inventory.Place{Layer: -1} }

// lastOf is the last instruction of a name in an image's history; nil where there
// is none.
func lastOf(im *rule.Image, name string) *dockerfile.Instruction {
	for n := len(im.History.Instructions) - 1; n >= 0; n-- {
		if i := im.History.Instructions[n]; i.Name == name {
			return i
		}
	}
	return nil
}

// placeOfLast is the place of the last instruction of a name, the whole image
// where there is none.
func placeOfLast(im *rule.Image, name string) inventory.Place {
	if i := lastOf(im, name); i != nil {
		return im.PlaceOf(i)
	}
	return wholeImage()
}

// owns tells whether an instruction of the history is the user's own, and not
// the base image's.
func owns(im *rule.Image, i *dockerfile.Instruction) bool {
	return im.Own(im.EntryAt(i.Span.Start.Line))
}

// byBase is what a message says of an instruction of the base image.
func byBase(im *rule.Image, i *dockerfile.Instruction) string {
	if i != nil && !owns(im, i) {
		return " The base image sets it."
	}
	return ""
}

// effectiveUser is what a container of the image runs as where nobody says
// otherwise, as the image has it: "", "app", "0:0".
func effectiveUser(im *rule.Image) string {
	if user := im.Config.Config.User; user != "" {
		return user
	}
	if i := lastOf(im, "USER"); i != nil {
		return writtenUser(i)
	}
	return ""
}

// onWindows tells whether an image is for Windows.
func onWindows(im *rule.Image) bool { return strings.EqualFold(im.Config.OS, "windows") }

// meansRoot tells whether a user of an image's configuration is root. Runtimes
// read a user that is no name in the image's passwd as a decimal number, so that
// "00" and "+0" are root as well.
func meansRoot(user string) bool {
	name, _, _ := strings.Cut(strings.TrimSpace(user), ":")
	name = strings.TrimSpace(name)
	if n, err := strconv.Atoi(name); err == nil {
		return n == 0
	}
	return name == "root"
}

// meansAdministrator tells whether a user of a Windows image has all rights.
func meansAdministrator(user string) bool {
	return strings.EqualFold(user[strings.LastIndexByte(user, '\\')+1:], "ContainerAdministrator")
}

// leftInLayers is the Image side of a rule about caches of package managers. A
// history does not show a cache that was mounted, or that something else has
// cleared: of a RUN whose layer was looked into and has no file of such a cache
// there is nothing to say.
func leftInLayers(look func(*rule.Dockerfile), managers ...string) func(*rule.Image) {
	const files = "package-cache-left"
	return func(im *rule.Image) {
		look(im.History.WithReport(func(p rule.Problem) {
			layer := im.LayerAt(p.Span.Start.Line)
			if layer < 0 || !im.Looked[files] || slices.ContainsFunc(im.Inventory.Notes, func(n inventory.Note) bool {
				return n.By == files && n.Layer == layer && has(managers, n.Same)
			}) {
				im.ReportProblem(p)
			}
		}))
	}
}
