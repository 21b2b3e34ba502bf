package rules

import (
	"strings"

	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func aptInsteadOfAptGet() rule.Rule {
	return rule.Rule{
		ID:    "apt-instead-of-apt-get",
		Title: "apt is used in a script",
		Why: "apt is made for people at a terminal: it says itself that its command line may change, and it draws progress bars into the log of the build. " +
			"Use apt-get or apt-cache, which stay as they are.",
		Bad:      "FROM debian:12\nRUN apt update\n",
		Good:     "FROM debian:12\nRUN apt-get update\n",
		Severity: finding.Low,
		Aliases:  []string{"DL3027", "CKV_DOCKER_9", "run_using_apt"},
		Since:    "2026.1",
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, c := range r.calls("apt") {
					p := rule.Problem{Message: "apt is meant for people at a terminal; use apt-get or apt-cache in a script."}
					if !checkovSeesApt(r.line()) {
						p.Aliases = []string{"DL3027", "run_using_apt"}
					}
					if program := scriptedApt(c.Subcommand(aptManager().valued...)); program != "" {
						p.Fix = fixed("use "+program, r.rewrite(c.Words[0], program))
					}
					r.report(c.Command, p)
				}
			})
		},
	}
}

// scriptedApt is the program that does for scripts what apt does; empty where
// there is none that does the same.
func scriptedApt(verb string) string {
	switch verb {
	case "install", "update", "upgrade", "remove", "purge", "autoremove", "clean", "autoclean", "reinstall", "source", "build-dep", "download", "changelog":
		return "apt-get"
	case "show", "search", "policy", "depends", "rdepends", "showsrc":
		return "apt-cache"
	}
	return ""
}

// checkovSeesApt tells whether some command between two && names apt and nothing
// with rm in it, which is what Checkov looks at.
func checkovSeesApt(line string) bool {
	for part := range strings.SplitSeq("RUN "+line, "&&") {
		if strings.Contains(part, " apt ") && !strings.Contains(part, "rm") {
			return true
		}
	}
	return false
}
