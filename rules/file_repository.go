package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/inventory"
	"github.com/plimsoll/plimsoll/rule"
	"github.com/plimsoll/plimsoll/walk"
)

func fileRepository() rule.Rule {
	return rule.Rule{
		ID:    "file-repository",
		Title: "The history of the sources is in the image",
		Why: "A .git directory holds every version of every file, those with secrets that were removed later too, and the address and often the login of its server. " +
			"It also makes the image larger. " +
			"Write .git into .dockerignore, or remove it in the RUN that clones.",
		Bad:      "drwxr-xr-x 0 0 0 app/.git\n-rw-r--r-- 0 0 23 app/.git/HEAD\n-rw-r--r-- 0 0 23000000 app/.git/objects/pack/1.pack\n",
		Good:     "-rw-r--r-- 0 0 23 app/.gitignore\n-rw-r--r-- 0 0 23 app/main.go\n",
		Severity: finding.Medium,
		Aliases:  []string{"DKL-LI-0003"},
		Since:    "2026.1",
		Entry: func(e *walk.Entry) *inventory.Note {
			if !e.Mode.IsRegular() {
				return nil
			}
			if dir := repositoryOf(e.Path); dir != "" {
				return &inventory.Note{Same: dir, Size: e.Size}
			}
			return nil
		},
		Image: func(im *rule.Image) {
			notes := leaks(im)
			whole := map[string]bool{}
			for _, n := range notes {
				whole[n.Same] = whole[n.Same] || baseOf(n.Path) != "config" && baseOf(n.Path) != "HEAD"
			}
			all := gather(notes, func(n *inventory.Note) string {
				if !whole[n.Same] {
					return ""
				}
				return inLayer(n, n.Same)
			})
			reportGroups(im, all, func(g *gathering) rule.Found {
				f := rule.Found{At: rule.At(g.first), Message: fmt.Sprintf("%s: %s of a repository, %s.%s", shown(g.first.Same), counted(g.files, "file"), bytesOf(g.size), gone(g.first))}
				if !strings.HasSuffix(g.first.Same, ".git") {
					f.Aliases = []string{}
				}
				if isTaken(g.first.Same) {
					f.Severity = finding.Low
				}
				return f
			})
		},
	}
}

// repositoryOf is the directory of a repository that a path is in, empty where
// there is none.
func repositoryOf(p string) string {
	if p[:min(1, len(p))] != "." && !strings.Contains(p, "/.") {
		return "" // nearly all: this is asked of every file
	}
	for _, name := range [...]string{".git/", ".svn/", ".hg/", ".bzr/"} {
		i := strings.Index(p, name)
		if i == 0 || i > 0 && p[i-1] == '/' {
			return p[:i+len(name)-1]
		}
	}
	return ""
}

// isTaken tells by its path whether a repository is somebody else's that a
// package manager or a plug-in manager has cloned.
func isTaken(p string) bool {
	return containsAny("/"+p, "/node_modules/", "/.cargo/", "/cargo/git/", "/pkg/mod/", "/.oh-my-zsh", "/.nvm/", "/.rbenv", "/.pyenv", "/vendor/", "/.cache/", "/site-packages/")
}
