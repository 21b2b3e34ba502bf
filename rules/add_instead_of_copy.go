package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func addInsteadOfCopy() rule.Rule {
	return rule.Rule{
		ID:    "add-instead-of-copy",
		Title: "ADD is used where COPY does",
		Why: "ADD unpacks archives and fetches URLs, depending on what a source happens to be. " +
			"A file that turns into an archive is then unpacked without a word, with whatever paths are in it. " +
			"COPY only copies; keep ADD for what COPY cannot do.",
		Bad:      "FROM debian:12\nADD app.conf /etc/app.conf\n",
		Good:     "FROM debian:12\nCOPY app.conf /etc/app.conf\n",
		Severity: finding.Medium,
		Aliases:  []string{"DL3020", "DS-0005", "CIS-DI-0009", "CKV_DOCKER_4", "add_instead_of_copy"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			each(d, func(i *dockerfile.Instruction) {
				from, _, ok := copied(i)
				if !ok || needsAdd(from) {
					return
				}
				d.Report(rule.Problem{Span: i.NameSpan, Message: "COPY does the same and never unpacks or fetches anything.", Fix: copyFix(d, i, from)})
			}, "ADD")
		},
	}
}

// needsAdd tells whether a source is fetched, or unpacked as its name says.
func needsAdd(from []string) bool {
	for _, s := range from {
		if isRemote(s) || isArchive(s) {
			return true
		}
	}
	return false
}

// copyFix makes a COPY of an ADD. A source that is only known when the image is
// built may be an archive.
func copyFix(d *rule.Dockerfile, i *dockerfile.Instruction, from []string) *rule.Fix {
	for _, f := range i.Flags {
		switch f.Name {
		case "chown", "chmod", "link", "exclude":
		default:
			return nil
		}
	}
	word := "COPY"
	if written(d, i.NameSpan) == "add" {
		word = "copy"
	}
	fix := &rule.Fix{Title: "write COPY", Edits: []rule.Edit{replace(i.NameSpan, word)}}
	for _, s := range from {
		fix.Unsafe = fix.Unsafe || strings.ContainsAny(s, "$*?[")
	}
	return fix
}
