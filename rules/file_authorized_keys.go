package rules

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

func fileAuthorizedKeys() rule.Rule {
	return rule.Rule{
		ID:    "file-authorized-keys",
		Title: "The image lets somebody log in by SSH with a key",
		Why: "Whoever has the private key can log in to every container of the image that runs an SSH server, for as long as the image is used. " +
			"Nobody sees from outside that it is so. " +
			"Do without SSH in containers: docker exec and kubectl exec need none. Else hand the file in at run time.",
		Bad:      "-rw------- 0 0 90 root/.ssh/authorized_keys\n    ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL me@example\n",
		Good:     "-rw------- 0 0 20 root/.ssh/authorized_keys\n    # none\n",
		Severity: finding.Medium,
		Since:    "2026.1",
		Want:     []walk.Pattern{{Glob: "**/authorized_keys", MinSize: 2}, {Glob: "**/authorized_keys2", MinSize: 2}},
		File: func(_ context.Context, f *walk.File, note func(inventory.Note)) error {
			b, err := f.Head(walk.HeadSize)
			if f.Size <= 1<<20 && err == nil {
				b, err = f.Bytes(1 << 20)
			}
			if err != nil {
				return err
			}
			keys, first, n := 0, 0, 0
			for line := range bytes.Lines(b) {
				n++
				if line = bytes.TrimSpace(line); len(line) == 0 || line[0] == '#' {
					continue
				}
				if keys++; keys == 1 {
					first = n
				}
			}
			if keys > 0 {
				note(inventory.Note{Line: first, Value: counted(keys, "key")})
			}
			return nil
		},
		Image: func(im *rule.Image) {
			var found []rule.Found
			for _, n := range im.Notes() {
				f := rule.Found{At: rule.At(n), Message: fmt.Sprintf("%s may log in by %s.", n.Value, shown(n.Path))}
				if strings.HasPrefix(n.Path, "root/") {
					f.Message = fmt.Sprintf("%s may log in as root by %s.", n.Value, shown(n.Path))
				} else if isSample(n.Path) {
					f.Severity = finding.Info
				}
				found = append(found, f)
			}
			reportSome(im, found, maxGroups)
		},
	}
}
