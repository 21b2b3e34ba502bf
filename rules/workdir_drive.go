package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// BuildKit says so of every such path where it builds for Linux, which a check
// without a platform does.
func workdirDrive() rule.Rule {
	return rule.Rule{
		ID:    "workdir-drive",
		Title: "WORKDIR has the drive of a Windows path",
		Why: "A builder for Linux takes C:\\app for a relative path and makes a directory of that name. " +
			"This is right for images of Windows only, so that the rule is for those who have none. " +
			"Write a path that starts with a slash.",
		Bad:      "FROM debian:12\nWORKDIR C:/app\n",
		Good:     "FROM debian:12\nWORKDIR /app\n",
		Severity: finding.Info,
		Aliases:  []string{"WorkdirRelativePath"},
		Off:      true,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			looked := dispatched(d)
			set := map[*dockerfile.Stage]bool{}
			for _, i := range d.Instructions {
				switch {
				case i.Name == "FROM":
					parent := parentStage(d, i.Stage)
					set[i.Stage] = parent != nil && set[parent]
				case i.Name == "WORKDIR" && len(i.Args) > 0:
					dir := unquote(i.Args[0].Text)
					if !set[i.Stage] && isAbsolute(dir) && !strings.HasPrefix(dir, "/") && !strings.HasPrefix(dir, "$") {
						d.Report(rule.Problem{
							Span:    i.Args[0].Span,
							Message: fmt.Sprintf("A builder for Linux takes %s for a relative path.", dir),
							Aliases: ifBuilt(looked, i, "WorkdirRelativePath"),
						})
					}
					set[i.Stage] = true
				}
			}
		},
	}
}
