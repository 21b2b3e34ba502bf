package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

func shellInstalled() rule.Rule {
	return rule.Rule{
		ID:    "shell-installed",
		Title: "A shell is in the image",
		Why: "Most attacks on a service go on in a shell: without one, whoever finds a hole has far less to work with. " +
			"A program that is started directly needs none. " +
			"Copy it into an image without one, such as distroless or scratch, in a last stage.",
		Bad:      "-rwxr-xr-x 0 0 1024 usr/bin/bash\n",
		Good:     "-rwxr-xr-x 0 0 1024 usr/bin/serve\n",
		Severity: finding.Info,
		Since:    "2026.1",
		Entry: func(e *walk.Entry) *inventory.Note {
			if e.Mode&0o111 == 0 || len(e.Path) > 24 || e.Mode.IsDir() || !isBelowAny(e.Path, "bin/", "usr/bin/", "usr/local/bin/", "sbin/", "busybox/") || !loginShell(e.Path) {
				return nil
			}
			return &inventory.Note{Size: e.Size}
		},
		Image: func(im *rule.Image) { reportPrograms(im, "shell", nil) },
	}
}
