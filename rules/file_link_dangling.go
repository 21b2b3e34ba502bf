package rules

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

// maxTarget is the longest target of a link that is looked for, in bytes.
const maxTarget = 1024

func fileLinkDangling() rule.Rule {
	return rule.Rule{
		ID:    "file-link-dangling",
		Title: "A link leads out of the image or to nothing",
		Why: "A link that was made on another machine leads to what is there and not here, so a program misses a file. " +
			"Where a directory of the host is mounted under it, it leads to whatever lies there. " +
			"Copy what the link led to, or make the link relative to where it is.",
		Bad:      "lrwxrwxrwx 0 0 0 app/data -> /home/me/data\n",
		Good:     "-rw-r--r-- 0 0 10 srv/data\nlrwxrwxrwx 0 0 0 app/data -> /srv/data\n",
		Severity: finding.Info,
		Since:    "2026.1",
		Version:  1,
		Entry: func(e *walk.Entry) *inventory.Note {
			if e.Mode&fs.ModeSymlink == 0 || e.Link == "" || e.Link[0] != '/' && !climbsOut(e.Path, e.Link) {
				return nil
			}
			target := linkTarget(e.Path, e.Link)
			if target == "" || isMountPoint(target) || isBelowAny(e.Path, "etc/alternatives/", "var/lib/alternatives/") {
				return nil
			}
			if len(target) > maxTarget {
				return nil // too long to keep, so that nobody can tell
			}
			return &inventory.Note{Value: target}
		},
		Image: func(im *rule.Image) {
			var lost []inventory.Note
			for _, n := range im.Notes() {
				if _, owned := im.Owner(n.Path); owned || im.Inventory.Disk.Exists(n.Value) {
					continue
				}
				lost = append(lost, n)
			}
			all := gather(lost, func(n *inventory.Note) string { return inLayer(n, topOf(n.Path, 2)) })
			reportGroups(im, all, func(g *gathering) rule.Found {
				f := rule.Found{At: rule.At(g.first), Message: fmt.Sprintf("%s leads to /%s, which is not in the image.", shown(g.first.Path), short(g.first.Value))}
				if g.files > 1 {
					f.Message = fmt.Sprintf("%s to what is not in the image: %s.", counted(g.files, "link"), somePaths(g.paths, g.files))
				}
				if isBelowAny(g.first.Value, "home/", "Users/", "mnt/", "media/", "host/", "private/var/") {
					f.Severity = finding.Low
				}
				return f
			})
		},
	}
}

// climbsOut tells whether a relative link goes up further than the root.
func climbsOut(from, link string) bool {
	if !strings.HasPrefix(link, "../") {
		return false
	}
	return strings.HasPrefix(path.Join(dirOf(from), link), "../")
}

// isMountPoint knows the directories that are filled when a container runs.
func isMountPoint(p string) bool {
	return isBelowAny(p+"/", "proc/", "sys/", "dev/", "run/", "var/run/", "tmp/", "var/tmp/", "etc/resolv.conf/", "etc/hosts/", "etc/hostname/", "etc/mtab/",
		"usr/share/man/", "usr/share/doc/", "usr/share/info/")
}
