package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func apkUntrusted() rule.Rule {
	return rule.Rule{
		ID:    "apk-untrusted",
		Title: "apk installs packages that nobody signed",
		Why: "With --allow-untrusted, whoever sits between the build and the mirror chooses what is installed and runs it as root. " +
			"Put the key of the repository into /etc/apk/keys instead.",
		Bad:      "FROM alpine:3.20\nRUN apk add --no-cache --allow-untrusted curl\n",
		Good:     "FROM alpine:3.20\nRUN apk add --no-cache curl\n",
		Severity: finding.High,
		Aliases:  []string{"CKV2_DOCKER_7"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, c := range r.calls("apk") {
					if c.Has("--allow-untrusted") {
						r.report(c.Command, rule.Problem{Message: "--allow-untrusted installs what nobody signed."})
					}
				}
			})
		},
	}
}
