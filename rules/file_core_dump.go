package rules

import (
	"context"
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

func fileCoreDump() rule.Rule {
	return rule.Rule{
		ID:    "file-core-dump",
		Title: "A dump of a program's memory is in the image",
		Why: "It holds all that the program had in memory when it crashed, keys and passwords among it. " +
			"It is large, too. " +
			"Remove it in the RUN that leaves it behind, and find out what crashed.",
		Bad:      "-rw------- 0 0 900000 app/core.4711\n",
		Good:     "-rw-r--r-- 0 0 900000 app/core.js\n",
		Severity: finding.Medium,
		Since:    "2026.1",
		Want:     []walk.Pattern{{Glob: "**/core", MinSize: 4096}, {Glob: "**/*.core", MinSize: 4096}, {Glob: "**/core.*.*", MinSize: 4096}, {Glob: "**/core-*", MinSize: 4096}, {Glob: "**/*.hprof", MinSize: 4096}, {Glob: "**/*.dmp", MinSize: 4096}},
		File: func(_ context.Context, f *walk.File, note func(inventory.Note)) error {
			if isBelowAny(f.Path, "var/lib/systemd/coredump/", "var/crash/") {
				return nil // noted already
			}
			head, err := f.Head(20)
			if err == nil && isDump(string(head)) {
				note(inventory.Note{Size: f.Size})
			}
			return err
		},
		Entry: func(e *walk.Entry) *inventory.Note {
			if e.Size < 4096 || !e.Mode.IsRegular() {
				return nil
			}
			if isBelowAny(e.Path, "var/lib/systemd/coredump/", "var/crash/") {
				return &inventory.Note{Size: e.Size} // mostly compressed
			}
			pid, ok := strings.CutPrefix(strings.TrimPrefix(baseOf(e.Path), "vg"), "core.")
			if !ok || pid == "" || !isNumber(pid) {
				return nil
			}
			return &inventory.Note{Size: e.Size}
		},
		Image: func(im *rule.Image) {
			all := gather(leaks(im), func(n *inventory.Note) string { return inLayer(n, dirOf(n.Path)) })
			reportGroups(im, all, func(g *gathering) rule.Found {
				return rule.Found{At: rule.At(g.first), Message: fmt.Sprintf("%s, %s: %s.%s",
					counted(g.files, "dump"), bytesOf(g.size), somePaths(g.paths, g.files), gone(g.first))}
			})
		},
	}
}

// isDump knows the beginnings of an ELF file of type ET_CORE in either byte
// order, of a Java heap dump and of a Windows minidump.
func isDump(head string) bool {
	if strings.HasPrefix(head, "JAVA PROFILE ") || strings.HasPrefix(head, "MDMP") {
		return true
	}
	return len(head) >= 18 && strings.HasPrefix(head, "\x7fELF") && (head[16:18] == "\x04\x00" || head[16:18] == "\x00\x04")
}
