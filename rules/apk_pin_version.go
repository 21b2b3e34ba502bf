package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func apkPinVersion() rule.Rule {
	return rule.Rule{
		ID:    "apk-pin-version",
		Title: "apk add installs packages without a version",
		Why: "What apk installs then depends on the day of the build. " +
			"Name a version, or a range such as ~=8.5 that stays within one release: Alpine drops old versions from its index, so an exact one breaks when it is replaced.",
		Bad:      "FROM alpine:3.20\nRUN apk add --no-cache curl\n",
		Good:     "FROM alpine:3.20\nRUN apk add --no-cache curl=~8.9\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3018", "unpinned_package_version_in_apk_add"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			reportUnpinned(d, apkManager(), apkPinning(), [2]string{"DL3018", "unpinned_package_version_in_apk_add"})
		},
	}
}

// apkPinned takes any condition on the version and a file.
func apkPinned(word string) bool {
	return strings.ContainsAny(word, "=<>~") || isFile(word, ".apk")
}
