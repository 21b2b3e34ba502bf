package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

func copyUnneededFile() rule.Rule {
	return rule.Rule{
		ID:    "copy-unneeded-file",
		Title: "A file is copied that a running container has no use for",
		Why: "The Dockerfile, the history of the sources and the settings of an editor help whoever attacks the container and nobody else. " +
			"They also make it larger. " +
			"Do not copy them, and leave them out in .dockerignore.",
		Bad:      "FROM debian:12\nCOPY Dockerfile /app/Dockerfile\n",
		Good:     "FROM debian:12\nCOPY app /app/app\n",
		Severity: finding.Low,
		Aliases:  []string{"DKL-LI-0003"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			final := finalStage(d)
			each(d, func(i *dockerfile.Instruction) {
				if i.Stage != final {
					return
				}
				from, _, _ := copied(i)
				for n, s := range from {
					if name := lastElement(s); unneeded(name) {
						d.Report(rule.Problem{Span: i.Args[n].Span, Message: fmt.Sprintf("%s has no use in a running container.", name)})
					}
				}
			}, "ADD", "COPY")
		},
		Entry: noteUnneeded,
		Image: func(im *rule.Image) {
			all := gather(im.Notes(), func(n *inventory.Note) string { return inLayer(n, n.Same) })
			reportGroups(im, all, func(g *gathering) rule.Found {
				f := rule.Found{At: rule.At(g.first), Severity: finding.Info, Message: fmt.Sprintf("%s has no use in a running container.", shown(g.first.Path))}
				if g.files > 1 {
					f.Message = fmt.Sprintf("%d times %s, which has no use in a running container: %s.", g.files, g.first.Same, somePaths(g.paths, g.files))
				}
				return f
			})
		},
	}
}

// noteUnneeded notes such a file in an image. Repositories, caches and histories
// have rules of their own, and what comes with a library is not the user's.
func noteUnneeded(e *walk.Entry) *inventory.Note {
	name := baseOf(e.Path)
	if name == "" || name[0] != '.' && name[0] != 'D' && name[0] != 'd' && name[0] != 'C' && name[0] != 'c' {
		return nil
	}
	switch name {
	case "Dockerfile", "Containerfile", "docker-compose.yml", "docker-compose.yaml", "compose.yaml", ".dockerignore", ".gitignore", ".vimrc", ".DS_Store":
		if !e.Mode.IsRegular() {
			return nil
		}
	case ".idea", ".vscode", ".aws", ".azure", ".gcp":
		if !e.Mode.IsDir() {
			return nil
		}
	default:
		return nil
	}
	if containsAny("/"+e.Path, "/node_modules/", "/vendor/", "/site-packages/", "/dist-packages/", "/.git/", "/pkg/mod/", "/gems/", "/cargo/", "/usr/share/", "/usr/lib/", "/etc/skel/") {
		return nil
	}
	return &inventory.Note{Same: name, Size: e.Size}
}

func unneeded(name string) bool {
	switch name {
	case "Dockerfile", "Containerfile", "docker-compose.yml", "docker-compose.yaml", "compose.yaml", ".dockerignore",
		".git", ".gitignore", ".svn", ".hg", ".vimrc", ".bash_history", ".DS_Store", ".idea", ".vscode", ".cache", ".npm":
		return true
	}
	return false
}
