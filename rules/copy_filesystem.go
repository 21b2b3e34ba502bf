package rules

import (
	"github.com/plimsoll/plimsoll/dockerfile"
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func copyFilesystem() rule.Rule {
	return rule.Rule{
		ID:    "copy-filesystem",
		Title: "The whole file system of another stage is copied",
		Why: "Everything of the other stage comes along: compilers, caches, package managers and secrets that were meant to stay behind. " +
			"It also overwrites the base image's own files. " +
			"Copy the files that are needed, or build upon that stage with FROM.",
		Bad:      "FROM golang:1.26 AS build\nRUN make\nFROM debian:12\nCOPY --from=build / /\n",
		Good:     "FROM golang:1.26 AS build\nRUN make\nFROM debian:12\nCOPY --from=build /out/app /usr/bin/app\n",
		Severity: finding.Medium,
		Aliases:  []string{"DL3067"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			each(d, func(i *dockerfile.Instruction) {
				from, ok := flagOf(i, "from")
				if !ok || len(i.Args) != 2 || unquote(i.Args[0].Text) != "/" || unquote(i.Args[1].Text) != "/" {
					return
				}
				if flattens(d, i, from.Value) {
					return
				}
				d.Report(rule.Problem{Span: i.Span})
			}, "COPY")
		},
	}
}

// flattens tells whether a COPY of everything goes onto the empty image, which
// makes one layer of many and overwrites nothing. Nothing is known of it where
// there is no FROM.
func flattens(d *rule.Dockerfile, i *dockerfile.Instruction, from string) bool {
	return i.Stage != nil && baseName(d, i.Stage) == "scratch" && stageReferred(d, i.Stage, from) != nil
}
