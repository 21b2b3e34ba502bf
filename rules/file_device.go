package rules

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

func fileDevice() rule.Rule {
	return rule.Rule{
		ID:    "file-device",
		Title: "The image brings a device file",
		Why: "A device file is a way to the hardware and memory of the host wherever a container is allowed to use it. " +
			"The engine makes the few devices that a container needs in /dev by itself. " +
			"Remove it, and leave /dev out of archives that become an image.",
		Bad:      "brw-rw---- 0 6 0 opt/disk\n",
		Good:     "crw-rw-rw- 0 0 0 dev/null\n",
		Severity: finding.Medium,
		Since:    "2026.1",
		Entry: func(e *walk.Entry) *inventory.Note {
			if e.Mode&fs.ModeDevice == 0 || isUsualDevice(e.Path) {
				return nil
			}
			kind := "block"
			if e.Mode&fs.ModeCharDevice != 0 {
				kind = "character"
			}
			if e.Mode&0o006 != 0 {
				return &inventory.Note{ID: kind, Value: "open", Same: kind + " open " + topOf(e.Path, 1)}
			}
			return &inventory.Note{ID: kind, Same: kind + " " + topOf(e.Path, 1)}
		},
		Image: func(im *rule.Image) {
			all := gather(im.Notes(), func(n *inventory.Note) string { return inLayer(n, n.Same) })
			reportGroups(im, all, func(g *gathering) rule.Found {
				f := rule.Found{At: rule.At(g.first), Message: fmt.Sprintf("%s: %s.", counted(g.files, g.first.ID+" device"), somePaths(g.paths, g.files))}
				if g.first.Value == "open" {
					f.Message = strings.TrimSuffix(f.Message, ".") + ", open to every user."
				}
				if strings.HasPrefix(g.first.Path, "dev/") {
					f.Severity = finding.Low
				}
				return f
			})
		},
	}
}

// isUsualDevice knows the devices in /dev that every container gets, and that
// tools which make root file systems put there.
func isUsualDevice(p string) bool {
	switch p {
	case "dev/null", "dev/zero", "dev/full", "dev/random", "dev/urandom", "dev/tty", "dev/console", "dev/ptmx", "dev/fuse", "dev/pts/ptmx", "dev/net/tun":
		return true
	}
	return false
}
