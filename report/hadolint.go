package report

import (
	"cmp"
	"strings"

	"github.com/plimsoll/plimsoll/finding"
)

// issue is a finding as hadolint's own formats have it.
type issue struct {
	file     string
	line     int
	column   int
	code     string
	severity string // error, warning, info or style
	message  string
}

// issues are the findings that count, file by file, under hadolint's codes.
func (r *Report) issues() []issue {
	var list []issue
	for _, f := range inFileOrder(r.Findings) {
		if f.Suppressed != "" {
			continue
		}
		code := code(f)
		list = append(list, issue{
			file: f.At.Path, line: max(f.At.Line, 1), column: max(f.At.Column, 1), code: code,
			severity: hadolintWord(f, code), message: issueText(f),
		})
	}
	return list
}

// issueText is what a finding says without its title beside it: of a secret the
// message alone is but its first characters.
func issueText(f finding.Finding) string {
	title, message := flat(f.Title), flat(f.Message)
	if (f.Kind == finding.Secret || f.Kind == finding.Malware) && title != "" && message != "" && title != message {
		return title + ": " + message
	}
	return cmp.Or(message, title, f.ID)
}

// code is hadolint's or ShellCheck's id for a finding, or ours where they have
// none.
func code(f finding.Finding) string {
	for _, alias := range f.Aliases {
		if len(alias) == 6 && (strings.HasPrefix(alias, "DL") || strings.HasPrefix(alias, "SC")) && strings.Trim(alias[2:], "0123456789") == "" {
			return alias
		}
	}
	return f.ID
}

// HadolintSeverity is the severity that hadolint gives to one of its rules or,
// through ShellCheck, to one of the codes whose rules here have another: error is
// high, warning medium, info low and style info.
func HadolintSeverity(code string) (finding.Severity, bool) {
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

// hadolintWord is hadolint's own severity for its rules, unless the severity
// was configured, and for all others the word that is nearest.
func hadolintWord(f finding.Finding, code string) string {
	severity, known := HadolintSeverity(code)
	if !known || len(f.Ratings) > 0 {
		severity = f.Severity
	}
	switch severity {
	case finding.Critical, finding.High:
		return "error"
	case finding.Medium:
		return "warning"
	case finding.Low:
		return "info"
	}
	return "style"
}
