package rules

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func secretValue() rule.Rule {
	return rule.Rule{
		ID:    "secret-value",
		Title: "The Dockerfile holds a secret",
		Why: "This text has the form of a token or key, and whoever can read the Dockerfile or the image's history can use it. " +
			"Deleting it does not help: old commits and old images still have it. " +
			"Revoke it first, and hand the new one in with RUN --mount=type=secret or at run time.",
		Bad:      "FROM debian:12\nRUN git clone https://bot:hunter2222@git.internal/team/app.git\n",
		Good:     "FROM debian:12\nRUN --mount=type=secret,id=netrc,target=/root/.netrc git clone https://git.internal/team/app.git\n",
		Severity: finding.High,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			if d.Settings.Secrets == nil {
				return
			}
			found := d.Settings.Secrets(d.Source)
			slices.SortStableFunc(found, func(a, b rule.Secret) int { return a.Start - b.Start })
			at := dockerfile.Pos{Line: 1, Column: 1}
			last := -1
			for _, s := range found {
				if s.Start <= last || s.Start >= s.End || s.End > len(d.Source) {
					continue
				}
				last = s.Start
				at = advance(d.Source, at, s.Start)
				d.Report(rule.Problem{
					Span:    dockerfile.Span{Start: at, End: advance(d.Source, at, s.End)},
					Message: fmt.Sprintf("This looks like %s.", s.Kind),
				})
			}
		},
	}
}

// advance is the place of an offset at or after another place.
func advance(source []byte, from dockerfile.Pos, offset int) dockerfile.Pos {
	between := source[from.Offset:offset]
	to := dockerfile.Pos{Offset: offset, Line: from.Line + bytes.Count(between, []byte("\n")), Column: from.Column + len(between)}
	if end := bytes.LastIndexByte(between, '\n'); end >= 0 {
		to.Column = len(between) - end
	}
	return to
}
