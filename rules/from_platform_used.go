package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

// KICS reports every --platform. What from-platform-constant reports is left out
// here.
func fromPlatformUsed() rule.Rule {
	return rule.Rule{
		ID:    "from-platform-used",
		Title: "FROM has a --platform",
		Why: "Who builds for one platform only can do without the flag everywhere, and take each use of it for a mistake. " +
			"This rule is for them: it also reports a platform that follows from what is built. " +
			"Leave the flag out, and choose the platform when you build.",
		Bad:      "FROM --platform=$BUILDPLATFORM debian:12\nRUN echo hello\n",
		Good:     "FROM debian:12\nRUN echo hello\n",
		Severity: finding.Info,
		Aliases:  []string{"using_platform_with_from"},
		Off:      true,
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			for _, s := range d.Stages {
				f, ok := flagOf(s.From, "platform")
				if ok && (strings.Contains(f.Value, "BUILDPLATFORM") || strings.Contains(f.Value, "TARGETPLATFORM")) {
					d.Report(rule.Problem{Span: f.Span})
				}
			}
		},
	}
}
