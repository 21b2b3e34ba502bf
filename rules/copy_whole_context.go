package rules

import (
	"fmt"
	"path"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func copyWholeContext() rule.Rule {
	return rule.Rule{
		ID:    "copy-whole-context",
		Title: "The whole build context is copied, with what should not be in an image",
		Why: "COPY of the whole directory takes along what happens to lie there: the history in .git, settings with passwords in .env, private keys. " +
			"Whoever gets the image can read them, also if a later RUN deletes them. " +
			"Leave them out in a .dockerignore, or name what is to be copied.",
		Bad:      "FROM debian:12\nWORKDIR /app\nCOPY . .\n",
		Good:     "FROM debian:12\nWORKDIR /app\nCOPY src ./src\n",
		Severity: finding.Medium,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			if d.Settings.Ignored == nil {
				return
			}
			open := sent(d.Settings)
			if len(open) == 0 {
				return
			}
			needed := built(d)
			each(d, func(i *dockerfile.Instruction) {
				from, _, _ := copied(i)
				if _, other := flagOf(i, "from"); other || i.Stage != nil && !needed[i.Stage] {
					return
				}
				for n, s := range from {
					if root := path.Clean("/" + s); root == "/" || root == "/*" {
						d.Report(rule.Problem{
							Span:    i.Args[n].Span,
							Message: fmt.Sprintf("No .dockerignore leaves out %s, and all of the build context is copied.", strings.Join(open, ", ")),
						})
					}
				}
			}, "ADD", "COPY")
		},
	}
}

// sent are the names, of those that have no place in an image, that the build
// context may hold.
func sent(s *rule.Settings) []string {
	var open []string
	for _, name := range []string{".git", ".env", "id_rsa", "server.key"} {
		if !s.Ignored(name) {
			open = append(open, name)
		}
	}
	// Keys have many names: a .dockerignore that has the first two is a careful one.
	if len(open) > 0 && s.Ignored(".git") && s.Ignored(".env") {
		return nil
	}
	return open
}
