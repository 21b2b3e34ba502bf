package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func dnfPinVersion() rule.Rule {
	return rule.Rule{
		ID:    "dnf-pin-version",
		Title: "dnf installs packages without a version",
		Why: "The same Dockerfile installs other versions tomorrow than today, so a build cannot be repeated. " +
			"Write the version behind the name, as in httpd-2.4.57, or name a module with its stream.",
		Bad:      "FROM fedora:40\nRUN dnf install -y httpd && dnf clean all\n",
		Good:     "FROM fedora:40\nRUN dnf install -y httpd-2.4.59 && dnf clean all\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3041", "missing_version_specification_in_dnf_install"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			reportUnpinned(d, withoutGroups(dnfManager()), rpmPinning(), [2]string{"DL3041", "missing_version_specification_in_dnf_install"})
		},
	}
}
