package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func labelSecurityMissing() rule.Rule {
	return rule.Rule{
		ID:    "label-security-missing",
		Title: "No label says where holes are to be reported",
		Why: "Someone who finds a hole in an image has only the image. " +
			"The label securitytxt with the URL of a security.txt (RFC 9116) tells them whom to write to. " +
			"Without it they write in public, or not at all.",
		Bad:      "FROM debian:12\nRUN make install\n",
		Good:     "FROM debian:12\nLABEL securitytxt=\"https://example.org/.well-known/security.txt\"\n",
		Severity: finding.Info,
		Off:      true,
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			reportMissingLabels(d, []string{"securitytxt"})
		},
	}
}
