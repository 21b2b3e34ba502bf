package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func downloadPipedToShell() rule.Rule {
	return rule.Rule{
		ID:    "download-piped-to-shell",
		Title: "What is downloaded is run at once",
		Why: "A script that goes from the network into a shell cannot be checked, and one that breaks off half way is run half way. " +
			"Download it to a file, compare its checksum or signature, and run it then; better, install a package.",
		Bad:      "FROM debian:12\nRUN curl -fsSL https://example.com/install.sh | sh\n",
		Good:     "FROM debian:12\nRUN curl -fsSLo install.sh https://example.com/install.sh && echo \"0123456789abcdef  install.sh\" | sha256sum -c && sh install.sh\n",
		Severity: finding.Medium,
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for n, c := range r.commands {
					if from := piped(r, n); from != "" {
						r.report(c, rule.Problem{Message: c.Name + " runs what " + from + " downloads, unseen and unchecked."})
					}
				}
			})
		},
	}
}
