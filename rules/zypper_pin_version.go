package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func zypperPinVersion() rule.Rule {
	return rule.Rule{
		ID:    "zypper-pin-version",
		Title: "zypper installs packages without a version",
		Why: "The same Dockerfile installs other versions tomorrow than today, so a build cannot be repeated. " +
			"Write the version behind the name, as in httpd=2.4.57, or give a range.",
		Bad:      "FROM opensuse/leap:15.6\nRUN zypper install -y httpd && zypper clean\n",
		Good:     "FROM opensuse/leap:15.6\nRUN zypper install -y httpd=2.4.58 && zypper clean\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3037", "zypper_install_without_version"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			reportUnpinned(d, zypperManager(), zypperPinning(), [2]string{"DL3037", "zypper_install_without_version"})
		},
	}
}

// zypperPinned takes any condition on the version and a file.
func zypperPinned(word string) bool {
	return strings.ContainsAny(word, "=<>") || isFile(word, ".rpm")
}
