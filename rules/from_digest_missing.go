package rules

import (
	"fmt"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// CIS-DI-0005 wants Docker Content Trust, which a digest stands in for: it names
// the very bytes that were checked once.
func fromDigestMissing() rule.Rule {
	return rule.Rule{
		ID:    "from-digest-missing",
		Title: "The base image is not pinned by its digest",
		Why: "A tag can be moved to other content by whoever may push to its repository, by mistake or on purpose. " +
			"A digest names the content itself, so every build starts from the same bytes. " +
			"Keep the tag beside it for readers, and let a bot move both.",
		Bad:      "FROM debian:12\nRUN echo hello\n",
		Good:     "FROM debian:12@sha256:35286826a88dc879b4f438b645ba574a55a14187b483d09213a024dc0c0a64ed\nRUN echo hello\n",
		Severity: finding.Low,
		Aliases:  []string{"CIS-DI-0005"},
		Off:      true,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			bases(d, func(s *dockerfile.Stage, m image) {
				if m.digest == "" {
					d.Report(rule.Problem{
						Span:    imageSpan(s),
						Message: fmt.Sprintf("%s is named by a tag only, which can be moved to other content.", m.path),
					})
				}
			})
		},
	}
}
