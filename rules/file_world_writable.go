package rules

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

func fileWorldWritable() rule.Rule {
	return rule.Rule{
		ID:    "file-world-writable",
		Title: "Everyone may write a file or directory",
		Why: "What everyone may write, everyone may replace: a service that runs as an ordinary user can change the programs and settings of another, or of root. " +
			"In a directory without the sticky bit everyone may also remove and rename what others put there. " +
			"Give the files to the user that writes them: chown, or COPY --chown, and chmod o-w; chmod 1777 for a directory that is shared.",
		Bad:      "drwxrwxrwx 0 0 0 app\n-rw-rw-rw- 0 0 12 app/settings\n",
		Good:     "drwxrwxrwt 0 0 0 tmp\n-rw-r--r-- 0 0 12 app/settings\n",
		Severity: finding.Medium,
		Since:    "2026.1",
		Entry: func(e *walk.Entry) *inventory.Note {
			if e.Mode&0o002 == 0 || !e.Mode.IsRegular() && (!e.Mode.IsDir() || e.Mode&fs.ModeSticky != 0) {
				return nil
			}
			return noteWritable(e)
		},
		Image: func(im *rule.Image) {
			all := gather(im.Notes(), func(n *inventory.Note) string { return inLayer(n, n.Same) })
			slices.SortStableFunc(all, func(a, b *gathering) int {
				return int(writableSeverity(b.first.ID)) - int(writableSeverity(a.first.ID))
			})
			reportGroups(im, all, func(g *gathering) rule.Found {
				return rule.Found{At: rule.At(g.first), Severity: writableSeverity(g.first.ID), Message: writableMessage(g)}
			})
		},
	}
}

// The kinds of what everyone may write.
const (
	writableProgram   = "program"
	writableSystem    = "system"
	writableFile      = "file"
	writableDirectory = "directory"
)

// noteWritable notes what everyone may write, by the directory at the top that
// it is in.
func noteWritable(e *walk.Entry) *inventory.Note {
	kind := writableFile
	switch system := isBelowAny(e.Path, "bin/", "sbin/", "lib/", "lib64/", "usr/bin/", "usr/sbin/", "usr/lib/", "usr/lib64/", "usr/libexec/", "usr/local/bin/", "usr/local/sbin/", "usr/local/lib/"); {
	case e.Mode.IsDir() && (system && strings.Count(e.Path, "/") == 1 || isSystemDirectory(e.Path)):
		kind = writableSystem
	case e.Mode.IsDir():
		kind = writableDirectory
	case isBelowAny(e.Path, "etc/"):
		kind = writableSystem
	case system && (e.Mode&0o111 != 0 || strings.Contains(baseOf(e.Path), ".so")):
		kind = writableProgram
	}
	return &inventory.Note{ID: kind, Same: kind + " " + topOf(e.Path, 2), Size: e.Size}
}

// isSystemDirectory knows the directories that programs and settings are looked
// for in.
func isSystemDirectory(p string) bool {
	switch p {
	case "bin", "sbin", "lib", "lib64", "etc", "usr", "usr/bin", "usr/sbin", "usr/lib", "usr/local", "usr/local/bin", "usr/local/sbin", "usr/local/lib", "root",
		"etc/cron.d", "etc/ld.so.conf.d", "etc/profile.d", "etc/sudoers.d", "etc/init.d":
		return true
	}
	return false
}

func writableSeverity(kind string) finding.Severity {
	switch kind {
	case writableProgram, writableSystem:
		return finding.High
	case writableDirectory:
		return finding.Low
	}
	return finding.Medium
}

func writableMessage(g *gathering) string {
	what := map[string]string{
		writableProgram: "program", writableSystem: "part of the system", writableFile: "file", writableDirectory: "directory",
	}[g.first.ID]
	if g.files == 1 {
		article := "a "
		if g.first.ID == writableSystem {
			article = ""
		}
		return fmt.Sprintf("Everyone may write %s, %s%s.", shown(g.first.Path), article, what)
	}
	switch g.first.ID {
	case writableSystem:
		return fmt.Sprintf("Everyone may write %d parts of the system: %s.", g.files, somePaths(g.paths, g.files))
	case writableDirectory:
		return fmt.Sprintf("Everyone may write %s and remove what others put there: %s.", "the "+strings.Replace(counted(g.files, what), "1 ", "", 1), somePaths(g.paths, g.files))
	}
	return fmt.Sprintf("Everyone may write %s: %s.", counted(g.files, what), somePaths(g.paths, g.files))
}
