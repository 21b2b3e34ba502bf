package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// BuildKit's documentation of CopyIgnoredFile has this as its example: its first
// versions compared a source as written with .dockerignore, so that "./a" was
// matched by "*/a".
func copyDotSource() rule.Rule {
	return rule.Rule{
		ID:    "copy-dot-source",
		Title: "A source that starts with ./ is taken for one that .dockerignore leaves out",
		Why: "Some versions of BuildKit compare the source with .dockerignore as it is written, and take the dot for a directory. " +
			"They then warn of a file that is there. " +
			"Leave ./ out.",
		Bad:      "FROM debian:12\nCOPY ./vendored/list /etc/list\n",
		Good:     "FROM debian:12\nCOPY vendored/list /etc/list\n",
		Severity: finding.Info,
		Aliases:  []string{"CopyIgnoredFile"},
		Off:      true,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			if d.Settings.Ignored == nil || d.Settings.IgnoreExceptions {
				return
			}
			each(d, func(i *dockerfile.Instruction) {
				from, _, _ := copied(i)
				if _, other := flagOf(i, "from"); other {
					return
				}
				for n, s := range from {
					rest, ok := strings.CutPrefix(s, "./")
					if !ok || rest == "" || strings.ContainsAny(rest, "$*?[") || d.Settings.Ignored(rest) || !d.Settings.Ignored("any-directory/"+rest) {
						continue
					}
					d.Report(rule.Problem{
						Span:    i.Args[n].Span,
						Message: fmt.Sprintf("Some versions of BuildKit take %s for left out by .dockerignore.", s),
					})
				}
			}, "ADD", "COPY")
		},
	}
}
