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

func fileSSHHostKey() rule.Rule {
	return rule.Rule{
		ID:    "file-ssh-host-key",
		Title: "The image brings a host key of its SSH server",
		Why: "All containers of the image show themselves with this one key, and everyone who can pull the image has it. " +
			"So anybody can pose as any of them, and listen in. " +
			"Remove /etc/ssh/ssh_host_* in the RUN that installs the server and let ssh-keygen -A make keys when a container starts; better, do without the server.",
		Bad:      "-rw------- 0 0 400 etc/ssh/ssh_host_ed25519_key\n    -----BEGIN OPENSSH PRIVATE KEY-----\n",
		Good:     "-rw-r--r-- 0 0 400 etc/ssh/sshd_config\n    PermitRootLogin no\n",
		Severity: finding.Medium,
		Since:    "2026.1",
		Want:     hostKeys(),
		File: func(_ context.Context, f *walk.File, note func(inventory.Note)) error {
			head, err := f.Head(64)
			if err == nil && strings.Contains(string(head), "PRIVATE KEY-----") {
				note(inventory.Note{Same: "key", Size: f.Size})
			}
			return err
		},
		Image: func(im *rule.Image) {
			all := gather(leaks(im), func(n *inventory.Note) string { return fmt.Sprint(n.Layer, n.Gone) })
			reportGroups(im, all, func(g *gathering) rule.Found {
				return rule.Found{At: rule.At(g.first), Message: fmt.Sprintf("%s of the SSH server, the same in every container: %s.%s",
					counted(g.files, "host key"), somePaths(g.paths, g.files), gone(g.first))}
			})
		},
	}
}

func hostKeys() []walk.Pattern {
	var want []walk.Pattern
	for _, kind := range []string{"rsa", "dsa", "ecdsa", "ed25519"} {
		want = append(want, walk.Pattern{Glob: "etc/ssh/ssh_host_" + kind + "_key"})
	}
	return want
}

func isHostKey(p string) bool { return strings.HasPrefix(p, "etc/ssh/ssh_host_") }
