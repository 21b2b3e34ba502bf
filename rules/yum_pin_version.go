package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func yumPinVersion() rule.Rule {
	return rule.Rule{
		ID:    "yum-pin-version",
		Title: "yum installs packages without a version",
		Why: "The same Dockerfile installs other versions tomorrow than today, so a build cannot be repeated. " +
			"Write the version behind the name, as in httpd-2.4.57, or name a module with its stream.",
		Bad:      "FROM centos:7\nRUN yum install -y httpd && yum clean all\n",
		Good:     "FROM centos:7\nRUN yum install -y httpd-2.4.6 && yum clean all\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3033", "yum_install_without_version"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			reportUnpinned(d, withoutGroups(yumManager()), rpmPinning(), [2]string{"DL3033", "yum_install_without_version"})
		},
	}
}
