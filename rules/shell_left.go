package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

func shellLeft() rule.Rule {
	return rule.Rule{
		ID:    "shell-left",
		Title: "The image has a shell",
		Why: "Most attacks on a service go on in a shell: without one, whoever finds a hole has far less to work with. " +
			"A program that is started directly needs none. " +
			"Copy it into an image without one, such as distroless or scratch, in a last stage.",
		Bad:      "-rwxr-xr-x 0 0 1024 usr/bin/bash\n",
		Good:     "-rwxr-xr-x 0 0 1024 usr/bin/serve\n",
		Severity: finding.Info,
		Off:      true,
		Since:    "2026.1",
		Entry: func(e *walk.Entry) *inventory.Note {
			if e.Mode&0o111 == 0 || len(e.Path) > 24 || e.Mode.IsDir() || !isBelowAny(e.Path, "bin/", "usr/bin/", "usr/local/bin/", "sbin/", "busybox/") || !loginShell(e.Path) {
				return nil
			}
			return &inventory.Note{Size: e.Size}
		},
		Image: func(im *rule.Image) {
			notes := im.Notes()
			if len(notes) == 0 {
				return
			}
			var paths, owners []string
			for _, n := range notes {
				paths = append(paths, n.Path)
				if owner, ok := im.Owner(n.Path); ok && !has(owners, owner) {
					owners = append(owners, owner)
				}
			}
			var packages []inventory.Package
			for _, p := range im.Inventory.Packages {
				if has(owners, p.Name) && has([]string{"deb", "apk", "rpm"}, p.Ecosystem) {
					packages = append(packages, p)
				}
			}
			im.Report(rule.Found{At: rule.At(notes[0]), Message: fmt.Sprintf("%s: %s.%s", counted(len(paths), "shell"), somePaths(paths, len(paths)), saved(packages))})
		},
	}
}
