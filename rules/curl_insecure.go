package rules

import (
	"github.com/plimsoll/plimsoll/finding"
	"github.com/plimsoll/plimsoll/rule"
)

func curlInsecure() rule.Rule {
	return rule.Rule{
		ID:    "curl-insecure",
		Title: "curl does not check certificates",
		Why: "With -k curl takes any certificate, so whoever sits between the build and the server chooses what is downloaded. " +
			"Name your own certificate authority with --cacert instead.",
		Bad:      "FROM debian:12\nRUN curl -fkO https://example.com/a.txt\n",
		Good:     "FROM debian:12\nRUN curl -fO --cacert /etc/ssl/company.pem https://example.com/a.txt\n",
		Severity: finding.High,
		Aliases:  []string{"CKV2_DOCKER_2"},
		Since:    "2026.1",
		History:  true,
		Dockerfile: func(d *rule.Dockerfile) {
			eachRun(d, func(r *run) {
				for _, c := range r.calls("curl") {
					for _, w := range c.Words[1:] {
						if w.Text == "--insecure" || shortFlag(w.Text, 'k', "oHXdAubeFTtUwmxyYzrKCcDEPQh") {
							r.report(c.Command, rule.Problem{Message: "curl " + short(w.Text) + " takes any certificate."})
							break
						}
						if w.Text == "--proxy-insecure" || w.Text == "--doh-insecure" {
							r.report(c.Command, rule.Problem{Message: "curl " + short(w.Text) + " takes any certificate.", Aliases: []string{}})
							break
						}
					}
				}
			})
		},
	}
}
