package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// BuildKit reports these where it builds for Linux and the base image does not
// set the variable; neither can be told from the file.
func workdirUnclear() rule.Rule {
	return rule.Rule{
		ID:    "workdir-unclear",
		Title: "WORKDIR may be a relative path",
		Why: "A builder for Linux takes C:/app for a relative path and makes a directory of that name. " +
			"A variable that only the base image can set is empty if it does not. " +
			"Write a path that starts with a slash, and set the variables in it here.",
		Bad:      "FROM example.com/base:1\nWORKDIR $APP_HOME\n",
		Good:     "FROM example.com/base:1\nENV APP_HOME=/app\nWORKDIR $APP_HOME\n",
		Severity: finding.Info,
		Aliases:  []string{"WorkdirRelativePath"},
		Off:      true,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			workdirs(d, func(w workdir) {
				drive := isAbsolute(w.value) && !strings.HasPrefix(w.value, "/")
				unset := !w.known && strings.HasPrefix(w.written, "$") && !strings.HasPrefix(w.value, "/")
				if w.first && (drive || unset) {
					d.Report(rule.Problem{Span: w.span, Message: fmt.Sprintf("A builder may take %s for a relative path.", w.written)})
				}
			})
		},
	}
}
