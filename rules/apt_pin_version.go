package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func aptPinVersion() rule.Rule {
	return rule.Rule{
		ID:    "apt-pin-version",
		Title: "apt-get installs packages without a version",
		Why: "The same Dockerfile installs other versions tomorrow than today, so a build that broke cannot be compared with one that worked. " +
			"Name the version with = where you depend on it, or pin the base image by digest and the archive by a snapshot. " +
			"A cached layer then also changes only when you change it.",
		Bad:      "FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*\n",
		Good:     "FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends curl=7.88.* && rm -rf /var/lib/apt/lists/*\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3008", "apt_get_install_pin_version_not_defined"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			reportUnpinned(d, aptManager(), aptPinning(), [2]string{"DL3008", "apt_get_install_pin_version_not_defined"})
			eachRun(d, reportReleaseAlone)
		},
	}
}

// aptPinned takes name=version, name/release and a file.
func aptPinned(word string) bool {
	return strings.ContainsAny(word, "=/") || isFile(word, ".deb")
}

// reportReleaseAlone reports an install that names nothing but what -t takes for
// a release: a package was meant, which KICS sees.
func reportReleaseAlone(r *run) {
	for _, in := range r.installs(aptManager()) {
		release, ok := in.Value("-t")
		if ok && len(in.packages) == 0 && in.Name == "apt-get" && release != "" && !aptPinned(release) {
			r.report(in.Command, rule.Problem{
				Message: "apt-get install names no package: -t takes " + short(release) + " for a release.",
				Aliases: []string{"apt_get_install_pin_version_not_defined"},
			})
		}
	}
}
