package rules

import (
	"bytes"
	"context"
	"fmt"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

func fileHistory() rule.Rule {
	return rule.Rule{
		ID:    "file-history",
		Title: "The history of a shell or a client is in the image",
		Why: "It shows what somebody has typed: names of hosts, and now and then a password on a command line. " +
			"It also tells that the image was changed by hand, by docker commit, and that nobody can build it again. " +
			"Build images from a Dockerfile, and remove the file.",
		Bad:      "-rw------- 0 0 60 root/.bash_history\n    mysql -u root -pS3cret\n",
		Good:     "-rw------- 0 0 0 root/.bash_history\n",
		Severity: finding.Low,
		Since:    "2026.1",
		Want:     wantHistories(),
		File: func(_ context.Context, f *walk.File, note func(inventory.Note)) error {
			b, err := f.Head(walk.HeadSize)
			if err == nil && len(bytes.TrimSpace(b)) > 0 {
				note(inventory.Note{Size: f.Size})
			}
			return err
		},
		Image: func(im *rule.Image) {
			all := gather(leaks(im), func(n *inventory.Note) string { return inLayer(n, n.Path) })
			reportGroups(im, all, func(g *gathering) rule.Found {
				return rule.Found{At: rule.At(g.first), Message: fmt.Sprintf("%s has %s of what was typed.%s", shown(g.first.Path), bytesOf(g.size), gone(g.first))}
			})
		},
	}
}

func wantHistories() []walk.Pattern {
	var want []walk.Pattern
	for _, name := range []string{
		".bash_history", ".ash_history", ".sh_history", ".zsh_history", ".zhistory", ".history", ".ksh_history", "fish_history", ".python_history",
		".node_repl_history", ".mysql_history", ".psql_history", ".sqlite_history", ".rediscli_history", ".mongo_history", ".dbshell", ".irb_history",
		".php_history", ".lesshst", ".viminfo", "ConsoleHost_history.txt",
	} {
		want = append(want, walk.Pattern{Glob: "**/" + name, MinSize: 2})
	}
	return want
}
