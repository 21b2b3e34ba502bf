package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func wgetInsecure() rule.Rule {
	return rule.Rule{
		ID:    "wget-insecure",
		Title: "wget does not check certificates",
		Why: "With --no-check-certificate wget takes any certificate, so whoever sits between the build and the server chooses what is downloaded. " +
			"Name your own certificate authority with --ca-certificate instead.",
		Bad:      "FROM debian:12\nRUN wget -q --no-check-certificate https://example.com/a.txt\n",
		Good:     "FROM debian:12\nRUN wget -q --ca-certificate=/etc/ssl/company.pem https://example.com/a.txt\n",
		Severity: finding.High,
		Aliases:  []string{"CKV2_DOCKER_3"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, c := range r.calls("wget") {
					if c.Has("--no-check-certificate") {
						r.report(c.Command, rule.Problem{Message: "wget --no-check-certificate takes any certificate."})
					}
				}
			})
		},
	}
}
