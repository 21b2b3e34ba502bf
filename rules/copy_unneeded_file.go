package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
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
	}
}

func unneeded(name string) bool {
	switch name {
	case "Dockerfile", "Containerfile", "docker-compose.yml", "docker-compose.yaml", "compose.yaml", ".dockerignore",
		".git", ".gitignore", ".svn", ".hg", ".vimrc", ".bash_history", ".DS_Store", ".idea", ".vscode", ".cache", ".npm":
		return true
	}
	return false
}
