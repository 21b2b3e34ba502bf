package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func wgetProgress() rule.Rule {
	return rule.Rule{
		ID:    "wget-progress",
		Title: "wget fills the log with its progress",
		Why: "Without a terminal wget writes a line for every few kilobytes, so a large download buries the log of the build. " +
			"Give it -q, -nv or --progress=dot:giga.",
		Bad:      "FROM alpine:3.20\nRUN wget https://example.com/a.tar.gz\n",
		Good:     "FROM alpine:3.20\nRUN wget --progress=dot:giga https://example.com/a.tar.gz\n",
		Severity: finding.Info,
		Aliases:  []string{"DL3047"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, c := range r.calls("wget") {
					if quiet(c) {
						continue
					}
					p := rule.Problem{Message: "wget writes its progress into the log of the build: add --progress=dot:giga, -nv or -q."}
					if len(c.Wrapper) == 0 || !has(c.Wrapper, "busybox") {
						p.Fix = fixed("add --progress=dot:giga", r.addAfter(c.Words[0], "--progress=dot:giga"))
					}
					r.report(c.Command, p)
				}
			})
		},
	}
}

// quiet tells whether wget says little, or says it elsewhere.
func quiet(c call) bool {
	if c.Has("--quiet", "-nv", "--no-verbose", "--output-file", "--append-output", "--progress", "--version", "--help") {
		return true
	}
	for _, w := range c.Words[1:] {
		for _, flag := range []byte("qoa") {
			if shortFlag(w.Text, flag, "OPUteTwQiBlADIXRn") {
				return true
			}
		}
	}
	return false
}
