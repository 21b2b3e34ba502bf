package rules

import (
	"fmt"
	"path"
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
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
			needed := dispatched(d)
			current := map[*dockerfile.Stage]string{} // absolute; empty where it is not known
			seen := map[*dockerfile.Stage]bool{}
			for _, i := range d.Instructions {
				switch {
				case i.Name == "FROM":
					parent := parentStage(d, i.Stage)
					seen[i.Stage] = parent != nil && seen[parent]
					current[i.Stage] = current[parent]
				case i.Name == "WORKDIR" && len(i.Args) > 0:
					w := workdir{d: d, i: i, written: unquote(i.Args[0].Text), before: current[i.Stage]}
					first := !seen[i.Stage] && needed[i.Stage]
					current[i.Stage] = w.check(first)
					seen[i.Stage] = true
				}
			}
		},
	}
}

// workdir is a WORKDIR with the working directory before it.
type workdir struct {
	d       *rule.Dockerfile
	i       *dockerfile.Instruction
	written string
	before  string
}

// check reports the WORKDIR if it should be, and gives the working directory
// after it, empty where that is not plain.
func (w workdir) check(first bool) string {
	value := w.written
	if strings.Contains(value, "$") {
		// Twice, since values keep the variables in them that nothing sets.
		scope := w.d.Scope(w.i)
		value, _, _ = scope.Expand(value)
		value, _, _ = scope.Expand(value)
	}
	span := w.i.Args[0].Span
	switch {
	case !isAbsolute(w.written):
		p := rule.Problem{Span: span, Message: fmt.Sprintf("Where %s is depends on the WORKDIR before it.", w.written)}
		if !first {
			p.Aliases = []string{"DL3000", "DS-0009", "CKV_DOCKER_10", "workdir_path_not_absolute"}
		}
		if w.before != "" && !strings.Contains(w.written, "$") {
			p.Fix = &rule.Fix{Title: "write the whole path", Edits: []rule.Edit{replace(span, requote(w.i.Args[0].Text, path.Join(w.before, w.written)))}}
		}
		w.d.Report(p)
		if w.before == "" || strings.Contains(w.written, "$") {
			return ""
		}
		return path.Join(w.before, w.written)
	case first && !strings.HasPrefix(value, "/") && strings.HasPrefix(w.written, "$"):
		w.d.Report(rule.Problem{
			Span:    span,
			Message: fmt.Sprintf("What %s is cannot be told from this file, so that WORKDIR depends on the base image.", w.written),
			Aliases: []string{"WorkdirRelativePath"},
		})
		return ""
	case strings.HasPrefix(w.written, "/") && !strings.Contains(w.written, "$"):
		return path.Clean(w.written)
	}
	return ""
}

// requote puts text in the quotes that a word had.
func requote(word, text string) string {
	if q := unquote(word); len(q) != len(word) {
		return word[:1] + text + word[:1]
	}
	return text
}
