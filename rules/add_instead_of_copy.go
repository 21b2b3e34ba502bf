package rules

import (
	"fmt"
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
		Image: func(im *rule.Image) {
			first := true
			each(im.History, func(i *dockerfile.Instruction) {
				addInHistory(im, i, first)
				first = false
			}, "ADD")
		},
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

// addInHistory reports an ADD of an image's history. The classic builder names
// what it copies by a hash, "file:4e9a…", which may be that of an archive. The
// ADD that makes the file system of a base image is what ADD is for; Dockle takes
// the first of all for that.
func addInHistory(im *rule.Image, i *dockerfile.Instruction, first bool) {
	from, to, ok := copied(i)
	if !ok || !owns(im, i) || needsAdd(from) {
		return
	}
	entry := im.EntryAt(i.Span.Start.Line)
	f := rule.Found{At: im.PlaceOf(i), Aliases: []string{}, Message: fmt.Sprintf("ADD makes %s, where COPY does the same and never unpacks or fetches anything.", short(to))}
	hashed := strings.HasPrefix(from[0], "file:") || strings.HasPrefix(from[0], "multi:")
	if hashed {
		if entry >= 0 && im.LayerOf(entry) == 0 {
			return
		}
		f.Severity, f.Message = finding.Low, fmt.Sprintf("ADD makes %s: unless it unpacks an archive, COPY does the same.", short(to))
	} else {
		f.Aliases = append(f.Aliases, "DL3020", "DS-0005", "CKV_DOCKER_4", "add_instead_of_copy")
	}
	if !first {
		f.Aliases = append(f.Aliases, "CIS-DI-0009")
	}
	im.Report(f)
}
