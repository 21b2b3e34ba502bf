package lint

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
)

// hadolintSeverity is the severity that hadolint gives to one of its rules or,
// through ShellCheck, to one of the codes whose rules here have another: error is
// high, warning medium, info low and style info.
func hadolintSeverity(code string) (finding.Severity, bool) {
	switch code {
	case "DL1000", "DL3000", "DL3004", "DL3011", "DL3012", "DL3020", "DL3021", "DL3023", "DL3024", "DL3026",
		"DL3043", "DL3044", "DL3061", "DL4000", "DL4004":
		return finding.High, true
	case "DL3001", "DL3009", "DL3010", "DL3015", "DL3019", "DL3047", "DL3049", "DL3050", "DL3059", "DL3060", "DL3066",
		"SC2015", "SC2026", "SC2028", "SC2035", "SC2086", "SC2153":
		return finding.Low, true
	case "DL3048":
		return finding.Info, true
	}
	if len(code) == 6 && strings.HasPrefix(code, "DL") {
		return finding.Medium, true
	}
	return finding.Unknown, false
}
