package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func yumYesMissing() rule.Rule {
	return rule.Rule{
		ID:    "yum-yes-missing",
		Title: "yum install waits for an answer",
		Why: "A build has nobody to answer, so yum stops and the build fails. " +
			"Give it -y.",
		Bad:      "FROM centos:7\nRUN yum install httpd && yum clean all\n",
		Good:     "FROM centos:7\nRUN yum install -y httpd && yum clean all\n",
		Severity: finding.High,
		Aliases:  []string{"DL3030", "yum_install_allows_manual_input"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				reportRPMYes(r, yumManager())
			})
		},
	}
}
