package rules

import (
	"fmt"
	"path"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func copyIgnored() rule.Rule {
	return rule.Rule{
		ID:    "copy-ignored",
		Title: "A file is copied that .dockerignore leaves out",
		Why: "What .dockerignore leaves out is not sent to the builder, so this instruction fails for lack of the file. " +
			"Take the file out of .dockerignore, or do not copy it.",
		Bad:      "FROM debian:12\nCOPY node_modules /app/node_modules\n",
		Good:     "FROM debian:12\nCOPY src /app/src\n",
		Severity: finding.High,
		Aliases:  []string{"CopyIgnoredFile"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			if d.Settings.Ignored == nil || d.Settings.IgnoreExceptions {
				return
			}
			each(d, func(i *dockerfile.Instruction) {
				from, _, ok := copied(i)
				if _, other := flagOf(i, "from"); !ok || other {
					return
				}
				for n, s := range from {
					if isRemote(s) || isHeredoc(s) || strings.ContainsAny(s, "$*?[") {
						continue
					}
					// The root itself is never left out, only all that is in it.
					name := strings.TrimPrefix(path.Clean("/"+s), "/")
					if name == "" && !d.Settings.Ignored("any-file-at-all") || name != "" && !d.Settings.Ignored(name) {
						continue
					}
					d.Report(rule.Problem{
						Span:    i.Args[n].Span,
						Message: fmt.Sprintf("%s is left out by .dockerignore and cannot be copied.", s),
					})
				}
			}, "ADD", "COPY")
		},
	}
}
