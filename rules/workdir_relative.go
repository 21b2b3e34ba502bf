package rules

import (
	"fmt"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// BuildKit reports only the first WORKDIR of a stage and those it builds upon,
// and takes a variable that has no value for an empty path; the other tools
// report every path that is written as a relative one.
func workdirRelative() rule.Rule {
	return rule.Rule{
		ID:    "workdir-relative",
		Title: "WORKDIR is not an absolute path",
		Why: "A relative WORKDIR counts from the one before it, which may be that of the base image and change with its next version. " +
			"Readers have to look through the whole file to learn where a file ends up. " +
			"Write the whole path.",
		Bad:      "FROM debian:12\nWORKDIR app\nRUN make\n",
		Good:     "FROM debian:12\nWORKDIR /app\nRUN make\n",
		Severity: finding.Medium,
		Aliases:  []string{"DL3000", "WorkdirRelativePath", "DS-0009", "CKV_DOCKER_10", "workdir_path_not_absolute"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			workdirs(d, func(w workdir) {
				switch {
				case !isAbsolute(w.written):
					p := rule.Problem{Span: w.span, Message: fmt.Sprintf("Where %s is depends on the WORKDIR before it.", w.written)}
					if !w.first {
						p.Aliases = []string{"DL3000", "DS-0009", "CKV_DOCKER_10", "workdir_path_not_absolute"}
					}
					if after := w.after(); after != "" {
						p.Fix = &rule.Fix{Title: "write the whole path", Edits: []rule.Edit{replace(w.span, requote(w.i.Args[0].Text, after))}}
					}
					d.Report(p)
				case w.first && w.known && strings.HasPrefix(w.written, "$") && !isAbsolute(w.value):
					d.Report(rule.Problem{
						Span:    w.span,
						Message: fmt.Sprintf("The path %s is %q, which is not an absolute one.", w.written, w.value),
						Aliases: []string{"WorkdirRelativePath"},
					})
				}
			})
		},
	}
}

// requote puts text in the quotes that a word had.
func requote(word, text string) string {
	if q := unquote(word); len(q) != len(word) {
		return word[:1] + text + word[:1]
	}
	return text
}
