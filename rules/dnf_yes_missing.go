package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func dnfYesMissing() rule.Rule {
	return rule.Rule{
		ID:    "dnf-yes-missing",
		Title: "dnf install waits for an answer",
		Why: "A build has nobody to answer, so dnf or microdnf stops and the build fails. " +
			"Give it -y.",
		Bad:      "FROM fedora:40\nRUN dnf install httpd && dnf clean all\n",
		Good:     "FROM fedora:40\nRUN dnf install -y httpd && dnf clean all\n",
		Severity: finding.High,
		Aliases:  []string{"DL3038", "missing_flag_from_dnf_install"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				reportRPMYes(r, dnfManager())
			})
		},
	}
}
